//! Extracts the melody of a part that may have several voices.
//!
//! `candidate` selects at most one note per step, `ringing` detects notes that ring on, `line` finds the melody among the
//! candidates by dynamic programming.

mod candidate;
mod line;
mod ringing;

use super::place::PlacedNote;
use super::sections::FINE_TICKS_PER_STEP;
use candidate::{BEFORE_ALL_NOTES, candidates};
use line::{cheapest_path, mark_simultaneous};
use ringing::mark_ringing;

/// Longest time, in fine ticks, for which a note displaces others: two bars. A longer note may never have been released.
const MAX_NOTE_FINE_TICKS: i64 = 32 * FINE_TICKS_PER_STEP;

/// A note on the sixteenth grid of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GridNote {
    /// MIDI pitch.
    pub pitch: u8,
    /// First step, from the origin of the section.
    pub start: u64,
    /// Step at which it ends (exclusive).
    pub end: u64,
}

impl GridNote {
    /// The chosen notes of a section on their nearest sixteenths, each at least one step long and cut where the next
    /// one starts.
    pub fn quantised(notes: &[PlacedNote], chosen: &[(usize, i64)]) -> Vec<Self> {
        let mut voice: Vec<Self> = Vec::with_capacity(chosen.len());
        for &(index, end) in chosen {
            let Some(note) = notes.get(index) else {
                continue;
            };
            let start = note.step().max(0) as u64;
            let end = (end + FINE_TICKS_PER_STEP / 2)
                .div_euclid(FINE_TICKS_PER_STEP)
                .max(0) as u64;
            if let Some(previous) = voice.last_mut() {
                previous.end = previous.end.min(start);
            }
            voice.push(Self {
                pitch: note.pitch,
                start,
                end: end.max(start + 1),
            });
        }
        voice
    }
}

/// The melody of a part: indices into `notes` in time order, at most one per sixteenth step (nearest, halves up), each
/// with its end. The caller still cuts each note where the next one starts.
///
/// `notes` are sorted by start, then pitch.
///
/// 1. *Candidates* are the highest notes of each step (a skyline; Uitdenbogerd and Zobel, "Melodic Matching Techniques for
///    Large Music Databases", 1999); one without length only if there is no other. If no two notes of the part overlap by
///    more than a sixteenth, it has one voice, and all candidates are the melody.
/// 2. *Ringing.* See [`mark_ringing`]: where notes ring on, a note ends where the next one starts.
/// 3. *The line* is the sequence of candidates with the least cost, found by dynamic programming over the onsets.
///    Intervals cost by their size, since one voice moves by small intervals (Huron, "Tone and Voice", Music
///    Perception 19, 2001). A lower note that lies mostly under a sounding note of the line is skipped at no cost.
///    Skipping one that outlasts that note, a higher one, or a note in a silence of the line has a cost; in a silence it is
///    less the lower the note is, and less if it sounds alone, as notes of an accompaniment figure do in a rest of the melody.
///    A lower note that ends a sounding one has a cost too. Skipping costs most where there is one voice.
///
/// The work is linear in the number of notes, since at most 63 candidates are skipped in a row. The costs are our own, chosen
/// on one half of a test set and measured on the other; the result depends little on them.
pub(super) fn extract_voice(notes: &[PlacedNote]) -> Vec<(usize, i64)> {
    let mut melody = candidates(notes);
    if !has_one_voice(notes) {
        mark_ringing(&mut melody);
        for position in 0..melody.len() {
            let next = melody.get(position + 1).map_or(i64::MAX, |next| next.start);
            let note = &mut melody[position];
            let max_end = if note.is_ringing {
                next
            } else {
                note.start + MAX_NOTE_FINE_TICKS
            };
            note.end = note.end.min(max_end);
        }
        mark_simultaneous(&mut melody, notes);
        melody = cheapest_path(&melody);
    }
    melody
        .iter()
        .filter_map(|note| {
            let end = if note.is_ringing {
                note.end
            } else {
                notes.get(note.index)?.end
            };
            Some((note.index, end))
        })
        .collect()
}

/// Whether no two notes that have a length overlap by more than a sixteenth.
fn has_one_voice(notes: &[PlacedNote]) -> bool {
    let mut sounding_until = BEFORE_ALL_NOTES;
    notes.iter().filter(|note| note.has_length).all(|note| {
        let alone = sounding_until - note.start <= FINE_TICKS_PER_STEP;
        sounding_until = sounding_until.max(note.end);
        alone
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pitch, start and end in steps.
    fn note(pitch: u8, start: i64, end: i64) -> PlacedNote {
        PlacedNote {
            pitch,
            section: 0,
            start: start * FINE_TICKS_PER_STEP,
            end: end * FINE_TICKS_PER_STEP,
            has_length: end > start,
        }
    }

    fn voice(notes: &[PlacedNote]) -> Vec<(u8, u64, u64)> {
        let mut notes = notes.to_vec();
        notes.sort_by_key(|note| (note.start, note.pitch));
        GridNote::quantised(&notes, &extract_voice(&notes))
            .into_iter()
            .map(|note| (note.pitch, note.start, note.end))
            .collect()
    }

    #[test]
    fn of_a_chord_the_highest_note_is_chosen() {
        let rolled = |pitch, start| PlacedNote {
            start,
            ..note(pitch, 0, 4)
        };
        assert_eq!(
            voice(&[rolled(60, 0), rolled(64, 10), rolled(67, 20)]),
            [(67, 0, 4)]
        );
    }

    #[test]
    fn an_accompaniment_under_a_long_note_is_left_out() {
        let notes = [
            note(72, 0, 16),
            note(60, 4, 8),
            note(64, 8, 12),
            note(74, 16, 20),
        ];
        assert_eq!(voice(&notes), [(72, 0, 16), (74, 16, 20)]);
    }

    #[test]
    fn a_legato_overlap_does_not_swallow_the_lower_note() {
        let legato = PlacedNote {
            end: 4 * FINE_TICKS_PER_STEP + 160,
            ..note(64, 0, 4)
        };
        assert_eq!(voice(&[legato, note(62, 4, 8)]), [(64, 0, 4), (62, 4, 8)]);
    }

    #[test]
    fn an_inner_voice_that_outlasts_the_upper_one_is_left_out() {
        // Soprano in quarters, alto in quarters half a beat later, as in a chorale.
        let notes: Vec<PlacedNote> = (0..8)
            .flat_map(|k| {
                [
                    note(72 + k as u8 % 3, 4 * k, 4 * k + 4),
                    note(62, 4 * k + 2, 4 * k + 6),
                ]
            })
            .collect();
        assert!(
            voice(&notes).iter().all(|note| note.0 != 62),
            "{:?}",
            voice(&notes)
        );
    }

    #[test]
    fn times_go_to_the_nearest_sixteenth() {
        let note_at = |pitch, start, end| PlacedNote {
            start,
            end,
            ..note(pitch, 0, 1)
        };
        // 119 late is still the step, 120 is the next one.
        let notes = [
            note_at(60, 119, 241),
            note_at(62, 360, 600),
            note_at(64, 950, 952),
        ];
        assert_eq!(voice(&notes), [(60, 0, 1), (62, 2, 3), (64, 4, 5)]);
    }
}
