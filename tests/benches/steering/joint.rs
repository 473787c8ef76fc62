//! All four attributes together, as windows of the corpus have them.

use std::sync::Arc;
use std::time::Instant;

use tunescape::attributes::AttributeRow;
use tunescape::melody::{Melody, Tokens, transposition_key};
use tunescape::progress::Observer;
use tunescape::statistics::{mean, quantile};
use tunescape::sweep::{
    SteerGoal, SteerGoals, SteerRequest, SteerRound, Steered, SweepObserver, steer,
};

use crate::corpora::Corpora;
use crate::quality::quality;
use crate::{Bench, STEERED, index};

/// Times of what an observer sees first.
struct Stopwatch {
    began: Instant,
    first: Option<f64>,
    eight_accepted: Option<f64>,
    /// The sweep's own melodies that were shown at once.
    from_sweep: Vec<Tokens>,
    /// How many of the first eight that were shown have all values within the tolerances.
    first_within: usize,
    goals: SteerGoals,
}

impl Observer for Stopwatch {}

impl SweepObserver for Stopwatch {
    fn steered(&mut self, round: SteerRound) {
        let now = self.began.elapsed().as_secs_f64();
        if self.first.is_none() {
            self.first = Some(now);
            let eight = round.melodies.iter().take(8);
            let within = eight.filter(|m| self.goals.are_met(&m.attributes, 1.0));
            self.first_within = within.count();
        }
        let from_sweep = round.melodies.iter().filter(|m| m.in_sweep.is_some());
        self.from_sweep
            .extend(from_sweep.map(|m| m.melody.tokens().clone()));
        if round.accepted_count >= 8 {
            self.eight_accepted.get_or_insert(now);
        }
    }
}

/// What is counted over the vectors.
#[derive(Default)]
struct Figures {
    vectors: usize,
    melodies: f64,
    within: f64,
    within_half: f64,
    /// Vectors whose melodies are all within the tolerances, within half of them, and all distinct; and those of which the
    /// sweep has a melody within all tolerances.
    all_within: usize,
    all_half: usize,
    all_distinct: usize,
    feasible: usize,
    /// Vectors of which eight melodies of the sweep, shown at once, are within all tolerances.
    first_eight: usize,
    /// Melodies that equal their window up to transposition.
    copies: usize,
    first: Vec<f64>,
    eight: Vec<f64>,
    seconds: Vec<f64>,
    decoded: Vec<f64>,
    spread: Vec<f64>,
    /// For each of [`STEERED`] how far the melodies are from it, in tolerances.
    misses: [Vec<f64>; STEERED.len()],
    /// Number of the melodies that miss no value by more than a quarter of its tolerance.
    within_quarter: f64,
    steered: Vec<Tokens>,
    from_sweep: Vec<Tokens>,
}

const COUNT: u32 = 32;

/// All four attributes as test windows have them, 32 melodies each.
pub fn joint(bench: &mut Bench, corpora: &Corpora, windows: &[Melody]) {
    let mut figures = Figures::default();
    for (k, window) in windows.iter().enumerate() {
        let row = AttributeRow::measure(window);
        let mut goals = SteerGoals::free();
        for (id, _) in STEERED {
            goals.set(index(id), SteerGoal::Wanted(row.value(index(id)).unwrap()));
        }
        let request = SteerRequest {
            goals,
            excluded: vec![Arc::new(window.clone())],
            count: COUNT,
            seed: bench.seed.wrapping_add(k as u64),
            ..SteerRequest::default()
        };
        let mut watch = Stopwatch {
            began: Instant::now(),
            first: None,
            eight_accepted: None,
            from_sweep: Vec::new(),
            first_within: 0,
            goals: request.goals.clone(),
        };
        let steered = steer(&mut bench.basis, &request, &mut bench.engine, &mut watch).unwrap();
        figures.add(window, &request.goals, &steered, watch);
    }
    println!(
        "\nall four together, {} attribute vectors of test windows, {COUNT} melodies each, seed {}",
        windows.len(),
        bench.seed
    );
    figures.print();
    let windows: Vec<Tokens> = windows.iter().map(|m| m.tokens().clone()).collect();
    let entries = bench.basis.entries().iter();
    let sweep: Vec<Tokens> = entries.map(|e| e.melody.tokens().clone()).collect();
    let sets: [(&str, &[Tokens]); 4] = [
        ("steered", &figures.steered),
        ("sweep's nearest", &figures.from_sweep),
        ("sweep", &sweep),
        ("the windows steered to", &windows),
    ];
    quality(bench, corpora, &sets);
}

impl Figures {
    fn add(
        &mut self,
        window: &Melody,
        goals: &SteerGoals,
        steered: &Steered,
        mut watch: Stopwatch,
    ) {
        self.seconds.push(watch.began.elapsed().as_secs_f64());
        self.from_sweep.append(&mut watch.from_sweep);
        self.first.extend(watch.first);
        self.eight.extend(watch.eight_accepted);
        self.decoded.push(steered.decoded as f64);
        self.spread.extend(steered.mean_pairwise_distance);
        let count = steered.entries.len() as f64;
        self.vectors += 1;
        self.melodies += count;
        self.within += steered.fraction_within * count;
        self.within_half += steered.fraction_within_half * count;
        self.all_within += usize::from(steered.fraction_within == 1.0);
        self.all_half += usize::from(steered.fraction_within_half == 1.0);
        self.all_distinct += usize::from(steered.distinct_fraction == 1.0 && count as u32 == COUNT);
        self.first_eight += usize::from(watch.first_within == 8);
        self.feasible += usize::from(steered.feasibility.matching_count > 0);
        for entry in &steered.entries {
            let misses = goals.deviations(&entry.attributes).unwrap();
            self.within_quarter += f64::from(u8::from(goals.are_met(&entry.attributes, 0.25)));
            for ((attribute, _), miss) in goals.target_values().zip(misses) {
                let of = STEERED.iter().position(|(id, _)| index(id) == attribute);
                self.misses[of.unwrap()].push(miss.abs());
            }
        }
        let key = transposition_key(window.tokens());
        let found = || steered.entries.iter().map(|entry| entry.melody.tokens());
        self.copies += found()
            .filter(|tokens| transposition_key(tokens) == key)
            .count();
        self.steered.extend(found().cloned());
    }

    fn print(&self) {
        let percent = |count: usize| 100.0 * count as f64 / self.vectors as f64;
        let at = |values: &[f64], q: f64| quantile(values, q).unwrap_or(f64::NAN);
        println!(
            "in the sweep         {:.1} % of the vectors have at least one melody within all tolerances; the first eight on the map are so for {:.1} %",
            percent(self.feasible),
            percent(self.first_eight)
        );
        for (name, melodies, vectors) in [
            ("within tolerance", self.within, self.all_within),
            ("within half of it", self.within_half, self.all_half),
        ] {
            println!(
                "{name:<20} {:.1} % of the melodies, all 32 for {:.1} % of the vectors",
                100.0 * melodies / self.melodies,
                percent(vectors)
            );
        }
        let misses = STEERED
            .iter()
            .zip(&self.misses)
            .map(|((id, _), misses)| format!("{id} {:.3}", mean(misses).unwrap_or(f64::NAN)));
        println!(
            "mean miss            {} tolerances; {:.1} % of the melodies miss none by more than a quarter",
            misses.collect::<Vec<_>>().join(", "),
            100.0 * self.within_quarter / self.melodies
        );
        println!(
            "32 distinct          {:.1} % of the vectors; {} melodies equal their window up to transposition",
            percent(self.all_distinct),
            self.copies
        );
        println!(
            "differ from another  {:.1} notes on average",
            mean(&self.spread).unwrap_or(f64::NAN)
        );
        for (name, values) in [
            ("first on the map", &self.first),
            ("eight accepted", &self.eight),
            ("all", &self.seconds),
        ] {
            println!(
                "{name:<20} median {:.3} s, 95 % {:.3} s, longest {:.3} s",
                at(values, 0.5),
                at(values, 0.95),
                at(values, 1.0)
            );
        }
        println!(
            "decoded              median {:.0}, 95 % {:.0}; {:.2} ms each",
            at(&self.decoded, 0.5),
            at(&self.decoded, 0.95),
            1e3 * self.seconds.iter().sum::<f64>() / self.decoded.iter().sum::<f64>()
        );
    }
}
