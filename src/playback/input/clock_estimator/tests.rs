//! Simulated clocks whose pulses come early, late, or not at all, and the tempo and position that the estimator estimates.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::*;

/// A simulated clock whose pulses arrive late or early, and the estimator that receives them.
struct Simulation {
    estimator: ClockEstimator,
    rng: StdRng,
    /// Largest error of an arrival time, seconds.
    jitter: f64,
    /// True time of the next pulse, seconds.
    time: f64,
    pulses: u64,
}

impl Simulation {
    fn new(seed: u64, jitter: f64) -> Self {
        let mut estimator = ClockEstimator::default();
        estimator.process_signal(Duration::ZERO, ClockSignal::Start);
        Self {
            estimator,
            rng: StdRng::seed_from_u64(seed),
            jitter,
            time: 1.0,
            pulses: 0,
        }
    }

    /// Sends a pulse at `tempo`. Returns the error of the estimated position in milliseconds.
    fn pulse(&mut self, tempo: f64) -> Option<f64> {
        let error = self.jitter * self.rng.random_range(-1.0..=1.0);
        let arrival = Duration::from_secs_f64(self.time + error);
        let estimate = self.estimator.process_signal(arrival, ClockSignal::Pulse);
        let step = self.pulses as f64 / PULSES_PER_STEP;
        let error = estimate.map(|estimate| {
            assert_eq!(estimate.step, Some(step));
            1e3 * (estimate.time.as_secs_f64() - self.time)
        });
        self.time += 60.0 / tempo / PULSES_PER_QUARTER;
        self.pulses += 1;
        error
    }

    /// Sends the pulses of this many quarter notes. Returns the largest error in milliseconds.
    fn run_quarters(&mut self, quarters: u32, tempo: f64) -> f64 {
        (0..quarters * 24)
            .filter_map(|_| self.pulse(tempo))
            .map(f64::abs)
            .fold(0.0, f64::max)
    }

    fn tempo(&self) -> Option<f64> {
        let period = self.estimator.fit_pulses()?.period;
        Some(60.0 / period / PULSES_PER_QUARTER)
    }
}

#[test]
fn even_pulses_give_the_exact_tempo_and_position() {
    let mut clock = Simulation::new(0, 0.0);
    assert!(clock.run_quarters(4, 120.0) < 1e-3);
    let tempo = clock.tempo().unwrap_or(0.0);
    assert!((tempo - 120.0).abs() < 1e-6, "{tempo}");
}

#[test]
fn with_jitter_of_2_ms_the_beat_is_within_2_5_ms_and_within_5_ms_just_after_a_change_of_tempo() {
    let (mut worst, mut worst_jump) = (0.0_f64, 0.0_f64);
    for seed in 0..200 {
        let mut clock = Simulation::new(seed, 0.002);
        clock.run_quarters(2, 120.0);
        worst = worst.max(clock.run_quarters(8, 120.0));
        worst_jump = worst_jump.max(clock.run_quarters(2, 128.0));
        worst = worst.max(clock.run_quarters(8, 128.0));
        let tempo = clock.tempo().unwrap_or(0.0);
        assert!((tempo - 128.0).abs() < 0.8, "{tempo}");
    }
    eprintln!("worst error {worst:.2} ms, in the two beats after the jump {worst_jump:.2} ms");
    assert!(worst < 2.5, "{worst}");
    assert!(worst_jump < 5.0, "{worst_jump}");
}

#[test]
fn a_leap_to_half_or_double_the_tempo_is_followed_within_two_beats() {
    for (seed, tempo) in [60.0, 240.0, 33.0, 299.0].into_iter().enumerate() {
        let mut clock = Simulation::new(seed as u64, 0.002);
        clock.run_quarters(4, 120.0);
        clock.run_quarters(2, tempo);
        let error = clock.run_quarters(4, tempo);
        assert!(error < 2.5, "{tempo} bpm: {error} ms");
    }
}

#[test]
fn a_single_late_pulse_has_no_effect() {
    let mut clock = Simulation::new(1, 0.0);
    clock.run_quarters(4, 120.0);
    let arrival = Duration::from_secs_f64(clock.time + 0.019);
    let estimate = clock.estimator.process_signal(arrival, ClockSignal::Pulse);
    let seconds = estimate.map_or(0.0, |estimate| estimate.time.as_secs_f64());
    assert!((seconds - clock.time).abs() < 1e-6);
    clock.time += 60.0 / 120.0 / 24.0;
    clock.pulses += 1;
    assert!(clock.run_quarters(4, 120.0) < 1e-3);
}

#[test]
fn start_continue_and_song_position_set_the_position() {
    let mut estimator = ClockEstimator::default();
    let mut now = 0;
    let mut pulse = |estimator: &mut ClockEstimator| {
        now += 20_833;
        estimator
            .process_signal(Duration::from_micros(now), ClockSignal::Pulse)
            .and_then(|estimate| estimate.step)
    };
    // Pulses alone have a tempo and no position.
    for _ in 0..30 {
        assert_eq!(pulse(&mut estimator), None);
    }
    estimator.process_signal(Duration::ZERO, ClockSignal::Start);
    assert_eq!(pulse(&mut estimator), Some(0.0));
    for _ in 0..5 {
        pulse(&mut estimator);
    }
    assert_eq!(pulse(&mut estimator), Some(1.0));
    estimator.process_signal(Duration::ZERO, ClockSignal::Stop);
    assert_eq!(pulse(&mut estimator), None, "stopped");
    estimator.process_signal(Duration::ZERO, ClockSignal::Continue);
    assert_eq!(pulse(&mut estimator), Some(1.0), "goes on where it was");
    estimator.process_signal(Duration::ZERO, ClockSignal::Stop);
    estimator.process_signal(Duration::ZERO, ClockSignal::SongPosition(64));
    estimator.process_signal(Duration::ZERO, ClockSignal::Continue);
    assert_eq!(pulse(&mut estimator), Some(64.0));
    estimator.process_signal(Duration::ZERO, ClockSignal::Start);
    assert_eq!(pulse(&mut estimator), Some(0.0));
}

#[test]
fn pulses_while_the_clock_is_stopped_do_not_move_the_position() {
    let mut clock = Simulation::new(3, 0.0);
    // 24 pulses: the next one is at step 4.
    clock.run_quarters(1, 120.0);
    let mut estimator = clock.estimator;
    let mut time = clock.time;
    let mut pulse = |estimator: &mut ClockEstimator| {
        let arrival = Duration::from_secs_f64(time);
        time += 1.0 / 48.0;
        let estimate = estimator.process_signal(arrival, ClockSignal::Pulse);
        estimate.and_then(|estimate| estimate.step)
    };
    estimator.process_signal(Duration::ZERO, ClockSignal::Stop);
    for _ in 0..48 {
        assert_eq!(pulse(&mut estimator), None);
    }
    estimator.process_signal(Duration::ZERO, ClockSignal::Stop);
    estimator.process_signal(Duration::ZERO, ClockSignal::Continue);
    pulse(&mut estimator);
    for _ in 0..5 {
        pulse(&mut estimator);
    }
    assert_eq!(pulse(&mut estimator), Some(5.0));
    estimator.process_signal(Duration::ZERO, ClockSignal::Stop);
    estimator.process_signal(Duration::ZERO, ClockSignal::SongPosition(64));
    for _ in 0..48 {
        pulse(&mut estimator);
    }
    estimator.process_signal(Duration::ZERO, ClockSignal::Stop);
    estimator.process_signal(Duration::ZERO, ClockSignal::Continue);
    assert_eq!(pulse(&mut estimator), Some(64.0));
}

#[test]
fn a_clock_that_ends_is_lost_once_and_one_that_was_stopped_is_not() {
    let mut clock = Simulation::new(2, 0.0);
    assert_eq!(clock.estimator.loss_deadline(), None, "none was heard yet");
    clock.run_quarters(4, 120.0);
    let end = Duration::from_secs_f64(clock.time);
    assert!(!clock.estimator.detect_loss(end));
    let later = end + Duration::from_secs(1);
    assert!(clock.estimator.detect_loss(later));
    assert!(!clock.estimator.detect_loss(later), "told once");
    assert_eq!(clock.estimator.loss_deadline(), None);

    // Back after a minute: the gap is no tempo.
    clock.time += 60.0;
    clock.estimator.process_signal(later, ClockSignal::Start);
    clock.pulses = 0;
    assert!(clock.run_quarters(4, 120.0) < 1e-3);
    clock.estimator.process_signal(later, ClockSignal::Stop);
    assert!(!clock.estimator.detect_loss(Duration::from_secs(1_000)));
}

#[test]
fn a_lost_clock_that_continues_goes_on_where_it_was_lost_or_from_the_position_that_it_has_sent() {
    for (position, expected) in [(None, 16.0), (Some(64), 64.0)] {
        let mut clock = Simulation::new(4, 0.0);
        // 96 pulses: the next one is at step 16.
        clock.run_quarters(4, 120.0);
        let mut estimator = clock.estimator;
        let mut time = clock.time + 2.0;
        assert!(estimator.detect_loss(Duration::from_secs_f64(time)));
        let mut pulse = |estimator: &mut ClockEstimator| {
            let arrival = Duration::from_secs_f64(time);
            time += 1.0 / 48.0;
            let estimate = estimator.process_signal(arrival, ClockSignal::Pulse);
            estimate.and_then(|estimate| estimate.step)
        };
        if let Some(position) = position {
            let signal = ClockSignal::SongPosition(position);
            estimator.process_signal(Duration::ZERO, signal);
        }
        for _ in 0..48 {
            assert_eq!(pulse(&mut estimator), None, "it has not started again");
        }
        estimator.process_signal(Duration::ZERO, ClockSignal::Continue);
        assert_eq!(pulse(&mut estimator), Some(expected));
    }
}
