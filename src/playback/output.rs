//! The outputs of a player, and their state.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{
    message::{Event, Sink},
    midi_port::MidiPort,
    priority::Priorities,
    synth::queue::SynthQueue,
};

/// An output chosen by the user. A port is stored by its name and need not be present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputChoice {
    /// The built-in synth on the system's default sound device.
    #[default]
    Synth,
    /// The MIDI port of this name, as listed by [`super::Player::ports`].
    Port(String),
    /// No output; the playhead still moves.
    Silent,
}

/// State of the chosen output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputState {
    /// The chosen output.
    pub choice: OutputChoice,
    /// Whether notes reach it.
    pub connected: bool,
    /// Time from an event to its sound on the built-in synth, beyond what the device itself takes; `None` for other outputs.
    pub latency: Option<Duration>,
    /// Frames per block of the built-in synth, if smaller blocks left gaps in the sound and were enlarged.
    pub enlarged_block: Option<u32>,
    /// Priorities of the clock thread and the sound thread; that of the sound thread is unknown unless the synth is the output.
    pub priorities: Priorities,
    /// The problem and what to do about it, in one sentence; `None` without a problem, or while it is being opened.
    pub message: Option<String>,
}

/// An opened output.
#[derive(Debug)]
pub(super) enum Output {
    Silent,
    Synth(SynthQueue),
    Port(Box<MidiPort>),
    /// Sends every event and its time to a test.
    #[cfg(test)]
    TestSink(std::sync::mpsc::Sender<(Event, std::time::Instant)>),
}

impl Sink for Output {
    fn send(&mut self, event: Event) -> Result<(), String> {
        match self {
            Self::Silent => Ok(()),
            Self::Synth(_) if event.message.is_clock() => Ok(()),
            Self::Synth(queue) => {
                queue.push(event);
                Ok(())
            }
            Self::Port(port) => port.send(event),
            #[cfg(test)]
            Self::TestSink(events) => events
                .send((event, std::time::Instant::now()))
                .map_err(|_closed| "the probe was dropped".to_owned()),
        }
    }

    fn next_deadline(&self) -> Option<Duration> {
        match self {
            Self::Port(port) => port.next_deadline(),
            _ => None,
        }
    }

    fn advance(&mut self, now: Duration) -> Result<(), String> {
        match self {
            Self::Port(port) => port.advance(now),
            _ => Ok(()),
        }
    }
}

impl Output {
    /// Sends the remaining groups of a panic, which takes less than a tenth of a second. Only for the device thread.
    pub fn finish_panic(&mut self, epoch: Instant) {
        while let Some(due) = self.next_deadline() {
            std::thread::sleep(due.saturating_sub(epoch.elapsed()));
            if let Err(reason) = self.advance(epoch.elapsed()) {
                tracing::info!("an output was not silenced: {reason}");
            }
        }
    }
}
