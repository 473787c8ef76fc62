//! A short song.

use tunescape::melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes};

/// A MIDI file of two bars with one track of this name.
pub fn tune(name: &str) -> Vec<u8> {
    let note = |k: u32| Note {
        pitch: 60 + 2 * k as u8,
        start: 4 * k,
        end: 4 * k + 4,
    };
    let notes: Vec<Note> = (0..8).map(note).collect();
    let track = Track {
        melody: &Melody::from_notes(&notes, 32).unwrap(),
        name: name.to_owned(),
        text: String::new(),
    };
    single_track_bytes(&track, &MidiWriteOptions::default())
}
