//! The melody that plays: where it is, and what is due next.

use std::{sync::Arc, time::Duration};

use super::{clock_out::ClockOut, command::StartPosition};
use crate::melody::{Melody, Performance, STEPS_PER_QUARTER, TICKS_PER_STEP};

/// Steps below which a difference is one of rounding.
const MIN_LATENESS: f64 = 1e-6;

/// A melody that waits for the step boundary at which it takes over.
#[derive(Debug)]
pub(super) struct QueuedMelody {
    pub melody: Arc<Melody>,
    pub tag: u64,
    pub start: StartPosition,
}

/// A sounding note of the melody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub pitch: u8,
    pub velocity: u8,
    /// Steps from the start of playing at which it ends.
    end: f64,
}

/// What comes next. Of what is due together, the first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DueEvent {
    /// A pulse of the clock.
    Pulse,
    /// The end of the sounding note.
    NoteEnd,
    /// A step boundary.
    Boundary,
    /// The start of a note.
    NoteStart,
}

/// A melody that plays.
///
/// Steps are counted from the start of playing and never wrap; below 0 is the count-in. Deadlines are computed from
/// `anchor`, so that errors do not accumulate.
#[derive(Debug)]
pub(super) struct Playing {
    pub melody: Arc<Melody>,
    pub tag: u64,
    /// Whether it ends after its last step, also in a loop.
    pub play_once: bool,
    /// Replaces it at a step boundary.
    pub next: Option<QueuedMelody>,
    /// The step boundary at which it stops.
    pub stops_at: Option<i64>,
    /// A time, and the fractional step at it. Changes only with the tempo.
    pub anchor: (Duration, f64),
    /// The next step boundary to be played.
    pub boundary: i64,
    /// The step boundary at which the melody's own first step is; other steps of it follow from this.
    pub origin: i64,
    /// The step boundary at which the chord progression's first step is. A progression repeats, also before it.
    pub chord_origin: i64,
    /// Index of the next note of the performance.
    pub note: usize,
    pub held: Option<Held>,
    /// The clock for other devices, if it is on.
    pub clock: Option<ClockOut>,
}

impl Playing {
    /// The next boundary as a step inside the melody: up to its length, which is its end. Below its first step in a count-in.
    pub fn index(&self) -> i64 {
        self.boundary - self.origin
    }

    /// Whether the next boundary is the end of the melody.
    pub fn at_end(&self) -> bool {
        self.index() >= length(&self.melody) as i64
    }

    /// Plays on from step `index` inside the melody, whose performance this is, at the boundary `at`.
    pub fn go_to(&mut self, at: i64, index: usize, performance: &Performance) {
        self.origin = at - index as i64;
        let notes = performance.notes();
        self.note = notes.partition_point(|note| (note.step as usize) < index);
    }

    /// Holds the next note of the performance, which starts `late` steps after its time.
    pub fn hold(&mut self, late: f64, performance: &Performance) -> Option<Held> {
        let note = performance.notes().get(self.note)?;
        // A note whose time has passed because the feel has changed keeps its length.
        let late = if late > MIN_LATENESS { late } else { 0.0 };
        let held = Held {
            pitch: note.pitch,
            velocity: note.velocity,
            end: self.step_of(note.end) + late,
        };
        self.held = Some(held);
        self.note += 1;
        Some(held)
    }

    /// What comes next, and at which step from the start of playing.
    pub fn due(&self, performance: &Performance) -> (f64, DueEvent) {
        let mut first = (self.boundary as f64, DueEvent::Boundary);
        let note = performance.notes().get(self.note);
        // A note belongs to the step at which it is written, so that a melody that takes over there has it.
        if let Some(note) = note.filter(|note| i64::from(note.step) < self.index()) {
            let step = self.step_of(note.start);
            if step < first.0 {
                first = (step, DueEvent::NoteStart);
            }
        }
        if let Some(held) = self.held.filter(|held| held.end <= first.0) {
            first = (held.end, DueEvent::NoteEnd);
        }
        if let Some(clock) = self.clock.filter(|clock| clock.due() <= first.0) {
            first = (clock.due(), DueEvent::Pulse);
        }
        first
    }

    /// The time of a step, at `tempo` quarter notes per minute.
    pub fn time_of(&self, step: f64, tempo: f64) -> Duration {
        let (moment, anchor) = self.anchor;
        // One product, not a running sum, so that rounding errors do not accumulate.
        let steps = (step - anchor).max(0.0);
        moment + Duration::from_secs_f64(steps * 60.0 / tempo / STEPS_PER_QUARTER as f64)
    }

    /// The step at `now`, at `tempo`.
    pub fn step_at(&self, now: Duration, tempo: f64) -> f64 {
        let (moment, anchor) = self.anchor;
        anchor + now.saturating_sub(moment).as_secs_f64() / step_seconds(tempo)
    }

    /// Steps from the start of playing of a tick inside the melody.
    fn step_of(&self, tick: u32) -> f64 {
        self.origin as f64 + f64::from(tick) / f64::from(TICKS_PER_STEP)
    }
}

/// Seconds of a step.
pub(super) fn step_seconds(tempo: f64) -> f64 {
    60.0 / tempo / STEPS_PER_QUARTER as f64
}

/// Length of a melody in steps, at least one.
pub(super) fn length(melody: &Melody) -> usize {
    melody.steps().max(1)
}
