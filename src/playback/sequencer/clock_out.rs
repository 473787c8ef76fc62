//! The clock for other devices: 24 pulses in a quarter note, and start, stop and song position.

use std::time::Duration;

use crate::melody::STEPS_PER_QUARTER;
use crate::playback::message::{Event, Message};

/// Pulses in a quarter note (MIDI 1.0 detailed specification, *system real time messages*).
const PULSES_PER_QUARTER: i64 = 24;
/// Pulses in a sixteenth-note step, which is the unit of song positions too.
const PULSES_PER_STEP: i64 = PULSES_PER_QUARTER / STEPS_PER_QUARTER as i64;
/// Number of song positions, which have 14 bits.
const SONG_POSITION_COUNT: i64 = 1 << 14;

/// The clock while a melody plays. Pulses are counted from the start of playing; below 0 during a count-in.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockOut {
    /// The next pulse.
    next_pulse: i64,
    /// Song position of pulse 0, in steps.
    origin: i64,
    /// Whether receivers were started.
    is_running: bool,
}

impl ClockOut {
    /// A clock whose next pulse is the first at `step` or later. `origin` is the song position of step 0, from which
    /// it counts on without wrapping when the melody repeats.
    pub fn new(step: f64, origin: i64) -> Self {
        Self {
            // A pulse that is late only by a rounding error is still the next one.
            next_pulse: (step * PULSES_PER_STEP as f64 - 1e-6).ceil() as i64,
            origin,
            is_running: false,
        }
    }

    /// Sets the song position of step 0.
    pub fn set_origin(&mut self, step: usize) {
        self.origin = step as i64;
    }

    /// Steps from the start of playing at which the next pulse is due.
    pub fn next_pulse_step(self) -> f64 {
        self.next_pulse as f64 / PULSES_PER_STEP as f64
    }

    /// Pushes the next pulse. Receivers are started with the first pulse on a step that is not of the count-in: from the
    /// beginning, or from a song position.
    pub fn pulse(&mut self, time: Duration, events: &mut Vec<Event>) {
        let mut push = |message| events.push(Event { time, message });
        if !self.is_running && self.next_pulse >= 0 && self.next_pulse % PULSES_PER_STEP == 0 {
            self.is_running = true;
            let position =
                (self.next_pulse / PULSES_PER_STEP + self.origin).rem_euclid(SONG_POSITION_COUNT);
            if position == 0 {
                push(Message::Start);
            } else {
                push(Message::SongPosition(position as u16));
                push(Message::Continue);
            }
        }
        push(Message::Clock);
        self.next_pulse += 1;
    }

    /// Stops the receivers, until a pulse starts them again.
    pub fn stop(&mut self, time: Duration, events: &mut Vec<Event>) {
        if std::mem::take(&mut self.is_running) {
            let message = Message::Stop;
            events.push(Event { time, message });
        }
    }
}
