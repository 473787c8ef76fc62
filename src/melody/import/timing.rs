//! Detects and corrects swing and delay of a part.
//!
//! Everything is measured in musical time, so changes of tempo do not matter.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::PlacedNote;
use super::sections::{FINE_TICKS_PER_QUARTER, FINE_TICKS_PER_STEP};
use crate::wording::{count_with_noun, singular_or_plural};

/// Positions of swung off-beats as fractions of a beat: later than the 1/2 of even eighths, earlier than the 3/4 of a dotted
/// rhythm, which is on the sixteenth grid.
const SWUNG_POSITIONS: std::ops::Range<f64> = 0.56..0.715;
/// Positions of the off-beat of even eighths.
const EVEN_POSITIONS: std::ops::Range<f64> = 0.44..0.56;
/// Positions of the second note of a triplet.
const TRIPLET_POSITIONS: std::ops::Range<f64> = 0.28..0.39;
/// Largest distance of a triplet note from thirds of the beat, in beats.
const TRIPLET_TOLERANCE: f64 = 0.06;
/// Fewest swung beats of a swung part.
const MIN_SWUNG_BEATS: usize = 4;
/// Least length of the mean phase vector for a common delay.
const MIN_CONCENTRATION: f64 = 0.8;
/// Least delay that is corrected, in steps; smaller ones move no note to another sixteenth.
const MIN_DELAY_STEPS: f64 = 0.12;
/// Mean distance to the grid of free playing, in steps; 0.25 is the chance level.
const FREE_PLAYING_OFF_GRID: f64 = 0.15;

/// Timing of a part relative to the sixteenth grid, and its corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// Position of the swung off-beats in the beat, 0 to 1, which were moved to the middle; `None` if it is not swung.
    pub swing: Option<f64>,
    /// Common delay that was removed, in sixteenths; negative if the notes were early.
    pub delay: f64,
    /// Mean distance of an onset to the nearest sixteenth after the corrections, in sixteenths, 0 to 0.5; without triplets.
    pub off_grid: f64,
    /// Beats with a triplet, which the sixteenth grid cannot represent.
    pub triplet_beats: usize,
}

/// The onsets of one beat.
#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    /// Position of its swung off-beat in the beat, 0 to 1, if it has one.
    swung_position: Option<f64>,
    /// Whether a note is on the off-beat of even eighths.
    has_even_offbeat: bool,
    /// Whether a note is on the second note of a triplet.
    has_triplet_second: bool,
    /// Whether a note is not on a third of the beat.
    has_note_off_thirds: bool,
}

impl Beat {
    fn is_swung(&self) -> bool {
        self.swung_position.is_some() && !self.has_even_offbeat && !self.is_triplet()
    }

    /// Whether its onsets are on thirds of the beat, the second of them included.
    fn is_triplet(&self) -> bool {
        self.has_triplet_second && !self.has_note_off_thirds
    }
}

/// Beats by section and number of the beat in it.
type Beats = BTreeMap<(usize, i64), Beat>;

impl Timing {
    /// Measures a part and corrects it: moves swung off-beats to the middle of their beat and removes a common delay.
    ///
    /// Swing: at least four beats whose off-beat lies between 0.56 and 0.715 and that have no other off-beat, more than
    /// twice as many as beats with even eighths, and no fewer than beats with triplets; its position is their median.
    /// Beats with triplets are not changed. Delay: the circular mean of the onsets' phases within a sixteenth, where
    /// they agree.
    pub(super) fn correct(notes: &mut [PlacedNote]) -> Self {
        // Once before the swing, since late even eighths resemble swung ones, and once after it, with the off-beats.
        let mut delay = remove_delay(notes);
        let beats = measure_beats(notes);
        let swing = estimate_swing(&beats);
        if let Some(swing) = swing {
            for note in notes.iter_mut() {
                note.start = straighten(note.section, note.start, swing, &beats);
                note.end = straighten(note.section, note.end, swing, &beats).max(note.start);
            }
            delay += remove_delay(notes);
        }
        let has_triplet = |note: &PlacedNote| {
            let beat = beats.get(&(note.section, note.start.div_euclid(FINE_TICKS_PER_QUARTER)));
            beat.is_some_and(Beat::is_triplet)
        };
        let (mut distance, mut onsets) = (0, 0_usize);
        for note in notes.iter().filter(|note| !has_triplet(note)) {
            let phase = note.start.rem_euclid(FINE_TICKS_PER_STEP);
            distance += phase.min(FINE_TICKS_PER_STEP - phase);
            onsets += 1;
        }
        Self {
            swing,
            delay,
            off_grid: distance as f64 / FINE_TICKS_PER_STEP as f64 / onsets.max(1) as f64,
            triplet_beats: beats.values().filter(|beat| beat.is_triplet()).count(),
        }
    }

    /// A message for users; `None` if there is nothing to report.
    #[must_use]
    pub fn user_message(&self) -> Option<String> {
        let mut messages = Vec::new();
        if let Some(swing) = self.swing {
            messages.push(format!(
                "the eighths are swung ({:.0} : {:.0}) and were made even",
                100.0 * swing,
                100.0 * (1.0 - swing)
            ));
        }
        if self.delay != 0.0 {
            let direction = if self.delay > 0.0 { "late" } else { "early" };
            messages.push(format!(
                "all notes came {direction} by {:.0} % of a sixteenth and were moved back",
                100.0 * self.delay.abs()
            ));
        }
        if self.triplet_beats > 0 {
            messages.push(format!(
                "{} {} triplets, which the model's sixteenths cannot write: these notes went to the nearest sixteenth",
                count_with_noun(self.triplet_beats, "beat"),
                singular_or_plural(self.triplet_beats, "has", "have")
            ));
        }
        if self.off_grid >= FREE_PLAYING_OFF_GRID {
            messages.push(format!(
                "it is played freely, {:.0} % of a sixteenth off the grid on average: check that the notes are the right ones",
                100.0 * self.off_grid
            ));
        }
        (!messages.is_empty()).then(|| messages.join("; "))
    }
}

fn measure_beats(notes: &[PlacedNote]) -> Beats {
    let mut beats = Beats::new();
    for note in notes {
        let beat = beats
            .entry((note.section, note.start.div_euclid(FINE_TICKS_PER_QUARTER)))
            .or_default();
        let position =
            note.start.rem_euclid(FINE_TICKS_PER_QUARTER) as f64 / FINE_TICKS_PER_QUARTER as f64;
        if SWUNG_POSITIONS.contains(&position) {
            beat.swung_position = Some(position);
        }
        beat.has_even_offbeat |= EVEN_POSITIONS.contains(&position);
        beat.has_triplet_second |= TRIPLET_POSITIONS.contains(&position);
        beat.has_note_off_thirds |=
            (position - (3.0 * position).round() / 3.0).abs() > TRIPLET_TOLERANCE;
    }
    beats
}

/// A time in fine ticks with the swung off-beat moved to the middle of its beat and the rest stretched accordingly.
fn straighten(section: usize, time: i64, swing: f64, beats: &Beats) -> i64 {
    let beat = time.div_euclid(FINE_TICKS_PER_QUARTER);
    if beats.get(&(section, beat)).is_some_and(Beat::is_triplet) {
        return time;
    }
    let position = time.rem_euclid(FINE_TICKS_PER_QUARTER) as f64 / FINE_TICKS_PER_QUARTER as f64;
    let even = if position < swing {
        0.5 * position / swing
    } else {
        0.5 + 0.5 * (position - swing) / (1.0 - swing)
    };
    beat * FINE_TICKS_PER_QUARTER + (even * FINE_TICKS_PER_QUARTER as f64).round() as i64
}

/// Median position of the swung off-beats, if the part is swung.
fn estimate_swing(beats: &Beats) -> Option<f64> {
    let mut swung: Vec<f64> = beats
        .values()
        .filter(|beat| beat.is_swung())
        .filter_map(|beat| beat.swung_position)
        .collect();
    let even = beats.values().filter(|beat| beat.has_even_offbeat).count();
    let triplets = beats.values().filter(|beat| beat.is_triplet()).count();
    if swung.len() < MIN_SWUNG_BEATS || swung.len() <= 2 * even || triplets > swung.len() {
        return None;
    }
    swung.sort_by(f64::total_cmp);
    swung.get(swung.len() / 2).copied()
}

/// Removes the common delay of notes, and returns it in sixteenths.
fn remove_delay(notes: &mut [PlacedNote]) -> f64 {
    let delay = estimate_delay(notes);
    let delay_ticks = (delay * FINE_TICKS_PER_STEP as f64).round() as i64;
    for note in notes.iter_mut() {
        note.start -= delay_ticks;
        note.end -= delay_ticks;
    }
    delay
}

/// Common delay of the notes in sixteenths, 0 if there is none: the circular mean of their phases.
fn estimate_delay(notes: &[PlacedNote]) -> f64 {
    let full_circle = std::f64::consts::TAU;
    let (mut x, mut y) = (0.0, 0.0);
    for note in notes {
        let phase = full_circle * note.start.rem_euclid(FINE_TICKS_PER_STEP) as f64
            / FINE_TICKS_PER_STEP as f64;
        x += phase.cos();
        y += phase.sin();
    }
    let concentration = x.hypot(y) / notes.len().max(1) as f64;
    let mean = y.atan2(x) / full_circle;
    if concentration >= MIN_CONCENTRATION && mean.abs() >= MIN_DELAY_STEPS {
        mean
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// Notes that start at these ticks, 480 to the quarter.
    fn played(starts: impl IntoIterator<Item = i64>) -> Vec<PlacedNote> {
        starts
            .into_iter()
            .map(|start| PlacedNote {
                pitch: 60,
                section: 0,
                start: 2 * start,
                end: 2 * start + 120,
                has_length: true,
            })
            .collect()
    }

    fn steps(notes: &[PlacedNote]) -> Vec<i64> {
        notes.iter().map(PlacedNote::step).collect()
    }

    #[test]
    fn swung_eighths_become_even_ones_and_are_reported() {
        // Off-beats at two thirds of the beat, as a jazz player writes triplet swing.
        let mut notes = played((0..16).map(|k| k / 2 * 480 + k % 2 * 320));
        let timing = Timing::correct(&mut notes);
        assert!((timing.swing.unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(steps(&notes), (0..16).map(|k| 2 * k).collect::<Vec<_>>());
        assert!(timing.off_grid < 1e-9);
        assert!(timing.user_message().unwrap().contains("swung (67 : 33)"));
    }

    #[test]
    fn even_dotted_and_triplet_rhythms_are_not_changed() {
        let even = played((0..16).map(|k| k * 240));
        // Dotted eighth and sixteenth: three quarters of the beat, exactly on the grid.
        let dotted = played((0..16).map(|k| k / 2 * 480 + k % 2 * 360));
        for mut notes in [even, dotted] {
            let timing = Timing::correct(&mut notes);
            assert_eq!((timing.swing, timing.delay), (None, 0.0));
            assert_eq!(timing.user_message(), None);
        }
        let timing = Timing::correct(&mut played((0..24).map(|k| k * 160)));
        assert_eq!((timing.swing, timing.triplet_beats), (None, 8));
        assert!(
            timing
                .user_message()
                .unwrap()
                .starts_with("8 beats have triplets")
        );
    }

    #[test]
    fn swing_with_occasional_triplets_is_straightened_except_for_these() {
        // Every fourth beat is a triplet.
        let mut notes = played((0..16).flat_map(|beat| {
            let onset_offsets: &[i64] = if beat % 4 == 3 {
                &[0, 160, 320]
            } else {
                &[0, 320]
            };
            onset_offsets.iter().map(move |offset| beat * 480 + offset)
        }));
        let timing = Timing::correct(&mut notes);
        assert!(timing.swing.is_some());
        assert_eq!(timing.triplet_beats, 4);
        assert_eq!(steps(&notes)[..9], [0, 2, 4, 6, 8, 10, 12, 13, 15]);
    }

    #[test]
    fn a_recording_that_is_late_throughout_is_moved_back() {
        // 40 ticks are a third of a sixteenth; players vary by some 8 ticks.
        let mut notes = played((0..32).map(|k| 120 * (k * 5 % 37) + 40 + k % 3 * 4));
        let timing = Timing::correct(&mut notes);
        assert!((timing.delay - 44.0 / 120.0).abs() < 0.02, "{timing:?}");
        let expected: Vec<i64> = (0..32).map(|k| k * 5 % 37).collect();
        assert_eq!(steps(&notes), expected);
        assert!(timing.user_message().unwrap().contains("late"));
    }

    #[test]
    fn free_playing_is_reported_and_not_moved() {
        let mut notes = played((0..200).map(|k| k * 997 % 9_601));
        let timing = Timing::correct(&mut notes);
        assert!(timing.off_grid > 0.2, "{timing:?}");
        assert_eq!((timing.swing, timing.delay), (None, 0.0));
        assert!(timing.user_message().unwrap().contains("played freely"));
    }
}
