//! Observers of long-running work: progress by phase, notices, and whether to stop.
//!
//! All long-running work reports to an [`Observer`]. Computations without phases call a [`ProgressFn`](super::ProgressFn)
//! instead; [`PhaseProgress`] converts between the two.

use std::collections::VecDeque;
use std::time::Instant;

/// Kind of work that is under way. Each phase has its own progress, which never falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Drawing the regions and laying them out.
    Regions,
    /// Decoding melodies.
    Melodies,
    /// Searching for a blend that changes evenly.
    Blend,
    /// Measuring the melodies of a study.
    Measure,
    /// Laying all melodies out on a map.
    Layout,
    /// Measuring the quality of a map.
    Quality,
    /// Rendering melodies to sound.
    Sound,
    /// Generating the targets of prior draws, for training.
    PriorTargets,
    /// Generating the rehearsal melodies, for fine-tuning.
    Rehearsal,
    /// Calibrating the latent space so that draws of the prior resemble the corpus, after training.
    CalibratePrior,
}

impl Phase {
    /// Name shown next to a progress bar.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Regions => "regions",
            Self::Melodies => "melodies",
            Self::Blend => "blend",
            Self::Measure => "measuring",
            Self::Layout => "layout",
            Self::Quality => "quality",
            Self::Sound => "sound",
            Self::PriorTargets | Self::Rehearsal => "preparing draws of the prior",
            Self::CalibratePrior => "fitting draws to the corpus",
        }
    }
}

/// Progress of a phase, reported after each batch, or several times a second where there are no batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// Melodies decoded; thousandths of the work in phases other than [`Phase::Melodies`].
    pub done: u64,
    /// Melodies to decode, as far as is known; 1000 in other phases.
    pub total: u64,
    /// Melodies (or thousandths) per second over the last batches.
    pub rate: f64,
    /// Estimated seconds left at this rate.
    pub seconds_left: f64,
}

impl Progress {
    /// Fraction done, from 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        self.done as f64 / self.total.max(1) as f64
    }
}

/// Error of work that its observer cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Receives progress and notices of long-running work and may cancel it.
pub trait Observer: Send {
    /// Called after each batch, or each thousandth of a phase without batches.
    fn progress(&mut self, _progress: Progress) {}
    /// Called with a sentence for the user; the work goes on.
    fn notice(&mut self, _text: String) {}
    /// Whether the work is to stop. Called before each batch, and many times a second where there are no batches.
    fn cancelled(&self) -> bool {
        false
    }
    /// Turns [`Observer::cancelled`] into an error.
    ///
    /// # Errors
    /// [`Cancelled`] if the work is to stop.
    fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }
}

/// An observer that ignores all reports and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// Number of batches that the rate is averaged over: enough to be steady, few enough to follow a change of device.
const RATE_BATCHES: usize = 12;

/// Resolution of the progress of a phase without melodies.
const THOUSANDTHS: u64 = 1_000;

/// Counts finished melodies, or thousandths of a phase without melodies, and measures their rate.
pub struct RateMeter {
    phase: Phase,
    done: u64,
    total: u64,
    /// Times of the last batches, and the units that were done by then.
    recent: VecDeque<(Instant, u64)>,
}

impl RateMeter {
    /// A meter of `total` melodies, none done yet.
    #[must_use]
    pub fn for_melodies(total: u64) -> Self {
        Self::new(Phase::Melodies, total)
    }

    fn new(phase: Phase, total: u64) -> Self {
        Self {
            phase,
            done: 0,
            total,
            recent: VecDeque::from([(Instant::now(), 0)]),
        }
    }

    /// Raises the total by `melodies`.
    pub fn expect_more(&mut self, melodies: usize) {
        self.total += melodies as u64;
    }

    /// Counts `done` more units: melodies, or thousandths of a phase without melodies.
    pub fn add(&mut self, done: usize) -> Progress {
        self.done += done as u64;
        let now = Instant::now();
        self.recent.push_back((now, self.done));
        if self.recent.len() > RATE_BATCHES {
            self.recent.pop_front();
        }
        let (start, done_at_start) = self.recent.front().copied().unwrap_or((now, self.done));
        let seconds = now.duration_since(start).as_secs_f64().max(1e-9);
        let rate = (self.done - done_at_start) as f64 / seconds;
        let remaining = self.total.saturating_sub(self.done) as f64;
        Progress {
            phase: self.phase,
            done: self.done,
            total: self.total,
            rate,
            seconds_left: remaining / rate.max(1e-9),
        }
    }
}

/// Reports the progress of one phase without melodies, or of consecutive ranges of it.
///
/// As an [`Observer`] itself, it counts the decoding of melodies as the progress of its current range.
pub struct PhaseProgress<'a, O: Observer + ?Sized> {
    observer: &'a mut O,
    meter: RateMeter,
    /// Fractions at which the current range begins and ends.
    range: (f64, f64),
}

impl<'a, O: Observer + ?Sized> PhaseProgress<'a, O> {
    /// A phase at its beginning.
    #[must_use]
    pub fn new(observer: &'a mut O, phase: Phase) -> Self {
        Self {
            observer,
            meter: RateMeter::new(phase, THOUSANDTHS),
            range: (0.0, 1.0),
        }
    }

    /// The observer that the phase is reported to.
    pub fn observer(&mut self) -> &mut O {
        self.observer
    }

    /// Begins a range of the phase, between these fractions of the whole.
    pub fn begin_range(&mut self, from: f64, to: f64) {
        self.range = (from, to);
    }

    /// Reports the fraction of the current range that is done, from 0 to 1. A fraction below the one reported last is ignored, so
    /// progress never falls.
    ///
    /// # Errors
    /// [`Cancelled`] if the observer says so.
    pub fn report(&mut self, fraction: f64) -> Result<(), Cancelled> {
        self.observer.check()?;
        self.advance_to(fraction);
        Ok(())
    }

    /// Reports that this fraction of the current range is done, unless more was reported before.
    fn advance_to(&mut self, fraction: f64) {
        let (from, to) = self.range;
        let fraction = from + (to - from) * fraction;
        let done = (fraction.clamp(0.0, 1.0) * THOUSANDTHS as f64) as u64;
        if done > self.meter.done {
            let new_units = done - self.meter.done;
            self.observer.progress(self.meter.add(new_units as usize));
        }
    }
}

impl<O: Observer + ?Sized> Observer for PhaseProgress<'_, O> {
    fn progress(&mut self, progress: Progress) {
        self.advance_to(progress.fraction());
    }

    fn notice(&mut self, text: String) {
        self.observer.notice(text);
    }

    fn cancelled(&self) -> bool {
        self.observer.cancelled()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[derive(Default)]
    struct Recorder(Vec<Progress>);

    impl Observer for Recorder {
        fn progress(&mut self, progress: Progress) {
            self.0.push(progress);
        }

        fn cancelled(&self) -> bool {
            self.0.len() > 2
        }
    }

    #[test]
    fn a_phase_reports_rising_thousandths_and_stops_when_the_observer_cancels() {
        let mut recorder = Recorder::default();
        let mut phase = PhaseProgress::new(&mut recorder, Phase::Layout);
        for fraction in [0.0, 0.0004, 0.25, 0.2, 0.2503, 0.5, 1.0] {
            phase.report(fraction).unwrap();
        }
        assert_eq!(phase.report(1.0), Err(Cancelled));
        let reported: Vec<(u64, u64)> = recorder.0.iter().map(|p| (p.done, p.total)).collect();
        assert_eq!(reported, [(250, 1_000), (500, 1_000), (1_000, 1_000)]);
        assert!(recorder.0.iter().all(|p| p.phase.name() == "layout"));
    }
}
