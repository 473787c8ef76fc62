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
    playing::{DueEvent, PlayingMelody, QueuedMelody, melody_steps, step_seconds},
};
use super::{
    active_notes::ActiveNotes,
    input::ClockEstimate,
    message::{Event, Message, NOTE_VELOCITY},
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
    playing: Option<PlayingMelody>,
    /// How the melody in `playing` is played. Stored here so that its memory is reused.
    performance: Performance,
    active_notes: ActiveNotes,
    test_note_end: Option<Duration>,
    /// The sounding click, accented or not, and its end.
    click: Option<(bool, Duration)>,
    /// The chords under the melody.
    backing: Option<Arc<Backing>>,
    /// The chord of them that sounds; `None` until the next step chooses it.
    chord: Option<HeldChord>,
    /// The last estimate of the followed clock.
    clock: Option<ClockEstimate>,
    /// No later event may have an earlier time than this.
    min_event_time: Duration,
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
            min_event_time: Duration::ZERO,
        }
    }
}

impl Sequencer {
    /// Time at which [`Self::advance`] has to be called next; `None` while nothing plays.
    pub fn next_deadline(&self) -> Option<Duration> {
        let melody = self.melody_deadline().map(|(deadline, _, _)| deadline);
        [melody, self.short_note_end()].into_iter().flatten().min()
    }

    /// Pushes all events that are due at `now`, in time order. Ends of notes come before starts.
    pub fn advance(&mut self, now: Duration, events: &mut Vec<Event>) {
        loop {
            let due = self.due_event(now);
            let end = self.short_note_end().filter(|&end| end <= now);
            match (end, due) {
                (Some(end), due) if due.is_none_or(|(time, _, _)| end <= time) => {
                    self.end_short_notes(end.max(self.min_event_time), events);
                }
                (_, Some((time, step, due_event))) => {
                    self.min_event_time = time;
                    self.play_due(time, step, due_event, events);
                }
                (_, None) => return,
            }
        }
    }

    /// Executes a command at `now`, and pushes its events.
    pub fn apply(&mut self, now: Duration, command: Command, events: &mut Vec<Event>) {
        self.advance(now, events);
        self.min_event_time = self.min_event_time.max(now);
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
                    let steps_left = (-playing.index()).rem_euclid(STEPS_PER_BAR as i64);
                    playing.stop_boundary = Some(playing.boundary + steps_left);
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
                self.start_note(TEST_PITCH, NOTE_VELOCITY, now, events);
                self.test_note_end = Some(now + TEST_NOTE_LENGTH);
            }
            Command::Panic => {
                self.stop(now, events);
                events.push(Event {
                    time: now,
                    message: Message::Panic,
                });
            }
        }
    }

    /// The notes that have started and not ended.
    pub fn active_notes(&self) -> ActiveNotes {
        self.active_notes
    }

    /// Moves everything that sounds or runs from one output to another, at `now`. `old_events` are for the old output,
    /// `new_events` for the new one. A clock starts again at the next step.
    pub(super) fn switch_output(
        &mut self,
        now: Duration,
        old_events: &mut Vec<Event>,
        new_events: &mut Vec<Event>,
    ) {
        self.end_click(now, old_events);
        if let Some(chord) = self.chord {
            chord.end(now, old_events);
            chord.start(now, new_events);
        }
        let melody_note = self.playing.as_ref().and_then(|playing| playing.held);
        for pitch in self.active_notes.pitches() {
            let held = melody_note.filter(|held| held.pitch == pitch);
            old_events.push(Event::note_off(now, pitch));
            let velocity = held.map_or(NOTE_VELOCITY, |held| held.velocity);
            new_events.push(Event::note_on(now, pitch, velocity));
        }
        if let Some(clock) = self
            .playing
            .as_mut()
            .and_then(|playing| playing.clock.as_mut())
        {
            clock.stop(now, old_events);
        }
    }

    pub(super) fn position(&self) -> Option<Position> {
        self.playing.as_ref().map(|playing| Position {
            tag: playing.tag,
            anchor: (playing.anchor.0, playing.anchor.1 - playing.origin as f64),
            step_duration: Duration::from_secs_f64(step_seconds(self.tempo)),
            steps: melody_steps(&playing.melody),
            looping: self.looping && !playing.play_once,
        })
    }

    /// The time of the melody's next event, its step from the start of playing, and its kind.
    fn melody_deadline(&self) -> Option<(Duration, f64, DueEvent)> {
        let playing = self.playing.as_ref()?;
        let (step, due_event) = playing.next_event(&self.performance);
        Some((playing.time_of(step, self.tempo), step, due_event))
    }

    fn stop(&mut self, now: Duration, events: &mut Vec<Event>) {
        self.end_playing(now, events);
        self.end_click(now, events);
        self.test_note_end = None;
        let sounding = std::mem::take(&mut self.active_notes);
        events.extend(sounding.pitches().map(|pitch| Event::note_off(now, pitch)));
    }

    fn set_tempo(&mut self, now: Duration, tempo: f64) {
        if !tempo.is_finite() {
            return;
        }
        if let Some(playing) = &mut self.playing {
            // The position must not pass anything that is due.
            let (due, _) = playing.next_event(&self.performance);
            playing.anchor = (now, playing.step_at(now, self.tempo).min(due));
        }
        self.tempo = tempo.clamp(MIN_TEMPO, MAX_TEMPO);
    }

    fn set_feel(&mut self, now: Duration, feel: Feel, events: &mut Vec<Event>) {
        self.feel = feel;
        if let Some(playing) = &self.playing {
            self.performance.update(&playing.melody, &feel);
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

    /// The event that is due at `now`: its time, which is `now` if it should have been long ago, its step and its kind.
    fn due_event(&mut self, now: Duration) -> Option<(Duration, f64, DueEvent)> {
        let (deadline, step, due_event) = self.melody_deadline()?;
        if deadline > now {
            return None;
        }
        if now - deadline <= MAX_LATENESS {
            return Some((deadline.max(self.min_event_time), step, due_event));
        }
        if let Some(playing) = &mut self.playing {
            playing.anchor = (now, step);
        }
        Some((now.max(self.min_event_time), step, due_event))
    }

    fn start_note(&mut self, pitch: u8, velocity: u8, time: Duration, events: &mut Vec<Event>) {
        if !self.active_notes.note_on(pitch) {
            events.push(Event::note_off(time, pitch));
        }
        events.push(Event::note_on(time, pitch, velocity));
    }

    fn end_note(&mut self, pitch: u8, time: Duration, events: &mut Vec<Event>) {
        if self.active_notes.note_off(pitch) {
            events.push(Event::note_off(time, pitch));
        }
    }
}

#[cfg(test)]
mod tests;
