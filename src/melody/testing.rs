//! Helpers of tests: melodies and songs from short lists of numbers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::feel::{Feel, SwingUnit};
use super::melody_type::{Melody, Note};
use super::midi::{MidiSong, ReadReport, SongNote, SongTrack};
use super::scale::{Scale, ScaleKind};

/// A melody of notes given as pitch, start and end.
pub(crate) fn melody(notes: &[(u8, u32, u32)], steps: usize) -> Melody {
    let notes: Vec<Note> = notes
        .iter()
        .map(|&(pitch, start, end)| Note { pitch, start, end })
        .collect();
    Melody::from_notes(&notes, steps).unwrap()
}

/// Pitch, start and end of the notes of a melody.
pub(crate) fn notes_of(melody: &Melody) -> Vec<(u8, u32, u32)> {
    let notes = melody.notes().iter();
    notes.map(|n| (n.pitch, n.start, n.end)).collect()
}

/// A note of a song.
pub(super) fn song_note(pitch: u8, channel: u8, start: u64, end: u64) -> SongNote {
    SongNote {
        pitch,
        velocity: 80,
        channel,
        start,
        end,
    }
}

/// A song of these time signatures and tracks, each with a name and its notes.
pub(super) fn song(
    ticks_per_quarter: u32,
    time_signatures: &[(u64, u8, u8)],
    tracks: Vec<(&str, Vec<SongNote>)>,
) -> MidiSong {
    let track = |(name, notes): (&str, Vec<SongNote>)| SongTrack {
        name: name.to_owned(),
        notes,
        ..SongTrack::default()
    };
    MidiSong {
        ticks_per_quarter,
        tracks: tracks.into_iter().map(track).collect(),
        texts: Vec::new(),
        time_signatures: time_signatures.to_vec(),
        tempos: Vec::new(),
        key_signatures: Vec::new(),
        length_ticks: 0,
        report: ReadReport::default(),
    }
}

/// Any scale.
pub(crate) fn any_scale() -> impl Strategy<Value = Scale> {
    let kind = prop::sample::select(ScaleKind::ALL.to_vec());
    (0_u8..12, kind).prop_map(|(tonic, kind)| Scale::new(tonic, kind))
}

/// Any way of playing, within the limits of its settings.
pub(crate) fn any_feel() -> impl Strategy<Value = Feel> {
    let unit = prop::sample::select(vec![SwingUnit::Eighth, SwingUnit::Sixteenth]);
    (
        (0_u8..=100, unit, 10_u8..=200),
        (-36_i8..=36, 1_u8..=127, 0_u8..=100, any::<u64>()),
        prop::option::weighted(0.3, any_scale()),
    )
        .prop_map(
            |((swing, swing_unit, note_length), (transpose, velocity, humanise, seed), snap)| {
                Feel {
                    swing,
                    swing_unit,
                    note_length,
                    transpose,
                    snap,
                    velocity,
                    humanise,
                    seed,
                }
            },
        )
}
