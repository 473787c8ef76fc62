//! State and messages of the MIDI input, from its threads to the window.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use super::{
    lock::lock,
    message::{InputMessage, OscCommand},
    osc_state::SharedOscState,
};

/// Maximum number of pending messages; older ones are dropped.
const MAX_PENDING: usize = 256;

/// Callback after a message was added, called on the thread of the input.
type Waker = Arc<dyn Fn() + Send + Sync>;

/// State of the chosen MIDI input port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputState {
    /// Name of the chosen port; `None` for no input.
    pub selected_port: Option<String>,
    /// Whether the port is open.
    pub connected: bool,
    /// The problem and what to do about it, in one sentence; `None` while there is none.
    pub problem: Option<String>,
}

/// State and pending messages of the inputs: written by the device thread and the threads of the inputs, read by the window. Every
/// method may be called from any thread.
#[derive(Default)]
pub(in crate::playback) struct SharedInputState {
    state: Mutex<InputState>,
    ports: Mutex<Vec<String>>,
    pending: Mutex<VecDeque<InputMessage>>,
    waker: Mutex<Option<Waker>>,
    /// Whether the clock of the input is followed.
    follows_clock: AtomicBool,
    /// Bits of the followed tempo, quarter notes per minute; 0 while there is none.
    tempo: AtomicU64,
    /// State of the OSC ports.
    pub osc: SharedOscState,
}

impl SharedInputState {
    /// Sets whether the clock of the MIDI input is followed; if not, there is no followed tempo either.
    pub fn set_follows_clock(&self, follows: bool) {
        self.follows_clock.store(follows, Relaxed);
        if !follows {
            self.set_tempo(None);
        }
    }

    /// Whether the clock of the MIDI input is followed.
    pub fn follows_clock(&self) -> bool {
        self.follows_clock.load(Relaxed)
    }

    /// Sets the followed tempo, quarter notes per minute; `None` while no clock is followed. Takes no lock, for the clock thread.
    pub fn set_tempo(&self, tempo: Option<f64>) {
        self.tempo.store(tempo.map_or(0, f64::to_bits), Relaxed);
    }

    /// The followed tempo, quarter notes per minute; `None` while there is none.
    pub fn tempo(&self) -> Option<f64> {
        let bits = self.tempo.load(Relaxed);
        (bits != 0).then(|| f64::from_bits(bits))
    }

    /// Replaces the state of the MIDI input port.
    pub fn set_state(&self, state: InputState) {
        *lock(&self.state) = state;
    }

    /// Replaces the names of the available MIDI inputs.
    pub fn set_ports(&self, ports: Vec<String>) {
        *lock(&self.ports) = ports;
    }

    /// Sets a callback that is called after each message, on the thread of its input.
    pub fn set_waker(&self, waker: Waker) {
        *lock(&self.waker) = Some(waker);
    }

    /// Adds a message; if too many are pending, the oldest is dropped. A movement of a control, or a play position, replaces the
    /// newest pending message if that is of the same control, and no earlier one.
    pub fn push(&self, message: InputMessage) {
        let mut pending = lock(&self.pending);
        match pending.back_mut() {
            Some(last) if is_same_control(last, &message) => *last = message,
            _ => {
                if pending.len() == MAX_PENDING {
                    pending.pop_front();
                }
                pending.push_back(message);
            }
        }
        drop(pending);
        let waker = lock(&self.waker).clone();
        if let Some(waker) = waker {
            waker();
        }
    }

    /// State of the MIDI input port.
    pub fn state(&self) -> InputState {
        lock(&self.state).clone()
    }

    /// Names of the available MIDI inputs.
    pub fn ports(&self) -> Vec<String> {
        lock(&self.ports).clone()
    }

    /// Removes and returns the pending messages, oldest first.
    pub fn take_messages(&self) -> Vec<InputMessage> {
        lock(&self.pending).drain(..).collect()
    }
}

/// Whether both messages are movements of one control, or both are play positions.
fn is_same_control(a: &InputMessage, b: &InputMessage) -> bool {
    use InputMessage::{Control, Osc};
    match (a, b) {
        (
            Control {
                channel,
                controller,
                ..
            },
            Control {
                channel: other_channel,
                controller: other,
                ..
            },
        ) => (channel, controller) == (other_channel, other),
        (Osc(OscCommand::PlayPosition(_)), Osc(OscCommand::PlayPosition(_))) => true,
        _ => false,
    }
}
