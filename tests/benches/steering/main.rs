//! How well steering meets what is asked of it, by the protocol of LC-Diff and beyond.
//!
//! `cargo bench --bench steering` prints, for the default model and its sweep of 6,400 melodies,
//!
//! - each attribute alone over targets evenly from its least value (or the quantile `low`) to its 99 % quantile: wanted against
//!   obtained, for one decoded melody per target, the best of eight, and the search;
//! - the leak: how far the other attributes move when one is moved over that range, free and held at the sweep's mean;
//! - all four attributes together, wanted as windows of the corpus' test split have them;
//! - melodies like one of the sweep, but busier or calmer by three notes per bar, against drawing anew.
//!
//! Arguments after `--`: `targets=1000 vectors=500 sources=40 seeds=99,1,2 parts=alone,leak,joint,like low=0`, and
//! `attributes=highest_note,rests` for those that are steered alone instead of LC-Diff's four. The corpus is
//! `../shared/corpus` with its `split.csv`; without it the joint part is left out.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

mod alone;
mod joint;
mod leak;
mod like;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tunescape::attributes::{AttributeRow, attribute_index};
use tunescape::melody::{Melody, TrainingWindowOptions};
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::statistics::quantile;
use tunescape::sweep::{
    RunOptions, SteerBasis, SteerRequest, Steered, SweepConfig, SweepPlan, Unobserved, run, steer,
};
use tunescape::training::{Corpus, Split};

use alone::alone;
use joint::joint;
use leak::leak;
use like::like;

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
    /// Attributes that are steered alone.
    attributes: Vec<String>,
    /// Quantile of the least target of an attribute alone.
    low: f64,
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
            attributes: STEERED.map(|(id, _)| id.to_owned()).to_vec(),
            low: 0.0,
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
                "attributes" => {
                    settings.attributes = value.split(',').map(str::to_owned).collect();
                }
                "low" => settings.low = value.parse().unwrap(),
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
    fn new(seed: u64, attributes: &[String]) -> Self {
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
        let r2 = |id: &String| basis.r2(index(id), &mut Unobserved).unwrap();
        let r2: Vec<f64> = attributes.iter().map(r2).collect();
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
        self.targets_from(attribute, 0.0, count)
    }

    /// Values evenly from a quantile to the 99 % quantile.
    fn targets_from(&self, attribute: usize, low: f64, count: usize) -> Vec<f64> {
        let values = self.values(attribute);
        let low = quantile(&values, low).unwrap();
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
    let windows = test_windows();
    let rows: Vec<AttributeRow> = windows.iter().map(AttributeRow::measure).collect();
    let vectors = evenly(&windows, settings.vectors);
    for seed in &settings.seeds {
        let mut bench = Bench::new(*seed, &settings.attributes);
        if settings.has("alone") {
            alone(
                &mut bench,
                &settings.attributes,
                settings.low,
                settings.targets,
            );
        }
        if settings.has("leak") {
            leak(&mut bench, settings.targets, &rows);
        }
        if settings.has("joint") && !vectors.is_empty() {
            joint(&mut bench, &vectors);
        }
        if settings.has("like") {
            like(&mut bench, settings.sources);
        }
    }
}

/// The windows of the test split; none without a corpus, which is said.
fn test_windows() -> Vec<Melody> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let table = folder.join("split.csv");
    if !table.is_file() {
        println!(
            "there is no ../shared/corpus/split.csv: what needs windows of the test split is left out"
        );
        return Vec::new();
    }
    let name = "test".to_owned();
    let options = TrainingWindowOptions::default();
    let corpus = Corpus::read(&folder, &Split::Named { table, name }, &options).unwrap();
    corpus.windows().cloned().map(Melody::from_tokens).collect()
}

/// About `count` of the melodies, evenly chosen.
fn evenly(melodies: &[Melody], count: usize) -> Vec<Melody> {
    let every = melodies.len() as f64 / count as f64;
    let chosen = (0..count).filter_map(|k| melodies.get((k as f64 * every) as usize));
    chosen.cloned().collect()
}
