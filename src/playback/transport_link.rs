//! The transport that is to be followed: opened by the device thread, read by the clock thread.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    thread_messages::{ClockMessage, ClockSender},
    transport::Transport,
};

/// Whether a transport is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransportState {
    /// Whether the user wants it to be followed.
    pub follows: bool,
    /// Whether one is open.
    pub connected: bool,
    /// The problem and what to do about it, in one sentence.
    pub problem: Option<String>,
}

/// [`TransportState`] as the window reads it.
#[derive(Debug, Default)]
pub(super) struct SharedTransportState(Mutex<TransportState>);

impl SharedTransportState {
    pub fn get(&self) -> TransportState {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, TransportState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The transport as the device thread keeps it. Only [`Self::poll`] opens one.
#[derive(Debug)]
pub(super) struct TransportLink {
    epoch: Instant,
    clock: ClockSender,
    status: Arc<SharedTransportState>,
}

impl TransportLink {
    pub fn new(epoch: Instant, clock: ClockSender, status: Arc<SharedTransportState>) -> Self {
        Self {
            epoch,
            clock,
            status,
        }
    }

    /// Follows the transport from now on, or not; opens it at once if there is MIDI.
    pub fn follow(&self, follows: bool, has_midi: bool) {
        let previous = self.status.get();
        if previous.follows == follows {
            return;
        }
        *self.status.lock() = TransportState {
            follows,
            ..TransportState::default()
        };
        if follows && has_midi {
            self.poll();
        } else if !follows {
            self.clock.send_blocking(ClockMessage::Transport(None));
        }
    }

    /// Marks the transport as lost, so that [`Self::poll`] opens it again.
    pub fn mark_lost(&self) {
        self.status.lock().connected = false;
    }

    /// Opens the transport if it is to be followed and is not open. To be called about once a second.
    pub fn poll(&self) {
        let state = self.status.get();
        if !state.follows || state.connected {
            return;
        }
        match open_transport(self.epoch) {
            Ok(transport) => {
                self.clock
                    .send_blocking(ClockMessage::Transport(Some(transport)));
                let mut state = self.status.lock();
                (state.connected, state.problem) = (true, None);
            }
            Err(problem) => self.status.lock().problem = Some(problem),
        }
    }
}

/// The transport of the running JACK server. Times are since `epoch`.
///
/// # Errors
/// Why there is none, in one sentence that says what to do.
#[cfg(feature = "jack")]
fn open_transport(epoch: Instant) -> Result<Box<dyn Transport>, String> {
    let transport = super::jack_transport::JackTransport::open(epoch)?;
    Ok(Box::new(transport))
}

/// Always an error, in a build without JACK.
#[cfg(not(feature = "jack"))]
fn open_transport(_epoch: Instant) -> Result<Box<dyn Transport>, String> {
    Err("This program was built without JACK: build it with the feature \"jack\".".to_owned())
}
