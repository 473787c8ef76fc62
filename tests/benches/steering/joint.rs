//! All four attributes together, as windows of the corpus have them.

use std::time::Instant;

use tunescape::attributes::AttributeRow;
use tunescape::melody::{Melody, Tokens, transposition_key};
use tunescape::progress::Observer;
use tunescape::statistics::{mean, quantile};
use tunescape::sweep::{SteerGoal, SteerGoals, SteerRequest, SteerRound, SweepObserver, steer};
use tunescape::training::FeatureHistograms;

use crate::{Bench, STEERED, index};

/// Times of what an observer sees first.
struct Stopwatch {
    began: Instant,
    first: Option<f64>,
    eight_settled: Option<f64>,
    /// The sweep's own melodies that were shown at once.
    on_map: Vec<Tokens>,
}

impl Observer for Stopwatch {}

impl SweepObserver for Stopwatch {
    fn steered(&mut self, round: SteerRound) {
        let now = self.began.elapsed().as_secs_f64();
        self.first.get_or_insert(now);
        let on_map = round.melodies.iter().filter(|m| m.on_map.is_some());
        self.on_map
            .extend(on_map.map(|m| m.melody.tokens().clone()));
        if round.settled >= 8 {
            self.eight_settled.get_or_insert(now);
        }
    }
}

/// All four attributes as test windows have them, 32 melodies each.
pub fn joint(bench: &mut Bench, windows: &[Melody]) {
    const COUNT: u32 = 32;
    let (mut within, mut half, mut melodies) = (0.0, 0.0, 0.0);
    let (mut all_within, mut all_half, mut all_distinct, mut sources) = (0, 0, 0, 0);
    let (mut first, mut eight, mut seconds, mut decoded) = (vec![], vec![], vec![], vec![]);
    let (mut spread, mut feasible) = (vec![], 0);
    let (mut tokens, mut on_map) = (Vec::new(), Vec::new());
    for (k, window) in windows.iter().enumerate() {
        let row = AttributeRow::measure(window);
        let mut goals = SteerGoals::free();
        for (id, _) in STEERED {
            goals.set(index(id), SteerGoal::Wanted(row.value(index(id)).unwrap()));
        }
        let request = SteerRequest {
            goals,
            count: COUNT,
            seed: bench.seed.wrapping_add(k as u64),
            ..SteerRequest::default()
        };
        let mut watch = Stopwatch {
            began: Instant::now(),
            first: None,
            eight_settled: None,
            on_map: Vec::new(),
        };
        let steered = steer(&mut bench.basis, &request, &mut bench.engine, &mut watch).unwrap();
        seconds.push(watch.began.elapsed().as_secs_f64());
        on_map.append(&mut watch.on_map);
        first.extend(watch.first);
        eight.extend(watch.eight_settled);
        decoded.push(steered.decoded as f64);
        spread.extend(steered.spread_notes);
        let count = steered.entries.len() as f64;
        within += steered.within * count;
        half += steered.within_half * count;
        melodies += count;
        all_within += usize::from(steered.within == 1.0);
        all_half += usize::from(steered.within_half == 1.0);
        all_distinct += usize::from(steered.distinct == 1.0 && count as u32 == COUNT);
        feasible += usize::from(steered.feasibility.within > 0);
        tokens.extend(steered.entries.iter().map(|e| e.melody.tokens().clone()));
        let key = transposition_key(window.tokens());
        let found = steered.entries.iter();
        sources += found
            .filter(|entry| transposition_key(entry.melody.tokens()) == key)
            .count();
    }
    let vectors = windows.len() as f64;
    let percent = |count: usize| 100.0 * count as f64 / vectors;
    let at = |values: &[f64], q: f64| quantile(values, q).unwrap_or(f64::NAN);
    println!(
        "\nall four together, {} attribute vectors of test windows, {COUNT} melodies each, seed {}",
        windows.len(),
        bench.seed
    );
    println!(
        "in the sweep         {:.1} % of the vectors have at least one melody within all tolerances",
        percent(feasible)
    );
    println!(
        "within tolerance     {:.1} % of the melodies, all 32 for {:.1} % of the vectors",
        100.0 * within / melodies,
        percent(all_within)
    );
    println!(
        "within half of it    {:.1} % of the melodies, all 32 for {:.1} % of the vectors",
        100.0 * half / melodies,
        percent(all_half)
    );
    println!(
        "32 distinct          {:.1} % of the vectors; {sources} melodies equal their window up to transposition",
        percent(all_distinct)
    );
    println!(
        "differ from another  {:.1} notes on average",
        mean(&spread).unwrap_or(f64::NAN)
    );
    for (name, values) in [
        ("first on the map", &first),
        ("eight settled", &eight),
        ("all", &seconds),
    ] {
        println!(
            "{name:<20} median {:.3} s, 95 % {:.3} s, longest {:.3} s",
            at(values, 0.5),
            at(values, 0.95),
            at(values, 1.0)
        );
    }
    println!(
        "decoded              median {:.0}, 95 % {:.0}",
        at(&decoded, 0.5),
        at(&decoded, 0.95)
    );
    let windows: Vec<Tokens> = windows.iter().map(|m| m.tokens().clone()).collect();
    let entries = bench.basis.entries().iter();
    let sweep: Vec<Tokens> = entries.map(|e| e.melody.tokens().clone()).collect();
    let wanted = FeatureHistograms::compute(&windows);
    for (name, melodies) in [
        ("steered", &tokens),
        ("sweep", &sweep),
        ("windows", &windows),
    ] {
        let found = FeatureHistograms::compute(melodies);
        println!(
            "{name:<20} {:.1} % of the notes in scale, overlap with the windows {:.3}",
            100.0 * found.in_scale(),
            found.overlap(&wanted)
        );
    }
}
