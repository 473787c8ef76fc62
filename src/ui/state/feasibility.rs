//! How many melodies of the sweep have what the sliders ask for, measured again when either changes.

use std::time::{Duration, Instant};

use super::map_melodies::MapMelodies;
use crate::sweep::{Feasibility, SteerGoals};

/// A measurement takes at most one in this many parts of the time while a slider is dragged or a sweep runs.
const TIME_DIVISOR: u32 = 8;

/// The last measurement, and what it was measured for.
#[derive(Default)]
pub struct FeasibilityCache {
    /// Version of the melodies, and the goals.
    key: Option<(u64, SteerGoals)>,
    found: Option<Feasibility>,
    /// When the last measurement ended, and how long it took.
    last: Option<(Instant, Duration)>,
    /// How long until a measurement that is due may begin.
    due_in: Option<Duration>,
}

impl FeasibilityCache {
    /// What was found last; `None` while all attributes are free or nothing is decoded.
    pub fn found(&self) -> Option<&Feasibility> {
        self.found.as_ref().filter(|found| found.of > 0)
    }

    /// How long until the measurement can be brought up to date, if it is not.
    pub fn due_in(&self) -> Option<Duration> {
        self.due_in
    }

    /// Measures again if the melodies or the goals have changed, unless that took too long a short while ago.
    pub(in crate::ui) fn refresh(&mut self, goals: &SteerGoals, melodies: &MapMelodies) {
        let version = melodies.version();
        let is_current = self
            .key
            .as_ref()
            .is_some_and(|(of, asked)| *of == version && asked == goals);
        self.due_in = None;
        if is_current {
            return;
        }
        if goals.is_free() {
            self.found = None;
            self.key = Some((version, goals.clone()));
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
        let swept = melodies.swept();
        let rows = swept.map(|entry| (entry.id, &entry.attributes));
        self.found = Some(Feasibility::measure(goals, rows));
        self.last = Some((Instant::now(), start.elapsed()));
        self.key = Some((version, goals.clone()));
    }
}
