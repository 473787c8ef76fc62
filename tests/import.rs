//! MIDI files as they are in the world: every file that players read comes in right, and what does not fit is told.
//!
//! Each file is made here by code after a kind of file that other programs write; the right notes are worked out by hand
//! from the music.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/imported.rs"]
mod imported;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use imported::imported;
use proptest::prelude::*;
use tunescape::melody::{
    DropReason, ImportOptions, MidiSong, ReadReport, SongNote, SongTrack, WindowOptions,
    import_part, import_parts, parse_midi, read_midi_file, training_windows,
};

const QUARTER: u32 = 480;
/// C major, a quarter each, from bar 1 beat 1.
const TUNE: [u8; 8] = [60, 62, 64, 65, 67, 69, 71, 72];

/// The events of a track under way.
#[derive(Clone, Default)]
struct TrackBytes {
    bytes: Vec<u8>,
    /// Ticks since the last event.
    pause: u32,
}

impl TrackBytes {
    fn new() -> Self {
        Self::default().meta(0x51, b"\x07\xa1\x20")
    }

    fn wait(mut self, ticks: u32) -> Self {
        self.pause += ticks;
        self
    }

    /// Bytes behind the pause so far.
    fn raw(mut self, bytes: &[u8]) -> Self {
        let mut digits = vec![(self.pause & 127) as u8];
        let mut rest = self.pause >> 7;
        while rest > 0 {
            digits.push((rest & 127) as u8 | 128);
            rest >>= 7;
        }
        self.bytes.extend(digits.iter().rev());
        self.bytes.extend(bytes);
        self.pause = 0;
        self
    }

    fn meta(self, kind: u8, data: &[u8]) -> Self {
        self.raw(&[&[0xff, kind, data.len() as u8][..], data].concat())
    }

    fn metre(self, numerator: u8, power: u8) -> Self {
        self.meta(0x58, &[numerator, power, 24, 8])
    }

    fn on(self, pitch: u8) -> Self {
        self.raw(&[0x90, pitch, 80])
    }

    fn off(self, pitch: u8) -> Self {
        self.raw(&[0x80, pitch, 0])
    }

    fn note(self, pitch: u8, ticks: u32) -> Self {
        self.on(pitch).wait(ticks).off(pitch)
    }

    fn tune(self) -> Self {
        TUNE.iter()
            .fold(self, |track, &pitch| track.note(pitch, QUARTER))
    }

    fn end(self) -> Vec<u8> {
        self.meta(0x2f, b"").bytes
    }
}

fn file(tracks: &[Vec<u8>]) -> Vec<u8> {
    let format = u8::from(tracks.len() > 1);
    let mut bytes = vec![
        b'M',
        b'T',
        b'h',
        b'd',
        0,
        0,
        0,
        6,
        0,
        format,
        0,
        tracks.len() as u8,
    ];
    bytes.extend((QUARTER as u16).to_be_bytes());
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend((track.len() as u32).to_be_bytes());
        bytes.extend(track);
    }
    bytes
}

fn song(bytes: &[u8]) -> MidiSong {
    parse_midi(bytes, Path::new("song.mid")).unwrap()
}

/// Pitch, first step and end of the notes of each window.
fn windows(bytes: &[u8]) -> Vec<Vec<(u8, u32, u32)>> {
    let windows = imported(&song(bytes)).windows;
    let notes = windows.iter().map(|window| window.melody.notes());
    notes
        .map(|notes| notes.iter().map(|n| (n.pitch, n.start, n.end)).collect())
        .collect()
}

fn quarters(pitches: &[u8]) -> Vec<(u8, u32, u32)> {
    (0..)
        .step_by(4)
        .zip(pitches)
        .map(|(step, &pitch)| (pitch, step, step + 4))
        .collect()
}

fn sentences(bytes: &[u8]) -> Vec<String> {
    imported(&song(bytes)).report.sentences()
}

/// The file holds the tune, and there is nothing to tell.
fn holds_the_tune(bytes: &[u8]) {
    assert_eq!(windows(bytes), [quarters(&TUNE)]);
    assert_eq!(sentences(bytes), [""; 0]);
}

#[test]
fn odd_bytes_between_the_notes_hide_none_of_them() {
    let odd: [&[u8]; 8] = [
        b"\xb0\x07\xff",
        b"\xb0\x07\x80",
        b"\xe0\xff\xff",
        b"\xf0\x05\x7e\x7f\x09\x01\xf7",
        b"\xf0\x7e\x7f\x09\x01\xf7",
        b"\xf8",
        b"\xff\x54\x05\x1f\x00\x00\x00\x00",
        b"\xff\x59\x00",
    ];
    for bytes in odd {
        holds_the_tune(&file(&[TrackBytes::new().raw(bytes).tune().end()]));
    }
}

#[test]
fn running_status_goes_on_over_lyrics_and_sysex() {
    for between in [&b"\xff\x05\x02la"[..], b"\xf0\x03\x7e\x09\xf7"] {
        let mut track = TrackBytes::new()
            .on(TUNE[0])
            .wait(QUARTER)
            .raw(&[TUNE[0], 0]);
        for &pitch in &TUNE[1..] {
            track = track
                .raw(between)
                .raw(&[pitch, 80])
                .wait(QUARTER)
                .raw(&[pitch, 0]);
        }
        holds_the_tune(&file(&[track.end()]));
    }
}

#[test]
fn a_wrong_track_length_loses_no_track() {
    let bass = TrackBytes::new().note(36, 8 * QUARTER).end();
    for wrong in [-3_i32, 5, 1000] {
        let mut bytes = file(&[bass.clone(), TrackBytes::new().tune().end()]);
        let length = (bass.len() as i32 + wrong).max(0) as u32;
        bytes[18..22].copy_from_slice(&length.to_be_bytes());
        holds_the_tune(&bytes);
    }
}

#[test]
fn a_file_cut_between_tracks_says_how_many_are_here() {
    let mut bytes = file(&[TrackBytes::new().end(), TrackBytes::new().tune().end()]);
    bytes[11] = 3;
    assert_eq!(windows(&bytes), [quarters(&TUNE)]);
    assert_eq!(
        sentences(&bytes),
        ["the file is damaged: its header announces 3 tracks, 2 are here"]
    );
}

#[test]
fn an_empty_track_and_a_missing_end_mark_are_no_damage() {
    holds_the_tune(&file(&[Vec::new(), TrackBytes::new().tune().end()]));
    holds_the_tune(&file(&[TrackBytes::new().tune().bytes]));
}

#[test]
fn a_hanging_note_ends_at_the_next_one_and_is_told() {
    let track = TrackBytes::new().on(60).wait(240).on(84).wait(240).off(60);
    let track = TUNE[1..]
        .iter()
        .fold(track, |track, &pitch| track.note(pitch, QUARTER));
    let bytes = file(&[track.tune().end()]);
    let found = windows(&bytes);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0], quarters(&TUNE));
    assert_eq!(found[2], quarters(&TUNE));
    assert!(sentences(&bytes)[0].starts_with("1 note is never released"));
}

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
        let told = sentences(&file(&[track.end()]));
        assert!(
            told[0].starts_with("it is in 3/4; the model knows bars of four quarters only"),
            "{told:?}"
        );
        assert_eq!(told.len(), 1, "{told:?}");
    }
}

#[test]
fn a_song_mostly_in_another_metre_comes_in_whole() {
    let mut track = TrackBytes::new().metre(3, 2);
    for k in 0..48 {
        track = track.note(60 + k % 12, QUARTER);
    }
    track = track.metre(4, 2).tune();
    let imported = imported(&song(&file(&[track.end()])));
    assert_eq!(imported.report.notes.kept, 56);
    let told = imported.report.sentences();
    assert!(told[0].starts_with("bars 1–16 are in 3/4; "), "{told:?}");
    // The song's own bars: sixteen of 3/4, then two of 4/4.
    let last = imported.windows.last().unwrap();
    assert_eq!(last.bars_text(), "bars 17–18");
    let training = training_windows(
        &song(&file(&[TrackBytes::new().metre(3, 2).tune().end()])),
        &WindowOptions::default(),
    );
    assert_eq!(training.windows, []);
    assert_eq!(training.notes.dropped[&DropReason::OutsideMetre], 8);
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
        let learnt = training_windows(&song(&bytes), &WindowOptions::default());
        assert_eq!((learnt.windows.len(), learnt.notes.kept), (2, 9));
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
fn a_delta_time_of_five_bytes_is_read() {
    let mut bytes = TrackBytes::new().bytes;
    bytes.extend(b"\x8f\xff\xff\xff\x00");
    let rest = TrackBytes::default().tune().end();
    bytes.extend(&rest[1..]);
    let bytes = file(&[bytes]);
    assert_eq!(windows(&bytes), [quarters(&TUNE)]);
    assert!(sentences(&bytes)[0].starts_with("1 pause is longer than a MIDI file allows"));
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
fn names_are_letters_whatever_their_encoding() {
    for (name, letters) in [
        (&b"\x83\x81\x83\x8d\x83\x66\x83\x42"[..], "メロディ"),
        (b"Fl\xf6te", "Flöte"),
        ("Флейта".as_bytes(), "Флейта"),
        (b"Lead\x1b[31m\x07\nTwo", "Lead[31m Two"),
    ] {
        let song = song(&file(&[TrackBytes::new().meta(3, name).tune().end()]));
        assert_eq!(song.tracks[0].name, letters);
    }
}

#[test]
fn a_wrapped_file_and_one_of_any_ending_are_read() {
    let inner = file(&[TrackBytes::new().tune().end()]);
    let size = |n: usize| (n as u32).to_le_bytes();
    let rmid = [
        b"RIFF",
        &size(inner.len() + 12)[..],
        b"RMIDdata",
        &size(inner.len()),
        &inner,
    ]
    .concat();
    let mac_binary = [&[0; 128][..], &inner].concat();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("song.kar", &inner),
        ("SONG.MIDI", &inner),
        ("song", &inner),
        ("song.rmi", &rmid),
        ("song.bin", &mac_binary),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let song = read_midi_file(&path).unwrap();
        assert_eq!(imported(&song).windows.len(), 1, "{name}");
    }
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
    let told = sentences(&bytes);
    assert!(
        told[0].contains("swung") && told[0].contains("2 beats have triplets"),
        "{told:?}"
    );
}

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
    let imported = imported(&song(&bytes));
    eprintln!(
        "60,000 notes, 40,000 signatures: read and imported in {:?}",
        begun.elapsed()
    );
    assert_eq!(imported.report.notes.all(), 60_000);
    assert!(imported.report.all_windows > 20_000);
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
                time_signatures,
                tempos: Vec::new(),
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
        let Ok(parts) = import_parts(&song, Path::new("song.mid")) else {
            prop_assert_eq!(all, 0);
            return Ok(());
        };
        prop_assert_eq!(parts.iter().map(|part| part.notes.len()).sum::<usize>(), all);
        for part in &parts {
            let imported = import_part(&song, part, &ImportOptions::song(steps));
            let report = &imported.report;
            prop_assert_eq!(report.notes.all(), part.notes.len());
            // In an import nothing is left out for its metre or for being sparse.
            for reason in [DropReason::OutsideMetre, DropReason::SparseWindow] {
                prop_assert!(!report.notes.dropped.contains_key(&reason));
            }
            prop_assert!(imported.windows.iter().all(|window| window.melody.steps() == steps));
            prop_assert!(imported.windows.is_sorted_by_key(|window| window.first_bar));
            // Side by side no note comes twice.
            let apart: usize = imported.side_by_side().map(|index| imported.windows[index].melody.notes().len()).sum();
            prop_assert!(apart <= report.notes.kept);
        }
        let training = training_windows(&song, &WindowOptions::default());
        prop_assert_eq!(training.notes.all(), all);
    }

    #[test]
    fn notes_kept_are_the_notes_that_stand_in_windows(mut song in any_song()) {
        // In 4/4 throughout a window's bar says where its notes are in the song.
        song.time_signatures.clear();
        let Ok(parts) = import_parts(&song, Path::new("song.mid")) else { return Ok(()); };
        for part in &parts {
            let imported = import_part(&song, part, &ImportOptions::song(32));
            let onsets: BTreeSet<u64> = imported
                .windows
                .iter()
                .flat_map(|window| {
                    let from = 16 * (window.first_bar - 1);
                    window.melody.notes().iter().map(move |note| from + u64::from(note.start))
                })
                .collect();
            prop_assert_eq!(onsets.len(), imported.report.notes.kept);
        }
    }
}
