//! How well the ranking by taste finds what a listener likes, on melodies that the listener has not heard.
//!
//! `cargo bench --bench taste` sweeps the default model and simulates listeners with a hidden preference, each of whom likes one
//! melody in five. A listener hears melodies in random order, keeps what he likes, errs once in ten times, and goes on until 5, 10,
//! 20 or 50 are kept. Printed is the area under the ROC curve of the score on all melodies that were not heard: the probability
//! that a melody he would like is ranked before one that he would not, 0.5 by chance. Beside it:
//!
//! - `kept alone`: the same without the melodies that were heard and not kept, as for kept melodies of earlier sessions;
//! - `nearest`: the order by the distance to the nearest kept melody in the latent space;
//! - the share of liked melodies among the first of 32 new ones, 0.2 by chance, and the time of a fit.
//!
//! Arguments after `--`: `seeds=99,1` (of the sweeps), `samples=24` (per region), `listeners=20` (of each kind and seed).
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::sync::Arc;
use std::time::Instant;

use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::attributes::{AttributeRow, attribute_index};
use tunescape::latent::LatentPoint;
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::statistics::{mean, median, quantile, ranks, standard_deviation};
use tunescape::sweep::{
    PreferenceExample, PreferenceModel, RunOptions, SweepConfig, Unobserved, run,
};

/// Numbers of kept melodies.
const KEPT: [usize; 4] = [5, 10, 20, 50];
/// Share of the melodies that a listener likes.
const LIKED: f64 = 0.2;
/// How often a listener keeps or skips by mistake.
const ERRORS: f64 = 0.1;
/// Melodies of the map that say what is usual.
const UNHEARD: usize = 128;
/// Size of a steer.
const NEW: usize = 32;

struct Melody {
    latent: LatentPoint,
    attributes: AttributeRow,
}

impl Melody {
    fn example(&self) -> PreferenceExample<'_> {
        PreferenceExample {
            latent: &self.latent,
            attributes: &self.attributes,
        }
    }
}

/// What a listener likes.
#[derive(Clone, Copy)]
enum Liking {
    /// Sums of attributes, in standard deviations of the sweep.
    Attributes(&'static [(&'static str, f64)]),
    /// A random direction of the latent space.
    Direction,
    /// What is near any of so many random melodies.
    Near(usize),
}

const LIKINGS: [(&str, Liking); 6] = [
    (
        "calm and rising",
        Liking::Attributes(&[("note_density", -1.0), ("signed_contour", 1.0)]),
    ),
    (
        "busy, syncopated and low",
        Liking::Attributes(&[
            ("note_density", 1.0),
            ("syncopation", 1.0),
            ("highest_note", -1.0),
        ]),
    ),
    (
        "repeated motifs, long notes",
        Liking::Attributes(&[("motif_repetition", 1.0), ("note_length", 1.0)]),
    ),
    ("a direction of the latent space", Liking::Direction),
    ("near one latent point", Liking::Near(1)),
    ("near any of three latent points", Liking::Near(3)),
];

/// The figures of a number of kept melodies.
#[derive(Default)]
struct Figures {
    auc: Vec<f64>,
    kept_alone: Vec<f64>,
    nearest: Vec<f64>,
    first: Vec<f64>,
    heard: Vec<f64>,
    milliseconds: Vec<f64>,
}

fn main() {
    let setting = |name: &str| {
        let prefix = format!("{name}=");
        std::env::args().find_map(|argument| argument.strip_prefix(&prefix).map(str::to_owned))
    };
    let seeds = setting("seeds").unwrap_or_else(|| "99,1".to_owned());
    let seeds: Vec<u64> = seeds.split(',').map(|seed| seed.parse().unwrap()).collect();
    let listeners: u64 = setting("listeners").map_or(20, |text| text.parse().unwrap());
    let samples = setting("samples").map_or(24, |text| text.parse().unwrap());
    let weights = Weights::default_model().unwrap();
    let mut engine = Engine::open(Arc::new(weights), &DeviceChoice::Cpu).unwrap();
    let sweeps: Vec<Vec<Melody>> = seeds
        .iter()
        .map(|seed| swept(&mut engine, *seed, samples))
        .collect();
    println!(
        "{} melodies per sweep, {} listeners of each kind",
        sweeps[0].len(),
        listeners * sweeps.len() as u64
    );
    println!(
        "{:32} kept  heard    AUC (least of 20 %)  kept alone  nearest  first of {NEW}  fit",
        ""
    );
    for (name, liking) in LIKINGS {
        let mut figures: [Figures; 4] = Default::default();
        for (melodies, sweep) in sweeps.iter().zip(0_u64..) {
            for listener in 0..listeners {
                let mut rng = ChaCha8Rng::seed_from_u64(1_000 * sweep + listener);
                listen(melodies, liking, &mut rng, &mut figures);
            }
        }
        for (kept, figures) in KEPT.iter().zip(&figures) {
            println!(
                "{name:32} {kept:4}  {:5.0}  {:.3} ({:.3})        {:.3}       {:.3}    {:.2}         {:.1} ms",
                mean(&figures.heard).unwrap(),
                mean(&figures.auc).unwrap(),
                quantile(&figures.auc, 0.2).unwrap(),
                mean(&figures.kept_alone).unwrap(),
                mean(&figures.nearest).unwrap(),
                mean(&figures.first).unwrap(),
                median(&figures.milliseconds).unwrap(),
            );
        }
    }
}

/// The melodies of a sweep as the window begins with, without the empty ones.
fn swept(engine: &mut Engine, seed: u64, samples: u32) -> Vec<Melody> {
    let config = SweepConfig {
        seed,
        samples,
        ..SweepConfig::default()
    };
    let sweep = run(&config, &RunOptions::default(), engine, &mut Unobserved).unwrap();
    let entries = sweep
        .samples
        .iter()
        .filter(|entry| !entry.melody.is_empty());
    let melodies = entries.map(|entry| Melody {
        latent: sweep.plan.latent(entry.id).unwrap(),
        attributes: entry.attributes.clone(),
    });
    melodies.collect()
}

/// How much a listener likes each melody.
fn liking_of(melodies: &[Melody], liking: Liking, rng: &mut ChaCha8Rng) -> Vec<f64> {
    match liking {
        Liking::Attributes(parts) => {
            let mut sums = vec![0.0; melodies.len()];
            for (id, factor) in parts {
                let index = attribute_index(id).unwrap();
                let value = |melody: &Melody| melody.attributes.value(index).unwrap();
                let values: Vec<f64> = melodies.iter().map(value).collect();
                let (middle, sd) = (mean(&values).unwrap(), standard_deviation(&values).unwrap());
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += factor * (value - middle) / sd;
                }
            }
            sums
        }
        Liking::Direction => {
            let size = melodies[0].latent.len();
            let direction: Vec<f64> = (0..size).map(|_| rng.random::<f64>() - 0.5).collect();
            let along = |melody: &Melody| {
                let point = melody.latent.as_slice().iter();
                point.zip(&direction).map(|(x, d)| f64::from(*x) * d).sum()
            };
            melodies.iter().map(along).collect()
        }
        Liking::Near(count) => {
            let hidden: Vec<usize> = (0..count)
                .map(|_| rng.random_range(0..melodies.len()))
                .collect();
            let near = |melody: &Melody| {
                let distances = hidden
                    .iter()
                    .map(|index| melodies[*index].latent.distance(&melody.latent));
                -distances.fold(f64::INFINITY, f64::min)
            };
            melodies.iter().map(near).collect()
        }
    }
}

/// Lets a listener hear melodies until the largest number is kept, and measures at each number.
fn listen(melodies: &[Melody], liking: Liking, rng: &mut ChaCha8Rng, figures: &mut [Figures; 4]) {
    let liked = liking_of(melodies, liking, rng);
    let threshold = quantile(&liked, 1.0 - LIKED).unwrap();
    let likes: Vec<bool> = liked.iter().map(|value| *value >= threshold).collect();
    let mut order: Vec<usize> = (0..melodies.len()).collect();
    order.shuffle(rng);
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    for (heard, index) in order.iter().enumerate() {
        let errs = rng.random::<f64>() < ERRORS;
        if likes[*index] != errs {
            kept.push(*index);
        } else {
            skipped.push(*index);
            continue;
        }
        if let Some(at) = KEPT.iter().position(|count| *count == kept.len()) {
            let rest = &order[heard + 1..];
            measure(melodies, &likes, [&kept, &skipped, rest], &mut figures[at]);
        }
        if Some(&kept.len()) == KEPT.last() {
            break;
        }
    }
}

fn measure(
    melodies: &[Melody],
    likes: &[bool],
    [kept, skipped, rest]: [&[usize]; 3],
    figures: &mut Figures,
) {
    let examples = |indices: &[usize]| -> Vec<PreferenceExample<'_>> {
        indices
            .iter()
            .map(|index| melodies[*index].example())
            .collect()
    };
    let every = rest.len().div_ceil(UNHEARD).max(1);
    let unheard: Vec<usize> = rest.iter().step_by(every).copied().collect();
    let size = melodies[0].latent.len();
    let began = Instant::now();
    let model = PreferenceModel::fit(
        size,
        &examples(kept),
        &examples(skipped),
        &examples(&unheard),
    )
    .unwrap();
    figures
        .milliseconds
        .push(1e3 * began.elapsed().as_secs_f64());
    let alone = PreferenceModel::fit(size, &examples(kept), &[], &examples(&unheard)).unwrap();
    let score = |model: &PreferenceModel| -> Vec<f64> {
        let score = |index: &usize| model.score(melodies[*index].example()).unwrap();
        rest.iter().map(score).collect()
    };
    let near = |index: &usize| {
        let distances = kept
            .iter()
            .map(|other| melodies[*other].latent.distance(&melodies[*index].latent));
        -distances.fold(f64::INFINITY, f64::min)
    };
    let nearest: Vec<f64> = rest.iter().map(near).collect();
    let truth: Vec<bool> = rest.iter().map(|index| likes[*index]).collect();
    figures.auc.push(auc(&score(&model), &truth));
    figures.kept_alone.push(auc(&score(&alone), &truth));
    figures.nearest.push(auc(&nearest, &truth));
    figures.heard.push((kept.len() + skipped.len()) as f64);
    // Sets of 32 melodies that nobody has heard: is the one that is ranked first liked?
    for set in rest.chunks_exact(NEW).take(20) {
        let ranked: Vec<(bool, PreferenceExample<'_>)> = set
            .iter()
            .map(|index| (true, melodies[*index].example()))
            .collect();
        let first = set[model.order(&ranked)[0]];
        figures.first.push(f64::from(u8::from(likes[first])));
    }
}

/// Probability that a liked melody has a higher score than another one, by the Mann-Whitney statistic.
fn auc(scores: &[f64], truth: &[bool]) -> f64 {
    let ranks = ranks(scores);
    let positive = truth.iter().filter(|liked| **liked).count() as f64;
    let negative = truth.len() as f64 - positive;
    let sum: f64 = ranks
        .iter()
        .zip(truth)
        .filter(|(_, liked)| **liked)
        .map(|(rank, _)| rank)
        .sum();
    (sum - positive * (positive + 1.0) / 2.0) / (positive * negative)
}
