//! One dialog at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sets the flag of an open dialog until it is dropped: when the user has answered, also when the thread that asks panics.
#[derive(Default)]
pub struct DialogGuard(Arc<AtomicBool>);

impl DialogGuard {
    /// `None` if another dialog has this flag.
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
