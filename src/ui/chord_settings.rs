//! The settings of the chords under the melodies.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::melody::{Backing, DEFAULT_CHORD_CHANNEL, DEFAULT_CHORD_VELOCITY};
use crate::playback::MIDI_CHANNEL_COUNT;

/// The chords under the melodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChordSettings {
    /// Whether the chords are played.
    pub on: bool,
    /// The progression as the user typed it.
    pub text: String,
    /// Velocity of every note, 1 to 127.
    pub velocity: u8,
    /// MIDI channel, 1 to 16.
    pub channel: u8,
}

impl Default for ChordSettings {
    fn default() -> Self {
        Self {
            on: false,
            text: "Am F C G".to_owned(),
            velocity: DEFAULT_CHORD_VELOCITY,
            channel: DEFAULT_CHORD_CHANNEL,
        }
    }
}

impl ChordSettings {
    /// These settings with each number clamped to its range.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            velocity: self.velocity.clamp(1, 127),
            channel: self.channel.clamp(1, MIDI_CHANNEL_COUNT),
            ..self
        }
    }

    /// The chords to play; `None` if they are off, or if the text is not a valid progression.
    #[must_use]
    pub fn backing(&self) -> Option<Arc<Backing>> {
        if !self.on {
            return None;
        }
        Some(Arc::new(Backing {
            progression: self.text.parse().ok()?,
            velocity: self.velocity,
            channel: self.channel,
        }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn chords_are_off_at_first_and_numbers_of_a_file_are_clamped() {
        let chords = ChordSettings::default();
        assert_eq!(chords.backing(), None);
        let on = ChordSettings { on: true, ..chords };
        assert_eq!(on.backing().unwrap().progression.bars(), 4);
        let stored = r#"{"on": true, "text": "Hx", "velocity": 0, "channel": 99}"#;
        let damaged: ChordSettings = serde_json::from_str(stored).unwrap();
        assert_eq!(damaged.backing(), None);
        let clamped = damaged.clamped();
        assert_eq!((clamped.velocity, clamped.channel), (1, 16));
    }
}
