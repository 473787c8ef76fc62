//! Every note is in a window or counted with its reason.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;
use tunescape::melody::{
    ImportOptions, MidiSong, OmissionReason, ReadReport, SongNote, SongTrack,
    TrainingWindowOptions, import_part, importable_parts, training_windows,
};

use crate::imported::import_most_melodic_part;
use crate::{QUARTER, TrackBytes, file, song};

#[test]
fn a_file_of_sixty_thousand_notes_and_forty_thousand_signatures_opens_in_time() {
    let mut track = TrackBytes::new();
    for bar in 0..40_000_u32 {
        track = track.metre(if bar % 3 == 0 { 3 } else { 4 }, 2);
        track = track.note(60 + (bar % 12) as u8, QUARTER);
        track = if bar % 2 == 0 {
            track.note(72, QUARTER)
        } else {
            track.wait(QUARTER)
        };
        track = track.wait(if bar % 3 == 0 { QUARTER } else { 2 * QUARTER });
    }
    let bytes = file(&[track.end()]);
    let begun = Instant::now();
    let imported = import_most_melodic_part(&song(&bytes));
    eprintln!(
        "60,000 notes, 40,000 signatures: read and imported in {:?}",
        begun.elapsed()
    );
    assert_eq!(imported.report.notes.total(), 60_000);
    assert!(imported.report.total_excerpts > 20_000);
}

/// A song of up to three tracks of any notes, with any time signatures.
fn any_song() -> impl Strategy<Value = MidiSong> {
    let note = (0_u64..40_000, 0_u64..4_000, 0_u8..128, 0_u8..16);
    let track = prop::collection::vec(note, 0..80).prop_map(|notes| {
        let mut notes: Vec<SongNote> = notes
            .into_iter()
            .map(|(start, length, pitch, channel)| SongNote {
                pitch,
                velocity: 80,
                channel,
                start,
                end: start + length,
            })
            .collect();
        notes.sort_by_key(|note| (note.start, note.pitch));
        SongTrack {
            notes,
            ..SongTrack::default()
        }
    });
    let metre =
        (0_u64..40_000, 1_u8..10, 0_u32..5).prop_map(|(tick, n, power)| (tick, n, 1 << power));
    (
        prop::collection::vec(track, 1..4),
        prop::collection::vec(metre, 0..6),
        1_u32..1_000,
    )
        .prop_map(|(tracks, mut time_signatures, ticks_per_quarter)| {
            time_signatures.sort_by_key(|&(tick, ..)| tick);
            MidiSong {
                ticks_per_quarter,
                tracks,
                texts: Vec::new(),
                time_signatures,
                tempos: Vec::new(),
                key_signatures: Vec::new(),
                length_ticks: 44_000,
                report: ReadReport::default(),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_note_is_in_a_window_or_counted_with_its_reason(song in any_song(), steps in 16_usize..80) {
        let all: usize = song.tracks.iter().map(|track| track.notes.len()).sum();
        let Ok(parts) = importable_parts(&song, Path::new("song.mid")) else {
            prop_assert_eq!(all, 0);
            return Ok(());
        };
        prop_assert_eq!(parts.iter().map(|part| part.notes.len()).sum::<usize>(), all);
        for part in &parts {
            let imported = import_part(&song, part, &ImportOptions::song(steps));
            let report = &imported.report;
            prop_assert_eq!(report.notes.total(), part.notes.len());
            // In an import nothing is left out for its metre or for being sparse.
            for reason in [OmissionReason::OutsideMetre, OmissionReason::SparseWindow] {
                prop_assert!(!report.notes.omitted.contains_key(&reason));
            }
            prop_assert!(imported.excerpts.iter().all(|excerpt| excerpt.melody.steps() == steps));
            prop_assert!(imported.excerpts.is_sorted_by_key(|excerpt| excerpt.first_bar));
            // Side by side no note comes twice.
            let apart: usize = imported.non_overlapping_indices().map(|index| imported.excerpts[index].melody.notes().len()).sum();
            prop_assert!(apart <= report.notes.kept);
        }
        let training = training_windows(&song, &TrainingWindowOptions::default());
        prop_assert_eq!(training.notes.total(), all);
    }

    #[test]
    fn notes_kept_are_the_notes_that_stand_in_windows(mut song in any_song()) {
        // In 4/4 throughout a window's bar says where its notes are in the song.
        song.time_signatures.clear();
        let Ok(parts) = importable_parts(&song, Path::new("song.mid")) else { return Ok(()); };
        for part in &parts {
            let imported = import_part(&song, part, &ImportOptions::song(32));
            let onsets: BTreeSet<u64> = imported
                .excerpts
                .iter()
                .flat_map(|excerpt| {
                    let from = 16 * (excerpt.first_bar - 1);
                    excerpt.melody.notes().iter().map(move |note| from + u64::from(note.start))
                })
                .collect();
            prop_assert_eq!(onsets.len(), imported.report.notes.kept);
        }
    }
}
