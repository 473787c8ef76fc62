//! Fine-tuning on a collection that the model has never seen: what it gains, and what it forgets.
//!
//! `cargo bench --bench learn` takes some songs of a collection that the default model was not trained on, fine-tunes on them as
//! `tunescape learn` does, and prints before and after: how the other songs of the collection are reconstructed, whose melodies
//! draws of the prior sound like, copies, and the reconstruction of the corpus' test split.
//!
//! *Sounds like*: the share of draws that a naive Bayes classifier takes for the collection, by each window's intervals with the
//! time between onsets, and its onsets in the bar. It is fitted to up to 2,000 windows of each collection; equal priors. The
//! row `collection` is what it says of real windows that it was not fitted to.
//!
//! With `mixes=0,0.25,0.5,0.75,1` it prints instead what mixes of the default model and each fine-tuned one are like, by the
//! fraction of the fine-tuned one: reconstruction of the other songs of the collection and of the corpus' validation split, draws
//! of the prior.
//!
//! Arguments after `--`: `corpus=../shared/corpus` (a folder with a folder of MIDI files per collection, and `split.csv`),
//! `collection=nottingham songs=20,100,500 examples=50000,250000 seed=1`, and settings of training such as
//! `rehearsal_share=0.5`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tunescape::latent::prior_point;
use tunescape::melody::{Melody, STEPS_PER_BAR, Tokens, TrainingWindowOptions};
use tunescape::model::{
    DeviceChoice, Engine, FloatFormat, MelodyModel as _, Sampling, Weights, mix_weights,
};
use tunescape::progress::Observer;
use tunescape::training::{
    Corpus, FeatureHistograms, HOLD_OUT_EVERY, REHEARSAL_COUNT, Split, TrainObserver,
    TrainProgress, Trainer, TrainingConfig, TrainingRun, calibrate_prior, copy_fraction, evaluate,
    fine_tuning_config, rehearsal_melodies, train,
};

/// Windows of each collection that the classifier is fitted to.
const FITTED: usize = 2_000;
/// Draws of the prior.
const DRAWS: u64 = 2_000;
/// Windows whose reconstruction is measured.
const MEASURED: usize = 1_500;

fn main() {
    let mut corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let mut collection = "nottingham".to_owned();
    let (mut songs, mut examples, mut seed) = (vec![100], vec![50_000, 250_000], 1);
    let mut fractions: Vec<f64> = Vec::new();
    let mut settings = serde_json::Map::new();
    let numbers =
        |text: &str| -> Vec<u64> { text.split(',').map(|n| n.parse().unwrap()).collect() };
    for argument in std::env::args().skip(1) {
        let Some((name, value)) = argument.split_once('=') else {
            continue;
        };
        match name {
            "corpus" => corpus = value.into(),
            "collection" => value.clone_into(&mut collection),
            "songs" => songs = numbers(value),
            "examples" => examples = numbers(value),
            "mixes" => fractions = value.split(',').map(|n| n.parse().unwrap()).collect(),
            "seed" => seed = value.parse().unwrap(),
            name => {
                settings.insert(name.to_owned(), serde_json::from_str(value).unwrap());
            }
        }
    }
    if !corpus.is_dir() {
        println!(
            "there is no corpus at {}: nothing is measured",
            corpus.display()
        );
        return;
    }
    let start = Arc::new(Weights::default_model().unwrap());
    let bench = Bench::new(&corpus, &collection);
    println!("collection {collection}, seed {seed}, {settings:?}");
    if fractions.is_empty() {
        println!(
            "{:<28} {:>7} {:>7} {:>7} {:>8} {:>9} {:>7} {:>7} {:>8} {:>7}",
            "",
            "unseen",
            "onsets",
            "tf",
            "overlap",
            "like it",
            "copies",
            "tests",
            "onsets",
            "seconds"
        );
        bench.print_real();
        bench.print("before", &start, &[], seed, 0.0);
    }
    for &songs in &songs {
        let (own, _) = bench.songs(songs as usize);
        for &examples in &examples {
            let config = fine_tuning_config(&start, seed);
            let mut all = serde_json::to_value(&config).unwrap();
            for (name, value) in &settings {
                all[name] = value.clone();
            }
            all["examples"] = examples.into();
            let config: TrainingConfig = serde_json::from_value(all).unwrap();
            let began = Instant::now();
            let fine_tuned = fine_tune(&start, own.clone(), config);
            let seconds = began.elapsed().as_secs_f64();
            let windows: Vec<Tokens> = own.windows().cloned().collect();
            let name = format!(
                "{songs} songs, {} windows, {}k",
                windows.len(),
                examples / 1000
            );
            if fractions.is_empty() {
                bench.print(&name, &fine_tuned, &windows, seed, seconds);
            } else {
                println!("{name}, {seconds:.0} seconds");
                bench.print_mixes([&start, &fine_tuned], &fractions, seed);
            }
        }
    }
}

/// Fine-tunes as `tunescape learn` does.
fn fine_tune(start: &Arc<Weights>, mut own: Corpus, config: TrainingConfig) -> Arc<Weights> {
    let folder = tempfile::tempdir().unwrap();
    let held_out = own.hold_out(HOLD_OUT_EVERY);
    own.rehearsal =
        rehearsal_melodies(start, REHEARSAL_COUNT, config.seed, &mut |_| Ok(())).unwrap();
    let mut trainer = Trainer::start_from(config.clone(), start).unwrap();
    let mut best = Best {
        corpus: &own,
        best: None,
    };
    let run = TrainingRun {
        corpus: &own,
        valid: &held_out,
        checkpoint: &folder.path().join("checkpoint"),
        checkpoint_every: Duration::from_secs(3_600),
        time_limit: None,
    };
    train(&mut trainer, &run, &mut best).unwrap();
    let mut weights = Arc::new(best.best.unwrap());
    if config.fit_rounds > 0 {
        weights = Arc::new(calibrate_prior(&weights, &own, &config, &mut |_| Ok(())).unwrap());
    }
    let file = folder.path().join("fine_tuned.safetensors");
    weights.save(&file, FloatFormat::Float16).unwrap();
    Arc::new(Weights::open(&file).unwrap())
}

/// Keeps the weights of the best validation.
struct Best<'a> {
    corpus: &'a Corpus,
    best: Option<Weights>,
}

impl Observer for Best<'_> {}

impl TrainObserver for Best<'_> {
    fn training_progress(&mut self, _progress: TrainProgress) {}

    fn save_weights(&mut self, trainer: &Trainer) {
        let provenance = serde_json::json!({ "config": trainer.config() });
        let weights = trainer.final_weights(self.corpus, provenance);
        self.best = Some(weights.unwrap());
    }
}

/// The collection, the others, and the classifier.
struct Bench {
    folder: PathBuf,
    /// The collection's files: every other one may be trained on, the rest are for evaluation.
    learnable: Vec<String>,
    /// Windows of the files that judge, by which nothing is fitted.
    unseen: Corpus,
    test: Corpus,
    valid: Corpus,
    classifier: Classifier,
    collection: usize,
}

impl Bench {
    fn new(corpus: &Path, collection: &str) -> Self {
        let folder = corpus.join(collection);
        let mut files: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".mid"))
            .collect();
        files.sort();
        let of = |rest: usize, of: usize| -> Vec<String> {
            let some = files.iter().enumerate().filter(|(k, _)| k % of == rest);
            some.map(|(_, name)| name.clone()).collect()
        };
        let table = corpus.join("split.csv");
        let named = |name: &str| Split::Named {
            table: table.clone(),
            name: name.to_owned(),
        };
        let train =
            Corpus::read(corpus, &named("train"), &TrainingWindowOptions::default()).unwrap();
        let mut fitted: Vec<Vec<Tokens>> = train
            .sources
            .iter()
            .map(|source| evenly(&source.windows, FITTED))
            .collect();
        // A quarter of the collection's files for the classifier, a quarter to judge, half to learn from.
        fitted.push(evenly(&windows_of(&folder, &of(1, 4)), FITTED));
        let learnable = of(0, 2);
        let known = Corpus::from_windows("", windows_of(&folder, &learnable));
        // Tunes share windows: what may be trained on is not unseen.
        let judges = Corpus::from_windows("", windows_of(&folder, &of(3, 4)));
        let shared = judges.windows_also_in(&known);
        let unseen = judges.windows().zip(shared).filter(|(_, shared)| !shared);
        let unseen: Vec<Tokens> = unseen.map(|(window, _)| window.clone()).collect();
        let sample = |split: &str| {
            let corpus = Corpus::read(corpus, &named(split), &TrainingWindowOptions::default());
            Corpus::from_windows("", corpus.unwrap().sample(MEASURED))
        };
        Self {
            unseen: Corpus::from_windows("", evenly(&unseen, MEASURED)),
            test: sample("test"),
            valid: sample("valid"),
            classifier: Classifier::fit(&fitted),
            collection: fitted.len() - 1,
            learnable,
            folder,
        }
    }

    /// Some of the learnable songs, evenly, and their number.
    fn songs(&self, count: usize) -> (Corpus, usize) {
        let names = evenly(&self.learnable, count);
        (
            Corpus::from_windows("own", windows_of(&self.folder, &names)),
            names.len(),
        )
    }

    fn print_real(&self) {
        let windows: Vec<Tokens> = self.unseen.windows().cloned().collect();
        let share = self.classifier.share(&windows, self.collection);
        println!("{:<54} {:>17.1} %", "collection", 100.0 * share);
    }

    fn print(&self, name: &str, weights: &Arc<Weights>, own: &[Tokens], seed: u64, seconds: f64) {
        let measure = |corpus: &Corpus| {
            evaluate(weights, corpus, corpus, 1, seed, &DeviceChoice::Cpu).unwrap()
        };
        let (unseen, test) = (measure(&self.unseen), measure(&self.test));
        let size = weights.config().latent_size;
        let points: Vec<_> = (0..DRAWS)
            .map(|k| prior_point(size, seed + 99, k))
            .collect();
        let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu).unwrap();
        let draws = engine.decode(&points, &Sampling::Greedy).unwrap();
        let windows: Vec<Tokens> = self.unseen.windows().cloned().collect();
        let overlap =
            FeatureHistograms::compute(&draws).overlap(&FeatureHistograms::compute(&windows));
        println!(
            "{name:<28} {:>5.1} % {:>5.1} % {:>7.3} {overlap:>8.3} {:>7.1} % {:>5.1} % {:>5.1} % {:>6.1} % {seconds:>7.0}",
            100.0 * unseen.exact,
            100.0 * unseen.onset_accuracy,
            unseen.token_accuracy_teacher_forced,
            100.0 * self.classifier.share(&draws, self.collection),
            100.0 * copy_fraction(&draws, own.iter()),
            100.0 * test.exact,
            100.0 * test.onset_accuracy,
        );
    }
}

impl Bench {
    /// Prints what mixes of two models are like, by the fraction of the second.
    fn print_mixes(&self, [first, second]: [&Arc<Weights>; 2], fractions: &[f64], seed: u64) {
        println!(
            "{:<10} {:>22} {:>25} {:>26}",
            "fraction", "unseen of collection", "validation split", "draws of the prior"
        );
        println!(
            "{:<10} {:>7} {:>7} {:>7} {:>8} {:>7} {:>7} {:>9} {:>8} {:>9}",
            "",
            "tokens",
            "onsets",
            "exact",
            "tokens",
            "onsets",
            "exact",
            "in scale",
            "overlap",
            "copies"
        );
        for fraction in fractions {
            let mixed = Arc::new(mix_weights(first, second, *fraction).unwrap());
            let measure = |corpus: &Corpus, draws: u64| {
                let seed = seed + 99;
                let draws = draws as usize;
                evaluate(&mixed, corpus, corpus, draws, seed, &DeviceChoice::Cpu).unwrap()
            };
            let (unseen, valid) = (measure(&self.unseen, DRAWS), measure(&self.valid, 1));
            let accuracies = [&unseen, &valid].map(|metrics| {
                format!(
                    "{:>7.1} {:>7.1} {:>7.1}",
                    100.0 * metrics.token_accuracy_greedy,
                    100.0 * metrics.onset_accuracy,
                    100.0 * metrics.exact
                )
            });
            println!(
                "{fraction:<10} {} {:>9.1} {:>8.3} {:>7.1} %",
                accuracies.join("  "),
                100.0 * unseen.in_scale_prior,
                unseen.prior_overlap,
                100.0 * unseen.prior_copies
            );
        }
    }
}

/// At most `count` of the items, evenly.
fn evenly<T: Clone>(items: &[T], count: usize) -> Vec<T> {
    let count = count.min(items.len());
    (0..count)
        .map(|k| items[k * items.len() / count].clone())
        .collect()
}

/// The windows of some files of a folder.
fn windows_of(folder: &Path, names: &[String]) -> Vec<Tokens> {
    let table = tempfile::NamedTempFile::new().unwrap();
    let rows: Vec<String> = names.iter().map(|name| format!("\"{name}\",own")).collect();
    std::fs::write(table.path(), format!("path,split\n{}\n", rows.join("\n"))).unwrap();
    let split = Split::Named {
        table: table.path().to_owned(),
        name: "own".to_owned(),
    };
    let corpus = Corpus::read(folder, &split, &TrainingWindowOptions::default()).unwrap();
    corpus.windows().cloned().collect()
}

/// Naive Bayes over what [`features`] counts.
struct Classifier {
    /// Of each collection the logarithm of each feature's probability, and that of features that it lacks.
    classes: Vec<(HashMap<Feature, f64>, f64)>,
}

/// An interval in semitones with the steps between the onsets, or an onset's step in its bar.
type Feature = (i16, usize);

fn features(window: &Tokens) -> Vec<Feature> {
    let melody = Melody::from_tokens(window.clone());
    let notes = melody.notes();
    let pairs = notes.windows(2).map(|pair| {
        let interval = i16::from(pair[1].pitch) - i16::from(pair[0].pitch);
        (
            interval.clamp(-12, 12),
            (pair[1].start - pair[0].start) as usize,
        )
    });
    let onsets = notes
        .iter()
        .map(|note| (100, note.start as usize % STEPS_PER_BAR));
    pairs.chain(onsets).collect()
}

impl Classifier {
    fn fit(collections: &[Vec<Tokens>]) -> Self {
        let counts: Vec<HashMap<Feature, f64>> = collections
            .iter()
            .map(|windows| {
                let mut counts = HashMap::new();
                for feature in windows.iter().flat_map(features) {
                    *counts.entry(feature).or_default() += 1.0;
                }
                counts
            })
            .collect();
        let known = counts
            .iter()
            .flat_map(HashMap::keys)
            .collect::<std::collections::HashSet<_>>()
            .len();
        let classes = counts.into_iter().map(|counts| {
            // One more of each feature (Laplace).
            let total = counts.values().sum::<f64>() + known as f64;
            let log = counts
                .into_iter()
                .map(|(feature, count)| (feature, ((count + 1.0) / total).ln()));
            (log.collect(), total.recip().ln())
        });
        Self {
            classes: classes.collect(),
        }
    }

    /// The share of the windows that are taken for a collection.
    fn share(&self, windows: &[Tokens], of: usize) -> f64 {
        let taken = windows.iter().filter(|window| {
            let features = features(window);
            let scores: Vec<f64> = self
                .classes
                .iter()
                .map(|(log, lacking)| features.iter().map(|f| log.get(f).unwrap_or(lacking)).sum())
                .collect();
            (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])) == Some(of)
        });
        taken.count() as f64 / windows.len().max(1) as f64
    }
}
