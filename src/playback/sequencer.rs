//! The sequencer: from melodies and commands to timed notes, without threads, devices or a real clock.

mod clock_out;
mod command;
mod follow;
mod playing;

use std::{sync::Arc, time::Duration};

pub use self::command::{
    Command, DEFAULT_TEMPO, Entry, Launch, MAX_TEMPO, MIN_TEMPO, TimelineOptions,
};
use self::{
    clock_out::ClockOut,
    playing::{Due, Playing, QueuedMelody, length, step_seconds},
};
use super::{
    active_notes::ActiveNotes,
    input::ClockEstimate,
    message::{Event, Message, VELOCITY},
};
use crate::melody::{Feel, Performance, STEPS_PER_BAR, STEPS_PER_QUARTER};

/// Pitch of the test note: A4, 440 Hz.
pub const TEST_PITCH: u8 = 69;

const TEST_NOTE_LENGTH: Duration = Duration::from_millis(500);
const CLICK_LENGTH: Duration = Duration::from_millis(40);
/// Lateness above which missed steps are skipped instead of played in a burst, for example after the machine slept.
const MAX_LATENESS: Duration = Duration::from_millis(250);

/// The position of a [`Sequencer`], from which any later position can be computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position {
    pub tag: u64,
    /// A time, and the fractional step inside the melody at it (may be negative).
    pub anchor: (Duration, f64),
    pub step_duration: Duration,
    pub steps: usize,
    pub looping: bool,
}

/// Converts commands and time to note events.
///
/// Every note-on is followed by exactly one note-off.
#[derive(Debug)]
pub struct Sequencer {
    tempo: f64,
    looping: bool,
    feel: Feel,
    launch: Launch,
    timeline: TimelineOptions,
    playing: Option<Playing>,
    /// How the melody in `playing` is played. Kept here so that its memory is used again.
    performance: Performance,
    active_notes: ActiveNotes,
    test_note_end: Option<Duration>,
    /// The sounding click, accented or not, and its end.
    click: Option<(bool, Duration)>,
    /// The clock that is followed.
    clock: Option<ClockEstimate>,
    /// No event is earlier.
    last: Duration,
}

impl Default for Sequencer {
    fn default() -> Self {
        Self {
            tempo: DEFAULT_TEMPO,
            looping: true,
            feel: Feel::default(),
            launch: Launch::default(),
            timeline: TimelineOptions::default(),
            playing: None,
            performance: Performance::default(),
            active_notes: ActiveNotes::default(),
            test_note_end: None,
            click: None,
            clock: None,
            last: Duration::ZERO,
        }
    }
}

impl Sequencer {
    /// Time at which [`Self::advance`] has to be called next; `None` while nothing plays.
    pub fn next_deadline(&self) -> Option<Duration> {
        let melody = self.melody_deadline().map(|(deadline, _, _)| deadline);
        [melody, self.short_note_end()].into_iter().flatten().min()
    }

    /// Pushes all events that are due at `now`, in time order. Notes that end come before notes that begin.
    pub fn advance(&mut self, now: Duration, events: &mut Vec<Event>) {
        loop {
            let due = self.due(now);
            let end = self.short_note_end().filter(|&end| end <= now);
            match (end, due) {
                (Some(end), due) if due.is_none_or(|(at, _, _)| end <= at) => {
                    self.end_short_notes(end.max(self.last), events);
                }
                (_, Some((at, step, what))) => {
                    self.last = at;
                    self.play_due(at, step, what, events);
                }
                (_, None) => return,
            }
        }
    }

    /// Executes a command at `now`, and pushes its events.
    pub fn apply(&mut self, now: Duration, command: Command, events: &mut Vec<Event>) {
        self.advance(now, events);
        self.last = self.last.max(now);
        match command {
            Command::Play { melody, tag } => {
                let entry = Entry::default();
                self.play(now, QueuedMelody { melody, tag, entry }, events);
            }
            Command::PlayFrom { melody, tag, entry } => {
                self.play(now, QueuedMelody { melody, tag, entry }, events);
            }
            Command::Stop => self.stop(now, events),
            Command::FinishBar => {
                if let Some(playing) = &mut self.playing {
                    let left = (-playing.index()).rem_euclid(STEPS_PER_BAR as i64);
                    playing.stops_at = Some(playing.boundary + left);
                }
            }
            Command::Tempo(tempo) => self.set_tempo(now, tempo),
            Command::Looping(looping) => self.looping = looping,
            Command::Feel(feel) => self.set_feel(now, feel, events),
            Command::Launch(launch) => self.launch = launch,
            Command::Timeline(options) => self.set_timeline(now, options, events),
            Command::Follow(clock) => self.follow(now, clock, events),
            Command::TestNote => {
                self.start_note(TEST_PITCH, VELOCITY, now, events);
                self.test_note_end = Some(now + TEST_NOTE_LENGTH);
            }
            Command::Panic => {
                self.stop(now, events);
                events.push(Event {
                    at: now,
                    message: Message::Panic,
                });
            }
        }
    }

    /// The notes that have begun and not ended.
    pub fn active_notes(&self) -> ActiveNotes {
        self.active_notes
    }

    /// Moves everything that sounds or runs from one output to another, at `now`: what the old one is sent, then what the
    /// new one is sent. A clock starts again at the next step.
    pub(super) fn hand_over(&mut self, now: Duration, old: &mut Vec<Event>, new: &mut Vec<Event>) {
        self.end_click(now, old);
        let held = self.playing.as_ref().and_then(|playing| playing.held);
        for pitch in self.active_notes.pitches() {
            let held = held.filter(|held| held.pitch == pitch);
            old.push(Event::note_off(now, pitch));
            let velocity = held.map_or(VELOCITY, |held| held.velocity);
            new.push(Event::note_on(now, pitch, velocity));
        }
        if let Some(clock) = self.playing.as_mut().and_then(|it| it.clock.as_mut()) {
            clock.stop(now, old);
        }
    }

    pub(super) fn position(&self) -> Option<Position> {
        self.playing.as_ref().map(|playing| Position {
            tag: playing.tag,
            anchor: (playing.anchor.0, playing.anchor.1 - playing.origin as f64),
            step_duration: Duration::from_secs_f64(step_seconds(self.tempo)),
            steps: length(&playing.melody),
            looping: self.looping && !playing.once,
        })
    }

    /// The time of what comes next, its step from the start of playing, and what it is.
    fn melody_deadline(&self) -> Option<(Duration, f64, Due)> {
        let playing = self.playing.as_ref()?;
        let (step, what) = playing.due(&self.performance);
        Some((playing.time_of(step, self.tempo), step, what))
    }

    fn play(&mut self, now: Duration, next: QueuedMelody, events: &mut Vec<Event>) {
        if let Some(playing) = &mut self.playing {
            playing.stops_at = None;
            if playing.boundary > 0 {
                playing.next = Some(next);
            } else {
                // Nothing of the melody was heard yet: the count-in goes on for the other one.
                self.enter(next, 0);
            }
            return;
        }
        let first = if self.timeline.count_in {
            -(STEPS_PER_BAR as i64)
        } else {
            0
        };
        let clock_out = self.timeline.clock_out;
        self.playing = Some(Playing {
            melody: Arc::clone(&next.melody),
            tag: next.tag,
            once: next.entry.once,
            next: None,
            stops_at: None,
            anchor: (now, first as f64),
            boundary: first,
            origin: 0,
            note: 0,
            held: None,
            clock: clock_out.then(|| ClockOut::new(first as f64, 0)),
        });
        self.enter(next, 0);
        self.join_clock(now, events);
        self.advance(now, events);
    }

    /// Plays a melody from its first step on, at the boundary `at` of a melody that was not heard yet.
    fn enter(&mut self, next: QueuedMelody, at: i64) {
        let from = next.entry.from % length(&next.melody);
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
            playing.once = next.entry.once;
        }
    }

    fn stop(&mut self, now: Duration, events: &mut Vec<Event>) {
        self.end_playing(now, events);
        self.end_click(now, events);
        self.test_note_end = None;
        let left = std::mem::take(&mut self.active_notes);
        events.extend(left.pitches().map(|pitch| Event::note_off(now, pitch)));
    }

    fn set_tempo(&mut self, now: Duration, tempo: f64) {
        if !tempo.is_finite() {
            return;
        }
        if let Some(playing) = &mut self.playing {
            // The position must not pass anything that is due.
            let (due, _) = playing.due(&self.performance);
            playing.anchor = (now, playing.step_at(now, self.tempo).min(due));
        }
        self.tempo = tempo.clamp(MIN_TEMPO, MAX_TEMPO);
    }

    fn set_feel(&mut self, now: Duration, feel: Feel, events: &mut Vec<Event>) {
        self.feel = feel;
        if let Some(playing) = &self.playing {
            self.performance.set(&playing.melody, &feel);
        }
        // The next note may have been due already.
        self.advance(now, events);
    }

    fn set_timeline(&mut self, now: Duration, options: TimelineOptions, events: &mut Vec<Event>) {
        self.timeline = options;
        let Some(playing) = &mut self.playing else {
            return;
        };
        match (&mut playing.clock, options.clock_out) {
            (None, true) => {
                let step = playing.step_at(now, self.tempo);
                playing.clock = Some(ClockOut::new(step, -playing.origin));
            }
            (Some(clock), false) => {
                clock.stop(now, events);
                playing.clock = None;
            }
            _ => {}
        }
        self.advance(now, events);
    }

    /// What is due at `now`: its time, which is `now` if it is long past, its step and what it is.
    fn due(&mut self, now: Duration) -> Option<(Duration, f64, Due)> {
        let (deadline, step, what) = self.melody_deadline()?;
        if deadline > now {
            return None;
        }
        if now - deadline <= MAX_LATENESS {
            return Some((deadline.max(self.last), step, what));
        }
        if let Some(playing) = &mut self.playing {
            playing.anchor = (now, step);
        }
        Some((now.max(self.last), step, what))
    }

    fn play_due(&mut self, at: Duration, step: f64, what: Due, events: &mut Vec<Event>) {
        let Some(playing) = &mut self.playing else {
            return;
        };
        match what {
            Due::Pulse => {
                if let Some(clock) = &mut playing.clock {
                    clock.pulse(at, events);
                }
            }
            Due::NoteEnd => self.end_held(at, events),
            Due::Boundary => self.play_boundary(at, events),
            Due::NoteStart => {
                let late = playing.step_at(at, self.tempo) - step;
                self.end_held(at, events);
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
            self.end_held(at, events);
            self.take_over(next, index, at_end);
        } else if at_end {
            if !self.looping || playing.once {
                self.end_playing(at, events);
                return;
            }
            self.end_held(at, events);
            if let Some(playing) = &mut self.playing {
                playing.go_to(playing.boundary, 0, &self.performance);
            }
        }
        self.click_on_beat(at, events);
        if let Some(playing) = &mut self.playing {
            playing.boundary += 1;
        }
    }

    /// Changes to `next` at the due boundary, which is step `index` of the old melody.
    fn take_over(&mut self, next: QueuedMelody, index: i64, at_end: bool) {
        let steps = length(&next.melody);
        let index = if self.looping {
            let index = usize::try_from(index).unwrap_or(0);
            next.entry.step((!at_end).then_some(index), steps)
        } else {
            next.entry.from % steps
        };
        let at = self.playing.as_ref().map_or(0, |playing| playing.boundary);
        self.set_melody(next, at, index);
    }

    fn end_playing(&mut self, at: Duration, events: &mut Vec<Event>) {
        self.end_held(at, events);
        let clock = self.playing.take().and_then(|playing| playing.clock);
        if let Some(mut clock) = clock {
            clock.stop(at, events);
        }
    }

    /// A click on each beat of the melody, if there is to be one.
    fn click_on_beat(&mut self, at: Duration, events: &mut Vec<Event>) {
        let Some(playing) = &self.playing else {
            return;
        };
        let index = playing.index();
        let is_wanted = self.timeline.metronome || playing.boundary < 0;
        if is_wanted && index % STEPS_PER_QUARTER as i64 == 0 {
            self.end_click(at, events);
            let accent = index % STEPS_PER_BAR as i64 == 0;
            let message = Message::ClickOn { accent };
            events.push(Event { at, message });
            self.click = Some((accent, at + CLICK_LENGTH));
        }
    }

    fn end_click(&mut self, at: Duration, events: &mut Vec<Event>) {
        if let Some((accent, _)) = self.click.take() {
            let message = Message::ClickOff { accent };
            events.push(Event { at, message });
        }
    }

    /// The end of a click or test note.
    fn short_note_end(&self) -> Option<Duration> {
        let click = self.click.map(|(_, end)| end);
        [click, self.test_note_end].into_iter().flatten().min()
    }

    fn end_short_notes(&mut self, at: Duration, events: &mut Vec<Event>) {
        self.last = at;
        if self.click.is_some_and(|(_, end)| end <= at) {
            self.end_click(at, events);
        }
        if self.test_note_end.take_if(|end| *end <= at).is_some() {
            self.end_note(TEST_PITCH, at, events);
        }
    }

    /// Starts the next note of the melody, `late` steps after its time.
    fn start_next(&mut self, late: f64, at: Duration, events: &mut Vec<Event>) {
        let playing = self.playing.as_mut();
        if let Some(held) = playing.and_then(|playing| playing.hold(late, &self.performance)) {
            self.start_note(held.pitch, held.velocity, at, events);
        }
    }

    fn end_held(&mut self, at: Duration, events: &mut Vec<Event>) {
        let held = self.playing.as_mut().and_then(|it| it.held.take());
        if let Some(held) = held {
            self.end_note(held.pitch, at, events);
        }
    }

    fn start_note(&mut self, pitch: u8, velocity: u8, at: Duration, events: &mut Vec<Event>) {
        if !self.active_notes.note_on(pitch) {
            events.push(Event::note_off(at, pitch));
        }
        events.push(Event::note_on(at, pitch, velocity));
    }

    fn end_note(&mut self, pitch: u8, at: Duration, events: &mut Vec<Event>) {
        if self.active_notes.note_off(pitch) {
            events.push(Event::note_off(at, pitch));
        }
    }
}

#[cfg(test)]
mod tests;
