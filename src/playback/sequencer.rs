//! The sequencer: from melodies and commands to timed notes, without threads, devices or a real clock.

mod chords;
mod clock_out;
mod command;
mod follow;
mod held_chord;
mod play_melody;
mod playing;
mod short_notes;

use std::{sync::Arc, time::Duration};

pub use self::command::{
    Command, DEFAULT_TEMPO, LaunchQuantization, MAX_TEMPO, MIN_TEMPO, MetronomeAndClock,
    StartPosition,
};
use self::{
    clock_out::ClockOut,
    held_chord::HeldChord,
    playing::{DueEvent, Playing, QueuedMelody, length, step_seconds},
};
use super::{
    active_notes::ActiveNotes,
    input::ClockEstimate,
    message::{Event, Message, VELOCITY},
};
use crate::melody::{Backing, Feel, Performance, STEPS_PER_BAR};

/// Pitch of the test note: A4, 440 Hz.
pub const TEST_PITCH: u8 = 69;

const TEST_NOTE_LENGTH: Duration = Duration::from_millis(500);
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
    launch: LaunchQuantization,
    metronome_and_clock: MetronomeAndClock,
    playing: Option<Playing>,
    /// How the melody in `playing` is played. Kept here so that its memory is used again.
    performance: Performance,
    active_notes: ActiveNotes,
    test_note_end: Option<Duration>,
    /// The sounding click, accented or not, and its end.
    click: Option<(bool, Duration)>,
    /// The chords under the melody.
    backing: Option<Arc<Backing>>,
    /// What sounds of them; `None` before the next step decides.
    chord: Option<HeldChord>,
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
            launch: LaunchQuantization::default(),
            metronome_and_clock: MetronomeAndClock::default(),
            playing: None,
            performance: Performance::default(),
            active_notes: ActiveNotes::default(),
            test_note_end: None,
            click: None,
            backing: None,
            chord: None,
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
                let start = StartPosition::default();
                self.play(now, QueuedMelody { melody, tag, start }, events);
            }
            Command::PlayFrom { melody, tag, start } => {
                self.play(now, QueuedMelody { melody, tag, start }, events);
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
            Command::Chords(backing) => self.set_chords(now, backing, events),
            Command::LaunchQuantization(launch) => self.launch = launch,
            Command::MetronomeAndClock(options) => {
                self.set_metronome_and_clock(now, options, events)
            }
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
    pub(super) fn switch_output(
        &mut self,
        now: Duration,
        old: &mut Vec<Event>,
        new: &mut Vec<Event>,
    ) {
        self.end_click(now, old);
        if let Some(chord) = self.chord {
            chord.end(now, old);
            chord.start(now, new);
        }
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
            looping: self.looping && !playing.play_once,
        })
    }

    /// The time of what comes next, its step from the start of playing, and what it is.
    fn melody_deadline(&self) -> Option<(Duration, f64, DueEvent)> {
        let playing = self.playing.as_ref()?;
        let (step, what) = playing.due(&self.performance);
        Some((playing.time_of(step, self.tempo), step, what))
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

    fn set_metronome_and_clock(
        &mut self,
        now: Duration,
        options: MetronomeAndClock,
        events: &mut Vec<Event>,
    ) {
        self.metronome_and_clock = options;
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
    fn due(&mut self, now: Duration) -> Option<(Duration, f64, DueEvent)> {
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
