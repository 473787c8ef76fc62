//! Pausing, stopping and ending a run of fine-tuning from another thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a run is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FineTuneOrder {
    /// Train.
    #[default]
    GoOn,
    /// Wait.
    Pause,
    /// End now, and keep the best weights.
    Stop,
    /// End now, and leave the files as they are, to go on later.
    Interrupt,
    /// End now, and remove everything.
    Cancel,
}

/// The order of a run, which it looks at after each step.
#[derive(Debug, Default)]
pub struct FineTuneControl {
    state: Mutex<(FineTuneOrder, Duration)>,
    changed: Condvar,
}

impl FineTuneControl {
    /// Gives an order. One to end cannot be taken back.
    pub fn set(&self, order: FineTuneOrder) {
        let mut state = self.lock();
        let ends = matches!(state.0, FineTuneOrder::Interrupt | FineTuneOrder::Cancel);
        if !ends {
            state.0 = order;
        }
        self.changed.notify_all();
    }

    /// The order.
    pub fn order(&self) -> FineTuneOrder {
        self.lock().0
    }

    /// Waits while the run is paused; then whether it ends without a result.
    pub fn wait(&self) -> bool {
        let mut state = self.lock();
        while state.0 == FineTuneOrder::Pause {
            let began = Instant::now();
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.1 += began.elapsed();
        }
        matches!(state.0, FineTuneOrder::Interrupt | FineTuneOrder::Cancel)
    }

    /// Time for which the run was paused so far.
    pub fn time_paused(&self) -> Duration {
        self.lock().1
    }

    fn lock(&self) -> MutexGuard<'_, (FineTuneOrder, Duration)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
