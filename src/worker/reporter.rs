//! Reports from a thread to the window.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

/// Requests a repaint of the window. Called after every report, from the reporting thread.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// Sends reports, and repaints the window after each.
pub(super) struct Reporter<R> {
    pub(super) sender: SyncSender<R>,
    pub(super) repaint: Repaint,
}

impl<R> Clone for Reporter<R> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            repaint: Arc::clone(&self.repaint),
        }
    }
}

impl<R> Reporter<R> {
    /// Sends a report; waits while the queue is full. False once the window is closed.
    pub(super) fn send(&self, report: R) -> bool {
        let sent = self.sender.send(report).is_ok();
        if sent {
            (self.repaint)();
        }
        sent
    }

    /// Sends a report that is left out if the queue is full. False once the window is closed.
    pub(super) fn try_send(&self, report: R) -> bool {
        match self.sender.try_send(report) {
            Ok(()) => (self.repaint)(),
            Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Disconnected(_)) => return false,
        }
        true
    }
}
