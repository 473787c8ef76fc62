//! Melodies drawn from the prior in training, and fitting them to a corpus.

use std::sync::Arc;

use tunescape::latent::{LatentPoint, prior_point};
use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
use tunescape::progress::Cancelled;
use tunescape::training::{
    Corpus, Trainer, TrainingConfig, TrainingError, calibrate_prior, evaluate, prior_is_calibrated,
};

use crate::small_corpus::{corpus, small_config, write_corpus};

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
fn draws_of_the_prior_train_the_decoder_and_leave_the_encoder_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let mut first = Trainer::new(small_config(800)).unwrap();
    for _ in 0..100 {
        first.train_step(&corpus).unwrap();
    }
    let null = serde_json::Value::Null;
    let weights = first.weights(null.clone()).unwrap();

    let mut trainer = Trainer::start_from(with_draws(800, 1.0), &weights).unwrap();
    let before = trainer.train_step(&corpus).unwrap();
    let mut after = before;
    while trainer.step() < 100 {
        after = trainer.train_step(&corpus).unwrap();
    }
    assert_eq!(before.kl, 0.0);
    assert!(
        after.cross_entropy < 0.5 * before.cross_entropy,
        "{before:?} {after:?}"
    );
    let trained = trainer.weights(null).unwrap();
    let moved: Vec<String> = weights
        .config()
        .tensor_shapes()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            let values = |w: &Weights| w.parameters().get(name).unwrap().values.clone();
            let pairs = values(&weights).into_iter().zip(values(&trained));
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
        unbroken.train_step(&corpus).unwrap();
        if unbroken.step() == 5 {
            unbroken.save(&checkpoint).unwrap();
        }
    }
    let mut resumed = Trainer::resume(unbroken.config().clone(), &checkpoint).unwrap();
    assert!(!resumed.needs_prior_targets());
    while resumed.step() < 12 {
        resumed.train_step(&corpus).unwrap();
    }
    assert_eq!(
        resumed.weights(null.clone()).unwrap().parameters(),
        unbroken.weights(null).unwrap().parameters()
    );

    let from_nothing = Trainer::new(config)
        .unwrap()
        .train_step(&corpus)
        .unwrap_err();
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
    let windows = engine.decode(&points, &Sampling::Greedy).unwrap();
    Corpus::from_windows("far", windows)
}

#[test]
fn prior_is_calibrated_to_a_corpus_and_every_reconstruction_stays() {
    let weights = Arc::new(Weights::default_model().unwrap());
    let corpus = melodies_from_farther_out(&weights);
    let config = TrainingConfig {
        model: weights.config().clone(),
        fit_rounds: 8,
        fit_draws: 800,
        ..TrainingConfig::default()
    };
    let calibrated =
        Arc::new(calibrate_prior(&weights, &corpus, &config, &mut |_| Ok(())).unwrap());
    assert!(prior_is_calibrated(&calibrated));

    let measured =
        |weights| evaluate(weights, &corpus, &corpus, 1_000, 3, &DeviceChoice::Cpu).unwrap();
    let (before, after) = (measured(&weights), measured(&calibrated));
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
    let [one, other] =
        [(); 2].map(|()| calibrate_prior(&weights, &corpus, &short, &mut |_| Ok(())));
    assert_eq!(one.unwrap().hash(), other.unwrap().hash());
    let stopped = calibrate_prior(&weights, &corpus, &short, &mut |share| {
        if share > 0.0 { Err(Cancelled) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(TrainingError::Cancelled { .. })));
}
