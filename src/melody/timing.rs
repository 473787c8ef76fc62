//! How somebody plays against the grid: swung, late, or freely; and how to straighten it.
//!
//! Everything is measured in musical time, in the ticks of the file, so changes of tempo do not matter.

use super::midi_read::SongNote;

/// Ticks per quarter of straightened notes: fine enough that rounding moves nothing to another sixteenth.
pub(super) const FINE: u32 = 3_840;
/// Shares of a beat between which an off-beat counts as swung: wider than the 1/2 of even eighths, short of the 3/4 of
/// a dotted rhythm, which sixteenths can write as it is.
const SWUNG: std::ops::Range<f64> = 0.56..0.715;
/// Off-beats in that range that a swing takes.
const FEWEST_SWUNG: usize = 4;
/// Below this length of the mean phase the notes have no common delay.
const CONCENTRATED: f64 = 0.8;
/// A smaller common delay moves no note to another sixteenth, in steps.
const SMALLEST_DELAY: f64 = 0.12;
/// Mean distance to the grid from which playing counts as free, in steps; 0.25 is what chance gives.
const FREE: f64 = 0.15;

/// How a part's onsets lie against the sixteenths, and what was done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Where in the beat its swung off-beats lie, 0 to 1; they were moved to the middle. `None` if it is not swung.
    pub swing: Option<f64>,
    /// Common delay that was taken off every note, in sixteenths; negative if it came early.
    pub delay: f64,
    /// Mean distance of an onset to the nearest sixteenth after that, in sixteenths, 0 to 0.5.
    pub off_grid: f64,
}

impl Timing {
    /// Measures a part of a song.
    ///
    /// Swing: at least four off-beats between 0.56 and 0.715 of the beat, more than twice as many as in its middle,
    /// and no regular triplets beside them; its place is their median. Delay: the circular mean of the onsets' phases
    /// within a sixteenth, where they agree.
    #[must_use]
    pub fn measure(notes: &[SongNote], ticks_per_quarter: u32) -> Self {
        let beats: Vec<f64> = notes
            .iter()
            .map(|note| note.start as f64 / f64::from(ticks_per_quarter.max(1)))
            .collect();
        let swing = swing(&beats);
        let straight: Vec<f64> = beats
            .iter()
            .map(|beat| 4.0 * straightened(*beat, swing))
            .collect();
        let delay = delay(&straight);
        let off_grid = straight
            .iter()
            .map(|step| (step - delay - (step - delay).round()).abs())
            .sum::<f64>()
            / straight.len().max(1) as f64;
        Self {
            swing,
            delay,
            off_grid,
        }
    }

    /// Whether notes were moved before they went to the grid.
    #[must_use]
    pub fn is_straightened(&self) -> bool {
        self.swing.is_some() || self.delay != 0.0
    }

    /// What was heard in the playing, in one sentence; `None` if it was on the grid.
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
            let way = if self.delay > 0.0 { "late" } else { "early" };
            told.push(format!(
                "all notes came {way} by {:.0} % of a sixteenth and were moved back",
                100.0 * self.delay.abs()
            ));
        }
        if self.off_grid >= FREE {
            told.push(format!(
                "it is played freely, {:.0} % of a sixteenth off the grid on average, so look whether the notes are the right ones",
                100.0 * self.off_grid
            ));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The notes at [`FINE`] ticks per quarter, without swing and delay.
    pub(super) fn straighten(&self, notes: &[SongNote], ticks_per_quarter: u32) -> Vec<SongNote> {
        let tick = |at: u64| {
            let beat = straightened(at as f64 / f64::from(ticks_per_quarter.max(1)), self.swing);
            // A float that does not fit becomes the nearest that does.
            ((beat - self.delay / 4.0) * f64::from(FINE))
                .round()
                .max(0.0) as u64
        };
        notes
            .iter()
            .map(|note| SongNote {
                start: tick(note.start),
                end: tick(note.end).max(tick(note.start)),
                ..*note
            })
            .collect()
    }
}

/// A time in beats with the swung off-beat moved to the middle of its beat, the rest stretched along.
fn straightened(beat: f64, swing: Option<f64>) -> f64 {
    let Some(swing) = swing else { return beat };
    let (whole, share) = (beat.floor(), beat - beat.floor());
    whole
        + if share < swing {
            0.5 * share / swing
        } else {
            0.5 + 0.5 * (share - swing) / (1.0 - swing)
        }
}

fn swing(beats: &[f64]) -> Option<f64> {
    let shares = || beats.iter().map(|beat| beat - beat.floor());
    let mut swung: Vec<f64> = shares().filter(|share| SWUNG.contains(share)).collect();
    let even = shares()
        .filter(|share| (0.44..0.56).contains(share))
        .count();
    let triplets = shares()
        .filter(|share| (0.28..0.39).contains(share))
        .count();
    if swung.len() < FEWEST_SWUNG || swung.len() <= 2 * even || 3 * triplets > swung.len() {
        return None;
    }
    swung.sort_by(f64::total_cmp);
    swung.get(swung.len() / 2).copied()
}

fn delay(steps: &[f64]) -> f64 {
    let turn = std::f64::consts::TAU;
    let (mut x, mut y) = (0.0, 0.0);
    for step in steps {
        let phase = turn * (step - step.floor());
        x += phase.cos();
        y += phase.sin();
    }
    let concentration = x.hypot(y) / steps.len().max(1) as f64;
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

    fn played(starts: impl IntoIterator<Item = u64>) -> Vec<SongNote> {
        starts
            .into_iter()
            .map(|start| SongNote {
                pitch: 60,
                velocity: 80,
                channel: 0,
                start,
                end: start + 60,
            })
            .collect()
    }

    fn steps(notes: &[SongNote], timing: &Timing) -> Vec<u64> {
        let fine = timing.straighten(notes, 480);
        fine.iter()
            .map(|note| (note.start as f64 * 4.0 / f64::from(FINE)).round() as u64)
            .collect()
    }

    #[test]
    fn swung_eighths_become_even_ones_and_are_told() {
        // Off-beats at two thirds of the beat, as a jazz player writes triplet swing.
        let notes = played((0..16).map(|k| k / 2 * 480 + k % 2 * 320));
        let timing = Timing::measure(&notes, 480);
        assert!((timing.swing.unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(
            steps(&notes, &timing),
            (0..16).map(|k| 2 * k).collect::<Vec<_>>()
        );
        assert!(timing.off_grid < 1e-9);
        assert!(timing.sentence().unwrap().contains("swung (67 : 33)"));
    }

    #[test]
    fn even_dotted_and_triplet_rhythms_are_left_alone() {
        let even = played((0..16).map(|k| k * 240));
        // Dotted eighth and sixteenth: three quarters of the beat, exactly on the grid.
        let dotted = played((0..16).map(|k| k / 2 * 480 + k % 2 * 360));
        let triplets = played((0..24).map(|k| k * 160));
        for notes in [even, dotted] {
            let timing = Timing::measure(&notes, 480);
            assert!(!timing.is_straightened(), "{timing:?}");
            assert_eq!(timing.sentence(), None);
        }
        assert_eq!(Timing::measure(&triplets, 480).swing, None);
    }

    #[test]
    fn a_recording_that_is_late_throughout_is_moved_back() {
        // 40 ticks are a third of a sixteenth; a wobble of 8 ticks is what hands do.
        let notes = played((0..32).map(|k| 120 * (k * 5 % 37) + 40 + k % 3 * 4));
        let timing = Timing::measure(&notes, 480);
        assert!((timing.delay - 44.0 / 120.0).abs() < 0.02, "{timing:?}");
        let wanted: Vec<u64> = (0..32).map(|k| k * 5 % 37).collect();
        assert_eq!(steps(&notes, &timing), wanted);
        assert!(timing.sentence().unwrap().contains("late"));
    }

    #[test]
    fn free_playing_is_told_and_not_moved() {
        let notes = played((0..200).map(|k| k * 997 % 9_601));
        let timing = Timing::measure(&notes, 480);
        assert!(
            timing.off_grid > 0.2 && !timing.is_straightened(),
            "{timing:?}"
        );
        assert!(timing.sentence().unwrap().contains("played freely"));
    }
}
