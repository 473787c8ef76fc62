//! State and notices of the outputs, from the device thread to the window.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use super::{
    input::{SharedInputState, lock},
    osc_output::OscOutbox,
    output::OutputState,
    priority::{Priorities, PriorityCell},
    synth::SoundDevice,
    transport_link::SharedTransportState,
};

/// Maximum number of waiting notices; older ones are dropped.
const MAX_NOTICES: usize = 64;

/// State and notices, written by the device thread and read by the window. Not used by the clock thread, which may not wait for a
/// lock.
#[derive(Default)]
pub(super) struct SharedOutputState {
    state: Mutex<OutputState>,
    ports: Mutex<Vec<String>>,
    /// Id of the open port.
    port_id: Mutex<Option<String>>,
    sound_devices: Mutex<Vec<SoundDevice>>,
    notices: Mutex<VecDeque<String>>,
    /// The MIDI input.
    pub input: Arc<SharedInputState>,
    /// Messages to be sent by OSC.
    pub osc: Arc<OscOutbox>,
    /// State of the followed transport.
    pub transport: Arc<SharedTransportState>,
    /// Priority of the clock thread.
    pub clock_priority: Arc<PriorityCell>,
    /// Priority of the thread that fills the sound device.
    pub sound_priority: Arc<PriorityCell>,
}

impl std::fmt::Debug for SharedOutputState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedOutputState").finish_non_exhaustive()
    }
}

impl SharedOutputState {
    pub fn set_state(&self, state: OutputState) {
        *lock(&self.state) = state;
    }

    pub fn set_ports(&self, ports: Vec<String>) {
        *lock(&self.ports) = ports;
    }

    pub fn set_port_id(&self, id: Option<String>) {
        *lock(&self.port_id) = id;
    }

    pub fn set_sound_devices(&self, devices: Vec<SoundDevice>) {
        *lock(&self.sound_devices) = devices;
    }

    pub fn notice(&self, text: String) {
        tracing::info!("{text}");
        let mut notices = lock(&self.notices);
        if notices.len() == MAX_NOTICES {
            notices.pop_front();
        }
        notices.push_back(text);
    }

    /// Requests priorities for the threads that could not raise themselves. May take some seconds, once.
    pub fn retry_priorities(&self) {
        self.clock_priority.retry();
        self.sound_priority.retry();
    }

    /// Priorities of the clock thread and the sound thread.
    pub fn priorities(&self) -> Priorities {
        Priorities {
            clock: self.clock_priority.get(),
            sound: self.sound_priority.get(),
        }
    }

    pub fn state(&self) -> OutputState {
        lock(&self.state).clone()
    }

    pub fn ports(&self) -> Vec<String> {
        lock(&self.ports).clone()
    }

    pub fn port_id(&self) -> Option<String> {
        lock(&self.port_id).clone()
    }

    pub fn sound_devices(&self) -> Vec<SoundDevice> {
        lock(&self.sound_devices).clone()
    }

    pub fn take_notices(&self) -> Vec<String> {
        lock(&self.notices).drain(..).collect()
    }
}
