//! The sequencer: from melodies and commands to timed notes, without threads, devices or a real clock.

use std::{sync::Arc, time::Duration};

use super::{
    active_notes::ActiveNotes,
    message::{Event, Message},
};
use crate::melody::{Melody, STEPS_PER_BAR, STEPS_PER_QUARTER};

/// Tempo until another is set, in quarter notes per minute.
pub const DEFAULT_TEMPO: f64 = 120.0;
/// Minimum tempo.
pub const MIN_TEMPO: f64 = 20.0;
/// Maximum tempo.
pub const MAX_TEMPO: f64 = 300.0;
/// Pitch of the test note: A4, 440 Hz.
pub const TEST_PITCH: u8 = 69;

const TEST_NOTE_LENGTH: Duration = Duration::from_millis(500);
/// Lateness above which missed steps are skipped instead of played in a burst, for example after the machine slept.
const MAX_LATENESS: Duration = Duration::from_millis(250);

/// A command to the sequencer.
#[derive(Clone, Debug)]
pub enum Command {
    /// Play a melody: at once from its first step when nothing plays, else from the next 16th on.
    ///
    /// In a loop the new melody goes on at the step where the old one was. Without looping it starts from its first step.
    Play {
        /// The melody.
        melody: Arc<Melody>,
        /// An identifier, returned with the playhead.
        tag: u64,
    },
    /// Play a long melody from a step inside it: see [`Entry`].
    PlayFrom {
        /// The melody.
        melody: Arc<Melody>,
        /// An identifier, returned with the playhead.
        tag: u64,
        /// Where it starts, and whether it ends.
        entry: Entry,
    },
    /// Stop, and end every note.
    Stop,
    /// Stop at the next bar line, unless another melody is played before.
    FinishBar,
    /// Set the tempo in quarter notes per minute; the position stays.
    Tempo(f64),
    /// Start a melody again at its end, or stop there.
    Looping(bool),
    /// Play a note of half a second, also while a melody plays.
    TestNote,
    /// Stop, and silence the output.
    Panic,
}

/// Where a melody starts that is not played from its first step, such as a long one made of many short ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// First step if nothing plays, or without looping.
    pub from: usize,
    /// In a loop, the step to which the current position is added.
    pub base: usize,
    /// In a loop, the current position is taken modulo this number of steps; 0 for the length of the melody.
    pub modulus: usize,
    /// Whether it is played once, also in a loop.
    pub once: bool,
}

impl Entry {
    /// The step at which the melody continues when the previous one was at `index`, or at its end.
    fn step(self, index: Option<usize>, steps: usize) -> usize {
        let modulus = if self.modulus == 0 {
            steps
        } else {
            self.modulus
        };
        (self.base + index.map_or(0, |index| index % modulus)) % steps
    }
}

/// A melody that starts at the next step boundary.
#[derive(Debug)]
struct QueuedMelody {
    melody: Arc<Melody>,
    tag: u64,
    entry: Entry,
}

/// A melody that plays.
///
/// Steps are counted from the start of playing and never wrap. Deadlines are computed from `anchor`, so that errors do not
/// accumulate.
#[derive(Debug)]
struct Playing {
    melody: Arc<Melody>,
    tag: u64,
    /// Whether it ends after its last step, also in a loop.
    once: bool,
    /// Replaces it at the next step boundary.
    next: Option<QueuedMelody>,
    /// The step boundary at which it stops.
    stops_at: Option<u64>,
    /// A time, and the fractional step at it. Changes only with the tempo.
    anchor: (Duration, f64),
    /// The next step boundary to be played, counted from the start.
    boundary: u64,
    /// The same boundary inside the melody: `0..=steps`, where `steps` is its end.
    index: usize,
    /// Notes of the melody that have begun, with the step inside the melody at which they end.
    active_notes: Vec<(u8, usize)>,
}

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
    playing: Option<Playing>,
    active_notes: ActiveNotes,
    test_note_end: Option<Duration>,
}

impl Default for Sequencer {
    fn default() -> Self {
        Self {
            tempo: DEFAULT_TEMPO,
            looping: true,
            playing: None,
            active_notes: ActiveNotes::default(),
            test_note_end: None,
        }
    }
}

impl Sequencer {
    /// Time at which [`Self::advance`] has to be called next; `None` while nothing plays.
    pub fn next_deadline(&self) -> Option<Duration> {
        [self.step_deadline(), self.test_note_end]
            .into_iter()
            .flatten()
            .min()
    }

    /// Pushes all events that are due at `now`, in time order. Notes that end come before notes that begin.
    pub fn advance(&mut self, now: Duration, events: &mut Vec<Event>) {
        loop {
            let step_at = self.due_step(now);
            let test_end = self.test_note_end.filter(|&end| end <= now);
            match (test_end, step_at) {
                (Some(end), step_at) if step_at.is_none_or(|step_at| end <= step_at) => {
                    self.test_note_end = None;
                    self.end_note(TEST_PITCH, end, events);
                }
                (_, Some(step_at)) => self.play_boundary(step_at, events),
                (_, None) => return,
            }
        }
    }

    /// Executes a command at `now`, and pushes its events.
    pub fn apply(&mut self, now: Duration, command: Command, events: &mut Vec<Event>) {
        self.advance(now, events);
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
                    let left = playing.index.next_multiple_of(STEPS_PER_BAR) - playing.index;
                    playing.stops_at = Some(playing.boundary + left as u64);
                }
            }
            Command::Tempo(tempo) => self.set_tempo(now, tempo),
            Command::Looping(looping) => self.looping = looping,
            Command::TestNote => {
                self.start_note(TEST_PITCH, now, events);
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

    pub(super) fn position(&self) -> Option<Position> {
        self.playing.as_ref().map(|playing| Position {
            tag: playing.tag,
            anchor: (
                playing.anchor.0,
                playing.anchor.1 - (playing.boundary as f64 - playing.index as f64),
            ),
            step_duration: self.step_duration(),
            steps: length(&playing.melody),
            looping: self.looping && !playing.once,
        })
    }

    fn step_duration(&self) -> Duration {
        Duration::from_secs_f64(60.0 / self.tempo / STEPS_PER_QUARTER as f64)
    }

    fn step_deadline(&self) -> Option<Duration> {
        let playing = self.playing.as_ref()?;
        let (moment, step) = playing.anchor;
        // One product, not a running sum, so that rounding errors do not accumulate.
        let steps = (playing.boundary as f64 - step).max(0.0);
        Some(moment + Duration::from_secs_f64(steps * 60.0 / self.tempo / STEPS_PER_QUARTER as f64))
    }

    fn play(&mut self, now: Duration, next: QueuedMelody, events: &mut Vec<Event>) {
        if let Some(playing) = &mut self.playing {
            playing.next = Some(next);
            playing.stops_at = None;
            return;
        }
        let QueuedMelody { melody, tag, entry } = next;
        self.playing = Some(Playing {
            index: entry.from % length(&melody),
            melody,
            tag,
            once: entry.once,
            next: None,
            stops_at: None,
            anchor: (now, 0.0),
            boundary: 0,
            active_notes: Vec::new(),
        });
        self.advance(now, events);
    }

    fn stop(&mut self, now: Duration, events: &mut Vec<Event>) {
        self.playing = None;
        self.test_note_end = None;
        let left = std::mem::take(&mut self.active_notes);
        events.extend(left.pitches().map(|pitch| Event::note_off(now, pitch)));
    }

    fn set_tempo(&mut self, now: Duration, tempo: f64) {
        if !tempo.is_finite() {
            return;
        }
        let step_seconds = self.step_duration().as_secs_f64();
        if let Some(playing) = &mut self.playing {
            let (moment, step) = playing.anchor;
            let here = step + now.saturating_sub(moment).as_secs_f64() / step_seconds;
            // The position must not pass a boundary that is due.
            playing.anchor = (now, here.min(playing.boundary as f64));
        }
        self.tempo = tempo.clamp(MIN_TEMPO, MAX_TEMPO);
    }

    /// Time of the step boundary that is due at `now`: its deadline, or `now` if that is long past.
    fn due_step(&mut self, now: Duration) -> Option<Duration> {
        let deadline = self.step_deadline().filter(|&deadline| deadline <= now)?;
        if now - deadline <= MAX_LATENESS {
            return Some(deadline);
        }
        if let Some(playing) = &mut self.playing {
            playing.anchor = (now, playing.boundary as f64);
        }
        Some(now)
    }

    /// Plays the due step boundary: changes to a waiting melody, ends notes, starts notes.
    fn play_boundary(&mut self, at: Duration, events: &mut Vec<Event>) {
        let Some(mut playing) = self.playing.take() else {
            return;
        };
        let at_end = playing.index >= length(&playing.melody);
        let next = playing.next.take();
        let finished = playing.stops_at == Some(playing.boundary);

        if next.is_some() || at_end || finished {
            for (pitch, _) in std::mem::take(&mut playing.active_notes) {
                self.end_note(pitch, at, events);
            }
        }
        if finished {
            return;
        }
        if let Some(QueuedMelody { melody, tag, entry }) = next {
            let steps = length(&melody);
            playing.index = if !self.looping {
                entry.from % steps
            } else {
                entry.step((!at_end).then_some(playing.index), steps)
            };
            (playing.melody, playing.tag, playing.once) = (melody, tag, entry.once);
        } else if at_end {
            if !self.looping || playing.once {
                return;
            }
            playing.index = 0;
        }

        let index = playing.index;
        playing.active_notes.retain(|&(pitch, end)| {
            if end <= index {
                self.end_note(pitch, at, events);
            }
            end > index
        });
        for note in playing
            .melody
            .notes()
            .iter()
            .filter(|note| note.start as usize == index && note.end > note.start)
        {
            playing
                .active_notes
                .retain(|&(pitch, _)| pitch != note.pitch);
            self.start_note(note.pitch, at, events);
            playing.active_notes.push((note.pitch, note.end as usize));
        }
        playing.index += 1;
        playing.boundary += 1;
        self.playing = Some(playing);
    }

    fn start_note(&mut self, pitch: u8, at: Duration, events: &mut Vec<Event>) {
        if pitch > 127 {
            return;
        }
        if !self.active_notes.note_on(pitch) {
            events.push(Event::note_off(at, pitch));
        }
        events.push(Event::note_on(at, pitch));
    }

    fn end_note(&mut self, pitch: u8, at: Duration, events: &mut Vec<Event>) {
        if self.active_notes.note_off(pitch) {
            events.push(Event::note_off(at, pitch));
        }
    }
}

/// Length of a melody in steps, at least one.
fn length(melody: &Melody) -> usize {
    melody.steps().max(1)
}

#[cfg(test)]
mod tests;
