//! Following the clock of another program.

use std::time::Duration;

use super::{
    Sequencer,
    clock_out::ClockOut,
    command::{MAX_TEMPO, MIN_TEMPO},
    playing::{length, step_seconds},
};
use crate::{
    melody::STEPS_PER_BAR,
    playback::{input::ClockEstimate, message::Event},
};

/// Steps above which the melody jumps to where the clock is; below, its next notes come a little sooner or later.
const MAX_NUDGE: f64 = 0.5;
/// Steps by which a jump may be late for a boundary that is still played.
const MAX_LATE: f64 = 0.25;

impl Sequencer {
    /// Takes over tempo and position of a clock, or stops following it.
    ///
    /// The melody is where a loop of its length would be that has played since the clock's song began, and so are the chords.
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
            if distance.abs() < MAX_NUDGE {
                self.nudge(now, distance);
            } else {
                self.end_held_note(now, events);
                self.end_chord(now, events);
                self.jump(now, distance, events);
            }
            self.place_chords(now, events);
        }
        self.advance(now, events);
    }

    /// Puts a melody that begins at `now` where the clock is, if one is followed.
    pub(super) fn join_clock(&mut self, now: Duration, events: &mut Vec<Event>) {
        if let Some(distance) = self.distance_to_clock(now) {
            self.jump(now, distance, events);
            self.place_chords(now, events);
        }
    }

    /// The step of the clock's song at `now`.
    pub(super) fn song_step(&self, now: Duration) -> Option<f64> {
        let clock = self.clock?;
        let passed = now.as_secs_f64() - clock.at.as_secs_f64();
        Some(clock.step? + passed / step_seconds(self.tempo))
    }

    /// Steps from the position of the melody to that of the clock, the shorter way round the loop.
    fn distance_to_clock(&self, now: Duration) -> Option<f64> {
        let song = self.song_step(now)?;
        let playing = self.playing.as_ref()?;
        let own = playing.step_at(now, self.tempo) - playing.origin as f64;
        let steps = length(&playing.melody) as f64;
        let ahead = (song - own).rem_euclid(steps);
        Some(if ahead > 0.5 * steps {
            ahead - steps
        } else {
            ahead
        })
    }

    /// Moves what is due by a part of a step.
    fn nudge(&mut self, now: Duration, distance: f64) {
        if let Some(playing) = &mut self.playing {
            playing.anchor = (now, playing.step_at(now, self.tempo) + distance);
        }
    }

    /// Goes on from another step of the melody.
    fn jump(&mut self, now: Duration, distance: f64, events: &mut Vec<Event>) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        let steps = length(&playing.melody) as i64;
        let mut here = playing.step_at(now, self.tempo) + distance;
        let mut origin = playing.origin;
        // Below zero would be a count-in.
        if here < 0.0 {
            let loops = (-here / steps as f64).ceil() as i64;
            here += (loops * steps) as f64;
            origin += loops * steps;
        }
        let boundary = (here - MAX_LATE).ceil().max(0.0) as i64;
        let index = (boundary - origin).rem_euclid(steps);
        playing.anchor = (now, here);
        playing.boundary = boundary;
        playing.go_to(boundary, index as usize, &self.performance);
        if playing.stops_at.is_some() {
            let left = (-index).rem_euclid(STEPS_PER_BAR as i64);
            playing.stops_at = Some(boundary + left);
        }
        if let Some(clock) = &mut playing.clock {
            clock.stop(now, events);
            *clock = ClockOut::new(here, -playing.origin);
        }
    }
}
