//! Control of a run of fine-tuning from another thread: pausing and ending it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An order to a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FineTuneOrder {
    /// Train.
    #[default]
    Continue,
    /// Wait for another order.
    Pause,
    /// End now, and keep the best weights.
    Stop,
    /// End now, and leave the files as they are, to resume later.
    Interrupt,
    /// End now, and remove everything.
    Cancel,
}

/// The order of a run, which it checks after each training step, and the time for which it was paused.
#[derive(Debug, Default)]
pub struct FineTuneControl {
    state: Mutex<(FineTuneOrder, Duration)>,
    changed: Condvar,
}

impl FineTuneControl {
    /// Sets the order, unless it is [`FineTuneOrder::Interrupt`] or [`FineTuneOrder::Cancel`] already.
    pub fn set(&self, order: FineTuneOrder) {
        let mut state = self.lock();
        let is_final = matches!(state.0, FineTuneOrder::Interrupt | FineTuneOrder::Cancel);
        if !is_final {
            state.0 = order;
        }
        self.changed.notify_all();
    }

    /// The order.
    pub fn order(&self) -> FineTuneOrder {
        self.lock().0
    }

    /// Waits while the run is paused. Returns whether it is to end without a result.
    pub fn wait(&self) -> bool {
        let mut state = self.lock();
        while state.0 == FineTuneOrder::Pause {
            let start = Instant::now();
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.1 += start.elapsed();
        }
        matches!(state.0, FineTuneOrder::Interrupt | FineTuneOrder::Cancel)
    }

    /// Total time for which the run has been paused.
    pub fn time_paused(&self) -> Duration {
        self.lock().1
    }

    fn lock(&self) -> MutexGuard<'_, (FineTuneOrder, Duration)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
