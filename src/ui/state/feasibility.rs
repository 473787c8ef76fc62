//! How many melodies of the sweep have what the sliders and the key ask for, measured again when any of them changes.

use std::time::{Duration, Instant};

use super::filter::is_in_scale;
use super::map_melodies::MapMelodies;
use crate::melody::Scale;
use crate::sweep::{Feasibility, SteerGoals};

/// A measurement takes at most one in this many parts of the time while a slider is dragged or a sweep runs.
const TIME_DIVISOR: u32 = 8;

/// How many melodies have what is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct FeasibilityMeasurement {
    /// How many melodies have the values.
    pub values: Feasibility,
    /// The scale, and how many of those melodies have every note in it as they are written.
    pub in_scale: Option<(Scale, usize)>,
}

/// What a measurement depends on.
#[derive(Clone, PartialEq)]
struct MeasurementKey {
    /// Version of the melodies.
    version: u64,
    goals: SteerGoals,
    scale: Option<Scale>,
}

/// The last measurement, and what it was made for.
#[derive(Default)]
pub struct FeasibilityCache {
    key: Option<MeasurementKey>,
    measurement: Option<FeasibilityMeasurement>,
    /// When the last measurement ended, and how long it took.
    last_run: Option<(Instant, Duration)>,
    /// Time until a measurement that is due may begin.
    due_in: Option<Duration>,
}

impl FeasibilityCache {
    /// The last measurement; `None` while nothing is asked for or nothing is decoded.
    pub fn measurement(&self) -> Option<&FeasibilityMeasurement> {
        self.measurement
            .as_ref()
            .filter(|measurement| measurement.values.melody_count > 0)
    }

    /// Time until the measurement can be brought up to date; `None` if it is up to date.
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
        let key = MeasurementKey {
            version: melodies.version(),
            goals: goals.clone(),
            scale,
        };
        self.due_in = None;
        if self.key.as_ref() == Some(&key) {
            return;
        }
        if goals.is_free() && scale.is_none() {
            self.measurement = None;
            self.key = Some(key);
            return;
        }
        let wait = self.last_run.map_or(Duration::ZERO, |(end, took)| {
            (TIME_DIVISOR * took).saturating_sub(end.elapsed())
        });
        if !wait.is_zero() {
            self.due_in = Some(wait);
            return;
        }
        let start = Instant::now();
        let rows = melodies.swept().map(|entry| (entry.id, &entry.attributes));
        let in_scale = scale.map(|scale| {
            let in_scale = melodies.swept().filter(|entry| {
                goals.are_met(&entry.attributes, 1.0) && is_in_scale(&entry.melody, scale)
            });
            (scale, in_scale.count())
        });
        self.measurement = Some(FeasibilityMeasurement {
            values: Feasibility::measure(goals, rows),
            in_scale,
        });
        self.last_run = Some((Instant::now(), start.elapsed()));
        self.key = Some(key);
    }
}
