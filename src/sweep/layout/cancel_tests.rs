//! Cancelling layouts of many melodies: promptly, at any moment, and with progress until then.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{LayoutKind, SweepLayout};
use crate::attributes::AttributeRow;
use crate::latent::prior_point;
use crate::melody::{Melody, Tokens};
use crate::progress::{Observer, Phase, Progress, Unobserved};
use crate::sweep::{MelodyEntry, MelodyId, SweepConfig, SweepError, SweepObserver, SweepPlan};

/// The aim is 0.2 s; a busy machine may be slower.
const MAX_DELAY: Duration = Duration::from_secs(15);
const LATENT_SIZE: usize = 32;

/// Samples of a sweep with random notes instead of decoded ones: decoding would take longer than the tested work.
fn random_sweep(regions: u32, samples: u32) -> (SweepPlan, Vec<MelodyEntry>) {
    let config = SweepConfig {
        regions,
        samples,
        ..SweepConfig::default()
    };
    let plan = SweepPlan::new(&config, LATENT_SIZE).unwrap();
    let entry = |(k, id): (usize, MelodyId)| {
        let draws = prior_point(32, 5, k as u64);
        let ids = draws.as_slice().iter().map(|z| match z {
            z if *z < 0.4 => 0,
            z => 35 + (10.0 * z) as u8,
        });
        let melody = Melody::from_tokens(Tokens::new(ids.collect()).unwrap());
        MelodyEntry {
            id,
            attributes: AttributeRow::measure(&melody),
            melody: Arc::new(melody),
            position: [0.0; 2],
        }
    };
    let entries = plan.sample_ids().enumerate().map(entry).collect();
    (plan, entries)
}

/// Cancels at a fraction of the work, and measures the longest time between two checks.
struct CancelAt {
    phase: Phase,
    cancel_fraction: f64,
    fractions: Vec<f64>,
    cancelled_at: Option<Instant>,
    last_check: Cell<Instant>,
    longest_gap: Cell<Duration>,
}

impl CancelAt {
    fn new(phase: Phase, cancel_fraction: f64) -> Self {
        Self {
            phase,
            cancel_fraction,
            fractions: Vec::new(),
            cancelled_at: None,
            last_check: Cell::new(Instant::now()),
            longest_gap: Cell::new(Duration::ZERO),
        }
    }

    /// Asserts that the work ended soon after the cancellation, and reported progress until then.
    fn check<T>(&self, label: &str, result: &Result<T, SweepError>) {
        let delay = self.cancelled_at.unwrap().elapsed();
        let longest_gap = self.longest_gap.get();
        eprintln!(
            "{label}: at {:.1} % stopped after {:.0} ms; at most {:.0} ms between two checks, {} reports",
            100.0 * self.cancel_fraction,
            1e3 * delay.as_secs_f64(),
            1e3 * longest_gap.as_secs_f64(),
            self.fractions.len()
        );
        assert!(matches!(result, Err(SweepError::Cancelled)), "{label}");
        assert!(delay < MAX_DELAY && longest_gap < MAX_DELAY, "{label}");
        assert!(
            self.fractions.windows(2).all(|pair| pair[0] < pair[1]),
            "{label}"
        );
        // Reports are no more than about a hundredth apart.
        let gaps = self.fractions.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.fold(0.0, f64::max) < 0.03, "{label}");
    }
}

impl SweepObserver for CancelAt {}

impl Observer for CancelAt {
    fn progress(&mut self, progress: Progress) {
        assert_eq!(progress.phase, self.phase);
        self.fractions.push(progress.fraction());
        if self.cancelled_at.is_none() && progress.fraction() >= self.cancel_fraction {
            self.cancelled_at = Some(Instant::now());
        }
    }

    fn cancelled(&self) -> bool {
        let now = Instant::now();
        let gap = now - self.last_check.replace(now);
        self.longest_gap.set(self.longest_gap.get().max(gap));
        self.cancelled_at.is_some()
    }
}

fn assert_stops_promptly(
    sweep: &(SweepPlan, Vec<MelodyEntry>),
    kind: LayoutKind,
    cancel_fraction: f64,
) {
    let mut observer = CancelAt::new(Phase::Layout, cancel_fraction);
    let result = SweepLayout::lay_out(kind, &sweep.0, &sweep.1, &mut observer);
    observer.check(&format!("{} by {kind}", sweep.1.len()), &result);
}

#[test]
fn laying_out_twenty_thousand_melodies_stops_promptly() {
    let sweep = random_sweep(100, 200);
    for cancel_fraction in [0.001, 0.03, 0.08] {
        assert_stops_promptly(&sweep, LayoutKind::MelodyDistance, cancel_fraction);
    }
    for cancel_fraction in [0.02, 0.1, 0.16] {
        assert_stops_promptly(&sweep, LayoutKind::Decoder, cancel_fraction);
    }
}

#[test]
fn laying_out_a_hundred_thousand_melodies_stops_promptly() {
    let sweep = random_sweep(100, 1_000);
    for cancel_fraction in [0.001, 0.05, 0.065] {
        assert_stops_promptly(&sweep, LayoutKind::MelodyDistance, cancel_fraction);
    }
    assert_stops_promptly(&sweep, LayoutKind::Decoder, 0.08);
    assert_stops_promptly(&sweep, LayoutKind::Latent, 0.3);
}

#[test]
fn measuring_a_large_map_stops_promptly() {
    let (plan, entries) = random_sweep(100, 200);
    let mut observer = Unobserved;
    let map =
        SweepLayout::lay_out(LayoutKind::DEFAULT_AXES, &plan, &entries, &mut observer).unwrap();
    for cancel_fraction in [0.04, 0.1] {
        let mut observer = CancelAt::new(Phase::Quality, cancel_fraction);
        let result = map.quality_of(&map.positions, &plan, &entries, &mut observer);
        observer.check("quality", &result);
    }
}

#[test]
#[ignore = "takes minutes: computes whole layouts"]
fn a_whole_layout_checks_for_cancellation_often_enough() {
    for (regions, samples) in [(100, 200), (500, 200)] {
        let sweep = random_sweep(regions, samples);
        for kind in LayoutKind::ALL {
            let cancel_fraction = 0.999;
            let started = Instant::now();
            assert_stops_promptly(&sweep, kind, cancel_fraction);
            eprintln!("{kind}: {:.1} s", started.elapsed().as_secs_f64());
        }
    }
}
