//! Playing a melody: its start, its steps, the change to another and its end.

use std::{sync::Arc, time::Duration};

use super::{
    Sequencer,
    clock_out::ClockOut,
    command::LaunchQuantization,
    playing::{DueEvent, PlayingMelody, QueuedMelody, melody_steps},
};
use crate::{melody::STEPS_PER_BAR, playback::message::Event};

impl Sequencer {
    /// Starts a melody: at once, or at the next launch boundary if another one plays.
    pub(super) fn play(&mut self, now: Duration, next: QueuedMelody, events: &mut Vec<Event>) {
        if let Some(playing) = &mut self.playing {
            playing.stop_boundary = None;
            if playing.boundary > 0 && self.launch == LaunchQuantization::Now {
                self.take_over(now, next, events);
            } else if playing.boundary > 0 {
                playing.queued_melody = Some(next);
            } else {
                // The old melody has not started yet: the count-in goes on for the new one.
                self.begin_melody(next, 0);
            }
            return;
        }
        let first_step = if self.metronome_and_clock.count_in {
            -(STEPS_PER_BAR as i64)
        } else {
            0
        };
        let clock_out = self.metronome_and_clock.clock_out;
        self.playing = Some(PlayingMelody {
            melody: Arc::clone(&next.melody),
            tag: next.tag,
            play_once: next.start.play_once,
            queued_melody: None,
            stop_boundary: None,
            anchor: (now, first_step as f64),
            boundary: first_step,
            origin: 0,
            chord_origin: 0,
            next_note_index: 0,
            held: None,
            clock: clock_out.then(|| ClockOut::new(first_step as f64, 0)),
        });
        self.begin_melody(next, 0);
        self.join_clock(now, events);
        self.advance(now, events);
    }

    /// Plays a melody from its start position, at a step boundary of a melody that was not heard yet.
    fn begin_melody(&mut self, next: QueuedMelody, boundary: i64) {
        let first_step = next.start.step % melody_steps(&next.melody);
        self.set_melody(next, boundary, first_step);
        if let Some(clock) = self
            .playing
            .as_mut()
            .and_then(|playing| playing.clock.as_mut())
        {
            clock.set_origin(first_step);
        }
    }

    /// Changes to another melody, whose step `index` is at the step boundary `boundary`.
    fn set_melody(&mut self, next: QueuedMelody, boundary: i64, index: usize) {
        self.performance.update(&next.melody, &self.feel);
        if let Some(playing) = &mut self.playing {
            playing.go_to(boundary, index, &self.performance);
            (playing.melody, playing.tag) = (next.melody, next.tag);
            playing.play_once = next.start.play_once;
        }
    }

    /// Changes to another melody inside the step that plays. The note that the other melody has on this step starts late and
    /// keeps its whole length; the beat does not move.
    fn take_over(&mut self, now: Duration, next: QueuedMelody, events: &mut Vec<Event>) {
        self.end_held_note(now, events);
        let Some(playing) = &mut self.playing else {
            return;
        };
        playing.queued_melody = None;
        playing.boundary -= 1;
        let index = playing.index();
        self.change_melody(next, index, false);
        let Some(playing) = &mut self.playing else {
            return;
        };
        playing.boundary += 1;
        let (step, due) = playing.next_event(&self.performance);
        let late_steps = playing.step_at(now, self.tempo) - step;
        // Not by `advance`, which would move the beat for a note that is very late.
        if due == DueEvent::NoteStart && late_steps >= 0.0 {
            self.start_next_note(late_steps, now, events);
        }
    }

    /// Plays at `time` what was due at `step`, counted from the start of playing.
    pub(super) fn play_due(
        &mut self,
        time: Duration,
        step: f64,
        due_event: DueEvent,
        events: &mut Vec<Event>,
    ) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        match due_event {
            DueEvent::Pulse => {
                if let Some(clock) = &mut playing.clock {
                    clock.pulse(time, events);
                }
            }
            DueEvent::NoteEnd => self.end_held_note(time, events),
            DueEvent::Boundary => self.play_boundary(time, events),
            DueEvent::NoteStart => {
                let late_steps = playing.step_at(time, self.tempo) - step;
                self.end_held_note(time, events);
                self.start_next_note(late_steps, time, events);
            }
        }
    }

    /// Plays the due step boundary: changes to the queued melody, ends, or continues.
    fn play_boundary(&mut self, time: Duration, events: &mut Vec<Event>) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        let (index, is_at_end) = (playing.index(), playing.is_at_end());
        if playing.stop_boundary == Some(playing.boundary) {
            self.end_playing(time, events);
            return;
        }
        let next = playing
            .queued_melody
            .take_if(|_| is_at_end || self.launch.allows(index));
        if let Some(next) = next {
            self.end_held_note(time, events);
            self.change_melody(next, index, is_at_end);
        } else if is_at_end {
            if !self.looping || playing.play_once {
                self.end_playing(time, events);
                return;
            }
            self.end_held_note(time, events);
            if let Some(playing) = &mut self.playing {
                playing.go_to(playing.boundary, 0, &self.performance);
            }
        }
        self.click_on_beat(time, events);
        self.play_chord(time, events);
        if let Some(playing) = &mut self.playing {
            playing.boundary += 1;
        }
    }

    /// Changes to `next` at the due boundary, which is step `index` of the old melody.
    fn change_melody(&mut self, next: QueuedMelody, index: i64, is_at_end: bool) {
        let steps = melody_steps(&next.melody);
        let index = if self.looping {
            let index = usize::try_from(index).unwrap_or(0);
            next.start
                .step_in_loop((!is_at_end).then_some(index), steps)
        } else {
            next.start.step % steps
        };
        let boundary = self.playing.as_ref().map_or(0, |playing| playing.boundary);
        self.set_melody(next, boundary, index);
    }

    pub(super) fn end_playing(&mut self, time: Duration, events: &mut Vec<Event>) {
        self.end_held_note(time, events);
        self.end_chord(time, events);
        let clock = self.playing.take().and_then(|playing| playing.clock);
        if let Some(mut clock) = clock {
            clock.stop(time, events);
        }
    }

    /// Starts the next note of the melody, `late_steps` after its time.
    fn start_next_note(&mut self, late_steps: f64, time: Duration, events: &mut Vec<Event>) {
        let playing = self.playing.as_mut();
        if let Some(held) = playing.and_then(|playing| playing.hold(late_steps, &self.performance))
        {
            self.start_note(held.pitch, held.velocity, time, events);
        }
    }

    pub(super) fn end_held_note(&mut self, time: Duration, events: &mut Vec<Event>) {
        let held = self
            .playing
            .as_mut()
            .and_then(|playing| playing.held.take());
        if let Some(held) = held {
            self.end_note(held.pitch, time, events);
        }
    }
}
