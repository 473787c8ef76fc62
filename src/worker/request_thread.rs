//! A thread that serves the latest request: earlier ones are abandoned, and their reports are discarded.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::reporter::{Repaint, Reporter, Urgency};
use super::thread_owner::{StopFn, ThreadOwner};
use crate::panics::catch_panic;

/// A handle on the thread; dropping it ends the thread.
pub struct RequestThread<M, R> {
    owner: ThreadOwner<Sender<(u64, M)>, (u64, R)>,
    /// Number of the latest request.
    latest_number: Arc<AtomicU64>,
}

impl<M: Send + 'static, R: Send + 'static> RequestThread<M, R> {
    /// Starts the thread, with a queue of `queue_length` reports.
    ///
    /// `serve` serves a request, given with its number. If it panics, the thread sends the report that `panic_report` returns for the
    /// text of the panic, and serves the next request.
    pub(super) fn spawn(
        name: &'static str,
        queue_length: usize,
        repaint: Repaint,
        mut serve: impl FnMut(u64, M, &RequestReporter<M, R>) + Send + 'static,
        panic_report: impl Fn(String) -> R + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        let (report_sender, reports) = sync_channel(queue_length);
        let latest_number = Arc::new(AtomicU64::new(0));
        let reporter = RequestReporter {
            reporter: Reporter {
                sender: report_sender,
                repaint,
            },
            latest_number: Arc::clone(&latest_number),
            queue: Mutex::new(Queue {
                receiver,
                postponed: VecDeque::new(),
            }),
        };
        let stop_number = Arc::clone(&latest_number);
        let stop_fn: StopFn = Arc::new(move || {
            stop_number.fetch_add(1, Ordering::Relaxed);
        });
        let run = move || {
            while let Some((number, request)) = reporter.next() {
                if let Err(panic) = catch_panic(|| serve(number, request, &reporter)) {
                    tracing::error!("the thread of the {name} caught a panic: {panic}");
                    reporter.send(number, panic_report(panic));
                }
            }
        };
        let owner = ThreadOwner::start(name, sender, reports, stop_fn, run)?;
        Ok(Self {
            owner,
            latest_number,
        })
    }

    /// Sends a request; earlier ones are abandoned. Returns its number.
    pub(super) fn request(&self, request: M) -> u64 {
        let number = self.latest_number.fetch_add(1, Ordering::Relaxed) + 1;
        self.send(number, request);
        number
    }

    /// Sends an addition to the latest request.
    pub(super) fn extend(&self, request: M) {
        self.send(self.latest_number.load(Ordering::Relaxed), request);
    }

    fn send(&self, number: u64, request: M) {
        if let Some(sender) = self.owner.sender()
            && sender.send((number, request)).is_err()
        {
            tracing::error!("the thread of the {} has ended", self.owner.name());
        }
    }

    /// The next report on the latest request, if there is one. Never waits.
    pub fn poll(&self) -> Option<R> {
        let latest = self.latest_number.load(Ordering::Relaxed);
        let mut reports = std::iter::from_fn(|| self.owner.poll());
        reports.find_map(|(number, report)| (number == latest).then_some(report))
    }

    /// Cancels the latest request.
    pub fn cancel(&self) {
        self.stop_fn()();
    }

    /// Returns a function that cancels the latest request and may be called from any thread.
    pub fn stop_fn(&self) -> StopFn {
        self.owner.stop_fn()
    }

    /// Cancels the latest request and tells the thread to end, without waiting for it.
    pub fn close(&mut self) {
        self.owner.close();
    }

    /// Ends the thread, and waits for it until the deadline at most.
    pub fn join(&mut self, deadline: Instant) {
        self.owner.join(deadline);
    }
}

/// The thread's end of the queues: sends reports, and receives requests and additions to them.
pub(super) struct RequestReporter<M, R> {
    reporter: Reporter<(u64, R)>,
    latest_number: Arc<AtomicU64>,
    queue: Mutex<Queue<M>>,
}

/// Requests and additions, each with the number of its request. Only the thread itself takes them.
struct Queue<M> {
    receiver: Receiver<(u64, M)>,
    /// Messages that [`RequestReporter::next_addition`] received and that are not served yet.
    postponed: VecDeque<(u64, M)>,
}

impl<M, R> RequestReporter<M, R> {
    /// Waits for the next request or addition; `None` once the handle is dropped.
    fn next(&self) -> Option<(u64, M)> {
        let mut queue = self.lock_queue();
        let postponed = queue.postponed.pop_front();
        postponed.or_else(|| queue.receiver.recv().ok())
    }

    fn lock_queue(&self) -> MutexGuard<'_, Queue<M>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next addition to the request of this number, which is being served. Never waits.
    pub(super) fn next_addition(&self, number: u64) -> Option<M> {
        let mut queue = self.lock_queue();
        while let Ok(message) = queue.receiver.try_recv() {
            queue.postponed.push_back(message);
        }
        let next = queue
            .postponed
            .pop_front_if(|(message_number, _)| *message_number == number)?;
        Some(next.1)
    }

    /// Whether a request is still the latest.
    pub(super) fn is_current(&self, number: u64) -> bool {
        self.latest_number.load(Ordering::Relaxed) == number
    }

    /// Sends a report; waits while the queue is full.
    pub(super) fn send(&self, number: u64, report: R) {
        self.reporter.send((number, report), Urgency::Now);
    }

    /// Sends progress that is left out if the queue is full. False once the window is closed.
    pub(super) fn try_send(&self, number: u64, report: R) -> bool {
        self.reporter.try_send((number, report))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::Duration;

    use super::*;

    #[test]
    fn a_panic_is_reported_and_the_next_request_is_served() {
        let serve = |number, request: u32, reporter: &RequestReporter<u32, Result<u32, String>>| {
            assert!(request != 13, "unlucky");
            reporter.send(number, Ok(request));
        };
        let thread = RequestThread::spawn("test", 8, Arc::new(|_| {}), serve, Err).unwrap();
        let mut reports = Vec::new();
        for request in [12, 13, 14] {
            thread.request(request);
            let deadline = Instant::now() + Duration::from_secs(20);
            while Instant::now() < deadline {
                if let Some(report) = thread.poll() {
                    reports.push(report);
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        assert_eq!(reports, [Ok(12), Err("unlucky".to_owned()), Ok(14)]);
    }

    #[test]
    fn an_addition_to_a_request_is_received_while_it_is_served_and_later_requests_wait() {
        // Serves a request until something is added to it, or another one replaces it.
        let serve = |number, _: u32, reporter: &RequestReporter<u32, u32>| {
            while reporter.is_current(number) {
                if let Some(added) = reporter.next_addition(number) {
                    reporter.send(number, added);
                    return;
                }
            }
            assert_eq!(reporter.next_addition(number), None);
        };
        let thread = RequestThread::spawn("test", 8, Arc::new(|_| {}), serve, |_| 0).unwrap();
        for addition in [7, 8] {
            thread.request(1);
            thread.request(2);
            thread.extend(addition);
            let deadline = Instant::now() + Duration::from_secs(20);
            let mut report = None;
            while report.is_none() && Instant::now() < deadline {
                report = thread.poll();
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(report, Some(addition));
        }
    }
}
