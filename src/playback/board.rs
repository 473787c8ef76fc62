//! What the device thread has to say to the window.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::output::OutputState;

/// Notices kept when nobody takes them.
const MOST_NOTICES: usize = 64;

/// What the device thread tells the window. Never touched by the clock thread.
#[derive(Debug, Default)]
pub(super) struct Board {
    state: Mutex<OutputState>,
    ports: Mutex<Vec<String>>,
    notices: Mutex<VecDeque<String>>,
}

impl Board {
    pub fn set_state(&self, state: OutputState) {
        *lock(&self.state) = state;
    }

    pub fn set_ports(&self, ports: Vec<String>) {
        *lock(&self.ports) = ports;
    }

    pub fn notice(&self, text: String) {
        tracing::info!("{text}");
        let mut notices = lock(&self.notices);
        if notices.len() == MOST_NOTICES {
            notices.pop_front();
        }
        notices.push_back(text);
    }

    pub fn state(&self) -> OutputState {
        lock(&self.state).clone()
    }

    pub fn ports(&self) -> Vec<String> {
        lock(&self.ports).clone()
    }

    pub fn take_notices(&self) -> Vec<String> {
        lock(&self.notices).drain(..).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
