//! MIDI files as they are in the world: every file that players read comes in right, and what does not fit is told.
//!
//! Each file is made here by code after a kind of file that other programs write; the right notes are worked out by hand
//! from the music.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod all_notes;
mod bytes;
mod music;

#[path = "../support/imported.rs"]
mod imported;

use std::path::Path;

use imported::import_most_melodic_part;
use tunescape::melody::{MidiSong, parse_midi};

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
    let windows = import_most_melodic_part(&song(bytes)).excerpts;
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
    import_most_melodic_part(&song(bytes))
        .report
        .user_messages()
}

/// The file holds the tune, and there is nothing to tell.
fn holds_the_tune(bytes: &[u8]) {
    assert_eq!(windows(bytes), [quarters(&TUNE)]);
    assert_eq!(sentences(bytes), [""; 0]);
}
