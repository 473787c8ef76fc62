//! Playing a melody: its start, its steps, the change to another and its end.

use std::{sync::Arc, time::Duration};

use super::{
    Sequencer,
    clock_out::ClockOut,
    command::LaunchQuantization,
    playing::{DueEvent, Playing, QueuedMelody, length},
};
use crate::{melody::STEPS_PER_BAR, playback::message::Event};

impl Sequencer {
    /// Plays a melody: at once, or after what plays.
    pub(super) fn play(&mut self, now: Duration, next: QueuedMelody, events: &mut Vec<Event>) {
        if let Some(playing) = &mut self.playing {
            playing.stops_at = None;
            if playing.boundary > 0 && self.launch == LaunchQuantization::Now {
                self.take_over(now, next, events);
            } else if playing.boundary > 0 {
                playing.next = Some(next);
            } else {
                // Nothing of the melody was heard yet: the count-in goes on for the other one.
                self.begin_melody(next, 0);
            }
            return;
        }
        let first = if self.metronome_and_clock.count_in {
            -(STEPS_PER_BAR as i64)
        } else {
            0
        };
        let clock_out = self.metronome_and_clock.clock_out;
        self.playing = Some(Playing {
            melody: Arc::clone(&next.melody),
            tag: next.tag,
            play_once: next.start.play_once,
            next: None,
            stops_at: None,
            anchor: (now, first as f64),
            boundary: first,
            origin: 0,
            chord_origin: 0,
            note: 0,
            held: None,
            clock: clock_out.then(|| ClockOut::new(first as f64, 0)),
        });
        self.begin_melody(next, 0);
        self.join_clock(now, events);
        self.advance(now, events);
    }

    /// Plays a melody from its first step on, at the boundary `at` of a melody that was not heard yet.
    fn begin_melody(&mut self, next: QueuedMelody, at: i64) {
        let from = next.start.step % length(&next.melody);
        self.set_melody(next, at, from);
        if let Some(clock) = self.playing.as_mut().and_then(|it| it.clock.as_mut()) {
            clock.set_origin(from);
        }
    }

    /// Changes to another melody, whose step `index` is at the boundary `at`.
    fn set_melody(&mut self, next: QueuedMelody, at: i64, index: usize) {
        self.performance.set(&next.melody, &self.feel);
        if let Some(playing) = &mut self.playing {
            playing.go_to(at, index, &self.performance);
            (playing.melody, playing.tag) = (next.melody, next.tag);
            playing.play_once = next.start.play_once;
        }
    }

    /// Changes to another melody inside the step that plays. The note that the other melody has there starts late, with its
    /// whole length; the beat stays.
    fn take_over(&mut self, now: Duration, next: QueuedMelody, events: &mut Vec<Event>) {
        self.end_held_note(now, events);
        let Some(playing) = &mut self.playing else {
            return;
        };
        playing.next = None;
        playing.boundary -= 1;
        let index = playing.index();
        self.change_melody(next, index, false);
        let Some(playing) = &mut self.playing else {
            return;
        };
        playing.boundary += 1;
        let (step, due) = playing.due(&self.performance);
        let late = playing.step_at(now, self.tempo) - step;
        // Not by `advance`, which would move the beat for a note that is very late.
        if due == DueEvent::NoteStart && late >= 0.0 {
            self.start_next(late, now, events);
        }
    }

    /// Plays what is due at `at`, where it belongs to `step` from the start of playing.
    pub(super) fn play_due(
        &mut self,
        at: Duration,
        step: f64,
        what: DueEvent,
        events: &mut Vec<Event>,
    ) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        match what {
            DueEvent::Pulse => {
                if let Some(clock) = &mut playing.clock {
                    clock.pulse(at, events);
                }
            }
            DueEvent::NoteEnd => self.end_held_note(at, events),
            DueEvent::Boundary => self.play_boundary(at, events),
            DueEvent::NoteStart => {
                let late = playing.step_at(at, self.tempo) - step;
                self.end_held_note(at, events);
                self.start_next(late, at, events);
            }
        }
    }

    /// Plays the due step boundary: changes to a waiting melody, comes to the end, or goes on.
    fn play_boundary(&mut self, at: Duration, events: &mut Vec<Event>) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        let (index, at_end) = (playing.index(), playing.at_end());
        if playing.stops_at == Some(playing.boundary) {
            self.end_playing(at, events);
            return;
        }
        let next = playing
            .next
            .take_if(|_| at_end || self.launch.allows(index));
        if let Some(next) = next {
            self.end_held_note(at, events);
            self.change_melody(next, index, at_end);
        } else if at_end {
            if !self.looping || playing.play_once {
                self.end_playing(at, events);
                return;
            }
            self.end_held_note(at, events);
            if let Some(playing) = &mut self.playing {
                playing.go_to(playing.boundary, 0, &self.performance);
            }
        }
        self.click_on_beat(at, events);
        self.play_chord(at, events);
        if let Some(playing) = &mut self.playing {
            playing.boundary += 1;
        }
    }

    /// Changes to `next` at the due boundary, which is step `index` of the old melody.
    fn change_melody(&mut self, next: QueuedMelody, index: i64, at_end: bool) {
        let steps = length(&next.melody);
        let index = if self.looping {
            let index = usize::try_from(index).unwrap_or(0);
            next.start.step_in_loop((!at_end).then_some(index), steps)
        } else {
            next.start.step % steps
        };
        let at = self.playing.as_ref().map_or(0, |playing| playing.boundary);
        self.set_melody(next, at, index);
    }

    pub(super) fn end_playing(&mut self, at: Duration, events: &mut Vec<Event>) {
        self.end_held_note(at, events);
        self.end_chord(at, events);
        let clock = self.playing.take().and_then(|playing| playing.clock);
        if let Some(mut clock) = clock {
            clock.stop(at, events);
        }
    }

    /// Starts the next note of the melody, `late` steps after its time.
    fn start_next(&mut self, late: f64, at: Duration, events: &mut Vec<Event>) {
        let playing = self.playing.as_mut();
        if let Some(held) = playing.and_then(|playing| playing.hold(late, &self.performance)) {
            self.start_note(held.pitch, held.velocity, at, events);
        }
    }

    pub(super) fn end_held_note(&mut self, at: Duration, events: &mut Vec<Event>) {
        let held = self.playing.as_mut().and_then(|it| it.held.take());
        if let Some(held) = held {
            self.end_note(held.pitch, at, events);
        }
    }
}
