//! The chord that sounds, and its messages.

use std::time::Duration;

use crate::playback::{
    active_notes::ActiveNotes,
    message::{Event, Message},
};

/// A sounding chord, or a silence of the progression.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldChord {
    /// Its pitches; none in a silence.
    pub notes: ActiveNotes,
    /// Velocity of each note, 1..=127.
    pub velocity: u8,
    /// Semitones by which it is transposed.
    pub transpose: i8,
    /// MIDI channel, 0..=15.
    pub channel: u8,
}

impl HeldChord {
    /// Starts its notes.
    pub fn start(self, time: Duration, events: &mut Vec<Event>) {
        let Self {
            velocity, channel, ..
        } = self;
        events.extend(self.notes.pitches().map(|pitch| {
            let message = Message::ChordOn {
                channel,
                pitch,
                velocity,
            };
            Event { time, message }
        }));
    }

    /// Ends its notes.
    pub fn end(self, time: Duration, events: &mut Vec<Event>) {
        let channel = self.channel;
        events.extend(self.notes.pitches().map(|pitch| {
            let message = Message::ChordOff { channel, pitch };
            Event { time, message }
        }));
    }
}
