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

/// Maximum number of waiting messages; older ones are dropped.
const MAX_WAITING: usize = 256;

/// Called when a message waits.
type Waker = Arc<dyn Fn() + Send + Sync>;

/// State of the chosen input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputState {
    /// The chosen port; `None` for no input.
    pub choice: Option<String>,
    /// Whether its messages arrive.
    pub connected: bool,
    /// The problem and what to do about it, in one sentence.
    pub message: Option<String>,
}

/// Written by the device thread and the threads of inputs, read by the window.
#[derive(Default)]
pub(in crate::playback) struct SharedInputState {
    state: Mutex<InputState>,
    ports: Mutex<Vec<String>>,
    waiting: Mutex<VecDeque<InputMessage>>,
    waker: Mutex<Option<Waker>>,
    /// Whether the clock of the input is followed.
    follows_clock: AtomicBool,
    /// Bits of the followed tempo, quarter notes per minute; 0 while there is none.
    tempo: AtomicU64,
    /// Of the ports of OSC.
    pub osc: SharedOscState,
}

impl SharedInputState {
    pub fn set_follows_clock(&self, follows: bool) {
        self.follows_clock.store(follows, Relaxed);
        if !follows {
            self.set_tempo(None);
        }
    }

    pub fn follows_clock(&self) -> bool {
        self.follows_clock.load(Relaxed)
    }

    /// Sets the followed tempo. For the clock thread: waits for nothing.
    pub fn set_tempo(&self, tempo: Option<f64>) {
        self.tempo.store(tempo.map_or(0, f64::to_bits), Relaxed);
    }

    pub fn tempo(&self) -> Option<f64> {
        let bits = self.tempo.load(Relaxed);
        (bits != 0).then(|| f64::from_bits(bits))
    }

    pub fn set_state(&self, state: InputState) {
        *lock(&self.state) = state;
    }

    pub fn set_ports(&self, ports: Vec<String>) {
        *lock(&self.ports) = ports;
    }

    /// Sets what is called when a message waits, from the thread of the input.
    pub fn set_waker(&self, waker: Waker) {
        *lock(&self.waker) = Some(waker);
    }

    /// Adds a message. Of a control or puck that moves, only the last position waits.
    pub fn push(&self, message: InputMessage) {
        let mut waiting = lock(&self.waiting);
        match waiting.back_mut() {
            Some(last) if is_same_control(last, &message) => *last = message,
            _ => {
                if waiting.len() == MAX_WAITING {
                    waiting.pop_front();
                }
                waiting.push_back(message);
            }
        }
        drop(waiting);
        let waker = lock(&self.waker).clone();
        if let Some(waker) = waker {
            waker();
        }
    }

    pub fn state(&self) -> InputState {
        lock(&self.state).clone()
    }

    pub fn ports(&self) -> Vec<String> {
        lock(&self.ports).clone()
    }

    pub fn take(&self) -> Vec<InputMessage> {
        lock(&self.waiting).drain(..).collect()
    }
}

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
        (Osc(OscCommand::Puck(_)), Osc(OscCommand::Puck(_))) => true,
        _ => false,
    }
}
