//! Tests of pieces, among them random changes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::melody::{Melody, Note, Tokens};
use crate::session::library::{KeptMelody, MelodyIdentity};

/// A melody of so many bars with a note of this pitch on each beat.
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
fn order(piece: &Piece) -> Vec<u8> {
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
fn what_cannot_be_done_changes_nothing_and_is_told() {
    let mut piece = piece(&[(60, 2), (105, 2)]);
    let before = piece.clone();
    let out = PieceError::OutOfPiano { semitones: 12 };
    assert_eq!(piece.transpose(1, 12), Err(out));
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
    assert_eq!(Piece::joined(piece.looped().1).steps(), 96);
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
    assert_eq!((piece.loop_range(), order(&piece)), (None, vec![60, 64]));
    assert_eq!(piece.looped().1.len(), 2);
}

#[test]
fn letters_stay_with_their_melodies() {
    let mut piece = piece(&[(60, 2), (64, 2)]);
    // Another one is put before them, one is moved, one is removed.
    piece.insert(0, melody(66, 2)).unwrap();
    assert_eq!(piece.labels(), ["C", "A", "B"]);
    piece.move_to(2, 0).unwrap();
    assert_eq!(piece.labels(), ["B", "C", "A"]);
    piece.remove(2).unwrap();
    assert_eq!(piece.labels(), ["B", "C"]);
    // The next one takes the letter after the last one, and a copy that of its melody.
    piece.insert(1, melody(72, 2)).unwrap();
    piece.duplicate(0).unwrap();
    assert_eq!(piece.labels(), ["B", "B", "D", "C"]);
    // Alone it keeps its letter in another key; beside its copy it has a prime, which stays when the copy goes.
    piece.transpose(2, 3).unwrap();
    piece.transpose(1, 5).unwrap();
    assert_eq!(piece.labels(), ["B", "B'", "D", "C"]);
    piece.remove(0).unwrap();
    assert_eq!(piece.labels(), ["B'", "D", "C"]);
    // The melody comes back as it was.
    piece.insert(3, melody(64, 2)).unwrap();
    assert_eq!(piece.labels(), ["B'", "D", "C", "B"]);
    // A label of its own, and the letter again.
    piece.rename(1, Some("bridge")).unwrap();
    piece.insert(4, melody(77, 2)).unwrap();
    assert_eq!(piece.labels(), ["B'", "bridge", "C", "B", "D"]);
    piece.rename(1, None).unwrap();
    assert_eq!(piece.labels()[1], "E");
    // A label that is a letter of another melody: that one gets the next.
    piece.rename(1, Some("C")).unwrap();
    assert_eq!(piece.labels(), ["B'", "C", "E", "B", "D"]);
}

#[test]
fn letters_that_do_not_fit_together_are_given_anew() {
    let block = |id: u64, pitch: u8, letter: &str| {
        let mut block = Block::new(id, melody(pitch, 2)).unwrap();
        block.set_letter(letter.to_owned());
        block
    };
    let labels = |blocks: Vec<Block>| Piece::new(blocks, None).labels();
    // As they were stored, then two melodies with one letter, one melody with two, and what is no letter.
    let stored = vec![block(1, 60, "C"), block(2, 64, "A"), block(3, 60, "C")];
    assert_eq!(labels(stored), ["C", "A", "C"]);
    let one = vec![block(1, 60, "C"), block(2, 64, "C")];
    assert_eq!(labels(one), ["C", "D"]);
    let two = vec![block(1, 60, "C"), block(2, 60, "B")];
    assert_eq!(labels(two), ["C", "C"]);
    let none = vec![block(1, 60, ""), block(2, 64, "1"), block(3, 60, "chorus")];
    assert_eq!(labels(none), ["A", "B", "A"]);
}

/// Everything of the blocks but their letters, which follow from what came before.
fn contents(piece: &Piece) -> Vec<(u64, Vec<u8>, u32, i8, Option<&str>)> {
    let blocks = piece.blocks().iter();
    blocks
        .map(|block| {
            (
                block.id(),
                block.original().tokens().as_slice().to_vec(),
                block.repeats(),
                block.transposition(),
                block.own_label(),
            )
        })
        .collect()
}

/// A change of a piece, with places that may not be there.
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
    let place = || 0_usize..8;
    prop_oneof![
        (
            place(),
            40_u8..90,
            prop_oneof![Just(2_u32), Just(4), Just(16)]
        )
            .prop_map(|(at, pitch, bars)| Change::Insert(at, pitch, bars)),
        place().prop_map(Change::Remove),
        (place(), place()).prop_map(|(from, to)| Change::Move(from, to)),
        place().prop_map(Change::Duplicate),
        (place(), 0_u32..20).prop_map(|(at, repeats)| Change::Repeat(at, repeats)),
        (place(), -60_i8..60).prop_map(|(at, by)| Change::Transpose(at, by)),
        (place(), "[a-c\\n ]{0,30}").prop_map(|(at, label)| Change::Rename(at, label)),
        (place(), place()).prop_map(|(from, to)| Change::Loop(from, to)),
    ]
}

fn apply(piece: &mut Piece, change: &Change) -> Result<(), PieceError> {
    match change {
        Change::Insert(at, pitch, bars) => piece.insert(*at, melody(*pitch, *bars)).map(drop),
        Change::Remove(at) => piece.remove(*at).map(drop),
        Change::Move(from, to) => piece.move_to(*from, *to),
        Change::Duplicate(at) => piece.duplicate(*at).map(drop),
        Change::Repeat(at, repeats) => piece.set_repeats(*at, *repeats),
        Change::Transpose(at, by) => piece.transpose(*at, *by),
        Change::Rename(at, label) => piece.rename(*at, Some(label)),
        Change::Loop(from, to) => piece.set_loop(Some((*from, *to))),
    }
}

proptest! {
    #[test]
    fn whatever_is_changed_the_blocks_add_up(changes in prop::collection::vec(change(), 0..40)) {
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
    fn each_change_has_one_that_takes_it_back(changes in prop::collection::vec(change(), 1..30)) {
        let mut piece = Piece::default();
        for change in &changes {
            let before = piece.clone();
            if apply(&mut piece, change).is_err() {
                continue;
            }
            let mut back = piece.clone();
            match change {
                Change::Insert(at, ..) => drop(back.remove((*at).min(before.len()))),
                Change::Duplicate(at) => drop(back.remove(at + 1)),
                Change::Move(from, to) => back.move_to((*to).min(before.len() - 1), *from).unwrap(),
                Change::Repeat(at, _) => {
                    back.set_repeats(*at, before.blocks()[*at].repeats()).unwrap();
                }
                Change::Transpose(at, _) => {
                    back.transpose(*at, before.blocks()[*at].transposition()).unwrap();
                }
                Change::Rename(at, _) => back.rename(*at, before.blocks()[*at].own_label()).unwrap(),
                Change::Remove(_) | Change::Loop(..) => continue,
            }
            prop_assert_eq!(contents(&back), contents(&before), "{:?}", change);
            prop_assert_eq!(back.loop_range(), before.loop_range());
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
                let same = a.melody().notes() == b.melody().notes() && a.melody().steps() == b.melody().steps();
                prop_assert_eq!(first == second, same);
            }
        }
    }
}
