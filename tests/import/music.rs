//! Parts, metres, voices and swing.

use tunescape::melody::{OmissionReason, TrainingWindowOptions, training_windows};

use crate::imported::import_most_melodic_part;
use crate::{QUARTER, TUNE, TrackBytes, file, holds_the_tune, quarters, sentences, song, windows};

#[test]
fn a_held_melody_over_quick_accompaniment_is_the_melody() {
    let melody = [72, 74, 76, 77];
    for (length, gap) in [(120, 0), (60, 60), (240, 0), (120, 120), (80, 40)] {
        let mut track = TrackBytes::new();
        for pitch in melody {
            track = track.on(pitch);
            let count = 2 * QUARTER / (length + gap);
            for k in 0..count {
                let under = [48, 55, 52, 55][k as usize % 4];
                track = track.note(under, length).wait(gap);
            }
            track = track.off(pitch);
        }
        let found = windows(&file(&[track.end()]));
        let wanted: Vec<(u8, u32, u32)> = (0..)
            .step_by(8)
            .zip(melody)
            .map(|(step, pitch)| (pitch, step, step + 8))
            .collect();
        assert_eq!(found, [wanted], "{length} of {}", length + gap);
    }
}

#[test]
fn a_line_that_rings_on_keeps_every_note() {
    // Each of eight descending notes rings for a bar.
    for beats in [2_usize, 3, 4] {
        let mut track = TrackBytes::new();
        let pitches: Vec<u8> = TUNE.iter().rev().copied().collect();
        for beat in 0..8 + beats {
            if let Some(before) = beat.checked_sub(beats).and_then(|at| pitches.get(at)) {
                track = track.off(*before);
            }
            if let Some(pitch) = pitches.get(beat) {
                track = track.on(*pitch);
            }
            track = track.wait(QUARTER);
        }
        let onsets: Vec<(u8, u32)> = windows(&file(&[track.end()]))[0]
            .iter()
            .map(|note| (note.0, note.1))
            .collect();
        let wanted: Vec<(u8, u32)> = pitches.iter().copied().zip((0..).step_by(4)).collect();
        assert_eq!(onsets, wanted, "{beats} beats");
    }
}

#[test]
fn a_grace_note_of_no_length_gives_way() {
    let track = TrackBytes::new().note(74, 0).tune();
    let bytes = file(&[track.end()]);
    assert_eq!(windows(&bytes), [quarters(&TUNE)]);
    assert_eq!(
        sentences(&bytes),
        ["of 9 notes 1 is left out: 1 in other voices than the melody"]
    );
}

#[test]
fn one_line_over_several_channels_is_one_part() {
    let mut track = TrackBytes::new();
    for (channel, pitch) in (1_u8..5).cycle().zip(TUNE) {
        track =
            track
                .raw(&[0x90 | channel, pitch, 80])
                .wait(QUARTER)
                .raw(&[0x80 | channel, pitch, 0]);
    }
    holds_the_tune(&file(&[track.end()]));
}

#[test]
fn a_part_is_judged_in_the_metre_where_it_plays() {
    let counted_in = TrackBytes::new()
        .metre(4, 2)
        .wait(4 * QUARTER)
        .metre(3, 2)
        .tune()
        .tune();
    let two_at_once = TrackBytes::new().metre(4, 2).metre(3, 2).tune().tune();
    for track in [counted_in, two_at_once] {
        let message = sentences(&file(&[track.end()]));
        assert!(
            message[0].starts_with("it is in 3/4; the model knows bars of four quarters only"),
            "{message:?}"
        );
        assert_eq!(message.len(), 1, "{message:?}");
    }
}

#[test]
fn a_song_mostly_in_another_metre_comes_in_whole() {
    let mut track = TrackBytes::new().metre(3, 2);
    for k in 0..48 {
        track = track.note(60 + k % 12, QUARTER);
    }
    track = track.metre(4, 2).tune();
    let imported = import_most_melodic_part(&song(&file(&[track.end()])));
    assert_eq!(imported.report.notes.kept, 56);
    let message = imported.report.user_messages();
    assert!(
        message[0].starts_with("bars 1–16 are in 3/4; "),
        "{message:?}"
    );
    // The song's own bars: sixteen of 3/4, then two of 4/4.
    let last = imported.excerpts.last().unwrap();
    assert_eq!(last.bars_text(), "bars 17–18");
    let training = training_windows(
        &song(&file(&[TrackBytes::new().metre(3, 2).tune().end()])),
        &TrainingWindowOptions::default(),
    );
    assert_eq!(training.windows, []);
    assert_eq!(training.notes.omitted[&OmissionReason::OutsideMetre], 8);
}

#[test]
fn a_short_bar_and_a_pickup_are_filled_up_and_told() {
    let lone = TrackBytes::new()
        .metre(4, 2)
        .tune()
        .metre(1, 2)
        .note(78, QUARTER)
        .metre(4, 2)
        .tune();
    let found = windows(&file(&[lone.clone().end()]));
    assert!(
        found.contains(
            &[
                vec![(78, 12, 16)],
                quarters(&TUNE[..4])
                    .into_iter()
                    .map(|(p, s, e)| (p, s + 16, e + 16))
                    .collect()
            ]
            .concat()
        )
    );
    assert_eq!(
        sentences(&file(&[lone.end()])),
        ["bar 3 is shorter than four quarters and was filled up with silence in front"]
    );
    for pickup in [TrackBytes::new().metre(1, 2), TrackBytes::new().metre(4, 2)] {
        let track = pickup.note(55, QUARTER).metre(4, 2).tune();
        let bytes = file(&[track.end()]);
        let found = windows(&bytes);
        assert_eq!(found[0][..2], [(55, 12, 16), (60, 16, 20)]);
        assert_eq!(found[1], quarters(&TUNE));
        let excerpts = training_windows(&song(&bytes), &TrainingWindowOptions::default());
        assert_eq!((excerpts.windows.len(), excerpts.notes.kept), (2, 9));
    }
}

#[test]
fn a_signature_a_little_early_moves_no_bar_line() {
    for early in [1, 2, 20] {
        let mut track = TrackBytes::new().metre(4, 2);
        for (k, &pitch) in TUNE.iter().enumerate() {
            track = if k == 3 {
                track
                    .on(pitch)
                    .wait(QUARTER - early)
                    .metre(4, 2)
                    .wait(early)
                    .off(pitch)
            } else {
                track.note(pitch, QUARTER)
            };
        }
        holds_the_tune(&file(&[track.end()]));
    }
}

#[test]
fn a_tune_on_channel_10_can_be_chosen_and_is_marked() {
    let track = TUNE.iter().fold(TrackBytes::new(), |track, &pitch| {
        track
            .raw(&[0x99, pitch, 80])
            .wait(QUARTER)
            .raw(&[0x89, pitch, 0])
    });
    let bytes = file(&[track.end()]);
    assert_eq!(windows(&bytes), [quarters(&TUNE)]);
    assert!(sentences(&bytes)[0].contains("channel 10"));
}

#[test]
fn swing_with_a_triplet_now_and_then_is_made_even() {
    let mut track = TrackBytes::new();
    for beat in 0..8 {
        let lengths: &[u32] = if beat % 4 == 2 {
            &[160, 160, 160]
        } else {
            &[320, 160]
        };
        for (k, length) in lengths.iter().enumerate() {
            track = track.note(60 + beat * 3 + k as u8, *length);
        }
    }
    let bytes = file(&[track.end()]);
    let onsets: Vec<u32> = windows(&bytes)[0].iter().map(|note| note.1).collect();
    assert_eq!(
        onsets,
        [
            0, 2, 4, 6, 8, 9, 11, 12, 14, 16, 18, 20, 22, 24, 25, 27, 28, 30
        ]
    );
    let message = sentences(&bytes);
    assert!(
        message[0].contains("swung") && message[0].contains("2 beats have triplets"),
        "{message:?}"
    );
}
