//! Estimates the tempo and the position of a MIDI clock from its jittering pulses.

use std::time::Duration;

use super::{
    clock_fit::{ClockFit, Pulse, WINDOW, fit, fit_with_period},
    message::ClockSignal,
};

/// Pulses in a quarter note, by the MIDI 1.0 specification.
const PULSES_PER_QUARTER: f64 = 24.0;
const PULSES_PER_STEP: f64 = 6.0;
/// Pulses below which the period before counts: through fewer, jitter would look like another tempo.
const MIN_FIT: usize = 6;
/// A pulse that is this far from the line is an outlier, seconds.
const OUTLIER_DISTANCE: f64 = 0.008;
/// So many outliers in a row are another tempo.
const MAX_OUTLIERS: usize = 3;
/// Time without a pulse after which the clock counts as lost, at least, and in pulses.
const MIN_LOSS: Duration = Duration::from_millis(500);
const LOSS_PULSES: f64 = 8.0;
/// Tempo range that is followed, quarter notes per minute.
const TEMPOS: [f64; 2] = [10.0, 600.0];

/// Tempo and position of a clock at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockEstimate {
    /// Tempo in quarter notes per minute.
    pub tempo: f64,
    /// The moment, a time of the player's clock.
    pub at: Duration,
    /// Position in 16th steps from the beginning at this time; `None` while the clock is stopped or never said where it is.
    pub step: Option<f64>,
}

/// Estimates tempo and position from pulses that jitter.
///
/// A straight line is fitted by least squares through the arrival times of the last 24 pulses. For pulses that are evenly
/// spaced but for independent errors of standard deviation s, the line is off by 2 s / sqrt(24) at its end, two fifths of s
/// (Draper and Smith, Applied Regression Analysis, 3rd ed. 1998, section 1.4). Where two lines that meet fit much better, the
/// tempo changed there, and the second one counts: see `fit`. A pulse far from the line is left out; three in a row begin a
/// new line. Allocates nothing.
#[derive(Clone, Debug)]
pub struct ClockEstimator {
    /// The last pulses on the line, oldest first; the first `used` are valid.
    window: [Pulse; WINDOW],
    used: usize,
    outliers: [Pulse; MAX_OUTLIERS],
    outlier_count: usize,
    /// Number of the next pulse.
    next: u64,
    /// Seconds between two pulses, once known.
    period: Option<f64>,
    last_arrival: Option<Duration>,
    /// Number of the pulse at the beginning of the song; may be before the first one.
    origin: Option<i64>,
    /// Position in steps from which to play at the next pulse.
    cued: Option<u16>,
    running: bool,
    /// Whether pulses are expected.
    alive: bool,
}

impl Default for ClockEstimator {
    fn default() -> Self {
        let none = Pulse { number: 0, at: 0.0 };
        Self {
            window: [none; WINDOW],
            used: 0,
            outliers: [none; MAX_OUTLIERS],
            outlier_count: 0,
            next: 0,
            period: None,
            last_arrival: None,
            origin: None,
            cued: None,
            running: false,
            alive: false,
        }
    }
}

impl ClockEstimator {
    /// Processes a message that arrived at `at`. Returns the estimate after a pulse, once two have arrived.
    pub fn process_signal(&mut self, at: Duration, message: ClockSignal) -> Option<ClockEstimate> {
        match message {
            ClockSignal::Pulse => return self.pulse(at),
            ClockSignal::Start => {
                self.cued = Some(0);
                self.running = true;
            }
            ClockSignal::Continue => {
                self.cued = Some(self.cued.unwrap_or_else(|| self.position()));
                self.running = true;
            }
            ClockSignal::SongPosition(position) => self.cued = Some(position),
            ClockSignal::Stop => {
                // Where it is, if it goes on without saying from where.
                self.cued = Some(self.position());
                self.running = false;
                // Many programs send no pulses while they are stopped.
                self.alive = false;
            }
        }
        None
    }

    /// When the clock counts as lost if nothing arrives; `None` while no pulse is expected.
    pub fn loss_deadline(&self) -> Option<Duration> {
        let last = self.last_arrival.filter(|_| self.alive)?;
        let period = self.period.unwrap_or(0.0);
        Some(last + MIN_LOSS.max(Duration::from_secs_f64(LOSS_PULSES * period)))
    }

    /// Whether the clock was lost at `now`. True once per loss.
    pub fn detect_loss(&mut self, now: Duration) -> bool {
        let lost = self.loss_deadline().is_some_and(|deadline| now >= deadline);
        if lost {
            self.alive = false;
            self.running = false;
            self.used = 0;
            self.outlier_count = 0;
        }
        lost
    }

    fn pulse(&mut self, at: Duration) -> Option<ClockEstimate> {
        let number = self.next;
        self.next += 1;
        if let (true, Some(position)) = (self.running, self.cued.take()) {
            self.origin = Some(number as i64 - i64::from(position) * PULSES_PER_STEP as i64);
        }
        let paused = !self.alive;
        self.alive = true;
        self.last_arrival = Some(at);
        if paused {
            self.used = 0;
            self.outlier_count = 0;
        }
        self.add(Pulse {
            number,
            at: at.as_secs_f64(),
        });
        self.estimate(number)
    }

    /// Adds a pulse to the line, or to the outliers.
    fn add(&mut self, pulse: Pulse) {
        let expected = self.fit_clock().map(|fit| self.time_of(pulse.number, fit));
        let is_outlier =
            expected.is_some_and(|expected| (pulse.at - expected).abs() > OUTLIER_DISTANCE);
        if is_outlier {
            self.outliers[self.outlier_count] = pulse;
            self.outlier_count += 1;
            if self.outlier_count < MAX_OUTLIERS {
                return;
            }
            let [first, .., last] = self.outliers;
            let pulses = (last.number - first.number).max(1);
            self.period = Some(clamp_period((last.at - first.at) / pulses as f64));
            self.window[..MAX_OUTLIERS].copy_from_slice(&self.outliers);
            self.used = MAX_OUTLIERS;
        } else {
            if self.used == WINDOW {
                self.window.copy_within(1.., 0);
                self.used -= 1;
            }
            self.window[self.used] = pulse;
            self.used += 1;
        }
        self.outlier_count = 0;
        if let Some(fit) = self.fit_clock() {
            self.period = Some(fit.period);
        }
    }

    fn newest(&self) -> Pulse {
        self.window[self.used.saturating_sub(1)]
    }

    /// Time on the line of the pulse with this number, seconds.
    fn time_of(&self, number: u64, fit: ClockFit) -> f64 {
        fit.newest_at + fit.period * (number as f64 - self.newest().number as f64)
    }

    /// Fits the line through the pulses. `None` before two pulses.
    fn fit_clock(&self) -> Option<ClockFit> {
        let pulses = &self.window[..self.used];
        let line = match self.period {
            Some(period) if pulses.len() < MIN_FIT => fit_with_period(pulses, period),
            _ => fit(pulses),
        };
        line.map(|line| ClockFit {
            period: clamp_period(line.period),
            ..line
        })
    }

    /// The estimate at a pulse.
    fn estimate(&self, number: u64) -> Option<ClockEstimate> {
        let fit = self.fit_clock()?;
        let at = self.time_of(number, fit);
        let step = self
            .origin
            .filter(|_| self.running)
            .map(|origin| (number as i64 - origin) as f64 / PULSES_PER_STEP);
        Some(ClockEstimate {
            tempo: 60.0 / (fit.period * PULSES_PER_QUARTER),
            at: Duration::from_secs_f64(at.max(0.0)),
            step,
        })
    }

    /// The position in whole steps.
    fn position(&self) -> u16 {
        self.origin.map_or(0, |origin| {
            let pulses = (self.next as i64 - origin).max(0);
            u16::try_from(pulses / PULSES_PER_STEP as i64).unwrap_or(u16::MAX)
        })
    }
}

fn clamp_period(period: f64) -> f64 {
    let [low, high] = TEMPOS.map(|tempo| 60.0 / tempo / PULSES_PER_QUARTER);
    period.clamp(high, low)
}

#[cfg(test)]
mod tests;
