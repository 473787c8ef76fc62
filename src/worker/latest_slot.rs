//! A slot between two threads that holds only the latest request.

use std::sync::{Arc, Mutex, PoisonError};

/// The slot, shared by its clones.
pub(super) struct LatestSlot<T>(Arc<Mutex<Option<T>>>);

impl<T> Default for LatestSlot<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for LatestSlot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> LatestSlot<T> {
    /// Replaces the request. True if the slot was empty, so that its reader has to be woken.
    pub(super) fn replace(&self, request: T) -> bool {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.replace(request).is_none()
    }

    /// Takes the request out of the slot.
    pub(super) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
