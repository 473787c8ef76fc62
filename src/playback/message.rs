//! Messages to an output. Their MIDI bytes are in `port_writer`.

use std::time::Duration;

use super::midi_patch::MidiPatch;
use crate::melody::DEFAULT_VELOCITY;

/// Velocity of notes until another is set, as in exported files; the model decodes no velocities.
pub const NOTE_VELOCITY: u8 = DEFAULT_VELOCITY;

/// A message to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Start a note.
    NoteOn {
        /// MIDI pitch, 0..=127.
        pitch: u8,
        /// MIDI velocity, 1..=127.
        velocity: u8,
    },
    /// End a note.
    NoteOff {
        /// MIDI pitch, 0..=127.
        pitch: u8,
    },
    /// Play with this channel, program and bank from now on. The synth ignores it.
    Patch(MidiPatch),
    /// Silence everything, also notes of other programs.
    Panic,
    /// A pulse of the MIDI clock, 24 in a quarter note. The synth ignores it and the next four.
    Clock,
    /// Receivers of the clock start from the beginning with the next pulse.
    Start,
    /// Receivers of the clock go on from their song position with the next pulse.
    Continue,
    /// Receivers of the clock stop.
    Stop,
    /// Receivers of the clock move to this step of the song, 0..=16383.
    SongPosition(u16),
    /// Start a click of the metronome.
    ClickOn {
        /// Whether it is on the first beat of a bar.
        accent: bool,
    },
    /// Start a note of a chord, on a channel of its own.
    ChordOn {
        /// MIDI channel, 0..=15.
        channel: u8,
        /// MIDI pitch, 0..=127.
        pitch: u8,
        /// MIDI velocity, 1..=127.
        velocity: u8,
    },
    /// End a note of a chord.
    ChordOff {
        /// MIDI channel on which it started.
        channel: u8,
        /// MIDI pitch.
        pitch: u8,
    },
    /// End a click of the metronome.
    ClickOff {
        /// Whether it is on the first beat of a bar.
        accent: bool,
    },
}

impl Message {
    /// Whether this is a message of the MIDI clock or its transport, which the synth ignores.
    pub(super) fn is_clock(self) -> bool {
        use Message::{Clock, Continue, SongPosition, Start, Stop};
        matches!(self, Clock | Start | Continue | Stop | SongPosition(_))
    }
}

/// A message and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Time since the player started. Not later than the time of sending, except by rounding.
    pub time: Duration,
    /// The message.
    pub message: Message,
}

impl Event {
    /// The start of a note.
    pub(super) fn note_on(time: Duration, pitch: u8, velocity: u8) -> Self {
        let message = Message::NoteOn { pitch, velocity };
        Self { time, message }
    }

    /// The end of a note.
    pub(super) fn note_off(time: Duration, pitch: u8) -> Self {
        let message = Message::NoteOff { pitch };
        Self { time, message }
    }
}

/// A receiver of events: a MIDI port, the synth, nothing, or a recorder in a test.
pub trait Sink {
    /// Sends an event, without blocking.
    ///
    /// # Errors
    /// The reason, if the device failed.
    fn send(&mut self, event: Event) -> Result<(), String>;

    /// When [`Self::advance`] has to be called next; `None` if everything was sent.
    fn next_deadline(&self) -> Option<Duration> {
        None
    }

    /// Sends the due messages of those that the sink sends with delays of its own.
    ///
    /// # Errors
    /// The reason, if the device failed.
    fn advance(&mut self, _now: Duration) -> Result<(), String> {
        Ok(())
    }
}
