//! What written MIDI files contain, read back by a second reader.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
use super::*;
use crate::melody::{Tokens, testing};

/// Two bars whose last note ends early and whose second note follows the first without a gap.
fn melody() -> Melody {
    testing::melody(&[(60, 0, 4), (60, 4, 6), (67, 8, 20)], 32)
}

fn track(melody: &Melody) -> Track<'_> {
    Track {
        melody,
        name: "Région 41".to_owned(),
        text: "seed 99, region 41, sample 12".to_owned(),
    }
}

/// Absolute tick and kind of every event of each track, as read by midly.
fn events(bytes: &[u8]) -> Vec<Vec<(u32, TrackEventKind<'_>)>> {
    let smf = midly::Smf::parse(bytes).unwrap();
    smf.tracks
        .into_iter()
        .map(|track| {
            let mut tick = 0;
            track
                .into_iter()
                .map(|event| {
                    tick += event.delta.as_int();
                    (tick, event.kind)
                })
                .collect()
        })
        .collect()
}

#[test]
fn a_single_melody_is_written_as_these_bytes() {
    // By hand from the Standard MIDI File 1.0 specification.
    let melody = testing::melody(&[(60, 0, 4)], 32);
    let track = Track {
        melody: &melody,
        name: "A".to_owned(),
        text: "t".to_owned(),
    };
    let options = MidiWriteOptions {
        tempo_bpm: 120.0,
        feel: Feel::default(),
        chords: None,
        key_signature: false,
        program: 5,
        bank: None,
        channel: 2,
    };
    let mut expected = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk\0\0\0\x2a".to_vec();
    expected.extend(b"\x00\xff\x03\x01A"); // track name
    expected.extend(b"\x00\xff\x51\x03\x07\xa1\x20"); // 500,000 microseconds per quarter
    expected.extend(b"\x00\xff\x58\x04\x04\x02\x18\x08"); // 4/4
    expected.extend(b"\x00\xff\x01\x01t"); // text
    expected.extend(b"\x00\xc2\x05"); // program
    expected.extend(b"\x00\x92\x3c\x50\x83\x60\x82\x3c\x00"); // on, off 480 ticks later
    expected.extend(b"\x9a\x20\xff\x2f\x00"); // 3,360 ticks more: 3,840 in all
    assert_eq!(single_track_bytes(&track, &options), expected);
}

#[test]
fn markers_stand_before_the_note_that_starts_there_and_change_no_note() {
    let melody = melody();
    let marker = |step, text: &str| Marker {
        step,
        text: text.to_owned(),
        origin: String::new(),
    };
    // In the third note, at the second one's start, and behind the last one.
    let markers = [marker(16, "c"), marker(4, "b"), marker(24, "d")];
    // A feel that lets notes last into the next ones' time.
    let options = MidiWriteOptions {
        feel: Feel {
            note_length: 200,
            ..Feel::default()
        },
        ..Default::default()
    };
    let track = track(&melody);
    let bytes = marked_track_bytes(&track, &markers, &options);
    let track_events = events(&bytes).remove(0);
    let is_marker =
        |kind: &TrackEventKind<'_>| matches!(kind, TrackEventKind::Meta(MetaMessage::Marker(_)));
    let marker_events: Vec<_> = track_events
        .iter()
        .filter(|(_, kind)| is_marker(kind))
        .collect();
    let expected = [(480, "b"), (1920, "c"), (2880, "d")]
        .map(|(tick, text)| meta(tick, MetaMessage::Marker(text.as_bytes())));
    assert!(marker_events.into_iter().eq(&expected));
    let position_at_480 = |kind: &dyn Fn(&TrackEventKind<'_>) -> bool| {
        let mut at_480 = track_events.iter().filter(|(tick, _)| *tick == 480);
        at_480.position(|(_, event)| kind(event))
    };
    let is_note_on = |kind: &TrackEventKind<'_>| {
        let TrackEventKind::Midi { message, .. } = kind else {
            return false;
        };
        matches!(message, MidiMessage::NoteOn { .. })
    };
    assert!(position_at_480(&is_marker).unwrap() < position_at_480(&is_note_on).unwrap());
    let plain = single_track_bytes(&track, &options);
    let without_markers = track_events.iter().filter(|(_, kind)| !is_marker(kind));
    assert!(without_markers.eq(&events(&plain)[0]));
}

fn meta(tick: u32, message: MetaMessage<'_>) -> (u32, TrackEventKind<'_>) {
    (tick, TrackEventKind::Meta(message))
}

#[test]
fn the_track_ends_exactly_at_the_end_of_the_second_bar() {
    let melody = melody();
    for steps in [32, 16, 256] {
        let melody = Melody::from_notes(melody.notes(), steps).unwrap();
        let bytes = single_track_bytes(&track(&melody), &MidiWriteOptions::default());
        let last = *events(&bytes)[0].last().unwrap();
        assert_eq!(last, meta(steps as u32 * 120, MetaMessage::EndOfTrack));
    }
}

#[test]
fn every_note_on_is_audible_even_with_velocity_0() {
    let melody = melody();
    let options = MidiWriteOptions {
        feel: Feel {
            velocity: 0,
            ..Feel::default()
        },
        ..Default::default()
    };
    let bytes = single_track_bytes(&track(&melody), &options);
    let tracks = events(&bytes);
    let velocities: Vec<u8> = tracks[0]
        .iter()
        .filter_map(|(_, kind)| match kind {
            TrackEventKind::Midi {
                message: MidiMessage::NoteOn { vel, .. },
                ..
            } => Some(vel.as_int()),
            _ => None,
        })
        .collect();
    assert_eq!(velocities, [1, 1, 1]);
}

#[test]
fn a_repeated_pitch_is_released_before_it_starts_again() {
    let melody = melody();
    let bytes = single_track_bytes(&track(&melody), &MidiWriteOptions::default());
    let tracks = events(&bytes);
    let at_480: Vec<bool> = tracks[0]
        .iter()
        .filter(|(tick, _)| *tick == 480)
        .map(|(_, kind)| {
            matches!(
                kind,
                TrackEventKind::Midi {
                    message: MidiMessage::NoteOn { .. },
                    ..
                }
            )
        })
        .collect();
    assert_eq!(at_480, [false, true]);
}

#[test]
fn several_melodies_get_a_conductor_and_a_named_track_each() {
    let (long, short) = (
        melody(),
        Melody::from_tokens(Tokens::new(vec![41; 16]).unwrap()),
    );
    let mut second = track(&short);
    second.name = "other".to_owned();
    let options = MidiWriteOptions {
        tempo_bpm: 90.0,
        channel: 8,
        ..Default::default()
    };
    let bytes = multi_track_bytes(&[track(&long), second], &options);
    assert_eq!(
        midly::Smf::parse(&bytes).unwrap().header.format,
        Format::Parallel
    );
    let tracks = events(&bytes);
    assert_eq!(tracks.len(), 3);
    for (track, message) in [
        (0, MetaMessage::Tempo(u24::new(666_667))),
        (0, MetaMessage::TimeSignature(4, 2, 24, 8)),
        (1, MetaMessage::TrackName("Région 41".as_bytes())),
        (1, MetaMessage::Text(b"seed 99, region 41, sample 12")),
        (2, MetaMessage::TrackName(b"other")),
    ] {
        assert!(tracks[track].contains(&meta(0, message)), "{message:?}");
    }
    let ends: Vec<u32> = tracks.iter().map(|track| track.last().unwrap().0).collect();
    assert_eq!(ends, [3840, 3840, 1920]);
    let channel = |track: &[(u32, TrackEventKind<'_>)]| {
        track.iter().find_map(|(_, kind)| match kind {
            TrackEventKind::Midi { channel, .. } => Some(channel.as_int()),
            _ => None,
        })
    };
    // 8, then 10: 9 is the drums.
    assert_eq!(
        (channel(&tracks[1]), channel(&tracks[2])),
        (Some(8), Some(10))
    );
}

#[test]
fn the_file_has_the_notes_as_they_are_played() {
    let melody = melody();
    let feel = Feel {
        swing: 67,
        note_length: 50,
        transpose: 5,
        velocity: 99,
        humanise: 50,
        seed: 8,
        ..Feel::default()
    };
    let options = MidiWriteOptions {
        feel,
        ..Default::default()
    };
    let single = single_track_bytes(&track(&melody), &options);
    let several = multi_track_bytes(&[track(&melody), track(&melody)], &options);
    let performance = perform(&melody, &feel);
    let expected: Vec<(u32, u8, u8)> = performance
        .notes()
        .iter()
        .flat_map(|n| [(n.start, n.pitch, n.velocity), (n.end, n.pitch, 0)])
        .collect();
    let [single, several] = [events(&single), events(&several)];
    for events in [&single[0], &several[1], &several[2]] {
        let notes: Vec<(u32, u8, u8)> = events
            .iter()
            .filter_map(|(tick, kind)| match kind {
                TrackEventKind::Midi { message, .. } => match message {
                    MidiMessage::NoteOn { key, vel } => Some((*tick, key.as_int(), vel.as_int())),
                    MidiMessage::NoteOff { key, .. } => Some((*tick, key.as_int(), 0)),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        assert_eq!(notes, expected);
        assert_eq!(events.last(), Some(&meta(3_840, MetaMessage::EndOfTrack)));
    }
}

#[test]
fn a_bank_comes_before_its_program() {
    let melody = melody();
    let options = MidiWriteOptions {
        bank: Some(129),
        program: 7,
        channel: 3,
        ..Default::default()
    };
    let bytes = single_track_bytes(&track(&melody), &options);
    let expected = [0, 0xB3, 0, 1, 0, 0xB3, 32, 1, 0, 0xC3, 7];
    // Running status leaves out what repeats.
    let with_running_status = [0, 0xB3, 0, 1, 0, 32, 1, 0, 0xC3, 7];
    let contains_bytes = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(
        contains_bytes(&expected) || contains_bytes(&with_running_status),
        "{bytes:?}"
    );
}

#[test]
fn an_impossible_tempo_is_limited_to_what_a_file_can_store() {
    let melody = melody();
    for (bpm, micros) in [
        (f64::NAN, 500_000),
        (0.0, 500_000),
        (-3.0, 500_000),
        (1e-9, 0xff_ffff),
        (1e12, 1),
    ] {
        let options = MidiWriteOptions {
            tempo_bpm: bpm,
            ..Default::default()
        };
        let bytes = single_track_bytes(&track(&melody), &options);
        let tempo = meta(0, MetaMessage::Tempo(u24::new(micros)));
        assert!(events(&bytes)[0].contains(&tempo), "{bpm}");
    }
}

/// A tune in C major: pitch, start and end in steps.
const TUNE: [(u8, u32, u32); 6] = [
    (60, 0, 4),
    (64, 4, 8),
    (67, 8, 12),
    (65, 12, 14),
    (62, 14, 16),
    (60, 16, 24),
];

fn key_signatures(bytes: &[u8]) -> Vec<Vec<(i8, bool)>> {
    let key_signature = |(_, kind): &(u32, TrackEventKind<'_>)| match *kind {
        TrackEventKind::Meta(MetaMessage::KeySignature(sharps, minor)) => Some((sharps, minor)),
        _ => None,
    };
    let tracks = events(bytes);
    let tracks = tracks
        .iter()
        .map(|track| track.iter().filter_map(key_signature).collect());
    tracks.collect()
}

#[test]
fn the_key_signature_is_that_of_what_is_heard() {
    let tune = testing::melody(&TUNE, 32);
    let options_with = |feel| MidiWriteOptions {
        feel,
        key_signature: true,
        ..Default::default()
    };
    let key =
        |options: &MidiWriteOptions| key_signatures(&single_track_bytes(&track(&tune), options));
    assert_eq!(key(&options_with(Feel::PLAIN)), [[(0, false)]]);
    assert_eq!(key(&MidiWriteOptions::default()), [[]]);
    let up = Feel {
        transpose: 2,
        ..Feel::PLAIN
    };
    assert_eq!(key(&options_with(up)), [[(2, false)]]);
    let snapped = Feel {
        snap: "F# minor".parse().ok(),
        ..Feel::PLAIN
    };
    assert_eq!(key(&options_with(snapped)), [[(3, true)]]);
    // One pitch says nothing about the key.
    let unclear = testing::melody(&[(60, 0, 4)], 32);
    let bytes = single_track_bytes(&track(&unclear), &options_with(Feel::PLAIN));
    assert_eq!(key_signatures(&bytes), [[]]);
}

#[test]
fn several_melodies_share_a_key_signature_or_have_their_own() {
    let c = testing::melody(&TUNE, 32);
    let e_flat = testing::melody(&TUNE.map(|(pitch, start, end)| (pitch + 3, start, end)), 32);
    let options = MidiWriteOptions {
        key_signature: true,
        ..Default::default()
    };
    let same = multi_track_bytes(&[track(&c), track(&c)], &options);
    assert_eq!(key_signatures(&same), [vec![(0, false)], vec![], vec![]]);
    let different = multi_track_bytes(&[track(&c), track(&e_flat)], &options);
    assert_eq!(
        key_signatures(&different),
        [vec![], vec![(0, false)], vec![(-3, false)]]
    );
    let song = crate::melody::parse_midi(&different, std::path::Path::new("a.mid")).unwrap();
    let names: Vec<String> = song
        .key_signatures
        .iter()
        .map(|(tick, key)| format!("{tick} {}", key.key().unwrap()))
        .collect();
    assert_eq!(names, ["0 C major", "0 Eb major"]);
}

#[test]
fn chords_have_a_track_and_a_channel_of_their_own_up_to_the_end() {
    let melody = melody();
    let backing = Backing {
        progression: "Am F".parse().unwrap(),
        velocity: 40,
        channel: 2,
    };
    let options = MidiWriteOptions {
        chords: Some(Arc::new(backing)),
        ..Default::default()
    };
    let bytes = multi_track_bytes(&[track(&melody), track(&melody)], &options);
    let song = crate::melody::parse_midi(&bytes, std::path::Path::new("a.mid")).unwrap();
    assert_eq!(song.length_ticks, 3840);
    let names: Vec<&str> = song
        .tracks
        .iter()
        .map(|track| track.name.as_str())
        .collect();
    assert_eq!(names, ["", "Région 41", "Région 41", "Chords"]);
    let channel = |track: usize| song.tracks[track].notes[0].channel;
    assert_eq!([channel(1), channel(2), channel(3)], [0, 2, 1]);
    let chords = &song.tracks[3];
    assert_eq!(chords.programs[1], Some(16));
    let notes: Vec<(u8, u8, u64, u64)> = chords
        .notes
        .iter()
        .map(|n| (n.pitch, n.velocity, n.start, n.end))
        .collect();
    // A minor, then F major, each for a bar; both have A3 and C4, which are played again.
    let am = [45, 57, 60, 64].map(|pitch| (pitch, 40, 0, 1920));
    let f = [41, 53, 57, 60].map(|pitch| (pitch, 40, 1920, 3840));
    assert_eq!(notes, [am, f].concat());
    // Under a transposed melody they are transposed too.
    let transposed = MidiWriteOptions {
        feel: Feel {
            transpose: 2,
            ..Feel::PLAIN
        },
        ..options.clone()
    };
    let bytes = multi_track_bytes(&[track(&melody)], &transposed);
    let song = crate::melody::parse_midi(&bytes, std::path::Path::new("a.mid")).unwrap();
    let pitches: Vec<u8> = song.tracks[2].notes.iter().map(|n| n.pitch).collect();
    // B minor and G major.
    assert_eq!(pitches, [47, 54, 59, 62, 43, 55, 59, 62]);
    assert!(String::from_utf8_lossy(&bytes).contains("Bm G"));
    // A file of one track has none.
    let single = single_track_bytes(&track(&melody), &options);
    assert_eq!(events(&single).len(), 1);
}
