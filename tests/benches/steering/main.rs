//! How well steering meets what is asked of it, by the protocol of LC-Diff and beyond.
//!
//! `cargo bench --bench steering` prints, for the default model and its sweep of 6,400 melodies,
//!
//! - `alone`: each attribute alone over targets evenly from its least value (or the quantile `low`) to its 99 % quantile: wanted
//!   against obtained, for one decoded melody per target, the best of eight, and the search;
//! - `leak`: how far the other attributes move when one is moved over that range, free and held at the sweep's mean;
//! - `joint`: all four attributes together, wanted as windows of the corpus' test split have them;
//! - `like`: windows of the test split, but busier or calmer by three notes per bar, against steering anew and the nearest of a
//!   new sweep;
//! - `codes`: interpretability and SCC of latent dimensions and of the directions that steering moves along;
//! - with `joint` and `like`: notes in scale, overlap and copies of the training corpus, beside draws of the prior.
//!
//! Arguments after `--`: `targets=1000 vectors=500 sources=100 seeds=99,1,2 parts=alone,leak,joint,like,codes`,
//! `low=0`, `attributes=highest_note,rests` for those that are steered alone instead of LC-Diff's four,
//! `corpus=../shared/corpus` (a folder of MIDI files with its `split.csv`; without it only `alone` and `leak` are left), and
//! `examples=FILE.mid`, which writes examples to listen to and says what is where. `known=weights/default.melodies` measures
//! nothing and writes the filter of the training split's windows that the default model comes with.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

mod codes;
mod corpora;
mod examples;
mod joint;
mod leak;
mod quality;
mod reference;
mod single_attribute;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tunescape::attributes::attribute_index;
use tunescape::model::{DeviceChoice, Engine, MelodyFilter, Weights};
use tunescape::statistics::quantile;
use tunescape::sweep::{
    RunOptions, SteerBasis, SteerRequest, Steered, SweepConfig, Unobserved, run, steer,
};

use codes::codes;
use corpora::Corpora;
use examples::examples;
use joint::joint;
use leak::leak;
use quality::quality;
use reference::reference;
use single_attribute::single_attribute;

/// The attributes of LC-Diff (ISMIR 2025), with the least correlation of wanted and obtained that its figures show.
const STEERED: [(&str, f64); 4] = [
    ("note_density", 0.97),
    ("rhythmic_complexity", 0.90),
    ("pitch_range", 0.61),
    ("contour", 0.75),
];

/// Options of the command line.
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
    corpus: PathBuf,
    examples: Option<PathBuf>,
    known: Option<PathBuf>,
}

impl Settings {
    fn read() -> Self {
        let mut settings = Self {
            targets: 1_000,
            vectors: 500,
            sources: 100,
            seeds: vec![99, 1, 2],
            parts: ["alone", "leak", "joint", "like", "codes"]
                .map(str::to_owned)
                .to_vec(),
            attributes: STEERED.map(|(id, _)| id.to_owned()).to_vec(),
            low: 0.0,
            corpus: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
            examples: None,
            known: None,
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
                "corpus" => settings.corpus = value.into(),
                "examples" => settings.examples = Some(value.into()),
                "known" => settings.known = Some(value.into()),
                other => panic!("there is no setting {other}"),
            }
        }
        settings
    }

    fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|known| known == part)
    }
}

/// A sweep, its model, and the basis for steering.
struct Bench {
    basis: SteerBasis,
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

    /// `count` values, evenly spaced from the least to the 99 % quantile.
    fn targets(&self, attribute: usize, count: usize) -> Vec<f64> {
        self.targets_from(attribute, 0.0, count)
    }

    /// `count` values, evenly spaced from the quantile `low` to the 99 % quantile.
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
    let corpora = Corpora::read(&settings.corpus);
    if let Some(path) = &settings.known {
        let weights = Weights::default_model().unwrap();
        let filter = MelodyFilter::new(weights.hash(), corpora.training.iter());
        std::fs::write(path, filter.to_bytes()).unwrap();
        println!("{} windows in {}", corpora.training.len(), path.display());
        return;
    }
    let vectors = corpora.sample_evenly(settings.vectors, |_| true);
    for (number, seed) in settings.seeds.iter().enumerate() {
        let mut bench = Bench::new(*seed, &settings.attributes);
        if settings.has("alone") {
            single_attribute(
                &mut bench,
                &settings.attributes,
                settings.low,
                settings.targets,
            );
        }
        if settings.has("leak") {
            leak(&mut bench, settings.targets, &corpora.test_rows);
        }
        if corpora.is_empty() {
            continue;
        }
        if settings.has("codes") {
            codes(&mut bench, &corpora);
        }
        if settings.has("joint") {
            joint(&mut bench, &corpora, &vectors);
        }
        if settings.has("like") {
            let found = reference(&mut bench, &corpora, settings.sources);
            quality(&mut bench, &corpora, &[("like a window", &found)]);
        }
        if let (0, Some(path)) = (number, &settings.examples) {
            examples(&mut bench, &corpora, path);
        }
    }
}
