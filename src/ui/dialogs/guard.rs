//! A guard that allows one dialog at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps the flag of an open dialog set. It is dropped when the user has answered, or when the asking thread panics.
#[derive(Default)]
pub struct DialogGuard(Arc<AtomicBool>);

impl DialogGuard {
    /// Sets the flag; `None` if it was set already, by another dialog.
    #[must_use]
    pub fn new(is_open: &Arc<AtomicBool>) -> Option<Self> {
        let was_open = is_open.swap(true, Ordering::AcqRel);
        (!was_open).then(|| Self(Arc::clone(is_open)))
    }
}

impl Drop for DialogGuard {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
