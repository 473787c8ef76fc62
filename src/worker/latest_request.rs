//! A thread whose latest request counts: older ones stop at their next look, and what they send is not heard any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Repaint;
use crate::panics::catch_panic;

/// A handle on the thread; dropping it stops the thread.
pub(super) struct LatestRequestThread<W, R> {
    name: &'static str,
    requests: Option<Sender<(u64, W)>>,
    reports: Option<Receiver<(u64, R)>>,
    latest: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl<W: Send + 'static, R: Send + 'static> LatestRequestThread<W, R> {
    /// Starts the thread, which serves requests until the queue ends. Up to `waiting` reports may wait to be taken.
    ///
    /// A panic in `serve` becomes the report that `stopped` makes of its text, and the thread serves the next request.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        name: &'static str,
        waiting: usize,
        repaint: Repaint,
        mut serve: impl FnMut(u64, W, &RequestReporter<R>) + Send + 'static,
        stopped: impl Fn(String) -> R + Send + 'static,
    ) -> std::io::Result<Self> {
        let (requests, queue): (_, Receiver<(u64, W)>) = channel();
        let (sender, reports) = sync_channel(waiting);
        let latest = Arc::new(AtomicU64::new(0));
        let reporter = RequestReporter {
            sender,
            repaint,
            latest: Arc::clone(&latest),
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok((number, request)) = queue.recv() {
                    if let Err(panic) = catch_panic(|| serve(number, request, &reporter)) {
                        tracing::error!("the thread of the {name} caught a panic: {panic}");
                        reporter.send(number, stopped(panic));
                    }
                }
            })?;
        Ok(Self {
            name,
            requests: Some(requests),
            reports: Some(reports),
            latest,
            thread: Some(thread),
        })
    }

    /// Asks for something; whatever was asked for before is given up. Returns the number of its reports.
    pub(super) fn request(&mut self, request: W) -> u64 {
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        self.send(number, request);
        number
    }

    /// Asks for more of what was asked for last.
    pub(super) fn extend(&self, request: W) {
        self.send(self.latest.load(Ordering::Relaxed), request);
    }

    fn send(&self, number: u64, request: W) {
        if let Some(requests) = &self.requests
            && requests.send((number, request)).is_err()
        {
            tracing::error!("the thread of the {} is gone", self.name);
        }
    }
}

impl<W, R> LatestRequestThread<W, R> {
    /// Gives up whatever is under way.
    pub(super) fn stop(&self) {
        self.latest.fetch_add(1, Ordering::Relaxed);
    }

    /// Does what [`LatestRequestThread::stop`] does, from any thread.
    pub(super) fn stopper(&self) -> impl Fn() + Send + Sync + use<W, R> {
        let latest = Arc::clone(&self.latest);
        move || {
            latest.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The next report on what was asked for last, if there is one. Never waits.
    pub(super) fn poll(&self) -> Option<R> {
        let latest = self.latest.load(Ordering::Relaxed);
        loop {
            let (number, report) = self.reports.as_ref()?.try_recv().ok()?;
            if number == latest {
                return Some(report);
            }
        }
    }
}

impl<W, R> LatestRequestThread<W, R> {
    /// Tells the thread to end, without waiting for it.
    pub(super) fn close(&mut self) {
        self.stop();
        // Both ends go before joining: the thread may be waiting on either.
        self.requests = None;
        self.reports = None;
    }

    /// Ends the thread, and waits for it until the deadline at most.
    pub(super) fn join(&mut self, deadline: Instant) {
        self.close();
        if let Some(thread) = self.thread.take() {
            join_until(thread, self.name, deadline);
        }
    }
}

impl<W, R> Drop for LatestRequestThread<W, R> {
    fn drop(&mut self) {
        self.join(Instant::now() + SHUTDOWN_TIMEOUT);
    }
}

/// How long closing the program waits for its threads, all together.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(700);

/// Waits for a thread's end, but no longer than until the deadline; a thread that is inside a step it cannot leave is
/// left to the end of the process.
pub(super) fn join_until(thread: JoinHandle<()>, name: &str, deadline: Instant) {
    while !thread.is_finished() {
        if Instant::now() > deadline {
            tracing::warn!(
                "leaving the thread of the {name} behind, it is in the middle of a step"
            );
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    if thread.join().is_err() {
        tracing::error!("the thread of the {name} ended in a panic");
    }
}

/// The thread's side.
pub(super) struct RequestReporter<R> {
    sender: SyncSender<(u64, R)>,
    repaint: Repaint,
    latest: Arc<AtomicU64>,
}

impl<R> RequestReporter<R> {
    /// Whether this request is still the latest.
    pub(super) fn is_current(&self, number: u64) -> bool {
        self.latest.load(Ordering::Relaxed) == number
    }

    /// Reports, and waits for room if need be.
    pub(super) fn send(&self, number: u64, report: R) {
        if self.sender.send((number, report)).is_ok() {
            (self.repaint)();
        }
    }

    /// Reports what may be left out where the window is behind. False once the window is gone.
    pub(super) fn try_send(&self, number: u64, report: R) -> bool {
        match self.sender.try_send((number, report)) {
            Ok(()) => (self.repaint)(),
            Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Disconnected(_)) => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_panic_is_told_and_the_next_request_is_served() {
        let serve = |number, request: u32, reporter: &RequestReporter<Result<u32, String>>| {
            assert!(request != 13, "unlucky");
            reporter.send(number, Ok(request));
        };
        let mut thread =
            LatestRequestThread::start("test", 8, Arc::new(|| {}), serve, Err).unwrap();
        let mut answers = Vec::new();
        for request in [12, 13, 14] {
            thread.request(request);
            let give_up = Instant::now() + Duration::from_secs(20);
            while Instant::now() < give_up {
                if let Some(answer) = thread.poll() {
                    answers.push(answer);
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        assert_eq!(answers, [Ok(12), Err("unlucky".to_owned()), Ok(14)]);
    }
}
