//! Reading MIDI files: written by hand, damaged, and generated at random.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::melody::{
    Melody, MidiWriteOptions, SongNote, Tokens, Track, multi_track_bytes, single_track_bytes,
};
use proptest::prelude::*;

/// A file of the given format, division and track contents.
fn file(format: u8, division: [u8; 2], tracks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
    bytes.push(format);
    bytes.extend((tracks.len() as u16).to_be_bytes());
    bytes.extend(division);
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend((track.len() as u32).to_be_bytes());
        bytes.extend(*track);
    }
    bytes
}

fn parse(bytes: &[u8]) -> Result<MidiSong, MidiFileError> {
    parse_midi(bytes, Path::new("some song.mid"))
}

/// Pitch, start and end of a track's notes.
fn notes(song: &MidiSong, track: usize) -> Vec<(u8, u64, u64)> {
    song.tracks[track]
        .notes
        .iter()
        .map(|note| (note.pitch, note.start, note.end))
        .collect()
}

const END_OF_TRACK: &[u8] = b"\x00\xff\x2f\x00";

#[test]
fn key_signatures_are_read_and_impossible_ones_left_out() {
    let track = b"\x00\xff\x59\x02\xfd\x01\x60\xff\x59\x02\x06\x00\x00\xff\x59\x02\x08\x00\x00\xff\x59\x02\x00\x07\x00\xff\x59\x01\x00";
    let song = parse(&file(0, [0, 96], &[&[&track[..], END_OF_TRACK].concat()])).unwrap();
    let keys: Vec<(u64, String)> = song
        .key_signatures
        .iter()
        .map(|(tick, key)| (*tick, key.key().unwrap().to_string()))
        .collect();
    let expected = [(0, "C minor"), (96, "F# major")];
    assert_eq!(keys, expected.map(|(tick, key)| (tick, key.to_owned())));
}

#[test]
fn a_two_track_file_with_running_status_metres_and_tempos_is_read() {
    let conductor =
        b"\x00\xff\x03\x04Song\x00\xff\x51\x03\x0f\x42\x40\x00\xff\x58\x04\x03\x02\x18\x08\
                      \x60\xff\x58\x04\x06\x03\x18\x08\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x2f\x00";
    // Note-on C4, 96 ticks later velocity 0 by running status, then E4 in the same way.
    let tune = b"\x00\xff\x03\x05Fl\xf6te\x00\x93\x3c\x40\x60\x3c\x00\x00\x40\x41\x60\x40\x00\x00\xff\x2f\x00";
    let song = parse(&file(1, [0, 96], &[conductor, tune])).unwrap();
    assert_eq!(song.ticks_per_quarter, 96);
    assert_eq!(song.tempos, [(0, 60.0), (96, 120.0)]);
    assert_eq!(song.time_signatures, [(0, 3, 4), (96, 6, 8)]);
    assert_eq!(
        (song.tracks[0].name.as_str(), song.tracks[1].name.as_str()),
        ("Song", "Flöte")
    );
    let expected =
        [(60, 64, 0, 96), (64, 65, 96, 192)].map(|(pitch, velocity, start, end)| SongNote {
            pitch,
            velocity,
            channel: 3,
            start,
            end,
        });
    assert_eq!(song.tracks[1].notes, expected);
    assert_eq!((song.length_ticks, song.report.is_damaged()), (192, false));
}

#[test]
fn a_key_struck_again_ends_its_first_note_whatever_the_order_of_the_events() {
    // On, on again after 10, off after 10 more; the same with a late note-off on the tick of the second strike.
    let repeated = parse(&file(
        0,
        [0, 96],
        &[&[b"\x00\x90\x3c\x40\x0a\x3c\x40\x0a\x3c\x00", END_OF_TRACK].concat()],
    ))
    .unwrap();
    assert_eq!(notes(&repeated, 0), [(60, 0, 10), (60, 10, 20)]);
    let late_note_off = b"\x00\x90\x3c\x40\x0a\x3c\x40\x00\x3c\x00\x0a\x3c\x00";
    assert_eq!(
        notes(
            &parse(&file(
                0,
                [0, 96],
                &[&[late_note_off, END_OF_TRACK].concat()]
            ))
            .unwrap(),
            0
        ),
        [(60, 0, 10), (60, 10, 20)]
    );
}

#[test]
fn a_note_that_is_never_released_ends_with_its_track() {
    let song = parse(&file(0, [0, 96], &[b"\x00\x90\x3c\x40\x60\xff\x2f\x00"])).unwrap();
    assert_eq!(notes(&song, 0), [(60, 0, 96)]);
}

#[test]
fn the_patterns_of_a_type_2_file_follow_one_another() {
    let pattern = b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00";
    let song = parse(&file(2, [0, 96], &[pattern, pattern])).unwrap();
    assert_eq!(
        (notes(&song, 0), notes(&song, 1)),
        (vec![(60, 0, 96)], vec![(60, 96, 192)])
    );
}

#[test]
fn a_malformed_meta_event_does_not_hide_the_notes_behind_it() {
    // An SMPTE offset at hour 31, then a key signature without its bytes.
    let track = b"\x05\xff\x54\x05\x1f\x00\x00\x00\x00\x05\xff\x59\x00\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00";
    let song = parse(&file(0, [0, 96], &[track])).unwrap();
    assert_eq!(
        (notes(&song, 0), song.report.is_damaged()),
        (vec![(60, 10, 106)], false)
    );
}

#[test]
fn a_truncated_file_is_read_up_to_the_cut_and_reported() {
    let bytes = file(
        0,
        [0, 96],
        &[b"\x00\x90\x3c\x40\x60\x3c\x00\x00\x40\x40\x60\x40\x00\x00\xff\x2f\x00"],
    );
    let song = parse(&bytes[..bytes.len() - 9]).unwrap();
    assert_eq!(notes(&song, 0), [(60, 0, 96)]);
    assert!(song.report.is_cut);
    assert_eq!(
        song.report.user_messages(),
        ["the file is cut off: its last track has no end"]
    );
}

#[test]
fn film_frames_become_beats_at_120_per_minute() {
    // 25 frames of 40 units a second: a quarter note of half a second has 500 units.
    let song = parse(&file(
        0,
        [0xe7, 40],
        &[b"\x00\x90\x3c\x40\x83\x74\x3c\x00\x00\xff\x2f\x00"],
    ))
    .unwrap();
    assert_eq!(
        (song.ticks_per_quarter, notes(&song, 0)),
        (1000, vec![(60, 0, 1000)])
    );
    assert!(song.report.is_timecode && !song.report.is_damaged());
    assert!(song.report.user_messages()[0].contains("film frames"));
    for division in [[0x80, 0], [0xe7, 0], [0x81, 4]] {
        let error = parse(&file(0, division, &[END_OF_TRACK])).unwrap_err();
        assert!(matches!(error, MidiFileError::NotMidi { .. }), "{error}");
    }
}

#[test]
fn wrong_chunk_lengths_lose_no_track() {
    let tune = b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00";
    let intact = file(1, [0, 96], &[tune, tune]);
    let first_length = 14 + 4;
    for wrong_length in [0_u32, 3, 5, 10, 12, 16, 20, 30, 1 << 20, u32::MAX] {
        let mut bytes = intact.clone();
        bytes[first_length..first_length + 4].copy_from_slice(&wrong_length.to_be_bytes());
        let song = parse(&bytes).unwrap();
        assert_eq!(song.tracks.len(), 2, "{wrong_length}");
        assert_eq!(notes(&song, 0), [(60, 0, 96)], "{wrong_length}");
        assert_eq!(notes(&song, 1), [(60, 0, 96)], "{wrong_length}");
        assert!(
            !song.report.is_damaged(),
            "{wrong_length}: {:?}",
            song.report
        );
        // The same of the last track.
        let mut bytes = intact.clone();
        let last_length = intact.len() - tune.len() - 4;
        bytes[last_length..last_length + 4].copy_from_slice(&wrong_length.to_be_bytes());
        let song = parse(&bytes).unwrap();
        assert_eq!(notes(&song, 1), [(60, 0, 96)], "{wrong_length}");
        assert!(
            !song.report.is_damaged(),
            "{wrong_length}: {:?}",
            song.report
        );
    }
}

#[test]
fn unusual_but_readable_files_are_not_reported_as_damaged() {
    let tune: &[u8] = b"\x00\x90\x3c\x40\x60\x3c\x00";
    let with_end = [tune, END_OF_TRACK].concat();
    for tracks in [
        // An empty track, no end mark, a note behind the end mark.
        &[&with_end[..], b""][..],
        &[tune],
        &[&[&with_end[..], b"\x00\x90\x3e\x40\x60\x3e\x00", END_OF_TRACK].concat()],
    ] {
        let song = parse(&file(1, [0, 96], tracks)).unwrap();
        assert_eq!(notes(&song, 0)[0], (60, 0, 96));
        assert_eq!(song.report.user_messages(), [""; 0]);
    }
}

#[test]
fn tracks_that_the_header_declares_and_that_are_missing_are_reported() {
    let mut bytes = file(1, [0, 96], &[END_OF_TRACK, END_OF_TRACK]);
    bytes[11] = 3;
    let song = parse(&bytes).unwrap();
    assert!(song.report.is_damaged());
    assert_eq!(
        song.report.user_messages(),
        ["the file is damaged: its header announces 3 tracks, 2 are here"]
    );
}

#[test]
fn a_key_that_is_never_released_ends_at_the_next_onset_and_is_reported() {
    let track = b"\x00\x90\x54\x40\x30\x3c\x40\x30\x3c\x00\x00\x3e\x40\x60\x3e\x00\x00\xff\x2f\x00";
    let song = parse(&file(0, [0, 96], &[track])).unwrap();
    assert_eq!(notes(&song, 0), [(84, 0, 48), (60, 48, 96), (62, 96, 192)]);
    assert_eq!(song.report.unreleased_notes, 1);
    assert!(song.report.user_messages()[0].starts_with("1 note is never released"));
}

#[test]
fn the_error_for_another_kind_of_file_names_its_kind() {
    let png = parse(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR").unwrap_err();
    assert_eq!(
        png.to_string(),
        "some song.mid is a PNG image, not a MIDI file; choose a MIDI file"
    );
    let model = parse(b"\x20\0\0\0\0\0\0\0{\"__metadata__\":{}}").unwrap_err();
    assert!(
        model.to_string().contains("is a model, not a MIDI file"),
        "{model}"
    );
    let wave = parse(b"RIFF....WAVE").unwrap_err();
    assert!(wave.to_string().contains("not a MIDI file"), "{wave}");
    for bytes in [&b""[..], b"MThd", b"MThd\0\0\0\x06\0\x01\0\0\x01"] {
        let error = parse(bytes).unwrap_err();
        assert!(matches!(error, MidiFileError::NotMidi { .. }), "{error}");
    }
    assert!(matches!(
        parse(&file(0, [0, 0], &[END_OF_TRACK])).unwrap_err(),
        MidiFileError::NotMidi { .. }
    ));
    assert!(
        parse(&file(1, [0, 96], &[]))
            .unwrap_err()
            .to_string()
            .contains("it has no tracks")
    );
}

#[test]
fn an_rmid_file_is_read() {
    let inner = file(
        0,
        [0, 96],
        &[b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00"],
    );
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((inner.len() as u32 + 12).to_le_bytes());
    bytes.extend(b"RMIDdata");
    bytes.extend((inner.len() as u32).to_le_bytes());
    bytes.extend(inner);
    assert_eq!(notes(&parse(&bytes).unwrap(), 0), [(60, 0, 96)]);
}

#[test]
fn a_giant_file_is_refused_before_it_fills_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("giant.mid");
    std::fs::File::create(&path)
        .unwrap()
        .set_len(MAX_MIDI_FILE_BYTES + 1)
        .unwrap();
    let error = read_midi_file(&path).unwrap_err();
    assert!(matches!(error, MidiFileError::TooLarge { .. }), "{error}");
    assert!(error.to_string().contains("is larger than 64 MiB"));
    let error = read_midi_file(&folder.path().join("missing.mid")).unwrap_err();
    assert!(matches!(error, MidiFileError::Read { .. }), "{error}");
}

proptest! {
    #[test]
    fn written_melodies_are_read_back_note_for_note(
        melodies in prop::collection::vec(prop::collection::vec(0_u8..90, 1..70), 1..5),
        bpm in 20.0..300.0_f64,
    ) {
        let melodies: Vec<Melody> =
            melodies.into_iter().map(|ids| Melody::from_tokens(Tokens::new(ids).unwrap())).collect();
        let track = |melody| Track { melody, name: "tune ♪".to_owned(), text: "seed 1".to_owned() };
        let options = MidiWriteOptions { tempo_bpm: bpm, ..Default::default() };
        let in_ticks = |melody: &Melody| -> Vec<(u8, u64, u64)> {
            melody.notes().iter().map(|n| (n.pitch, u64::from(n.start) * 120, u64::from(n.end) * 120)).collect()
        };
        let single = parse(&single_track_bytes(&track(&melodies[0]), &options)).unwrap();
        prop_assert_eq!(notes(&single, 0), in_ticks(&melodies[0]));
        prop_assert_eq!(single.length_ticks, melodies[0].steps() as u64 * 120);
        prop_assert!((single.tempos[0].1 - bpm).abs() < 0.01);

        let tracks: Vec<Track<'_>> = melodies.iter().map(track).collect();
        let song = parse(&multi_track_bytes(&tracks, &options)).unwrap();
        prop_assert_eq!(&song.report.user_messages(), &[""; 0]);
        prop_assert_eq!(&song.time_signatures, &[(0, 4, 4)]);
        prop_assert_eq!(song.tracks.len(), melodies.len() + 1);
        for (k, melody) in melodies.iter().enumerate() {
            prop_assert_eq!(notes(&song, k + 1), in_ticks(melody));
            prop_assert_eq!(song.tracks[k + 1].name.as_str(), "tune ♪");
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), format in 0_u8..4) {
        let _ = parse(&bytes);
        let _ = parse(&file(format, [0, 96], &[&bytes]));
        let _ = parse(&[&b"MThd"[..], &bytes].concat());
    }

    #[test]
    fn a_damaged_file_never_makes_the_reader_panic(
        ids in prop::collection::vec(0_u8..90, 1..40),
        length in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let melody = Melody::from_tokens(Tokens::new(ids).unwrap());
        let track = Track { melody: &melody, name: "x".to_owned(), text: "y".to_owned() };
        let mut bytes = multi_track_bytes(&[track.clone(), track], &MidiWriteOptions::default());
        for (byte_index, value) in flips {
            let byte_index = byte_index.index(bytes.len());
            bytes[byte_index] = value;
        }
        if let Ok(song) = parse(&bytes[..length.index(bytes.len() + 1)]) {
            let _ = crate::melody::training_windows(&song, &crate::melody::TrainingWindowOptions::default());
        }
    }
}
