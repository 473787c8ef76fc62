//! Following the clock of another program.

use std::time::Duration;

use super::{
    Sequencer,
    clock_out::ClockOut,
    command::{MAX_TEMPO, MIN_TEMPO},
    playing::{melody_steps, step_seconds},
};
use crate::{
    melody::STEPS_PER_BAR,
    playback::{input::ClockEstimate, message::Event},
};

/// Distance in steps above which the melody jumps to the clock's position; below it, the next notes come a little sooner or later.
const MAX_NUDGE_STEPS: f64 = 0.5;
/// Maximum number of steps after a boundary at which a jump still plays that boundary.
const MAX_LATE_STEPS: f64 = 0.25;

impl Sequencer {
    /// Takes over tempo and position of a clock, or stops following it.
    ///
    /// The melody gets the position of a loop of its length that has played since the start of the clock's song; so do the chords.
    pub(super) fn follow(
        &mut self,
        now: Duration,
        clock: Option<ClockEstimate>,
        events: &mut Vec<Event>,
    ) {
        self.clock = clock;
        let Some(clock) = clock else { return };
        let tempo = clock.tempo.clamp(MIN_TEMPO, MAX_TEMPO);
        self.set_tempo(now, tempo);
        if let Some(distance) = self.distance_to_clock(now) {
            if distance.abs() < MAX_NUDGE_STEPS {
                self.nudge(now, distance);
            } else {
                self.end_held_note(now, events);
                self.end_chord(now, events);
                self.jump(now, distance, events);
            }
            self.align_chords_to_clock(now, events);
        }
        self.advance(now, events);
    }

    /// Moves a melody that starts at `now` to the position of the followed clock, if any.
    pub(super) fn join_clock(&mut self, now: Duration, events: &mut Vec<Event>) {
        if let Some(distance) = self.distance_to_clock(now) {
            self.jump(now, distance, events);
            self.align_chords_to_clock(now, events);
        }
    }

    /// The step of the clock's song at `now`.
    pub(super) fn song_step(&self, now: Duration) -> Option<f64> {
        let clock = self.clock?;
        let elapsed_seconds = now.as_secs_f64() - clock.time.as_secs_f64();
        Some(clock.step? + elapsed_seconds / step_seconds(self.tempo))
    }

    /// Steps from the position of the melody to that of the clock, in the direction that is shorter round the loop.
    fn distance_to_clock(&self, now: Duration) -> Option<f64> {
        let song_step = self.song_step(now)?;
        let playing = self.playing.as_ref()?;
        let melody_step = playing.step_at(now, self.tempo) - playing.origin as f64;
        let steps = melody_steps(&playing.melody) as f64;
        let distance_ahead = (song_step - melody_step).rem_euclid(steps);
        Some(if distance_ahead > 0.5 * steps {
            distance_ahead - steps
        } else {
            distance_ahead
        })
    }

    /// Moves the position by less than a step.
    fn nudge(&mut self, now: Duration, distance: f64) {
        if let Some(playing) = &mut self.playing {
            playing.anchor = (now, playing.step_at(now, self.tempo) + distance);
        }
    }

    /// Moves the position to another step of the melody.
    fn jump(&mut self, now: Duration, distance: f64, events: &mut Vec<Event>) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        let steps = melody_steps(&playing.melody) as i64;
        let mut step = playing.step_at(now, self.tempo) + distance;
        let mut origin = playing.origin;
        // A step below zero would be a count-in.
        if step < 0.0 {
            let loops = (-step / steps as f64).ceil() as i64;
            step += (loops * steps) as f64;
            origin += loops * steps;
        }
        let boundary = (step - MAX_LATE_STEPS).ceil().max(0.0) as i64;
        let index = (boundary - origin).rem_euclid(steps);
        playing.anchor = (now, step);
        playing.boundary = boundary;
        playing.go_to(boundary, index as usize, &self.performance);
        if playing.stop_boundary.is_some() {
            let steps_left = (-index).rem_euclid(STEPS_PER_BAR as i64);
            playing.stop_boundary = Some(boundary + steps_left);
        }
        if let Some(clock) = &mut playing.clock {
            clock.stop(now, events);
            *clock = ClockOut::new(step, -playing.origin);
        }
    }
}
