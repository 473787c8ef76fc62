//! Tests of pieces, among them random changes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::melody::{Melody, Note, Tokens};
use crate::session::library::{KeptMelody, MelodyIdentity};

/// A melody of `bars` bars with a note on each beat, the first of pitch `pitch`.
fn melody(pitch: u8, bars: u32) -> Arc<KeptMelody> {
    let beats = 0..4 * bars;
    let notes: Vec<Note> = beats
        .map(|beat| Note {
            pitch: pitch + (beat % 4 * u32::from(pitch % 7)) as u8,
            start: 4 * beat,
            end: 4 * beat + 3,
        })
        .collect();
    let melody = Melody::from_notes(&notes, 16 * bars as usize).unwrap();
    let kept = KeptMelody::for_test(u32::from(pitch));
    Arc::new(KeptMelody {
        identity: MelodyIdentity {
            tokens: melody.tokens().clone(),
            ..kept.identity
        },
        ..kept
    })
}

fn piece(melodies: &[(u8, u32)]) -> Piece {
    let mut piece = Piece::default();
    for (pitch, bars) in melodies {
        piece.insert(usize::MAX, melody(*pitch, *bars)).unwrap();
    }
    piece
}

/// Pitches of the sources, in order.
fn source_pitches(piece: &Piece) -> Vec<u8> {
    let blocks = piece.blocks().iter();
    blocks
        .map(|block| block.original().notes()[0].pitch)
        .collect()
}

#[test]
fn a_song_form_has_its_labels_bars_and_notes() {
    // A A' B A: two bars each, B of sixteen.
    let mut piece = piece(&[(60, 2), (60, 2), (64, 16), (60, 2)]);
    piece.transpose(1, 5).unwrap();
    piece.set_repeats(0, 2).unwrap();
    assert_eq!(piece.labels(), ["A", "A'", "B", "A"]);
    assert_eq!(piece.bars(), 24.0);
    assert_eq!(piece.starts(), [0, 64, 96, 352]);
    let joined = Piece::joined(piece.blocks());
    assert_eq!(joined.steps(), 384);
    let pitches: Vec<(u32, u8)> = joined
        .notes()
        .iter()
        .filter(|note| note.start % 16 == 0)
        .map(|note| (note.start / 16, note.pitch))
        .collect();
    let expected = (0..24).map(|bar| match bar {
        0..4 | 22.. => (bar, 60),
        4..6 => (bar, 65),
        _ => (bar, 64),
    });
    assert!(pitches.iter().copied().eq(expected), "{pitches:?}");
    piece.rename(2, Some("  bridge\n")).unwrap();
    assert_eq!(piece.labels(), ["A", "A'", "bridge", "A"]);
    piece.rename(2, Some(" \t")).unwrap();
    assert_eq!(piece.labels(), ["A", "A'", "B", "A"]);
}

#[test]
fn a_change_that_fails_returns_an_error_and_changes_nothing() {
    let mut piece = piece(&[(60, 2), (105, 2)]);
    let before = piece.clone();
    let error = PieceError::OutOfPiano { semitones: 12 };
    assert_eq!(piece.transpose(1, 12), Err(error));
    assert_eq!(
        piece.set_repeats(2, 4),
        Err(PieceError::NoBlock { number: 3 })
    );
    assert_eq!(
        piece.set_loop(Some((0, 2))),
        Err(PieceError::NoBlock { number: 3 })
    );
    let silent = KeptMelody {
        identity: MelodyIdentity {
            tokens: Tokens::new(Vec::new()).unwrap(),
            ..KeptMelody::for_test(1).identity
        },
        ..KeptMelody::for_test(1)
    };
    assert_eq!(piece.insert(0, Arc::new(silent)), Err(PieceError::NoSteps));
    assert_eq!(piece, before);
    piece.set_repeats(0, 999).unwrap();
    piece.set_repeats(1, 0).unwrap();
    let repeats: Vec<u32> = piece.blocks().iter().map(Block::repeats).collect();
    assert_eq!(repeats, [16, 1]);
    while piece.duplicate(0).is_ok() {}
    assert_eq!(piece.len(), MAX_BLOCKS);
    assert_eq!(piece.duplicate(0), Err(PieceError::Full));
}

#[test]
fn a_loop_stays_with_its_blocks() {
    let mut piece = piece(&[(60, 2), (61, 2), (62, 2), (63, 2), (64, 2)]);
    piece.set_loop(Some((3, 1))).unwrap();
    assert_eq!(piece.loop_range(), Some(1..=3));
    assert_eq!(Piece::joined(piece.looped_blocks().1).steps(), 96);
    piece.insert(0, melody(70, 2)).unwrap();
    assert_eq!(piece.loop_range(), Some(2..=4));
    // The block at an end, then one inside, then one outside.
    piece.remove(2).unwrap();
    assert_eq!(piece.loop_range(), Some(2..=3));
    piece.duplicate(2).unwrap();
    assert_eq!(piece.loop_range(), Some(2..=4));
    piece.remove(0).unwrap();
    assert_eq!(piece.loop_range(), Some(1..=3));
    for _ in 0..3 {
        piece.remove(1).unwrap();
    }
    assert_eq!(
        (piece.loop_range(), source_pitches(&piece)),
        (None, vec![60, 64])
    );
    assert_eq!(piece.looped_blocks().1.len(), 2);
}

#[test]
fn letters_stay_with_their_melodies() {
    let mut piece = piece(&[(60, 2), (64, 2)]);
    // One is inserted before them, one moved, one removed.
    piece.insert(0, melody(66, 2)).unwrap();
    assert_eq!(piece.labels(), ["C", "A", "B"]);
    piece.move_to(2, 0).unwrap();
    assert_eq!(piece.labels(), ["B", "C", "A"]);
    piece.remove(2).unwrap();
    assert_eq!(piece.labels(), ["B", "C"]);
    // A new melody gets the letter after the last one, and a copy that of its melody.
    piece.insert(1, melody(72, 2)).unwrap();
    piece.duplicate(0).unwrap();
    assert_eq!(piece.labels(), ["B", "B", "D", "C"]);
    // The only block of its melody keeps its letter in another key; another block of the melody adds a prime, which stays.
    piece.transpose(2, 3).unwrap();
    piece.transpose(1, 5).unwrap();
    assert_eq!(piece.labels(), ["B", "B'", "D", "C"]);
    piece.remove(0).unwrap();
    assert_eq!(piece.labels(), ["B'", "D", "C"]);
    // The removed melody is inserted again.
    piece.insert(3, melody(64, 2)).unwrap();
    assert_eq!(piece.labels(), ["B'", "D", "C", "B"]);
    // A user label frees the letter, which the next melody takes.
    piece.rename(1, Some("bridge")).unwrap();
    piece.insert(4, melody(77, 2)).unwrap();
    assert_eq!(piece.labels(), ["B'", "bridge", "C", "B", "D"]);
    piece.rename(1, None).unwrap();
    assert_eq!(piece.labels()[1], "E");
    // A user label that is the letter of another melody: that one gets the next letter.
    piece.rename(1, Some("C")).unwrap();
    assert_eq!(piece.labels(), ["B'", "C", "E", "B", "D"]);
}

#[test]
fn stored_letters_that_contradict_each_other_are_replaced() {
    let block = |id: u64, pitch: u8, letter: &str| {
        let mut block = Block::new(id, melody(pitch, 2)).unwrap();
        block.set_letter(letter.to_owned());
        block
    };
    let labels = |blocks: Vec<Block>| Piece::new(blocks, None).labels();
    let valid = vec![block(1, 60, "C"), block(2, 64, "A"), block(3, 60, "C")];
    assert_eq!(labels(valid), ["C", "A", "C"]);
    let two_melodies = vec![block(1, 60, "C"), block(2, 64, "C")];
    assert_eq!(labels(two_melodies), ["C", "D"]);
    let two_letters = vec![block(1, 60, "C"), block(2, 60, "B")];
    assert_eq!(labels(two_letters), ["C", "C"]);
    let no_letters = vec![block(1, 60, ""), block(2, 64, "1"), block(3, 60, "chorus")];
    assert_eq!(labels(no_letters), ["A", "B", "A"]);
    let mut user_label = block(2, 64, "");
    user_label.set_label(Some("A"));
    let user_labels = vec![block(1, 60, "A"), user_label];
    assert_eq!(labels(user_labels), ["B", "A"]);
}

/// A block without its letter: id, tokens, repeats, transposition and user label.
type BlockValues<'a> = (u64, Vec<u8>, u32, i8, Option<&'a str>);

/// The blocks without their letters, which depend on earlier changes.
fn block_values(piece: &Piece) -> Vec<BlockValues<'_>> {
    let blocks = piece.blocks().iter();
    blocks
        .map(|block| {
            (
                block.id(),
                block.original().tokens().as_slice().to_vec(),
                block.repeats(),
                block.transposition(),
                block.user_label(),
            )
        })
        .collect()
}

/// A change of a piece, with indices that may be out of range.
#[derive(Clone, Debug)]
enum Change {
    Insert(usize, u8, u32),
    Remove(usize),
    Move(usize, usize),
    Duplicate(usize),
    Repeat(usize, u32),
    Transpose(usize, i8),
    Rename(usize, String),
    Loop(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let any_index = || 0_usize..8;
    prop_oneof![
        (
            any_index(),
            40_u8..90,
            prop_oneof![Just(2_u32), Just(4), Just(16)]
        )
            .prop_map(|(index, pitch, bars)| Change::Insert(index, pitch, bars)),
        any_index().prop_map(Change::Remove),
        (any_index(), any_index()).prop_map(|(from, to)| Change::Move(from, to)),
        any_index().prop_map(Change::Duplicate),
        (any_index(), 0_u32..20).prop_map(|(index, repeats)| Change::Repeat(index, repeats)),
        (any_index(), -60_i8..60).prop_map(|(index, by)| Change::Transpose(index, by)),
        (any_index(), "[a-c\\n ]{0,30}").prop_map(|(index, label)| Change::Rename(index, label)),
        (any_index(), any_index()).prop_map(|(from, to)| Change::Loop(from, to)),
    ]
}

fn apply(piece: &mut Piece, change: &Change) -> Result<(), PieceError> {
    match change {
        Change::Insert(index, pitch, bars) => piece.insert(*index, melody(*pitch, *bars)).map(drop),
        Change::Remove(index) => piece.remove(*index).map(drop),
        Change::Move(from, to) => piece.move_to(*from, *to),
        Change::Duplicate(index) => piece.duplicate(*index).map(drop),
        Change::Repeat(index, repeats) => piece.set_repeats(*index, *repeats),
        Change::Transpose(index, by) => piece.transpose(*index, *by),
        Change::Rename(index, label) => piece.rename(*index, Some(label)),
        Change::Loop(from, to) => piece.set_loop(Some((*from, *to))),
    }
}

proptest! {
    #[test]
    fn after_random_changes_totals_agree_with_the_blocks(changes in prop::collection::vec(change(), 0..40)) {
        let mut piece = Piece::default();
        for change in &changes {
            let before = piece.clone();
            if apply(&mut piece, change).is_err() {
                prop_assert_eq!(&piece, &before, "{:?}", change);
            }
            let bars: f64 = piece
                .blocks()
                .iter()
                .map(|block| block.original().bars() * f64::from(block.repeats()))
                .sum();
            prop_assert_eq!(piece.bars(), bars);
            let joined = Piece::joined(piece.blocks());
            prop_assert_eq!(joined.steps(), piece.steps());
            let notes: usize = piece
                .blocks()
                .iter()
                .map(|block| block.original().notes().len() * block.repeats() as usize)
                .sum();
            prop_assert_eq!(joined.notes().len(), notes);
            prop_assert_eq!(piece.labels().len(), piece.len());
            prop_assert!(piece.loop_range().is_none_or(|range| *range.end() < piece.len()));
            let mut ids: Vec<u64> = piece.blocks().iter().map(Block::id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), piece.len());
        }
    }

    #[test]
    fn each_change_can_be_undone_by_another(changes in prop::collection::vec(change(), 1..30)) {
        let mut piece = Piece::default();
        for change in &changes {
            let before = piece.clone();
            if apply(&mut piece, change).is_err() {
                continue;
            }
            let mut undone = piece.clone();
            match change {
                Change::Insert(index, ..) => drop(undone.remove((*index).min(before.len()))),
                Change::Duplicate(index) => drop(undone.remove(index + 1)),
                Change::Move(from, to) => undone.move_to((*to).min(before.len() - 1), *from).unwrap(),
                Change::Repeat(index, _) => {
                    undone.set_repeats(*index, before.blocks()[*index].repeats()).unwrap();
                }
                Change::Transpose(index, _) => {
                    undone.transpose(*index, before.blocks()[*index].transposition()).unwrap();
                }
                Change::Rename(index, _) => undone.rename(*index, before.blocks()[*index].user_label()).unwrap(),
                Change::Remove(_) | Change::Loop(..) => continue,
            }
            prop_assert_eq!(block_values(&undone), block_values(&before), "{:?}", change);
            prop_assert_eq!(undone.loop_range(), before.loop_range());
        }
    }

    #[test]
    fn two_blocks_have_one_label_exactly_if_they_sound_the_same(changes in prop::collection::vec(change(), 0..30)) {
        let mut piece = Piece::default();
        for change in changes.iter().filter(|change| !matches!(change, Change::Rename(..))) {
            apply(&mut piece, change).ok();
        }
        let labels = piece.labels();
        for (a, first) in piece.blocks().iter().zip(&labels) {
            for (b, second) in piece.blocks().iter().zip(&labels) {
                let is_same = a.melody().notes() == b.melody().notes() && a.melody().steps() == b.melody().steps();
                prop_assert_eq!(first == second, is_same);
            }
        }
    }
}
