//! Training on a small folder of MIDI files: it learns, it resumes, it refuses what it cannot use.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "shared with tests that need all of it")]
#[path = "support/command.rs"]
mod command;
#[path = "support/small_corpus.rs"]
mod small_corpus;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use command::tunescape;
use small_corpus::{corpus, small_config, tune, write_corpus};
use tunescape::latent::{LatentPoint, prior_point};
use tunescape::melody::{MidiWriteOptions, Tokens, Track, WindowOptions, single_track_bytes};
use tunescape::model::{Decode as _, DeviceChoice, Engine, MusicVaeConfig, Sampling, Weights};
use tunescape::training::gradient::StepLosses;
use tunescape::training::{
    Corpus, CurvePoint, Source, Split, TrainObserver, TrainProgress, Trainer, TrainingConfig,
    TrainingError, TrainingRun, draws_are_fitted, evaluate, fit_draws, train,
};

#[derive(Default)]
struct Watcher {
    last: Option<TrainProgress>,
    cancel_after: Option<u64>,
    steps: std::cell::Cell<u64>,
    kept: Vec<u64>,
    curve: Vec<CurvePoint>,
}

impl TrainObserver for Watcher {
    fn progress(&mut self, progress: TrainProgress) {
        self.last = Some(progress);
    }

    fn keep(&mut self, trainer: &Trainer) {
        self.kept.push(trainer.examples());
    }

    fn looked(&mut self, curve: &[CurvePoint]) {
        self.curve = curve.to_vec();
    }

    fn cancelled(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.cancel_after == Some(self.steps.get())
    }
}

/// A run whose checkpoints come only at its end.
fn run<'a>(corpus: &'a Corpus, valid: &'a [Tokens], checkpoint: &'a Path) -> TrainingRun<'a> {
    TrainingRun {
        corpus,
        valid,
        checkpoint,
        checkpoint_every: Duration::from_secs(3_600),
    }
}

#[test]
fn the_split_table_decides_and_broken_files_are_listed_not_fatal() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    assert_eq!(corpus.len(), 3);
    let names: Vec<&str> = corpus
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    let all = Corpus::read(folder.path(), &Split::All, &WindowOptions::default()).unwrap();
    assert_eq!((all.len(), all.files, all.unreadable.len()), (4, 5, 1));
}

#[test]
fn a_folder_without_melodies_says_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let none = Corpus::read(folder.path(), &Split::All, &WindowOptions::default()).unwrap_err();
    assert!(
        none.to_string().contains("no usable two-bar window"),
        "{none}"
    );
    let absent = folder.path().join("absent");
    let gone = Corpus::read(&absent, &Split::All, &WindowOptions::default()).unwrap_err();
    assert!(matches!(gone, TrainingError::Read { .. }), "{gone}");
    std::fs::write(folder.path().join("split.csv"), "path\nx.mid\n").unwrap();
    let split = Split::Named {
        table: folder.path().join("split.csv"),
        name: "train".into(),
    };
    let bad = Corpus::read(folder.path(), &split, &WindowOptions::default()).unwrap_err();
    let said = bad.to_string();
    assert!(said.contains("the column split is missing"), "{said}");
}

#[test]
fn three_melodies_are_learnt_by_heart() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let mut trainer = Trainer::new(TrainingConfig {
        model: MusicVaeConfig {
            latent_size: 4,
            encoder_layers: vec![32],
            decoder_layers: vec![32, 32],
            ..MusicVaeConfig::default()
        },
        beta: 0.02,
        average_decay: 0.95,
        ..small_config(12_000)
    })
    .unwrap();
    let mut watcher = Watcher::default();
    train(
        &mut trainer,
        &run(&corpus, &[], &folder.path().join("c")),
        &mut watcher,
    )
    .unwrap();
    let last = watcher.last.unwrap();
    assert_eq!((last.step, last.examples), (1_500, 12_000));
    let weights = Arc::new(trainer.weights(serde_json::Value::Null).unwrap());
    let figures = evaluate(&weights, &corpus, &corpus, 50, 1, &DeviceChoice::Cpu).unwrap();
    assert_eq!(figures.windows, 3);
    assert!(figures.token_accuracy_teacher_forced > 0.95, "{figures:?}");
    assert!(figures.onset_accuracy > 0.9, "{figures:?}");
}

#[test]
fn a_run_that_was_cancelled_and_resumed_gives_the_weights_of_an_unbroken_one() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let config = small_config(320);
    let mut unbroken = Trainer::new(config.clone()).unwrap();
    let first = folder.path().join("unbroken");
    train(
        &mut unbroken,
        &run(&corpus, &[], &first),
        &mut Watcher::default(),
    )
    .unwrap();

    let checkpoint = folder.path().join("broken");
    let mut broken = Trainer::new(config.clone()).unwrap();
    let mut watcher = Watcher {
        cancel_after: Some(17),
        ..Watcher::default()
    };
    let stopped = train(&mut broken, &run(&corpus, &[], &checkpoint), &mut watcher).unwrap_err();
    assert!(
        matches!(stopped, TrainingError::Cancelled { step: 17 }),
        "{stopped}"
    );
    let mut resumed = Trainer::resume(config.clone(), &checkpoint).unwrap();
    assert_eq!(resumed.step(), 17);
    train(
        &mut resumed,
        &run(&corpus, &[], &checkpoint),
        &mut Watcher::default(),
    )
    .unwrap();
    let null = serde_json::Value::Null;
    assert_eq!(
        resumed.weights(null.clone()).unwrap().parameters(),
        unbroken.weights(null).unwrap().parameters()
    );

    let other = TrainingConfig {
        beta: 0.3,
        ..config
    };
    let refused = Trainer::resume(other, &checkpoint)
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("beta: 0.2 there, 0.3 here"), "{refused}");
}

/// Largest difference between two models' weights.
fn gap(a: &Weights, b: &Weights) -> f32 {
    a.config()
        .tensor_shapes()
        .iter()
        .map(|(name, _)| {
            let values = |weights: &Weights| weights.parameters().get(name).unwrap().values.clone();
            let pairs = values(a).into_iter().zip(values(b));
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        })
        .fold(0.0, f32::max)
}

#[test]
fn a_burn_device_moves_the_weights_the_same_way_and_tells_of_all_its_steps() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let config = small_config(20 * 8);
    let steps = config.steps();
    assert_eq!(steps, 20);
    let mut by_hand = Trainer::new(config.clone()).unwrap();
    let mut automatic = Trainer::new(config.clone()).unwrap();
    automatic.use_device(burn::tensor::Device::flex());
    assert!(automatic.device_error(&corpus).unwrap() < 1e-4);
    let untouched = by_hand.weights(serde_json::Value::Null).unwrap();
    let (mut left, mut right) = (StepLosses::default(), StepLosses::default());
    for step in 1..=steps {
        left += by_hand.advance(&corpus).unwrap();
        right += automatic.advance(&corpus).unwrap();
        // Losses come after sixteen steps and after the last; no step is left out or told of twice.
        let told = if step < 16 {
            0
        } else if step < steps {
            16
        } else {
            steps
        };
        assert_eq!(right.melodies, 8 * told);
    }
    assert_eq!(left.melodies, right.melodies);
    for (left, right) in [
        (left.cross_entropy, right.cross_entropy),
        (left.kl, right.kl),
    ] {
        assert!((left - right).abs() < 1e-3 * left, "{left} and {right}");
    }
    let [by_hand_weights, automatic_weights] =
        [&by_hand, &automatic].map(|t| t.weights(serde_json::Value::Null).unwrap());
    let moved = gap(&untouched, &by_hand_weights);
    let apart = gap(&by_hand_weights, &automatic_weights);
    assert!(apart < 0.05 * moved, "{apart} apart after a way of {moved}");

    // What a device left can be gone on with, there or elsewhere.
    let checkpoint = folder.path().join("device.checkpoint");
    automatic.save(&checkpoint).unwrap();
    let resumed = Trainer::resume(config, &checkpoint).unwrap();
    assert_eq!(resumed.step(), steps);
    let resumed = resumed.weights(serde_json::Value::Null).unwrap();
    assert_eq!(gap(&automatic_weights, &resumed), 0.0);
}

#[test]
fn a_run_stops_when_the_valid_melodies_get_no_better_and_keeps_the_best() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    // Nothing is learnt at this rate, so no look is better than the first.
    let config = TrainingConfig {
        learning_rate: 1e-9,
        validate_every: 32,
        patience: 3,
        ..small_config(8_000)
    };
    let valid = [tune(66, true, 4).tokens().clone()];
    let mut trainer = Trainer::new(config.clone()).unwrap();
    let mut watcher = Watcher::default();
    let checkpoint = folder.path().join("stopped");
    train(
        &mut trainer,
        &run(&corpus, &valid, &checkpoint),
        &mut watcher,
    )
    .unwrap();
    let looks: Vec<u64> = watcher.curve.iter().map(|point| point.examples).collect();
    assert_eq!(looks, [32, 64, 96, 128]);
    assert_eq!(watcher.kept, [32]);
    let mut resumed = Trainer::resume(config, &checkpoint).unwrap();
    assert_eq!(resumed.curve(), watcher.curve);
    train(
        &mut resumed,
        &run(&corpus, &valid, &checkpoint),
        &mut Watcher::default(),
    )
    .unwrap();
    assert_eq!(
        resumed.step(),
        trainer.step(),
        "a stopped run stays stopped"
    );
}

#[test]
fn a_run_can_start_from_weights_and_says_from_which() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let mut first = Trainer::new(small_config(64)).unwrap();
    for _ in 0..8 {
        first.advance(&corpus).unwrap();
    }
    let null = serde_json::Value::Null;
    let weights = first.weights(null.clone()).unwrap();
    let second = Trainer::start_from(small_config(32), &weights).unwrap();
    assert_eq!(second.step(), 0);
    assert_eq!(
        second.weights(null).unwrap().parameters(),
        weights.parameters()
    );
    assert_eq!(
        second.config().started_from.as_deref(),
        Some(weights.hash())
    );
    let other_sizes = TrainingConfig {
        model: MusicVaeConfig::default(),
        ..small_config(32)
    };
    assert!(Trainer::start_from(other_sizes, &weights).is_err());
}

/// A config that learns from draws of the prior alone, or for a share.
fn with_draws(examples: u64, share: f64) -> TrainingConfig {
    TrainingConfig {
        drawn_share: share,
        drawn_melodies: 24,
        redraw_every: 48,
        walk_rounds: 2,
        ..small_config(examples)
    }
}

#[test]
fn draws_of_the_prior_teach_the_decoder_and_leave_the_encoder_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let mut first = Trainer::new(small_config(800)).unwrap();
    for _ in 0..100 {
        first.advance(&corpus).unwrap();
    }
    let null = serde_json::Value::Null;
    let weights = first.weights(null.clone()).unwrap();

    let mut trainer = Trainer::start_from(with_draws(800, 1.0), &weights).unwrap();
    let before = trainer.advance(&corpus).unwrap();
    let mut after = before;
    while trainer.step() < 100 {
        after = trainer.advance(&corpus).unwrap();
    }
    assert_eq!(before.kl, 0.0);
    assert!(
        after.cross_entropy < 0.5 * before.cross_entropy,
        "{before:?} {after:?}"
    );
    let taught = trainer.weights(null).unwrap();
    let moved: Vec<String> = weights
        .config()
        .tensor_shapes()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            let values = |w: &Weights| w.parameters().get(name).unwrap().values.clone();
            let pairs = values(&weights).into_iter().zip(values(&taught));
            // A mean of equal weights is rounded.
            pairs.into_iter().any(|(a, b)| (a - b).abs() > 1e-5)
        })
        .collect();
    assert!(
        moved.iter().any(|name| name.contains("decoder")),
        "{moved:?}"
    );
    assert!(
        moved.iter().all(|name| name.contains("decoder")),
        "{moved:?}"
    );
}

#[test]
fn a_run_with_draws_of_the_prior_resumes_with_them_and_needs_a_model_to_draw_with() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let null = serde_json::Value::Null;
    let weights = Trainer::new(small_config(64))
        .unwrap()
        .weights(null.clone())
        .unwrap();
    let config = with_draws(96, 0.25);
    let mut unbroken = Trainer::start_from(config.clone(), &weights).unwrap();
    let checkpoint = folder.path().join("checkpoint");
    while unbroken.step() < 12 {
        unbroken.advance(&corpus).unwrap();
        if unbroken.step() == 5 {
            unbroken.save(&checkpoint).unwrap();
        }
    }
    let mut resumed = Trainer::resume(unbroken.config().clone(), &checkpoint).unwrap();
    assert!(!resumed.unprepared());
    while resumed.step() < 12 {
        resumed.advance(&corpus).unwrap();
    }
    assert_eq!(
        resumed.weights(null.clone()).unwrap().parameters(),
        unbroken.weights(null).unwrap().parameters()
    );

    let from_nothing = Trainer::new(config).unwrap().advance(&corpus).unwrap_err();
    assert!(from_nothing.to_string().contains("--start-from"));
}

/// Melodies of the default model from points half as far again from the middle as draws of its prior.
fn melodies_from_farther_out(weights: &Arc<Weights>) -> Corpus {
    let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu).unwrap();
    let points: Vec<LatentPoint> = (0..1_000)
        .map(|index| {
            let near = prior_point(weights.config().latent_size, 5, index);
            LatentPoint::new(near.as_slice().iter().map(|v| 1.5 * v).collect())
        })
        .collect();
    let source = Source {
        name: "far".to_owned(),
        files: 1,
        windows: engine.decode(&points, &Sampling::Greedy).unwrap(),
    };
    Corpus {
        sources: vec![source],
        files: 1,
        unreadable: Vec::new(),
        damaged: Vec::new(),
        notes: tunescape::melody::NoteCount::default(),
    }
}

#[test]
fn draws_are_fitted_to_a_corpus_and_every_reconstruction_stays() {
    let weights = Arc::new(Weights::default_model().unwrap());
    let corpus = melodies_from_farther_out(&weights);
    let config = TrainingConfig {
        model: weights.config().clone(),
        fit_rounds: 8,
        fit_draws: 800,
        ..TrainingConfig::default()
    };
    let fitted = Arc::new(fit_draws(&weights, &corpus, &config, &mut |_, _| true).unwrap());
    assert!(draws_are_fitted(&fitted));

    let measured =
        |weights| evaluate(weights, &corpus, &corpus, 1_000, 3, &DeviceChoice::Cpu).unwrap();
    let (before, after) = (measured(&weights), measured(&fitted));
    assert!(
        after.prior_overlap > before.prior_overlap + 0.02,
        "{before:?}\n{after:?}"
    );
    // What the fit did not look at came nearer too.
    let unseen = ["inter_onset_interval", "onset_step", "distinct_pitches"];
    let [before_unseen, after_unseen] = [&before, &after].map(|figures| -> f64 {
        let overlaps = &figures.prior_further_overlaps;
        unseen.iter().map(|id| overlaps[id]).sum()
    });
    assert!(after_unseen > before_unseen, "{before:?}\n{after:?}");
    // Rounding may tip a token.
    assert!(
        (after.exact - before.exact).abs() < 0.003,
        "{before:?}\n{after:?}"
    );
    assert!((after.token_accuracy_greedy - before.token_accuracy_greedy).abs() < 0.001);

    let short = TrainingConfig {
        fit_rounds: 2,
        fit_draws: 200,
        ..config
    };
    let [one, other] = [(); 2].map(|()| fit_draws(&weights, &corpus, &short, &mut |_, _| true));
    assert_eq!(one.unwrap().hash(), other.unwrap().hash());
    let stopped = fit_draws(&weights, &corpus, &short, &mut |round, _| round < 1);
    assert!(matches!(stopped, Err(TrainingError::Cancelled { .. })));
}

/// Bad settings: the JSON text, and what the refusal says of key, value and range.
const BAD_SETTINGS: [(&str, [&str; 2]); 60] = [
    (r#"{"learning_rat": 0.1}"#, ["learning_rat ", "0.1"]),
    (r#"{"model": {"latent": 8}}"#, ["model.latent ", "8"]),
    (r#"{"batch": 8, "batch": 9}"#, ["batch", "duplicate"]),
    (r#"[1, 2]"#, ["no JSON object", "[1, 2]"]),
    (r#"{"learning_rate": NaN}"#, ["learning_rate", "NaN"]),
    (r#"{"learning_rate": 1e999}"#, ["learning_rate", "1e999"]),
    (
        r#"{"learning_rate": "fast"}"#,
        ["learning_rate cannot be \"fast\"", "above 0, up to 1"],
    ),
    (
        r#"{"learning_rate": 0}"#,
        ["learning_rate cannot be 0", "above 0, up to 1"],
    ),
    (
        r#"{"learning_rate": -0.001}"#,
        ["learning_rate cannot be -0.001", "above 0"],
    ),
    (
        r#"{"learning_rate": 50}"#,
        ["learning_rate cannot be 50", "up to 1"],
    ),
    (r#"{"batch": 0}"#, ["batch cannot be 0", "from 1 to 65536"]),
    (
        r#"{"batch": -8}"#,
        ["batch cannot be -8", "from 1 to 65536"],
    ),
    (
        r#"{"batch": 8.5}"#,
        ["batch cannot be 8.5", "from 1 to 65536"],
    ),
    (
        r#"{"batch": 4000000000}"#,
        ["batch cannot be 4000000000", "65536"],
    ),
    (
        r#"{"shards": 0}"#,
        ["shards cannot be 0", "from 1 to 65536"],
    ),
    (
        r#"{"examples": 1e6}"#,
        ["examples cannot be 1000000.0", "a whole number"],
    ),
    (
        r#"{"examples": 18446744073709551615}"#,
        ["examples cannot be", "to 1000000000000"],
    ),
    (
        r#"{"seed": -1}"#,
        ["seed cannot be -1", "a whole number from 0"],
    ),
    (
        r#"{"warm_up_steps": -1}"#,
        ["warm_up_steps cannot be -1", "0 or more"],
    ),
    (
        r#"{"constant_share": 1.5}"#,
        ["constant_share cannot be 1.5", "from 0 to 1"],
    ),
    (
        r#"{"final_rate": 0}"#,
        ["final_rate cannot be 0", "above 0, up to 1"],
    ),
    (
        r#"{"final_rate": -1}"#,
        ["final_rate cannot be -1", "above 0, up to 1"],
    ),
    (
        r#"{"beta": -0.2}"#,
        ["beta cannot be -0.2", "from 0 to 10000"],
    ),
    (
        r#"{"beta_warm_up": 2}"#,
        ["beta_warm_up cannot be 2", "from 0 to 1"],
    ),
    (
        r#"{"free_nats": -1}"#,
        ["free_nats cannot be -1", "from 0 to 1000000"],
    ),
    (r#"{"clip_norm": 0}"#, ["clip_norm cannot be 0", "above 0"]),
    (
        r#"{"moment_decays": [0.9, 1.0]}"#,
        ["moment_decays cannot be [0.9, 1.0]", "0.999999"],
    ),
    (
        r#"{"moment_decays": [0.9]}"#,
        ["moment_decays cannot be [0.9]", "two numbers"],
    ),
    (
        r#"{"average_decay": 1.01}"#,
        ["average_decay cannot be 1.01", "from 0 to 1"],
    ),
    (
        r#"{"transpose_semitones": -8}"#,
        ["transpose_semitones cannot be -8", "from 0 to 87"],
    ),
    (
        r#"{"transpose_semitones": 200}"#,
        ["transpose_semitones cannot be 200", "0 to 87"],
    ),
    (
        r#"{"transpose_share": -0.5}"#,
        ["transpose_share cannot be -0.5", "from 0 to 1"],
    ),
    (
        r#"{"balance": 400}"#,
        ["balance cannot be 400", "from 0 to 1"],
    ),
    (
        r#"{"token_dropout": 1.2}"#,
        ["token_dropout cannot be 1.2", "from 0 to 1"],
    ),
    (
        r#"{"drawn_share": 7}"#,
        ["drawn_share cannot be 7", "from 0 to 1"],
    ),
    (r#"{"drawn_share": 0.2}"#, ["drawn_share", "--start-from"]),
    (
        r#"{"drawn_melodies": 0}"#,
        ["drawn_melodies cannot be 0", "from 1"],
    ),
    (
        r#"{"examples": 900000000000, "redraw_every": 10}"#,
        ["redraw_every cannot be 10", "210 or more"],
    ),
    (
        r#"{"walk_rounds": 100000}"#,
        ["walk_rounds cannot be 100000", "from 0 to 1000"],
    ),
    (
        r#"{"walk_noise": -0.1}"#,
        ["walk_noise cannot be -0.1", "from 0 to 100"],
    ),
    (r#"{"whiten": 1}"#, ["whiten cannot be 1", "true or false"]),
    (
        r#"{"fit_rounds": 1000000000}"#,
        ["fit_rounds cannot be 1000000000", "to 100000"],
    ),
    (r#"{"fit_draws": 0}"#, ["fit_draws cannot be 0", "from 2"]),
    (
        r#"{"arithmetic": "float16"}"#,
        ["arithmetic cannot be \"float16\"", "bfloat16"],
    ),
    (
        r#"{"validate_every": 0}"#,
        ["validate_every cannot be 0", "1 or more"],
    ),
    (
        r#"{"patience": -1}"#,
        ["patience cannot be -1", "0 or more"],
    ),
    (
        r#"{"started_from": "0123456789ab"}"#,
        ["started_from is \"0123456789ab\"", "--start-from"],
    ),
    (r#"{"model": 7}"#, ["model cannot be 7", "an object"]),
    (
        r#"{"model": {"latent_size": 0}}"#,
        ["model.latent_size cannot be 0", "from 1 to 16384"],
    ),
    (
        r#"{"model": {"latent_size": 1000000000000}}"#,
        ["model.latent_size cannot be 10", "16384"],
    ),
    (
        r#"{"model": {"steps": 0}}"#,
        ["model.steps cannot be 0", "a multiple of 16"],
    ),
    (
        r#"{"model": {"steps": 24}}"#,
        ["model.steps cannot be 24", "a multiple of 16"],
    ),
    (
        r#"{"model": {"tokens": 130}}"#,
        ["model.tokens cannot be 130", "90"],
    ),
    (
        r#"{"model": {"encoder_layers": []}}"#,
        ["model.encoder_layers cannot be []", "1 to 16 layers"],
    ),
    (
        r#"{"model": {"encoder_layers": [0]}}"#,
        ["model.encoder_layers cannot be [0]", "from 1"],
    ),
    (
        r#"{"model": {"decoder_layers": []}}"#,
        ["model.decoder_layers cannot be []", "1 to 16 layers"],
    ),
    (
        r#"{"model": {"decoder_layers": [16, 0]}}"#,
        ["model.decoder_layers cannot be [16, 0]", "from 1"],
    ),
    (
        r#"{"model": {"decoder_layers": [-1]}}"#,
        ["model.decoder_layers cannot be [-1]", "from 1"],
    ),
    (
        r#"{"model": {"decoder_layers": [16384, 16384]}}"#,
        ["model cannot be one of", "at most 1073741824"],
    ),
    (
        r#"{"model": {"hierarchy": {"segments": 2, "conductor_layers": [4]}}}"#,
        ["model.hierarchy cannot be", "flat models only"],
    ),
];

#[test]
fn settings_that_no_run_can_have_are_refused_by_key_value_and_range_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, settings) = (path("out/m.safetensors"), path("settings.json"));
    let corpus = folder.path().to_str().unwrap();
    let refused = |more: &[&str], says: &[&str]| {
        let mut arguments = vec!["train", "--corpus", corpus, "--out", &out, "--quiet"];
        arguments.extend(["--device", "cpu"]);
        arguments.extend(more);
        let output = tunescape(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{more:?}: {said}"
        );
        for wanted in says {
            assert!(
                said.contains(wanted),
                "{more:?}: {wanted:?} is not in {said}"
            );
        }
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!folder.path().join("out").exists(), "{more:?}");
    };
    for (text, says) in BAD_SETTINGS {
        std::fs::write(&settings, text).unwrap();
        let written = std::fs::read_dir(folder.path()).unwrap().count();
        refused(&["--config", &settings], &says);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), written);
    }
    for (more, says) in [
        (
            ["--learning-rate", "NaN"],
            ["learning_rate cannot be NaN", "above 0, up to 1"],
        ),
        (
            ["--learning-rate", "inf"],
            ["learning_rate cannot be inf", "above 0, up to 1"],
        ),
        (
            ["--learning-rate", "0"],
            ["learning_rate cannot be 0", "above 0, up to 1"],
        ),
        (
            ["--beta", "-0.5"],
            ["beta cannot be -0.5", "from 0 to 10000"],
        ),
        (
            ["--learning-rate", "-1"],
            ["learning_rate cannot be -1", "above 0, up to 1"],
        ),
        (["--beta", "NaN"], ["beta cannot be NaN", "from 0 to 10000"]),
        (["--batch", "0"], ["batch cannot be 0", "from 1 to 65536"]),
        (
            ["--examples", "2000000000000"],
            ["examples cannot be", "to 1000000000000"],
        ),
    ] {
        refused(&more, &says);
    }
}

/// Takes the hash of the corpus out of a checkpoint, as earlier versions wrote it.
fn without_hash(checkpoint: &Path) {
    let bytes = std::fs::read(checkpoint).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let text = header["__metadata__"]["tunescape-training"]
        .as_str()
        .unwrap();
    let mut run: serde_json::Value = serde_json::from_str(text).unwrap();
    assert!(run.as_object_mut().unwrap().remove("corpus").is_some());
    header["__metadata__"]["tunescape-training"] = run.to_string().into();
    let mut header = header.to_string();
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    let mut old = (header.len() as u64).to_le_bytes().to_vec();
    old.extend(header.as_bytes());
    old.extend(&bytes[8 + length..]);
    std::fs::write(checkpoint, old).unwrap();
}

#[test]
fn a_run_goes_on_with_its_own_corpus_only_wherever_that_lies() {
    let (folder, moved) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (train_on, other) = (folder.path().join("corpus"), folder.path().join("other"));
    for corpus in [&train_on, &other, &moved.path().join("corpus")] {
        write_corpus(corpus);
    }
    std::fs::copy(other.join("b/slow.mid"), other.join("b/another.mid")).unwrap();
    let table =
        "path,split\na/up.mid,train\na/down.mid,train\nb/fast.mid,train\nb/another.mid,train\n";
    std::fs::write(other.join("split.csv"), table).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, settings) = (path("m"), path("settings.json"));
    let text = r#"{"model": {"latent_size": 4, "encoder_layers": [12], "decoder_layers": [16]},
        "batch": 8, "examples": 16, "fit_rounds": 0}"#;
    std::fs::write(&settings, text).unwrap();
    let arguments = |corpus: &Path, split: &str| -> Vec<String> {
        let corpus = corpus.to_str().unwrap();
        let table = format!("{corpus}/{split}");
        [
            "train", "--corpus", corpus, "--split", &table, "--out", &out,
        ]
        .into_iter()
        .chain(["--config", &settings, "--device", "cpu", "--quiet"])
        .map(str::to_owned)
        .collect()
    };
    let run = |corpus: &Path, split: &str| {
        let arguments = arguments(corpus, split);
        let output = tunescape(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.success(), said)
    };
    let (done, said) = run(&train_on, "split.csv");
    assert!(done, "{said}");
    let checkpoint = folder.path().join("m.checkpoint");
    let files = || [&folder.path().join("m"), &checkpoint].map(|f| std::fs::read(f).unwrap());
    let written = files();

    let (done, said) = run(&other, "split.csv");
    assert!(!done, "{said}");
    for wanted in [
        "another corpus",
        "melodies to learn from",
        "--corpus",
        "--restart",
    ] {
        assert!(said.contains(wanted), "{said}");
    }
    assert!(files() == written, "a refused run wrote something");

    // Other melodies to be judged by make another run too.
    let judged = format!(
        "{}b/slow.mid,valid\n",
        std::fs::read_to_string(train_on.join("split.csv")).unwrap()
    );
    std::fs::write(train_on.join("judged.csv"), judged).unwrap();
    let (done, said) = run(&train_on, "judged.csv");
    assert!(!done && said.contains("`valid` melodies"), "{said}");

    let (done, said) = run(&moved.path().join("corpus"), "split.csv");
    assert!(done && !said.contains("earlier version"), "{said}");

    without_hash(&checkpoint);
    let (done, said) = run(&train_on, "split.csv");
    assert!(done && said.contains("earlier version"), "{said}");
}

#[test]
fn figures_are_told_with_and_without_the_windows_that_were_learnt_from() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_corpus(folder);
    // The same tune four semitones higher, among the melodies to judge by.
    let melody = tune(64, true, 4);
    let track = Track {
        melody: &melody,
        name: String::new(),
        text: String::new(),
    };
    let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
    std::fs::write(folder.join("b/higher.mid"), bytes).unwrap();
    let table = "split,path\ntrain,a/up.mid\ntrain,a/down.mid\ntest,b/slow.mid\ntest,b/higher.mid\ntest,b/fast.mid\n";
    std::fs::write(folder.join("split.csv"), table).unwrap();
    let (train, test) = (corpus(folder, "train"), corpus(folder, "test"));
    assert_eq!(test.shared_with(&train), [false, true, false]);
    let split = Split::Named {
        table: folder.join("split.csv"),
        name: "test".to_owned(),
    };
    let apart = Corpus::read_apart_from(folder, &split, &WindowOptions::default(), &train).unwrap();
    assert_eq!(apart.len(), 2);
    let same = Split::Named {
        table: folder.join("split.csv"),
        name: "train".to_owned(),
    };
    let none = Corpus::read_apart_from(folder, &same, &WindowOptions::default(), &train);
    assert!(matches!(none, Err(TrainingError::NoWindows { .. })));

    let weights = Trainer::new(small_config(8)).unwrap();
    let weights = Arc::new(weights.weights(serde_json::Value::Null).unwrap());
    let figures =
        |corpus: &Corpus| evaluate(&weights, corpus, &train, 30, 1, &DeviceChoice::Cpu).unwrap();
    let found = figures(&test);
    assert_eq!((found.windows, found.shared_windows), (3, Some(1)));
    let without = found.without_shared_windows.unwrap();
    let [without, apart] = [*without, figures(&apart)].map(|figures| {
        assert_eq!(figures.windows, 2);
        let mut figures = serde_json::to_value(figures).unwrap();
        figures
            .as_object_mut()
            .unwrap()
            .remove("without_shared_windows");
        figures
    });
    assert_eq!(without, apart);
    assert!(without.as_object().unwrap().len() > 20, "{without}");

    // Of the melodies learnt from themselves, none is left; of a corpus without splits, nothing is known.
    let all_shared = figures(&corpus(folder, "train"));
    assert_eq!(all_shared.shared_windows, Some(2));
    assert!(all_shared.without_shared_windows.is_none());
    assert_eq!(figures(&train).shared_windows, None);
}
