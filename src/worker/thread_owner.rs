//! The owner of a thread: ends it within a time limit when dropped.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Maximum time to wait on exit for all threads together.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(700);

/// A function that cancels the current work of a thread. May be called from any thread.
pub type StopFn = Arc<dyn Fn() + Send + Sync>;

/// A thread with a sender `S` of its messages and a receiver of its reports `R`.
pub(super) struct ThreadOwner<S, R> {
    name: &'static str,
    sender: Option<S>,
    reports: Option<Receiver<R>>,
    stop_fn: StopFn,
    /// Maximum time to wait for the thread when dropped.
    timeout: Duration,
    thread: Option<JoinHandle<()>>,
}

impl<S, R> ThreadOwner<S, R> {
    /// Starts a thread that runs until its queue of messages is closed.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub(super) fn start(
        name: &'static str,
        sender: S,
        reports: Receiver<R>,
        stop_fn: StopFn,
        run: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)?;
        Ok(Self {
            name,
            sender: Some(sender),
            reports: Some(reports),
            stop_fn,
            timeout: SHUTDOWN_TIMEOUT,
            thread: Some(thread),
        })
    }

    /// Sets the maximum time to wait for the thread when dropped.
    pub(super) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The name of the thread.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The sender of messages, until the thread is closed.
    pub(super) fn sender(&self) -> Option<&S> {
        self.sender.as_ref()
    }

    /// The next report, if there is one. Never waits.
    pub(super) fn poll(&self) -> Option<R> {
        self.reports.as_ref()?.try_recv().ok()
    }

    /// Returns a function that cancels the current work and may be called from any thread.
    pub(super) fn stop_fn(&self) -> StopFn {
        Arc::clone(&self.stop_fn)
    }

    /// Cancels the current work and tells the thread to end, without waiting for it.
    pub(super) fn close(&mut self) {
        (self.stop_fn)();
        // Both ends are closed before joining, as the thread may be waiting on either.
        self.sender = None;
        self.reports = None;
    }

    /// Ends the thread, and waits for it until the deadline at most. A thread in a step that cannot be
    /// interrupted keeps running until the process ends.
    pub(super) fn join(&mut self, deadline: Instant) {
        self.close();
        let Some(thread) = self.thread.take() else {
            return;
        };
        let name = self.name;
        while !thread.is_finished() {
            if Instant::now() > deadline {
                tracing::warn!(
                    "the thread of the {name} did not end in time; it is left to the end of the process"
                );
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        if thread.join().is_err() {
            tracing::error!("the thread of the {name} ended in a panic");
        }
    }
}

impl<S, R> Drop for ThreadOwner<S, R> {
    fn drop(&mut self) {
        self.join(Instant::now() + self.timeout);
    }
}
