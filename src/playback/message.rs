//! Messages to an output, and their MIDI bytes.

use std::time::Duration;

use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};

/// Velocity of every played note. The model writes none; exported files use the same constant.
pub const VELOCITY: u8 = 80;

/// MIDI channel of every note, counted from 0 (channel 1 for users).
pub const CHANNEL: u8 = 0;

const NOTE_OFF: u8 = 0x80;
const NOTE_ON: u8 = 0x90;
const CONTROL_CHANGE: u8 = 0xB0;
const SUSTAIN_PEDAL: u8 = 64;
const ALL_SOUND_OFF: u8 = 120;
const ALL_NOTES_OFF: u8 = 123;
const CHANNELS: u8 = 16;

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
    /// Silence everything, also notes of other programs.
    Panic,
}

impl Message {
    /// Its MIDI 1.0 messages, three bytes each, in order.
    ///
    /// A panic is sustain pedal up, *all notes off* and *all sound off* on all sixteen channels, then an explicit note-off for
    /// every pitch of a melody, because some instruments ignore the controllers. The most effective come first, in case the
    /// buffer of a receiver overflows.
    pub fn midi_bytes(self) -> Vec<[u8; 3]> {
        match self {
            Self::NoteOn { pitch, velocity } => {
                vec![[NOTE_ON | CHANNEL, pitch & 0x7F, velocity & 0x7F]]
            }
            Self::NoteOff { pitch } => vec![[NOTE_OFF | CHANNEL, pitch & 0x7F, 0]],
            Self::Panic => {
                let offs =
                    (LOWEST_PITCH..=HIGHEST_PITCH).map(|pitch| [NOTE_OFF | CHANNEL, pitch, 0]);
                let controllers = (0..CHANNELS).flat_map(|channel| {
                    [SUSTAIN_PEDAL, ALL_NOTES_OFF, ALL_SOUND_OFF]
                        .map(|controller| [CONTROL_CHANGE | channel, controller, 0])
                });
                controllers.chain(offs).collect()
            }
        }
    }
}

/// A message and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Time since the player started. Not later than the time of sending, except by rounding.
    pub at: Duration,
    /// The message.
    pub message: Message,
}

impl Event {
    /// The start of a note with the constant velocity.
    pub(super) fn note_on(at: Duration, pitch: u8) -> Self {
        let velocity = VELOCITY;
        let message = Message::NoteOn { pitch, velocity };
        Self { at, message }
    }

    /// The end of a note.
    pub(super) fn note_off(at: Duration, pitch: u8) -> Self {
        let message = Message::NoteOff { pitch };
        Self { at, message }
    }
}

/// A receiver of events: a MIDI port, the synth, nothing, or a recorder in a test.
pub trait Sink {
    /// Sends an event, without blocking.
    ///
    /// # Errors
    /// The reason, if the device failed.
    fn send(&mut self, event: Event) -> Result<(), String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    // Status bytes and controller numbers: MIDI 1.0 detailed specification, tables 1 and 3.
    #[test]
    fn a_note_is_the_three_bytes_every_midi_device_expects() {
        assert_eq!(
            Message::NoteOn {
                pitch: 60,
                velocity: 80
            }
            .midi_bytes(),
            [[0x90, 60, 80]]
        );
        assert_eq!(Message::NoteOff { pitch: 60 }.midi_bytes(), [[0x80, 60, 0]]);
    }

    #[test]
    fn panic_lifts_the_pedal_and_silences_all_sixteen_channels() {
        let bytes = Message::Panic.midi_bytes();
        for channel in 0..16 {
            for controller in [64, 123, 120] {
                assert!(
                    bytes.contains(&[0xB0 | channel, controller, 0]),
                    "channel {channel}, controller {controller}"
                );
            }
        }
        for pitch in 21..=108 {
            assert!(bytes.contains(&[0x80, pitch, 0]), "pitch {pitch}");
        }
    }
}
