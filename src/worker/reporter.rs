//! Reports from a thread to the window.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

/// Requests a repaint of the window. Called after every report, from the reporting thread.
pub type Repaint = Arc<dyn Fn(Urgency) + Send + Sync>;

/// How soon the window has to show a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// In the next frame: a result that the user waits for.
    Now,
    /// In one of the next frames: progress, of which more comes soon. Where the processor draws, each frame takes time from
    /// the work that is reported.
    Progress,
}

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
    pub(super) fn send(&self, report: R, urgency: Urgency) -> bool {
        let sent = self.sender.send(report).is_ok();
        if sent {
            (self.repaint)(urgency);
        }
        sent
    }

    /// Sends progress that is left out if the queue is full. False once the window is closed.
    pub(super) fn try_send(&self, report: R) -> bool {
        match self.sender.try_send(report) {
            Ok(()) => (self.repaint)(Urgency::Progress),
            Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Disconnected(_)) => return false,
        }
        true
    }
}
