//! Estimates the tempo and the position of a MIDI clock from its jittering pulses.

use std::time::Duration;

use super::{
    clock_fit::{ClockFit, MAX_FIT_PULSES, Pulse, fit_line, fit_line_with_period},
    message::ClockSignal,
};

/// Pulses in a quarter note, by the MIDI 1.0 specification.
const PULSES_PER_QUARTER: f64 = 24.0;
const PULSES_PER_STEP: f64 = 6.0;
/// Minimum number of pulses to estimate the period from; with fewer, jitter would look like another tempo, and the known period is
/// kept.
const MIN_FIT_PULSES: usize = 6;
/// Distance from the line above which a pulse is an outlier, seconds.
const OUTLIER_DISTANCE: f64 = 0.008;
/// Number of consecutive outliers that begin a new line: the tempo has changed.
const MAX_OUTLIERS: usize = 3;
/// Time without a pulse after which the clock counts as lost: this long, or [`LOSS_TIMEOUT_PULSES`] periods if that is longer.
const MIN_LOSS_TIMEOUT: Duration = Duration::from_millis(500);
const LOSS_TIMEOUT_PULSES: f64 = 8.0;
/// Tempo range that is followed, quarter notes per minute.
const TEMPO_RANGE: [f64; 2] = [10.0, 600.0];

/// Tempo and position of a clock at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockEstimate {
    /// Tempo in quarter notes per minute.
    pub tempo: f64,
    /// The moment, a time of the player's clock.
    pub time: Duration,
    /// Position in 16th steps from the beginning at this time; `None` while the clock is stopped or has sent no position.
    pub step: Option<f64>,
}

/// Estimates tempo and position from pulses that jitter.
///
/// A straight line is fitted by least squares through the arrival times of the last 24 pulses. For pulses that are evenly
/// spaced but for independent errors of standard deviation s, the line is off by 2 s / sqrt(24) at its end, two fifths of s
/// (Draper and Smith, Applied Regression Analysis, 3rd ed. 1998, section 1.4). Where two lines that meet fit much better, the
/// tempo changed there, and the second one counts: see `fit_line`. A pulse far from the line is left out; three in a row begin a
/// new line. Allocates nothing.
#[derive(Clone, Debug)]
pub struct ClockEstimator {
    /// The last pulses on the line, oldest first; the first `window_len` are valid.
    window: [Pulse; MAX_FIT_PULSES],
    window_len: usize,
    outliers: [Pulse; MAX_OUTLIERS],
    outlier_count: usize,
    /// Number of the next pulse.
    next_number: u64,
    /// Seconds between two pulses, once known.
    period: Option<f64>,
    last_arrival: Option<Duration>,
    /// Number of the pulse at the beginning of the song; may be before the first one.
    origin: Option<i64>,
    /// Position, in steps, that the next pulse has while the clock runs.
    cued_step: Option<u16>,
    /// Whether the clock has started and not stopped.
    is_running: bool,
    /// Whether pulses are expected: one has arrived, and the clock was neither stopped nor lost since.
    expects_pulses: bool,
}

impl Default for ClockEstimator {
    fn default() -> Self {
        let unused = Pulse {
            number: 0,
            arrival_seconds: 0.0,
        };
        Self {
            window: [unused; MAX_FIT_PULSES],
            window_len: 0,
            outliers: [unused; MAX_OUTLIERS],
            outlier_count: 0,
            next_number: 0,
            period: None,
            last_arrival: None,
            origin: None,
            cued_step: None,
            is_running: false,
            expects_pulses: false,
        }
    }
}

impl ClockEstimator {
    /// Processes a message that arrived at `arrival`. Returns the estimate after a pulse, once two have arrived.
    pub fn process_signal(
        &mut self,
        arrival: Duration,
        message: ClockSignal,
    ) -> Option<ClockEstimate> {
        match message {
            ClockSignal::Pulse => return self.process_pulse(arrival),
            ClockSignal::Start => {
                self.cued_step = Some(0);
                self.is_running = true;
            }
            ClockSignal::Continue => {
                self.cue_present_position();
                self.is_running = true;
            }
            ClockSignal::SongPosition(position) => self.cued_step = Some(position),
            ClockSignal::Stop => {
                // The position from which a `Continue` without a song position goes on.
                self.cue_present_position();
                self.is_running = false;
                // Many programs send no pulses while they are stopped.
                self.expects_pulses = false;
            }
        }
        None
    }

    /// When the clock counts as lost if nothing arrives; `None` while no pulse is expected.
    pub fn loss_deadline(&self) -> Option<Duration> {
        let last_arrival = self.last_arrival.filter(|_| self.expects_pulses)?;
        let period = self.period.unwrap_or(0.0);
        Some(
            last_arrival
                + MIN_LOSS_TIMEOUT.max(Duration::from_secs_f64(LOSS_TIMEOUT_PULSES * period)),
        )
    }

    /// Whether the clock was lost at `now`. True once per loss.
    pub fn detect_loss(&mut self, now: Duration) -> bool {
        let lost = self.loss_deadline().is_some_and(|deadline| now >= deadline);
        if lost {
            if self.is_running {
                // Pulses that arrive before a `Start` or `Continue` do not move the position, as after a `Stop`.
                self.cue_present_position();
            }
            self.expects_pulses = false;
            self.is_running = false;
            self.window_len = 0;
            self.outlier_count = 0;
        }
        lost
    }

    fn process_pulse(&mut self, arrival: Duration) -> Option<ClockEstimate> {
        let number = self.next_number;
        self.next_number += 1;
        // While the clock is stopped, pulses leave the cued position as it is.
        if self.is_running
            && let Some(position) = self.cued_step.take()
        {
            self.origin = Some(number as i64 - i64::from(position) * PULSES_PER_STEP as i64);
        }
        let was_paused = !self.expects_pulses;
        self.expects_pulses = true;
        self.last_arrival = Some(arrival);
        if was_paused {
            self.window_len = 0;
            self.outlier_count = 0;
        }
        self.add(Pulse {
            number,
            arrival_seconds: arrival.as_secs_f64(),
        });
        self.estimate(number)
    }

    /// Adds a pulse to the line, or to the outliers.
    fn add(&mut self, pulse: Pulse) {
        let expected = self.fit_pulses().map(|fit| self.time_of(pulse.number, fit));
        let is_outlier = expected
            .is_some_and(|expected| (pulse.arrival_seconds - expected).abs() > OUTLIER_DISTANCE);
        if is_outlier {
            self.outliers[self.outlier_count] = pulse;
            self.outlier_count += 1;
            if self.outlier_count < MAX_OUTLIERS {
                return;
            }
            let [first, .., last] = self.outliers;
            let pulses = (last.number - first.number).max(1);
            self.period = Some(clamp_period(
                (last.arrival_seconds - first.arrival_seconds) / pulses as f64,
            ));
            self.window[..MAX_OUTLIERS].copy_from_slice(&self.outliers);
            self.window_len = MAX_OUTLIERS;
        } else {
            if self.window_len == MAX_FIT_PULSES {
                self.window.copy_within(1.., 0);
                self.window_len -= 1;
            }
            self.window[self.window_len] = pulse;
            self.window_len += 1;
        }
        self.outlier_count = 0;
        if let Some(fit) = self.fit_pulses() {
            self.period = Some(fit.period);
        }
    }

    fn newest(&self) -> Pulse {
        self.window[self.window_len.saturating_sub(1)]
    }

    /// Time on the line of the pulse with this number, seconds.
    fn time_of(&self, number: u64, fit: ClockFit) -> f64 {
        fit.newest_seconds + fit.period * (number as f64 - self.newest().number as f64)
    }

    /// Fits the line through the pulses. `None` before two pulses.
    fn fit_pulses(&self) -> Option<ClockFit> {
        let pulses = &self.window[..self.window_len];
        let line = match self.period {
            Some(period) if pulses.len() < MIN_FIT_PULSES => fit_line_with_period(pulses, period),
            _ => fit_line(pulses),
        };
        line.map(|line| ClockFit {
            period: clamp_period(line.period),
            ..line
        })
    }

    /// The estimate at a pulse.
    fn estimate(&self, number: u64) -> Option<ClockEstimate> {
        let fit = self.fit_pulses()?;
        let seconds = self.time_of(number, fit);
        let step = self
            .origin
            .filter(|_| self.is_running)
            .map(|origin| (number as i64 - origin) as f64 / PULSES_PER_STEP);
        Some(ClockEstimate {
            tempo: 60.0 / (fit.period * PULSES_PER_QUARTER),
            time: Duration::from_secs_f64(seconds.max(0.0)),
            step,
        })
    }

    /// Cues the present position, unless one is cued already, by a song position or an earlier `Stop`.
    fn cue_present_position(&mut self) {
        self.cued_step = Some(self.cued_step.unwrap_or_else(|| self.position()));
    }

    /// The position in whole steps.
    fn position(&self) -> u16 {
        self.origin.map_or(0, |origin| {
            let pulses = (self.next_number as i64 - origin).max(0);
            u16::try_from(pulses / PULSES_PER_STEP as i64).unwrap_or(u16::MAX)
        })
    }
}

fn clamp_period(period: f64) -> f64 {
    let [max_period, min_period] = TEMPO_RANGE.map(|tempo| 60.0 / tempo / PULSES_PER_QUARTER);
    period.clamp(min_period, max_period)
}

#[cfg(test)]
mod tests;
