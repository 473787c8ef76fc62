//! Files as other programs write them, damaged ones too.

use tunescape::melody::read_midi_file;

use crate::imported::import_most_melodic_part;
use crate::{QUARTER, TUNE, TrackBytes, file, holds_the_tune, quarters, sentences, song, windows};

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
        assert_eq!(import_most_melodic_part(&song).excerpts.len(), 1, "{name}");
    }
}
