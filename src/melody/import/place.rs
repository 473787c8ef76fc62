//! Places the notes of a part in the sections of its song.

use super::sections::{FINE_TICKS_PER_STEP, Section};
use crate::melody::midi::SongNote;

/// A note in a section, in fine ticks ([`super::sections::FINE_TICKS_PER_QUARTER`] per quarter) from the section's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlacedNote {
    /// MIDI pitch.
    pub pitch: u8,
    /// Index of the section.
    pub section: usize,
    /// Start.
    pub start: i64,
    /// End, perhaps after the section.
    pub end: i64,
    /// False for a note that ends on the tick on which it starts.
    pub has_length: bool,
}

impl PlacedNote {
    /// The nearest sixteenth, halves up.
    pub fn step(&self) -> i64 {
        (self.start + FINE_TICKS_PER_STEP / 2).div_euclid(FINE_TICKS_PER_STEP)
    }
}

/// Places notes (sorted by start) in the section that contains their start.
pub(super) fn place_notes(
    notes: impl Iterator<Item = SongNote>,
    sections: &[Section],
    ticks_per_quarter: u32,
) -> Vec<PlacedNote> {
    let mut index = 0;
    notes
        .filter_map(|note| {
            while sections
                .get(index)?
                .end_tick
                .is_some_and(|end_tick| end_tick <= note.start)
            {
                index += 1;
            }
            let section = sections.get(index)?;
            let start = section.fine_tick(note.start, ticks_per_quarter);
            Some(PlacedNote {
                pitch: note.pitch,
                section: index,
                start,
                end: section.fine_tick(note.end, ticks_per_quarter).max(start),
                has_length: note.end > note.start,
            })
        })
        .collect()
}

/// Moves notes whose nearest sixteenth is outside their section into it or into the next one: a note played a little
/// before a bar line belongs after it.
pub(super) fn move_into_sections(
    notes: &mut [PlacedNote],
    sections: &[Section],
    ticks_per_quarter: u32,
) {
    for note in notes.iter_mut() {
        let Some(section) = sections.get(note.section) else {
            continue;
        };
        let (first, end) = section.extent(ticks_per_quarter);
        let mut shift = (first - note.start).max(0);
        if let Some(end) = end
            && note.step() * FINE_TICKS_PER_STEP >= end
            && let Some(next) = sections.get(note.section + 1)
        {
            note.section += 1;
            shift = next.extent(ticks_per_quarter).0 - end.min(note.start);
        }
        note.start += shift;
        note.end += shift;
    }
}
