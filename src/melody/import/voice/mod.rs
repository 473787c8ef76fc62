//! One voice out of a part that may hold several: its melody.
//!
//! `candidates` here, `ringing` shortens notes that ring on, `line` finds the melody among what is left.

mod line;
mod ringing;

use std::cmp::Reverse;

use super::place::PlacedNote;
use super::sections::FINE_STEP;
use line::{cheapest_line, mark_company};
use ringing::mark_ringing;

/// Ends that differ by less than this are the same end: a quarter of a sixteenth, in fine units.
const NEAR: i64 = FINE_STEP / 4;
/// A note longer than two bars of 4/4 keeps other notes out for that time only: it may be a key that hangs.
const LONGEST: i64 = 32 * FINE_STEP;
/// A time before all notes.
const NEVER: i64 = i64::MIN / 4;

/// A note on the sixteenth grid of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GridNote {
    /// MIDI pitch.
    pub pitch: u8,
    /// First step, from the origin of the section.
    pub start: u64,
    /// Step at which it has ended.
    pub end: u64,
}

impl GridNote {
    /// The chosen notes of a section on their nearest sixteenths, each at least one step long and over where the next
    /// one starts.
    pub fn in_turn(notes: &[PlacedNote], chosen: &[(usize, i64)]) -> Vec<Self> {
        let mut voice: Vec<Self> = Vec::with_capacity(chosen.len());
        for &(index, end) in chosen {
            let Some(note) = notes.get(index) else {
                continue;
            };
            let start = note.step().max(0) as u64;
            let end = (end + FINE_STEP / 2).div_euclid(FINE_STEP).max(0) as u64;
            if let Some(before) = voice.last_mut() {
                before.end = before.end.min(start);
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

/// The note of a sixteenth step that may be the melody's.
#[derive(Clone, Copy)]
struct Candidate {
    /// Index in the notes of the part.
    index: usize,
    pitch: u8,
    start: i64,
    /// Where it ends as far as the melody goes.
    end: i64,
    /// Another note of the step sounds with it.
    chord: bool,
    /// It rings on into the next notes of its own voice.
    rings: bool,
    /// No other note sounds with it for more than half a sixteenth.
    alone: bool,
    /// The stretch around it has more than one voice.
    many_voices: bool,
}

/// The melody of a part: indices into `notes` in time order, at most one per sixteenth step (nearest, halves up), each
/// with the time at which it ends. The caller still cuts each note where the next one begins.
///
/// `notes` are sorted by start, then pitch.
///
/// 1. *Candidates.* Of the notes of one step the highest stays (a skyline; Uitdenbogerd and Zobel, "Melodic Matching
///    Techniques for Large Music Databases", 1999); one without length only if there is no other. If no two notes of
///    the part share more than a sixteenth, it has one voice, and all candidates are the melody.
/// 2. *Ringing.* See [`mark_ringing`]: in a stretch that rings on, a note ends where the next one begins.
/// 3. *The line* is the sequence of candidates that costs least, found by a dynamic programme over the onsets.
///    Intervals cost by their size, since one voice moves by small intervals (Huron, "Tone and Voice", Music
///    Perception 19, 2001). A lower note that lies mostly under a sounding note of the line is left out at no cost.
///    Leaving out one that outlasts that note, a higher one, or a note in a silence of the line costs something; the
///    last one less the deeper it lies under the line, and less if it sounds alone, as notes of an accompaniment figure
///    do in a rest of the melody. A lower note that ends a sounding one costs too. In a stretch of one voice leaving
///    out costs most.
///
/// The work grows with the number of notes, since at most [`MOST_LEFT_OUT`] candidates are left out in a row. The costs
/// are our own, set on one half of a test set and measured on the other; the result depends little on them.
pub(super) fn extract_voice(notes: &[PlacedNote]) -> Vec<(usize, i64)> {
    let mut line = candidates(notes);
    if !has_one_voice(notes) {
        mark_ringing(&mut line);
        for here in 0..line.len() {
            let next = line.get(here + 1).map_or(i64::MAX, |next| next.start);
            let note = &mut line[here];
            let latest = if note.rings {
                next
            } else {
                note.start + LONGEST
            };
            note.end = note.end.min(latest);
        }
        mark_company(&mut line, notes);
        line = cheapest_line(&line);
    }
    line.iter()
        .filter_map(|note| {
            let end = if note.rings {
                note.end
            } else {
                notes.get(note.index)?.end
            };
            Some((note.index, end))
        })
        .collect()
}

/// Semitones from one pitch up to another.
fn interval(from: u8, to: u8) -> i64 {
    i64::from(to) - i64::from(from)
}

/// Whether no two notes that have a length share more than a sixteenth.
fn has_one_voice(notes: &[PlacedNote]) -> bool {
    let mut sounding_until = NEVER;
    notes.iter().filter(|note| note.has_length).all(|note| {
        let alone = sounding_until - note.start <= FINE_STEP;
        sounding_until = sounding_until.max(note.end);
        alone
    })
}

/// The highest note of each step, in time order.
fn candidates(notes: &[PlacedNote]) -> Vec<Candidate> {
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
                note.start + FINE_STEP
            };
            let chord = same_step[1..].iter().map(|&at| &notes[at]).any(|other| {
                let shared = end.min(other.end) - note.start.max(other.start);
                other.has_length && shared > NEAR
            });
            Candidate {
                index,
                pitch: note.pitch,
                start: note.start,
                end,
                chord,
                rings: false,
                alone: false,
                many_voices: false,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pitch, start and end in steps.
    fn note(pitch: u8, start: i64, end: i64) -> PlacedNote {
        PlacedNote {
            pitch,
            section: 0,
            start: start * FINE_STEP,
            end: end * FINE_STEP,
            has_length: end > start,
        }
    }

    fn voice(notes: &[PlacedNote]) -> Vec<(u8, u64, u64)> {
        let mut notes = notes.to_vec();
        notes.sort_by_key(|note| (note.start, note.pitch));
        GridNote::in_turn(&notes, &extract_voice(&notes))
            .into_iter()
            .map(|note| (note.pitch, note.start, note.end))
            .collect()
    }

    #[test]
    fn of_a_chord_the_top_note_stays() {
        let rolled = |pitch, late| PlacedNote {
            start: late,
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
            end: 4 * FINE_STEP + 160,
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
        let at = |pitch, start, end| PlacedNote {
            start,
            end,
            ..note(pitch, 0, 1)
        };
        // 119 late is still the step, 120 is the next one.
        let notes = [at(60, 119, 241), at(62, 360, 600), at(64, 950, 952)];
        assert_eq!(voice(&notes), [(60, 0, 1), (62, 2, 3), (64, 4, 5)]);
    }
}
