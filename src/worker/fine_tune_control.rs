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
    /// Sets the order. [`FineTuneOrder::Interrupt`] and [`FineTuneOrder::Cancel`] are final; [`FineTuneOrder::Stop`] is replaced by
    /// these alone.
    pub fn set(&self, order: FineTuneOrder) {
        let mut state = self.lock();
        let ends_without_result =
            |order| matches!(order, FineTuneOrder::Interrupt | FineTuneOrder::Cancel);
        let is_final = match state.0 {
            FineTuneOrder::Stop => !ends_without_result(order),
            present => ends_without_result(present),
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_to_end_neither_pauses_nor_continues() {
        use FineTuneOrder::{Cancel, Continue, Interrupt, Pause, Stop};
        for (orders, expected) in [
            (&[Pause, Continue][..], Continue),
            (&[Stop, Pause], Stop),
            (&[Stop, Continue], Stop),
            (&[Pause, Stop, Pause], Stop),
            // The window closes, or the user discards the run after all.
            (&[Stop, Interrupt], Interrupt),
            (&[Stop, Cancel, Continue], Cancel),
            (&[Interrupt, Cancel], Interrupt),
        ] {
            let control = FineTuneControl::default();
            orders.iter().for_each(|order| control.set(*order));
            assert_eq!(control.order(), expected, "{orders:?}");
        }
    }
}
