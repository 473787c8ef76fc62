//! The melody that plays, its position, and its next event.

use std::{sync::Arc, time::Duration};

use super::{clock_out::ClockOut, command::StartPosition};
use crate::melody::{Melody, Performance, STEPS_PER_QUARTER, TICKS_PER_STEP};

/// Lateness below this many steps is a rounding error.
const MIN_LATENESS_STEPS: f64 = 1e-6;

/// A melody that waits for the step boundary at which it takes over.
#[derive(Debug)]
pub(super) struct QueuedMelody {
    pub melody: Arc<Melody>,
    pub tag: u64,
    pub start: StartPosition,
}

/// A sounding note of the melody.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldNote {
    pub pitch: u8,
    pub velocity: u8,
    /// Steps from the start of playing at which it ends.
    end: f64,
}

/// Kind of the next event. Of several that are due at once, the variant that is listed first comes first.
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
pub(super) struct PlayingMelody {
    pub melody: Arc<Melody>,
    pub tag: u64,
    /// Whether it ends after its last step, also in a loop.
    pub play_once: bool,
    /// The melody that replaces it at a step boundary.
    pub queued_melody: Option<QueuedMelody>,
    /// The step boundary at which it stops.
    pub stop_boundary: Option<i64>,
    /// A time, and the fractional step at it. Changes only with the tempo.
    pub anchor: (Duration, f64),
    /// The next step boundary to be played.
    pub boundary: i64,
    /// The step boundary of the melody's first step, from which those of its other steps follow.
    pub origin: i64,
    /// The step boundary of the chord progression's first step. The progression repeats in both directions.
    pub chord_origin: i64,
    /// Index of the next note of the performance.
    pub next_note_index: usize,
    pub held: Option<HeldNote>,
    /// The clock for other devices, if it is on.
    pub clock: Option<ClockOut>,
}

impl PlayingMelody {
    /// The next boundary as a step inside the melody: up to its length, which is its end; negative in a count-in.
    pub fn index(&self) -> i64 {
        self.boundary - self.origin
    }

    /// Whether the next boundary is the end of the melody.
    pub fn is_at_end(&self) -> bool {
        self.index() >= melody_steps(&self.melody) as i64
    }

    /// Continues from step `index` inside the melody, whose performance is given, at the step boundary `boundary`.
    pub fn go_to(&mut self, boundary: i64, index: usize, performance: &Performance) {
        self.origin = boundary - index as i64;
        let notes = performance.notes();
        self.next_note_index = notes.partition_point(|note| (note.step as usize) < index);
    }

    /// Holds the next note of the performance, which starts `late_steps` after its time.
    pub fn hold(&mut self, late_steps: f64, performance: &Performance) -> Option<HeldNote> {
        let note = performance.notes().get(self.next_note_index)?;
        // A note whose time has passed because the feel has changed keeps its length.
        let late_steps = if late_steps > MIN_LATENESS_STEPS {
            late_steps
        } else {
            0.0
        };
        let held = HeldNote {
            pitch: note.pitch,
            velocity: note.velocity,
            end: self.step_of(note.end) + late_steps,
        };
        self.held = Some(held);
        self.next_note_index += 1;
        Some(held)
    }

    /// The next event: its step from the start of playing, and its kind.
    pub fn next_event(&self, performance: &Performance) -> (f64, DueEvent) {
        let mut next = (self.boundary as f64, DueEvent::Boundary);
        let note = performance.notes().get(self.next_note_index);
        // A note belongs to the step at which it is written, so that a melody that takes over there has it.
        if let Some(note) = note.filter(|note| i64::from(note.step) < self.index()) {
            let step = self.step_of(note.start);
            if step < next.0 {
                next = (step, DueEvent::NoteStart);
            }
        }
        if let Some(held) = self.held.filter(|held| held.end <= next.0) {
            next = (held.end, DueEvent::NoteEnd);
        }
        if let Some(clock) = self.clock.filter(|clock| clock.next_pulse_step() <= next.0) {
            next = (clock.next_pulse_step(), DueEvent::Pulse);
        }
        next
    }

    /// The time of a step, at `tempo` quarter notes per minute.
    pub fn time_of(&self, step: f64, tempo: f64) -> Duration {
        let (anchor_time, anchor_step) = self.anchor;
        // One product, not a running sum, so that rounding errors do not accumulate.
        let steps = (step - anchor_step).max(0.0);
        anchor_time + Duration::from_secs_f64(steps * 60.0 / tempo / STEPS_PER_QUARTER as f64)
    }

    /// The step at `now`, at `tempo`.
    pub fn step_at(&self, now: Duration, tempo: f64) -> f64 {
        let (anchor_time, anchor_step) = self.anchor;
        anchor_step + now.saturating_sub(anchor_time).as_secs_f64() / step_seconds(tempo)
    }

    /// Steps from the start of playing of a tick inside the melody.
    fn step_of(&self, tick: u32) -> f64 {
        self.origin as f64 + f64::from(tick) / f64::from(TICKS_PER_STEP)
    }
}

/// Duration of a step at `tempo` quarter notes per minute, seconds.
pub(super) fn step_seconds(tempo: f64) -> f64 {
    60.0 / tempo / STEPS_PER_QUARTER as f64
}

/// Length of a melody in steps, at least one.
pub(super) fn melody_steps(melody: &Melody) -> usize {
    melody.steps().max(1)
}
