//! Who listens to a sweep while it runs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::{MelodyEntry, SweepError, SweepPlan};

/// What is being done. Each phase has a progress of its own, which never falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Drawing the regions and laying them out.
    Regions,
    /// Decoding melodies.
    Melodies,
    /// Finding melodies that change evenly from one end to the other.
    Blend,
    /// Laying all melodies out on a map.
    Layout,
    /// Measuring how far a map can be trusted.
    Quality,
}

impl Phase {
    /// Name beside a progress bar.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regions => "regions",
            Self::Melodies => "melodies",
            Self::Blend => "blend",
            Self::Layout => "layout",
            Self::Quality => "quality",
        }
    }
}

/// How far a phase has come. Sent after each batch, and several times a second where there are no batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Melodies decoded so far; in other phases than [`Phase::Melodies`] thousandths of the work.
    pub done: u64,
    /// Melodies to decode in all, as far as is known; or a thousand.
    pub total: u64,
    /// Melodies (or thousandths) per second, over the last batches.
    pub rate: f64,
    /// Seconds left at this rate.
    pub seconds_left: f64,
}

impl Progress {
    /// Share done, from 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.done as f64 / self.total.max(1) as f64
    }
}

/// Someone who is told of results as they come, and may say stop.
pub trait Observer: Send {
    /// The layout is known; the melodies follow.
    fn plan(&mut self, _plan: &Arc<SweepPlan>) {}
    /// More melodies, in order.
    fn melodies(&mut self, _batch: Vec<MelodyEntry>) {}
    /// A batch is done, or another thousandth of the phase.
    fn progress(&mut self, _progress: Progress) {}
    /// How an unfinished layout looks: a position for each melody in the order given. The first preview comes at once.
    fn preview(&mut self, _positions: &[[f64; 2]]) {}
    /// Something the user should know, in one sentence; the work goes on.
    fn notice(&mut self, _text: String) {}
    /// Whether to stop. Looked at before each batch, and many times a second where there are no batches.
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

/// Parts that the progress of a phase without melodies is counted in.
const PARTS: u64 = 1_000;

/// Counts melodies and seconds.
pub struct Meter {
    phase: Phase,
    done: u64,
    pub(super) total: u64,
    recent: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// A meter of `total` melodies, none done yet.
    #[must_use]
    pub fn start(total: u64) -> Self {
        Self::of(Phase::Melodies, total)
    }

    fn of(phase: Phase, total: u64) -> Self {
        Self {
            phase,
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
            phase: self.phase,
            done: self.done,
            total: self.total,
            rate,
            seconds_left: left / rate.max(1e-9),
        }
    }
}

/// Tells an observer how far a phase without melodies is, and stops it where the observer says so.
pub(super) struct Watched<'a> {
    pub(super) observer: &'a mut dyn Observer,
    meter: Meter,
}

impl<'a> Watched<'a> {
    pub(super) fn new(observer: &'a mut dyn Observer, phase: Phase) -> Self {
        Self {
            observer,
            meter: Meter::of(phase, PARTS),
        }
    }

    /// The share done so far, from 0 to 1. A lower one than before counts as that one.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`] if the observer says so.
    pub(super) fn look(&mut self, share: f64) -> Result<(), SweepError> {
        if self.observer.cancelled() {
            return Err(SweepError::Cancelled);
        }
        self.tell(share);
        Ok(())
    }

    /// As [`Watched::look`], without asking whether to stop.
    fn tell(&mut self, share: f64) {
        let done = (share.clamp(0.0, 1.0) * PARTS as f64) as u64;
        if done > self.meter.done {
            let more = done - self.meter.done;
            self.observer.progress(self.meter.add(more as usize));
        }
    }
}

/// A watched phase whose work is made of rounds of decoding, each a share of the whole: one progress for all of them.
pub(super) struct Rounds<'a> {
    watched: Watched<'a>,
    /// Shares at which the present round begins and ends.
    round: (f64, f64),
}

impl<'a> Rounds<'a> {
    pub(super) fn new(observer: &'a mut dyn Observer, phase: Phase) -> Self {
        Self {
            watched: Watched::new(observer, phase),
            round: (0.0, 0.0),
        }
    }

    /// Begins a round, or a part of one, between these shares of the whole.
    pub(super) fn enter(&mut self, from: f64, to: f64) {
        self.round = (from, to);
    }

    /// The share of the round done so far, from 0 to 1.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`] if the observer says so.
    pub(super) fn look(&mut self, share: f64) -> Result<(), SweepError> {
        self.watched.look(self.of_all(share))
    }

    fn of_all(&self, share: f64) -> f64 {
        let (from, to) = self.round;
        from + (to - from) * share
    }
}

impl Observer for Rounds<'_> {
    fn progress(&mut self, progress: Progress) {
        self.watched.tell(self.of_all(progress.share()));
    }

    fn notice(&mut self, text: String) {
        self.watched.observer.notice(text);
    }

    fn cancelled(&self) -> bool {
        self.watched.observer.cancelled()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[derive(Default)]
    struct Heard(Vec<Progress>);

    impl Observer for Heard {
        fn progress(&mut self, progress: Progress) {
            self.0.push(progress);
        }

        fn cancelled(&self) -> bool {
            self.0.len() > 2
        }
    }

    #[test]
    fn a_watched_phase_is_told_in_thousandths_that_rise_and_stops_where_the_observer_says() {
        let mut heard = Heard::default();
        let mut watched = Watched::new(&mut heard, Phase::Layout);
        for share in [0.0, 0.0004, 0.25, 0.2, 0.2503, 0.5, 1.0] {
            watched.look(share).unwrap();
        }
        assert!(matches!(watched.look(1.0), Err(SweepError::Cancelled)));
        let told: Vec<(u64, u64)> = heard.0.iter().map(|p| (p.done, p.total)).collect();
        assert_eq!(told, [(250, 1_000), (500, 1_000), (1_000, 1_000)]);
        assert!(heard.0.iter().all(|p| p.phase.name() == "layout"));
    }
}
