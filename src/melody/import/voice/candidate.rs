//! Candidates for the melody: at most one note per sixteenth step.

use std::cmp::Reverse;

use crate::melody::import::place::PlacedNote;
use crate::melody::import::sections::FINE_TICKS_PER_STEP;

/// Largest difference of ends that count as equal: a quarter of a sixteenth, in fine ticks.
pub(super) const END_TOLERANCE: i64 = FINE_TICKS_PER_STEP / 4;
/// A time before all notes.
pub(super) const BEFORE_ALL_NOTES: i64 = i64::MIN / 4;

/// The note of a sixteenth step that may belong to the melody.
#[derive(Clone, Copy)]
pub(super) struct NoteCandidate {
    /// Index in the notes of the part.
    pub index: usize,
    pub pitch: u8,
    pub start: i64,
    /// End as a note of the melody.
    pub end: i64,
    /// Whether another note of the step sounds with it.
    pub is_chord: bool,
    /// Whether it rings on into the next notes of its own voice.
    pub is_ringing: bool,
    /// Whether no other note sounds with it for more than half a sixteenth.
    pub is_alone: bool,
    /// Whether there is more than one voice around it.
    pub has_many_voices: bool,
}

/// Interval between two pitches in semitones, positive upwards.
pub(super) fn interval(from: u8, to: u8) -> i64 {
    i64::from(to) - i64::from(from)
}

/// The highest note with a length of each step (a skyline), in time order; one without length where there is no other.
pub(super) fn candidates(notes: &[PlacedNote]) -> Vec<NoteCandidate> {
    let mut order: Vec<usize> = (0..notes.len()).collect();
    order.sort_by_key(|&index| {
        let note = &notes[index];
        let best_first = Reverse((note.has_length, note.pitch, note.end));
        (note.step(), best_first, index)
    });
    order
        .chunk_by(|&a, &b| notes[a].step() == notes[b].step())
        .map(|same_step| {
            let index = same_step[0];
            let note = notes[index];
            let end = if note.has_length {
                note.end
            } else {
                note.start + FINE_TICKS_PER_STEP
            };
            let is_chord = same_step[1..]
                .iter()
                .map(|&other_index| &notes[other_index])
                .any(|other| {
                    let overlap = end.min(other.end) - note.start.max(other.start);
                    other.has_length && overlap > END_TOLERANCE
                });
            NoteCandidate {
                index,
                pitch: note.pitch,
                start: note.start,
                end,
                is_chord,
                is_ringing: false,
                is_alone: false,
                has_many_voices: false,
            }
        })
        .collect()
}
