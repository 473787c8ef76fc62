//! How many melodies of the sweep have what the sliders and the key ask for, measured again when any of them changes.

use std::time::{Duration, Instant};

use super::filter::is_in_scale;
use super::map_melodies::MapMelodies;
use crate::melody::Scale;
use crate::sweep::{Feasibility, SteerGoals};

/// A measurement takes at most one in this many parts of the time while a slider is dragged or a sweep runs.
const TIME_DIVISOR: u32 = 8;

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundFeasibility {
    /// How many melodies have the values.
    pub values: Feasibility,
    /// The scale, and how many of those melodies have every note in it as they are written.
    pub in_scale: Option<(Scale, usize)>,
}

/// What a measurement was made for.
#[derive(Clone, PartialEq)]
struct Asked {
    /// Version of the melodies.
    version: u64,
    goals: SteerGoals,
    scale: Option<Scale>,
}

/// The last measurement, and what it was made for.
#[derive(Default)]
pub struct FeasibilityCache {
    asked: Option<Asked>,
    found: Option<FoundFeasibility>,
    /// When the last measurement ended, and how long it took.
    last: Option<(Instant, Duration)>,
    /// How long until a measurement that is due may begin.
    due_in: Option<Duration>,
}

impl FeasibilityCache {
    /// What was found last; `None` while nothing is asked for or nothing is decoded.
    pub fn found(&self) -> Option<&FoundFeasibility> {
        self.found
            .as_ref()
            .filter(|found| found.values.melody_count > 0)
    }

    /// How long until the measurement can be brought up to date, if it is not.
    pub fn due_in(&self) -> Option<Duration> {
        self.due_in
    }

    /// Measures again if the melodies, the goals or the scale have changed, unless that took too long a short while ago.
    pub(in crate::ui) fn refresh(
        &mut self,
        goals: &SteerGoals,
        scale: Option<Scale>,
        melodies: &MapMelodies,
    ) {
        let asked = Asked {
            version: melodies.version(),
            goals: goals.clone(),
            scale,
        };
        self.due_in = None;
        if self.asked.as_ref() == Some(&asked) {
            return;
        }
        if goals.is_free() && scale.is_none() {
            self.found = None;
            self.asked = Some(asked);
            return;
        }
        let wait = self.last.map_or(Duration::ZERO, |(end, took)| {
            (TIME_DIVISOR * took).saturating_sub(end.elapsed())
        });
        if !wait.is_zero() {
            self.due_in = Some(wait);
            return;
        }
        let start = Instant::now();
        let rows = melodies.swept().map(|entry| (entry.id, &entry.attributes));
        let in_scale = scale.map(|scale| {
            let within = melodies.swept().filter(|entry| {
                goals.are_met(&entry.attributes, 1.0) && is_in_scale(&entry.melody, scale)
            });
            (scale, within.count())
        });
        self.found = Some(FoundFeasibility {
            values: Feasibility::measure(goals, rows),
            in_scale,
        });
        self.last = Some((Instant::now(), start.elapsed()));
        self.asked = Some(asked);
    }
}
