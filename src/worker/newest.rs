//! A thread whose newest request counts: older ones stop at their next look, and what they say is not heard any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Repaint;
use crate::panics::caught;

/// A handle on the thread; dropping it stops the thread.
pub(super) struct Newest<W, R> {
    name: &'static str,
    wishes: Option<Sender<(u64, W)>>,
    reports: Option<Receiver<(u64, R)>>,
    newest: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl<W: Send + 'static, R: Send + 'static> Newest<W, R> {
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
        mut serve: impl FnMut(u64, W, &Desk<R>) + Send + 'static,
        stopped: impl Fn(String) -> R + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wishes, queue): (_, Receiver<(u64, W)>) = channel();
        let (line, reports) = sync_channel(waiting);
        let newest = Arc::new(AtomicU64::new(0));
        let desk = Desk {
            line,
            repaint,
            newest: Arc::clone(&newest),
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok((number, wish)) = queue.recv() {
                    if let Err(panic) = caught(|| serve(number, wish, &desk)) {
                        tracing::error!("the thread of the {name} caught a panic: {panic}");
                        desk.say(number, stopped(panic));
                    }
                }
            })?;
        Ok(Self {
            name,
            wishes: Some(wishes),
            reports: Some(reports),
            newest,
            thread: Some(thread),
        })
    }

    /// Asks for something; whatever was asked for before is given up. Returns the number of its reports.
    pub(super) fn ask(&mut self, wish: W) -> u64 {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        self.send(number, wish);
        number
    }

    /// Asks for more of what was asked for last.
    pub(super) fn ask_more(&self, wish: W) {
        self.send(self.newest.load(Ordering::Relaxed), wish);
    }

    fn send(&self, number: u64, wish: W) {
        if let Some(wishes) = &self.wishes
            && wishes.send((number, wish)).is_err()
        {
            tracing::error!("the thread of the {} is gone", self.name);
        }
    }
}

impl<W, R> Newest<W, R> {
    /// Gives up whatever is under way.
    pub(super) fn stop(&self) {
        self.newest.fetch_add(1, Ordering::Relaxed);
    }

    /// Does what [`Newest::stop`] does, from any thread.
    pub(super) fn stopper(&self) -> impl Fn() + Send + Sync + use<W, R> {
        let newest = Arc::clone(&self.newest);
        move || {
            newest.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The next report on what was asked for last, if there is one. Never waits.
    pub(super) fn poll(&self) -> Option<R> {
        let newest = self.newest.load(Ordering::Relaxed);
        loop {
            let (number, report) = self.reports.as_ref()?.try_recv().ok()?;
            if number == newest {
                return Some(report);
            }
        }
    }
}

impl<W, R> Newest<W, R> {
    /// Tells the thread to end, without waiting for it.
    pub(super) fn close(&mut self) {
        self.stop();
        // Both ends go before joining: the thread may be waiting on either.
        self.wishes = None;
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

impl<W, R> Drop for Newest<W, R> {
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
pub(super) struct Desk<R> {
    line: SyncSender<(u64, R)>,
    repaint: Repaint,
    newest: Arc<AtomicU64>,
}

impl<R> Desk<R> {
    /// Whether this request is still the newest.
    pub(super) fn wanted(&self, number: u64) -> bool {
        self.newest.load(Ordering::Relaxed) == number
    }

    /// Reports, and waits for room if need be.
    pub(super) fn say(&self, number: u64, report: R) {
        if self.line.send((number, report)).is_ok() {
            (self.repaint)();
        }
    }

    /// Reports what may be left out where the window is behind. False once the window is gone.
    pub(super) fn offer(&self, number: u64, report: R) -> bool {
        match self.line.try_send((number, report)) {
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
        let serve = |number, wish: u32, desk: &Desk<Result<u32, String>>| {
            assert!(wish != 13, "unlucky");
            desk.say(number, Ok(wish));
        };
        let mut thread = Newest::start("test", 8, Arc::new(|| {}), serve, Err).unwrap();
        let mut answers = Vec::new();
        for wish in [12, 13, 14] {
            thread.ask(wish);
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
