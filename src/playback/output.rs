//! The outputs a player can have, and what the window is told about them.

use serde::{Deserialize, Serialize};

use super::{
    message::{Event, Sink},
    midi_port::MidiPort,
    synth::SynthQueue,
};

/// Where the notes go, as the user chose it. Safe to store: a port is meant by its name, whether or not it is there today.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputChoice {
    /// The built-in synth on the system's default sound device.
    #[default]
    Synth,
    /// The MIDI port of this name, as listed by [`super::Player::ports`].
    Port(String),
    /// Nowhere; the playhead still moves.
    Silent,
}

/// How the chosen output is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputState {
    /// What the user chose.
    pub wanted: OutputChoice,
    /// True when notes reach it.
    pub connected: bool,
    /// What stands in the way and what to do about it, in one sentence; `None` when all is well or it is being opened.
    pub message: Option<String>,
}

/// An opened output.
#[derive(Debug)]
pub(super) enum Output {
    Silent,
    Synth(SynthQueue),
    Port(MidiPort),
    /// Writes down what it is told, and when.
    #[cfg(test)]
    Probe(std::sync::mpsc::Sender<(Event, std::time::Instant)>),
}

impl Sink for Output {
    fn send(&mut self, event: Event) -> Result<(), String> {
        match self {
            Self::Silent => Ok(()),
            Self::Synth(queue) => {
                queue.push(event);
                Ok(())
            }
            Self::Port(port) => port.send(event.message),
            #[cfg(test)]
            Self::Probe(list) => list
                .send((event, std::time::Instant::now()))
                .map_err(|_closed| "the probe is gone".to_owned()),
        }
    }
}
