//! How well steering meets what is asked of it, by the protocol of LC-Diff and beyond.
//!
//! `cargo bench --bench steering` prints, for the default model and its sweep of 6,400 melodies,
//!
//! - each attribute alone over targets evenly from its least value to its 99 % quantile: wanted against obtained, for one
//!   decoded melody per target, the best of eight, and the search;
//! - the leak: how far the other attributes move when one is moved over that range, free and held at the sweep's mean;
//! - all four attributes together, wanted as windows of the corpus' test split have them;
//! - melodies like one of the sweep, but busier or calmer by three notes per bar, against drawing anew.
//!
//! Arguments after `--`: `targets=1000 vectors=500 sources=40 seeds=99,1,2 parts=alone,leak,joint,like`. The corpus is
//! `../shared/corpus` with its `split.csv`; without it the joint part is left out.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tunescape::attributes::{ATTRIBUTES, AttributeRow, attribute_index};
use tunescape::melody::{Melody, Tokens, TrainingWindowOptions, edit_distance, transposition_key};
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::progress::Observer;
use tunescape::statistics::{Line, mean, pearson, quantile, spearman, standard_deviation};
use tunescape::sweep::{
    Keep, RunOptions, SteerBasis, SteerFrom, SteerGoal, SteerGoals, SteerRequest, SteerRound,
    SteerSource, Steered, SweepConfig, SweepObserver, SweepPlan, Unobserved, run, steer,
};
use tunescape::training::{Corpus, FeatureHistograms, Split};

/// The attributes of LC-Diff (ISMIR 2025), with the least correlation of wanted and obtained that its figures show.
const STEERED: [(&str, f64); 4] = [
    ("note_density", 0.97),
    ("rhythmic_complexity", 0.90),
    ("pitch_range", 0.61),
    ("contour", 0.75),
];

/// What the command line asks for.
struct Settings {
    targets: usize,
    vectors: usize,
    sources: usize,
    seeds: Vec<u64>,
    parts: Vec<String>,
}

impl Settings {
    fn read() -> Self {
        let mut settings = Self {
            targets: 1_000,
            vectors: 500,
            sources: 40,
            seeds: vec![99, 1, 2],
            parts: ["alone", "leak", "joint", "like"]
                .map(str::to_owned)
                .to_vec(),
        };
        for argument in std::env::args().skip(1) {
            let Some((name, value)) = argument.split_once('=') else {
                continue;
            };
            match name {
                "targets" => settings.targets = value.parse().unwrap(),
                "vectors" => settings.vectors = value.parse().unwrap(),
                "sources" => settings.sources = value.parse().unwrap(),
                "seeds" => settings.seeds = value.split(',').map(|s| s.parse().unwrap()).collect(),
                "parts" => settings.parts = value.split(',').map(str::to_owned).collect(),
                other => panic!("there is no setting {other}"),
            }
        }
        settings
    }

    fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|known| known == part)
    }
}

/// A sweep, its model, and how to steer by it.
struct Bench {
    basis: SteerBasis,
    plan: Arc<SweepPlan>,
    engine: Engine,
    seed: u64,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let weights = Arc::new(Weights::default_model().unwrap());
        let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
        let config = SweepConfig {
            seed,
            ..SweepConfig::default()
        };
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut engine, &mut Unobserved).unwrap();
        let mut basis = SteerBasis::from_sweep(&sweep);
        let began = Instant::now();
        let r2 = STEERED.map(|(id, _)| basis.r2(index(id), &mut Unobserved).unwrap());
        println!(
            "seed {seed}: directions fitted in {:.2} s, cross-validated R2 {r2:.2?}",
            began.elapsed().as_secs_f64()
        );
        Self {
            basis,
            plan: sweep.plan,
            engine,
            seed,
        }
    }

    fn steer(&mut self, request: &SteerRequest) -> Steered {
        steer(&mut self.basis, request, &mut self.engine, &mut Unobserved).unwrap()
    }

    fn values(&self, attribute: usize) -> Vec<f64> {
        let entries = self.basis.entries().iter();
        entries
            .filter_map(|entry| entry.attributes.value(attribute))
            .collect()
    }

    /// Values evenly from the least to the 99 % quantile.
    fn targets(&self, attribute: usize, count: usize) -> Vec<f64> {
        let values = self.values(attribute);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = quantile(&values, 0.99).unwrap();
        let step = (high - low) / (count - 1) as f64;
        (0..count).map(|k| low + step * k as f64).collect()
    }
}

fn index(id: &str) -> usize {
    attribute_index(id).unwrap()
}

fn main() {
    let settings = Settings::read();
    let windows = settings
        .has("joint")
        .then(|| test_windows(settings.vectors));
    for seed in &settings.seeds {
        let mut bench = Bench::new(*seed);
        if settings.has("alone") {
            alone(&mut bench, settings.targets);
        }
        if settings.has("leak") {
            leak(&mut bench, settings.targets);
        }
        match &windows {
            Some(Some(windows)) => joint(&mut bench, windows),
            Some(None) => println!("\njoint: left out, there is no ../shared/corpus/split.csv"),
            None => {}
        }
        if settings.has("like") {
            like(&mut bench, settings.sources);
        }
    }
}

/// Wanted against obtained for each attribute alone.
fn alone(bench: &mut Bench, targets: usize) {
    println!(
        "\neach attribute alone, {targets} targets, one melody each, seed {}\n\
         attribute            found by         Pearson  LC-Diff  Spearman  slope  intercept  within  half  distinct  ms each",
        bench.seed
    );
    for (id, published) in STEERED {
        let attribute = index(id);
        let shown = ATTRIBUTES[attribute].to_display_unit;
        let wanted = bench.targets(attribute, targets);
        for (name, effort) in [("one decode", 1), ("best of 8", 8), ("search", 96)] {
            let began = Instant::now();
            let (mut obtained, mut within, mut half) = (Vec::new(), 0, 0);
            let mut keys = HashSet::new();
            for (k, target) in wanted.iter().enumerate() {
                let steered = bench.steer(&SteerRequest {
                    goals: SteerGoals::wanted(attribute, *target),
                    count: 1,
                    seed: bench.seed.wrapping_add(1_000 + k as u64),
                    effort,
                    ..SteerRequest::default()
                });
                let melody = &steered.entries[0];
                obtained.push(melody.attributes.value(attribute).unwrap());
                within += usize::from(steered.within == 1.0);
                half += usize::from(steered.within_half == 1.0);
                keys.insert(transposition_key(melody.melody.tokens()));
            }
            let ms = 1e3 * began.elapsed().as_secs_f64() / targets as f64;
            let line = Line::fit(&wanted, &obtained).unwrap();
            let share = |count: usize| 100.0 * count as f64 / targets as f64;
            println!(
                "{id:<20} {name:<15} {:>8.4} {published:>8.2} {:>9.4} {:>6.3} {:>10.2} {:>6.1}% {:>4.0}% {:>8.1}% {ms:>8.1}",
                pearson(&wanted, &obtained).unwrap(),
                spearman(&wanted, &obtained).unwrap(),
                line.slope,
                shown(line.intercept),
                share(within),
                share(half),
                share(keys.len()),
            );
        }
    }
}

/// How far the other attributes move while one is moved over its range, in standard deviations of the sweep: the difference of
/// the highest and lowest mean over tenths of the range.
fn leak(bench: &mut Bench, targets: usize) {
    const TENTHS: usize = 10;
    /// As many candidates for the one melody as for five of a usual request: at the ends of a range few melodies hold the rest.
    const LEAK_EFFORT: u32 = 512;
    let targets = (targets / TENTHS).max(10) * TENTHS;
    println!(
        "\nthe leak, {targets} targets, standard deviations of the sweep that the others move by, seed {}\n\
         steered              others    within  feasible  density  complexity  range  contour  (where feasible)",
        bench.seed
    );
    for (id, _) in STEERED {
        let steered_attribute = index(id);
        let wanted = bench.targets(steered_attribute, targets);
        for held in [false, true] {
            let mut rows: Vec<(usize, bool, AttributeRow)> = Vec::new();
            let mut within = 0;
            for (k, target) in wanted.iter().enumerate() {
                let mut goals = SteerGoals::wanted(steered_attribute, *target);
                for (other, _) in STEERED {
                    let other = index(other);
                    if held && other != steered_attribute {
                        goals.set(other, SteerGoal::Held(bench.basis.mean(other).unwrap()));
                    }
                }
                let steered = bench.steer(&SteerRequest {
                    goals,
                    count: 1,
                    seed: bench.seed.wrapping_add(5_000 + k as u64),
                    effort: LEAK_EFFORT,
                    ..SteerRequest::default()
                });
                within += usize::from(steered.within == 1.0);
                let feasible = steered.feasibility.within > 0;
                let row = steered.entries[0].attributes.clone();
                rows.push((k * TENTHS / targets, feasible, row));
            }
            let moved = |attribute: usize, only_feasible: bool| {
                let tenths = (0..TENTHS).filter_map(|tenth| {
                    let of_tenth = rows.iter().filter(|(own, feasible, _)| {
                        *own == tenth && (*feasible || !only_feasible)
                    });
                    let values: Vec<f64> = of_tenth
                        .filter_map(|(_, _, row)| row.value(attribute))
                        .collect();
                    mean(&values)
                });
                let means: Vec<f64> = tenths.collect();
                let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let low = means.iter().copied().fold(f64::INFINITY, f64::min);
                (high - low) / standard_deviation(&bench.values(attribute)).unwrap()
            };
            let all = STEERED.map(|(other, _)| moved(index(other), false));
            let feasible = STEERED.map(|(other, _)| moved(index(other), true));
            let share = rows.iter().filter(|(_, feasible, _)| *feasible).count();
            println!(
                "{id:<20} {:<9} {:>5.1}% {:>8.1}% {:>8.2} {:>11.2} {:>6.2} {:>8.2}  ({feasible:.2?})",
                if held { "held" } else { "free" },
                100.0 * within as f64 / targets as f64,
                100.0 * share as f64 / targets as f64,
                all[0],
                all[1],
                all[2],
                all[3],
            );
        }
    }
}

/// Evenly chosen windows of the test split; `None` without a corpus.
fn test_windows(count: usize) -> Option<Vec<Melody>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let table = folder.join("split.csv");
    if !table.is_file() {
        return None;
    }
    let name = "test".to_owned();
    let options = TrainingWindowOptions::default();
    let corpus = Corpus::read(&folder, &Split::Named { table, name }, &options).unwrap();
    let every = corpus.len() as f64 / count as f64;
    let windows: Vec<&Tokens> = corpus.windows().collect();
    let chosen = (0..count).filter_map(|k| windows.get((k as f64 * every) as usize));
    Some(
        chosen
            .map(|tokens| Melody::from_tokens((*tokens).clone()))
            .collect(),
    )
}

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
fn joint(bench: &mut Bench, windows: &[Melody]) {
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

/// Melodies of the sweep, busier or calmer by three notes per bar: what else changes.
fn like(bench: &mut Bench, sources: usize) {
    println!(
        "\nlike this, but three notes per bar more or fewer, {sources} melodies of the sweep, 8 new ones each, seed {}\n\
         asked                                    within  changed notes  of that needed  ms",
        bench.seed
    );
    let density = index("note_density");
    let entries: Vec<_> = bench
        .basis
        .entries()
        .iter()
        .filter(|entry| (10..=18).contains(&entry.melody.notes().len()))
        .cloned()
        .collect();
    let every = (entries.len() / sources).max(1);
    for closeness in [Some(0.9), Some(0.7), Some(0.4), None] {
        for more in [3.0, -3.0] {
            let (mut within, mut changed, mut ms) = (vec![], vec![], vec![]);
            for (k, entry) in entries.iter().step_by(every).take(sources).enumerate() {
                let own = entry.attributes.value(density).unwrap();
                let from = closeness.map_or(SteerFrom::Anywhere, |closeness| {
                    SteerFrom::Like(SteerSource {
                        latent: bench.plan.latent(entry.id).unwrap(),
                        melody: Arc::clone(&entry.melody),
                        closeness,
                        keep: Keep::Nothing,
                    })
                });
                let began = Instant::now();
                let steered = bench.steer(&SteerRequest {
                    goals: SteerGoals::wanted(density, own + more / 16.0),
                    from,
                    count: 8,
                    seed: bench.seed.wrapping_add(k as u64),
                    ..SteerRequest::default()
                });
                ms.push(1e3 * began.elapsed().as_secs_f64());
                within.push(steered.within);
                let found = steered.entries.iter();
                changed.extend(found.map(|e| edit_distance(&entry.melody, &e.melody)));
            }
            let name = match closeness {
                Some(closeness) => format!("{more:+.0} per bar, closeness {closeness}"),
                None => format!("{more:+.0} per bar, drawn anew"),
            };
            println!(
                "{name:<40} {:>5.1}% {:>14.2} {:>15} {:>5.0}",
                100.0 * mean(&within).unwrap(),
                mean(&changed).unwrap(),
                "6",
                mean(&ms).unwrap(),
            );
        }
    }
}
