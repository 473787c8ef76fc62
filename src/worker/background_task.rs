//! A computation that takes longer than a frame, on its own thread.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use super::reporter::{Repaint, Urgency};

/// A running computation. When dropped, the thread finishes and its result is discarded.
pub struct BackgroundTask<T>(Receiver<T>);

impl<T: Send + 'static> BackgroundTask<T> {
    /// Starts the computation; the window is repainted once it has finished.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        name: &str,
        repaint: Repaint,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, result) = channel();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                sender.send(compute()).ok();
                // Before the repaint, so that `poll` then finds a closed channel.
                drop(sender);
                repaint(Urgency::Now);
            })?;
        Ok(Self(result))
    }

    /// Returns the result once the computation has finished; `None` before.
    ///
    /// # Errors
    /// If the result was taken already, or the thread ended without one.
    pub fn poll(&self) -> Result<Option<T>, TaskEnded> {
        match self.0.try_recv() {
            Ok(result) => Ok(Some(result)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(TaskEnded),
        }
    }
}

/// The task has no result to return: it was taken already, or the thread ended without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEnded;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn the_result_is_returned_once_and_the_window_is_repainted() {
        let (sender, repainted) = sync_channel(1);
        let repaint: Repaint = Arc::new(move |_| sender.send(()).unwrap());
        let task = BackgroundTask::start("test", repaint, || 42).unwrap();
        repainted.recv().unwrap();
        assert_eq!(task.poll(), Ok(Some(42)));
        assert_eq!(task.poll(), Err(TaskEnded));
    }
}
