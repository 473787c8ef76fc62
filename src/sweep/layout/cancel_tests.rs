//! Cancelling layouts of many melodies: within a second, at any moment, and with progress until then.
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
const LATENT: usize = 32;

/// Samples of a sweep with random notes: decoding would take longer than what is tested.
fn swept(regions: u32, samples: u32) -> (SweepPlan, Vec<MelodyEntry>) {
    let config = SweepConfig {
        regions,
        samples,
        ..SweepConfig::default()
    };
    let plan = SweepPlan::new(&config, LATENT).unwrap();
    let entry = |(k, id): (usize, MelodyId)| {
        let chance = prior_point(32, 5, k as u64);
        let ids = chance.as_slice().iter().map(|z| match z {
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
    at: f64,
    fractions: Vec<f64>,
    stopped: Option<Instant>,
    checked: Cell<Instant>,
    longest: Cell<Duration>,
}

impl CancelAt {
    fn new(phase: Phase, at: f64) -> Self {
        Self {
            phase,
            at,
            fractions: Vec::new(),
            stopped: None,
            checked: Cell::new(Instant::now()),
            longest: Cell::new(Duration::ZERO),
        }
    }

    /// Asserts that the work ended soon after the cancellation, and reported progress until then.
    fn check<T>(&self, what: &str, ended: &Result<T, SweepError>) {
        let late = self.stopped.unwrap().elapsed();
        let longest = self.longest.get();
        eprintln!(
            "{what}: at {:.1} % stopped after {:.0} ms; at most {:.0} ms between two checks, {} reports",
            100.0 * self.at,
            1e3 * late.as_secs_f64(),
            1e3 * longest.as_secs_f64(),
            self.fractions.len()
        );
        assert!(matches!(ended, Err(SweepError::Cancelled)), "{what}");
        assert!(late < MAX_DELAY && longest < MAX_DELAY, "{what}");
        assert!(
            self.fractions.windows(2).all(|two| two[0] < two[1]),
            "{what}"
        );
        // Reports are no more than about a hundredth apart.
        let gaps = self.fractions.windows(2).map(|two| two[1] - two[0]);
        assert!(gaps.fold(0.0, f64::max) < 0.03, "{what}");
    }
}

impl SweepObserver for CancelAt {}

impl Observer for CancelAt {
    fn progress(&mut self, progress: Progress) {
        assert_eq!(progress.phase, self.phase);
        self.fractions.push(progress.fraction());
        if self.stopped.is_none() && progress.fraction() >= self.at {
            self.stopped = Some(Instant::now());
        }
    }

    fn cancelled(&self) -> bool {
        let now = Instant::now();
        let gap = now - self.checked.replace(now);
        self.longest.set(self.longest.get().max(gap));
        self.stopped.is_some()
    }
}

fn stops(sweep: &(SweepPlan, Vec<MelodyEntry>), kind: LayoutKind, at: f64) {
    let mut observer = CancelAt::new(Phase::Layout, at);
    let ended = SweepLayout::lay_out(kind, &sweep.0, &sweep.1, &mut observer);
    observer.check(&format!("{} by {kind}", sweep.1.len()), &ended);
}

#[test]
fn laying_out_twenty_thousand_melodies_stops_within_a_second() {
    let sweep = swept(100, 200);
    for at in [0.001, 0.03, 0.08] {
        stops(&sweep, LayoutKind::MelodyDistance, at);
    }
    for at in [0.02, 0.1, 0.16] {
        stops(&sweep, LayoutKind::Decoder, at);
    }
}

#[test]
fn laying_out_a_hundred_thousand_melodies_stops_within_a_second() {
    let sweep = swept(100, 1_000);
    for at in [0.001, 0.05, 0.065] {
        stops(&sweep, LayoutKind::MelodyDistance, at);
    }
    stops(&sweep, LayoutKind::Decoder, 0.08);
    stops(&sweep, LayoutKind::Latent, 0.3);
}

#[test]
fn measuring_a_large_map_stops_within_a_second() {
    let (plan, entries) = swept(100, 200);
    let mut listener = Unobserved;
    let map = SweepLayout::lay_out(LayoutKind::AXES, &plan, &entries, &mut listener).unwrap();
    for at in [0.04, 0.1] {
        let mut observer = CancelAt::new(Phase::Quality, at);
        let ended = map.quality_of(&map.positions, &plan, &entries, &mut observer);
        observer.check("quality", &ended);
    }
}

#[test]
#[ignore = "takes minutes: computes whole layouts"]
fn a_whole_layout_checks_for_cancellation_often_enough() {
    for (regions, samples) in [(100, 200), (500, 200)] {
        let sweep = swept(regions, samples);
        for kind in LayoutKind::ALL {
            let at = 0.999;
            let began = Instant::now();
            stops(&sweep, kind, at);
            eprintln!("{kind}: {:.1} s", began.elapsed().as_secs_f64());
        }
    }
}
