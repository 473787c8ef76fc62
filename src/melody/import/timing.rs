//! How a part is played against the grid: swung, late, or freely; and the corrections for it.
//!
//! Everything is measured in musical time, so changes of tempo do not matter.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::PlacedNote;
use super::sections::{FINE, FINE_STEP};
use crate::melody::midi::count;

/// Shares of a beat between which an off-beat counts as swung: wider than the 1/2 of even eighths, short of the 3/4 of
/// a dotted rhythm, which sixteenths can write as it is.
const SWUNG: std::ops::Range<f64> = 0.56..0.715;
/// Shares of a beat that the middle of even eighths takes.
const EVEN: std::ops::Range<f64> = 0.44..0.56;
/// Shares of a beat that the second note of a triplet takes.
const TRIPLET: std::ops::Range<f64> = 0.28..0.39;
/// Farthest that a note of a triplet lies from thirds of the beat, in beats.
const TRIPLET_SLACK: f64 = 0.06;
/// Swung beats that a swing takes.
const FEWEST_SWUNG: usize = 4;
/// Below this length of the mean phase the notes have no common delay.
const CONCENTRATED: f64 = 0.8;
/// A smaller common delay moves no note to another sixteenth, in steps.
const SMALLEST_DELAY: f64 = 0.12;
/// Mean distance to the grid from which playing counts as free, in steps; 0.25 is what chance gives.
const FREE: f64 = 0.15;

/// How a part's onsets lie against the sixteenths, and what was corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// Where in the beat its swung off-beats lie, 0 to 1; they were moved to the middle. `None` if it is not swung.
    pub swing: Option<f64>,
    /// Common delay that was taken off every note, in sixteenths; negative if it came early.
    pub delay: f64,
    /// Mean distance of an onset to the nearest sixteenth after that, in sixteenths, 0 to 0.5; triplets apart.
    pub off_grid: f64,
    /// Beats with a triplet, which sixteenths cannot write.
    pub triplet_beats: usize,
}

/// The onsets of one beat.
#[derive(Clone, Copy, Debug, Default)]
struct Beat {
    /// Where its swung off-beat lies, if it has one.
    swung: Option<f64>,
    has_even: bool,
    has_third: bool,
    has_other: bool,
}

impl Beat {
    fn is_swung(&self) -> bool {
        self.swung.is_some() && !self.has_even && !self.is_triplet()
    }

    /// Whether its onsets lie on thirds of the beat, the first third among them.
    fn is_triplet(&self) -> bool {
        self.has_third && !self.has_other
    }
}

/// Section and beat within it.
type Beats = BTreeMap<(usize, i64), Beat>;

impl Timing {
    /// Measures a part and corrects it: swung off-beats go to the middle of their beat, a common delay is taken off.
    ///
    /// Swing: at least four beats whose off-beat lies between 0.56 and 0.715 and that have no other off-beat, more than
    /// twice as many as beats with even eighths, and no fewer than beats with triplets; its place is their median.
    /// Beats with triplets stay as they are. Delay: the circular mean of the onsets' phases within a sixteenth, where
    /// they agree.
    pub(super) fn correct(notes: &mut [PlacedNote]) -> Self {
        // Before the swing, since late even eighths look like swung ones; and after it, when its off-beats agree too.
        let mut delay = take_delay_off(notes);
        let beats = beats(notes);
        let swing = swing(&beats);
        if let Some(swing) = swing {
            for note in notes.iter_mut() {
                note.start = straightened(note.section, note.start, swing, &beats);
                note.end = straightened(note.section, note.end, swing, &beats).max(note.start);
            }
        }
        if swing.is_some() {
            delay += take_delay_off(notes);
        }
        let has_triplet = |note: &PlacedNote| {
            let beat = beats.get(&(note.section, note.start.div_euclid(FINE)));
            beat.is_some_and(Beat::is_triplet)
        };
        let (mut distance, mut onsets) = (0, 0_usize);
        for note in notes.iter().filter(|note| !has_triplet(note)) {
            let phase = note.start.rem_euclid(FINE_STEP);
            distance += phase.min(FINE_STEP - phase);
            onsets += 1;
        }
        Self {
            swing,
            delay,
            off_grid: distance as f64 / FINE_STEP as f64 / onsets.max(1) as f64,
            triplet_beats: beats.values().filter(|beat| beat.is_triplet()).count(),
        }
    }

    /// Whether notes were moved before they went to the grid.
    #[must_use]
    pub fn is_corrected(&self) -> bool {
        self.swing.is_some() || self.delay != 0.0
    }

    /// What was found and corrected, in one sentence; `None` if the part is on the grid.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let mut told = Vec::new();
        if let Some(swing) = self.swing {
            told.push(format!(
                "the eighths are swung ({:.0} : {:.0}) and were made even",
                100.0 * swing,
                100.0 * (1.0 - swing)
            ));
        }
        if self.delay != 0.0 {
            let direction = if self.delay > 0.0 { "late" } else { "early" };
            told.push(format!(
                "all notes came {direction} by {:.0} % of a sixteenth and were moved back",
                100.0 * self.delay.abs()
            ));
        }
        if self.triplet_beats > 0 {
            told.push(format!(
                "{} triplets, which the model's sixteenths cannot write: these notes went to the nearest sixteenth",
                count(self.triplet_beats, "beat has", "beats have")
            ));
        }
        if self.off_grid >= FREE {
            told.push(format!(
                "it is played freely, {:.0} % of a sixteenth off the grid on average: check that the notes are the right ones",
                100.0 * self.off_grid
            ));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }
}

fn beats(notes: &[PlacedNote]) -> Beats {
    let mut beats = Beats::new();
    for note in notes {
        let beat = beats
            .entry((note.section, note.start.div_euclid(FINE)))
            .or_default();
        let share = note.start.rem_euclid(FINE) as f64 / FINE as f64;
        if SWUNG.contains(&share) {
            beat.swung = Some(share);
        }
        beat.has_even |= EVEN.contains(&share);
        beat.has_third |= TRIPLET.contains(&share);
        beat.has_other |= (share - (3.0 * share).round() / 3.0).abs() > TRIPLET_SLACK;
    }
    beats
}

/// A time in fine units with the swung off-beat moved to the middle of its beat, the rest stretched along.
fn straightened(section: usize, time: i64, swing: f64, beats: &Beats) -> i64 {
    let beat = time.div_euclid(FINE);
    if beats.get(&(section, beat)).is_some_and(Beat::is_triplet) {
        return time;
    }
    let share = time.rem_euclid(FINE) as f64 / FINE as f64;
    let even = if share < swing {
        0.5 * share / swing
    } else {
        0.5 + 0.5 * (share - swing) / (1.0 - swing)
    };
    beat * FINE + (even * FINE as f64).round() as i64
}

fn swing(beats: &Beats) -> Option<f64> {
    let mut swung: Vec<f64> = beats
        .values()
        .filter(|beat| beat.is_swung())
        .filter_map(|beat| beat.swung)
        .collect();
    let even = beats.values().filter(|beat| beat.has_even).count();
    let triplets = beats.values().filter(|beat| beat.is_triplet()).count();
    if swung.len() < FEWEST_SWUNG || swung.len() <= 2 * even || triplets > swung.len() {
        return None;
    }
    swung.sort_by(f64::total_cmp);
    swung.get(swung.len() / 2).copied()
}

/// Moves notes back by their common delay, and returns it in sixteenths.
fn take_delay_off(notes: &mut [PlacedNote]) -> f64 {
    let delay = delay(notes);
    let late = (delay * FINE_STEP as f64).round() as i64;
    for note in notes.iter_mut() {
        note.start -= late;
        note.end -= late;
    }
    delay
}

fn delay(notes: &[PlacedNote]) -> f64 {
    let turn = std::f64::consts::TAU;
    let (mut x, mut y) = (0.0, 0.0);
    for note in notes {
        let phase = turn * note.start.rem_euclid(FINE_STEP) as f64 / FINE_STEP as f64;
        x += phase.cos();
        y += phase.sin();
    }
    let concentration = x.hypot(y) / notes.len().max(1) as f64;
    let mean = y.atan2(x) / turn;
    if concentration >= CONCENTRATED && mean.abs() >= SMALLEST_DELAY {
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
    fn swung_eighths_become_even_ones_and_are_told() {
        // Off-beats at two thirds of the beat, as a jazz player writes triplet swing.
        let mut notes = played((0..16).map(|k| k / 2 * 480 + k % 2 * 320));
        let timing = Timing::correct(&mut notes);
        assert!((timing.swing.unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(steps(&notes), (0..16).map(|k| 2 * k).collect::<Vec<_>>());
        assert!(timing.off_grid < 1e-9);
        assert!(timing.sentence().unwrap().contains("swung (67 : 33)"));
    }

    #[test]
    fn even_dotted_and_triplet_rhythms_are_left_alone() {
        let even = played((0..16).map(|k| k * 240));
        // Dotted eighth and sixteenth: three quarters of the beat, exactly on the grid.
        let dotted = played((0..16).map(|k| k / 2 * 480 + k % 2 * 360));
        for mut notes in [even, dotted] {
            let timing = Timing::correct(&mut notes);
            assert!(!timing.is_corrected(), "{timing:?}");
            assert_eq!(timing.sentence(), None);
        }
        let timing = Timing::correct(&mut played((0..24).map(|k| k * 160)));
        assert_eq!((timing.swing, timing.triplet_beats), (None, 8));
        assert!(
            timing
                .sentence()
                .unwrap()
                .starts_with("8 beats have triplets")
        );
    }

    #[test]
    fn swing_with_a_triplet_now_and_then_is_straightened_beside_the_triplets() {
        // Every fourth beat is a triplet.
        let mut notes = played((0..16).flat_map(|beat| {
            let offs: &[i64] = if beat % 4 == 3 {
                &[0, 160, 320]
            } else {
                &[0, 320]
            };
            offs.iter().map(move |off| beat * 480 + off)
        }));
        let timing = Timing::correct(&mut notes);
        assert!(timing.swing.is_some());
        assert_eq!(timing.triplet_beats, 4);
        assert_eq!(steps(&notes)[..9], [0, 2, 4, 6, 8, 10, 12, 13, 15]);
    }

    #[test]
    fn a_recording_that_is_late_throughout_is_moved_back() {
        // 40 ticks are a third of a sixteenth; a wobble of 8 ticks is what hands do.
        let mut notes = played((0..32).map(|k| 120 * (k * 5 % 37) + 40 + k % 3 * 4));
        let timing = Timing::correct(&mut notes);
        assert!((timing.delay - 44.0 / 120.0).abs() < 0.02, "{timing:?}");
        let wanted: Vec<i64> = (0..32).map(|k| k * 5 % 37).collect();
        assert_eq!(steps(&notes), wanted);
        assert!(timing.sentence().unwrap().contains("late"));
    }

    #[test]
    fn free_playing_is_told_and_not_moved() {
        let mut notes = played((0..200).map(|k| k * 997 % 9_601));
        let timing = Timing::correct(&mut notes);
        assert!(
            timing.off_grid > 0.2 && !timing.is_corrected(),
            "{timing:?}"
        );
        assert!(timing.sentence().unwrap().contains("played freely"));
    }
}
