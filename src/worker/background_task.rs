//! One answer that takes longer than a frame, found in a thread of its own.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use super::Repaint;

/// An answer on its way. Dropped, it is not waited for: the thread finishes and nobody hears it.
pub struct BackgroundTask<T>(Receiver<T>);

impl<T: Send + 'static> BackgroundTask<T> {
    /// Starts to look for the answer; the window is drawn again once it is there.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        name: &str,
        repaint: Repaint,
        find: impl FnOnce() -> T + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tell, answer) = channel();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                tell.send(find()).ok();
                // Before the window looks, so that it never finds a thread that will say no more but has not ended.
                drop(tell);
                repaint();
            })?;
        Ok(Self(answer))
    }

    /// The answer, once. `Err` says that there will be none any more.
    ///
    /// # Errors
    /// When the answer has been taken, or the thread ended without one.
    pub fn poll(&self) -> Result<Option<T>, TaskEnded> {
        match self.0.try_recv() {
            Ok(answer) => Ok(Some(answer)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(TaskEnded),
        }
    }
}

/// There will be no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEnded;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn the_answer_comes_once_and_the_window_is_told() {
        let (tell, told) = sync_channel(1);
        let repaint: Repaint = Arc::new(move || tell.send(()).unwrap());
        let task = BackgroundTask::start("test", repaint, || 42).unwrap();
        told.recv().unwrap();
        assert_eq!(task.poll(), Ok(Some(42)));
        assert_eq!(task.poll(), Err(TaskEnded));
    }
}
