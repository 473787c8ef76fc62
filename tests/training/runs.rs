//! Runs from their start to their end: learning, stopping, resuming, starting from weights, other devices.

use std::sync::Arc;

use tunescape::model::{DeviceChoice, MusicVaeConfig, Weights};
use tunescape::progress::Observer;
use tunescape::training::gradient::StepLosses;
use tunescape::training::{
    CurvePoint, TrainObserver, TrainProgress, Trainer, TrainingConfig, TrainingError, evaluate,
    train,
};

use crate::run;
use crate::small_corpus::{corpus, small_config, tune, write_corpus};

#[derive(Default)]
struct Watcher {
    last: Option<TrainProgress>,
    cancel_after: Option<u64>,
    steps: std::cell::Cell<u64>,
    kept: Vec<u64>,
    curve: Vec<CurvePoint>,
}

impl TrainObserver for Watcher {
    fn training_progress(&mut self, progress: TrainProgress) {
        self.last = Some(progress);
    }

    fn save_weights(&mut self, trainer: &Trainer) {
        self.kept.push(trainer.examples());
    }

    fn validated(&mut self, curve: &[CurvePoint]) {
        self.curve = curve.to_vec();
    }
}

impl Observer for Watcher {
    fn cancelled(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.cancel_after == Some(self.steps.get())
    }
}

#[test]
fn three_melodies_can_be_memorised() {
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
fn max_difference(a: &Weights, b: &Weights) -> f32 {
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
    assert!(automatic.device_gradient_error(&corpus).unwrap() < 1e-4);
    let untouched = by_hand.weights(serde_json::Value::Null).unwrap();
    let (mut left, mut right) = (StepLosses::default(), StepLosses::default());
    for step in 1..=steps {
        left += by_hand.train_step(&corpus).unwrap();
        right += automatic.train_step(&corpus).unwrap();
        // Losses come after sixteen steps and after the last; no step is left out or told of twice.
        let reported = if step < 16 {
            0
        } else if step < steps {
            16
        } else {
            steps
        };
        assert_eq!(right.melodies, 8 * reported);
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
    let moved = max_difference(&untouched, &by_hand_weights);
    let apart = max_difference(&by_hand_weights, &automatic_weights);
    assert!(apart < 0.05 * moved, "{apart} apart after a way of {moved}");

    // What a device left can be gone on with, there or elsewhere.
    let checkpoint = folder.path().join("device.checkpoint");
    automatic.save(&checkpoint).unwrap();
    let resumed = Trainer::resume(config, &checkpoint).unwrap();
    assert_eq!(resumed.step(), steps);
    let resumed = resumed.weights(serde_json::Value::Null).unwrap();
    assert_eq!(max_difference(&automatic_weights, &resumed), 0.0);
}

#[test]
fn a_run_stops_when_the_valid_melodies_get_no_better_and_keeps_the_best() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    // Nothing changes at this rate, so no validation is better than the first.
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
        first.train_step(&corpus).unwrap();
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
