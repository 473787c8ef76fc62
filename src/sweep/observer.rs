//! Who listens to a sweep while it runs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::{MelodyEntry, SweepPlan};

/// How far a sweep or a steer has come. Sent after each batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Melodies decoded so far.
    pub done: u64,
    /// Melodies to decode in all, as far as is known.
    pub total: u64,
    /// Melodies per second, over the last batches.
    pub rate: f64,
    /// Seconds left at this rate.
    pub seconds_left: f64,
}

/// Someone who is told of results as they come, and may say stop.
pub trait Observer: Send {
    /// The layout is known; the melodies follow.
    fn plan(&mut self, _plan: &Arc<SweepPlan>) {}
    /// More melodies, in order.
    fn melodies(&mut self, _batch: Vec<MelodyEntry>) {}
    /// A batch is done.
    fn progress(&mut self, _progress: Progress) {}
    /// Something the user should know, in one sentence; the work goes on.
    fn notice(&mut self, _text: String) {}
    /// Whether to stop. Looked at before each batch.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// Batches that the rate is taken over: enough to be calm, few enough to follow a change of device.
const RATE_BATCHES: usize = 12;

/// Counts melodies and seconds.
pub struct Meter {
    done: u64,
    pub(super) total: u64,
    recent: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// A meter of `total` melodies, none done yet.
    #[must_use]
    pub fn start(total: u64) -> Self {
        Self {
            done: 0,
            total,
            recent: VecDeque::from([(Instant::now(), 0)]),
        }
    }

    /// Counts `melodies` more; they may have been done earlier, but then the rate is too high.
    pub fn add(&mut self, melodies: usize) -> Progress {
        self.done += melodies as u64;
        let now = Instant::now();
        self.recent.push_back((now, self.done));
        if self.recent.len() > RATE_BATCHES {
            self.recent.pop_front();
        }
        let (since, before) = self.recent.front().copied().unwrap_or((now, self.done));
        let seconds = now.duration_since(since).as_secs_f64().max(1e-9);
        let rate = (self.done - before) as f64 / seconds;
        let left = self.total.saturating_sub(self.done) as f64;
        Progress {
            done: self.done,
            total: self.total,
            rate,
            seconds_left: left / rate.max(1e-9),
        }
    }
}
