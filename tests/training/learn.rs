//! `tunescape learn`: fine-tuning on a folder, with the small model of the fixtures.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tunescape::melody::Tokens;
use tunescape::model::{DeviceChoice, Weights};
use tunescape::progress::Observer;
use tunescape::training::{
    Corpus, FineTuneInput, TrainObserver, TrainProgress, Trainer, TrainingConfig, TrainingError,
    TrainingRun, evaluate, fine_tune, fine_tuning_config, rehearsal_melodies, train,
};

use crate::command::{TINY, fails, succeeds};
use crate::small_corpus::{corpus, small_config, write_corpus};

struct Silent;

impl Observer for Silent {}

impl TrainObserver for Silent {
    fn training_progress(&mut self, _progress: TrainProgress) {}
}

fn learn<'a>(folder: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let command = ["learn", folder, "--model", TINY, "--examples", "640"];
    [&command[..], &["--out", out, "--seed", "5"], more].concat()
}

#[test]
fn equal_folders_and_seeds_give_equal_weights_which_say_where_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let songs = folder.path().join("songs");
    write_corpus(&songs);
    let [songs, first, second] =
        ["songs", "first.safetensors", "second.safetensors"].map(|name| folder.path().join(name));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (songs, first, second) = (text(&songs), text(&first), text(&second));
    let printed = succeeds(&learn(&songs, &first, &["--json"]));
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["examples"], 640);
    assert_eq!(
        report["started_from"],
        Weights::open(Path::new(TINY)).unwrap().hash()
    );
    succeeds(&learn(&songs, &second, &[]));
    assert_eq!(
        std::fs::read(&first).unwrap(),
        std::fs::read(&second).unwrap()
    );
    // Nothing is left to go on from, and what is there is not written over.
    assert!(!Path::new(&format!("{first}.checkpoint")).exists());
    let errors = fails(&learn(&songs, &first, &[]), 1);
    assert!(errors.contains("--overwrite"), "{errors}");

    let fine_tuned = Weights::open(Path::new(&first)).unwrap();
    assert_eq!(report["model"], fine_tuned.hash());
    let learnt_from = fine_tuned.provenance()["learnt_from"].as_object().unwrap();
    let names: Vec<&String> = learnt_from.keys().collect();
    assert_eq!(
        names,
        ["a/down.mid", "a/up.mid", "b/fast.mid", "b/slow.mid"]
    );
    assert!(
        learnt_from
            .values()
            .all(|hash| hash.as_str().unwrap().len() == 64)
    );
}

#[test]
fn a_time_limit_ends_a_run_with_its_weights_saved_and_it_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let corpus = corpus(folder.path(), "train");
    let checkpoint = folder.path().join("checkpoint");
    let run = TrainingRun {
        corpus: &corpus,
        valid: &[],
        checkpoint: &checkpoint,
        checkpoint_every: Duration::from_secs(3_600),
        time_limit: Some(Duration::ZERO),
    };
    let config = small_config(320);
    let mut trainer = Trainer::new(config.clone()).unwrap();
    train(&mut trainer, &run, &mut Silent).unwrap();
    assert_eq!(trainer.step(), 1);
    let mut resumed = Trainer::resume(config, &checkpoint).unwrap();
    let unlimited = TrainingRun {
        time_limit: None,
        ..run
    };
    train(&mut resumed, &unlimited, &mut Silent).unwrap();
    assert_eq!(resumed.step(), 40);
}

#[test]
fn rehearsal_melodies_are_trained_on_and_belong_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path());
    let mut corpus = corpus(folder.path(), "train");
    corpus.rehearsal = vec![crate::small_corpus::tune(64, true, 8).tokens().clone()];
    let config = TrainingConfig {
        rehearsal_share: 0.5,
        beta: 0.02,
        average_decay: 0.95,
        model: tunescape::model::MusicVaeConfig {
            latent_size: 4,
            encoder_layers: vec![32],
            decoder_layers: vec![32, 32],
            ..tunescape::model::MusicVaeConfig::default()
        },
        ..small_config(12_000)
    };
    let exact = |share: f64| {
        let config = TrainingConfig {
            rehearsal_share: share,
            ..config.clone()
        };
        let mut trainer = Trainer::new(config).unwrap();
        let checkpoint = folder.path().join("c");
        let run = crate::run(&corpus, &[], &checkpoint);
        train(&mut trainer, &run, &mut Silent).unwrap();
        let weights = trainer.weights(serde_json::Value::Null).unwrap().into();
        let rehearsed = Corpus::from_windows("", corpus.rehearsal.clone());
        evaluate(&weights, &rehearsed, &rehearsed, 1, 1, &DeviceChoice::Cpu)
            .unwrap()
            .onset_accuracy
    };
    assert!(exact(0.5) > 0.9, "{}", exact(0.5));
    assert!(exact(0.0) < 0.6, "{}", exact(0.0));

    // A run that began with other rehearsal melodies is another one.
    let mut trainer = Trainer::new(config).unwrap();
    let none: &[Tokens] = &[];
    trainer.set_corpus(&corpus, none).unwrap();
    corpus.rehearsal.clear();
    let refused = trainer.set_corpus(&corpus, none);
    assert!(matches!(refused, Err(TrainingError::OtherCorpus { .. })));
}

#[test]
fn rehearsal_can_be_cancelled() {
    let weights = Weights::open(Path::new(TINY)).unwrap().into();
    let cancelled =
        rehearsal_melodies(&weights, 8, 1, &mut |_| Err(tunescape::progress::Cancelled));
    assert!(matches!(
        cancelled,
        Err(TrainingError::Cancelled { step: 0 })
    ));
}

#[test]
fn an_empty_corpus_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let weights: Arc<Weights> = Weights::open(Path::new(TINY)).unwrap().into();
    let empty = Corpus::from_windows("", Vec::new());
    let (checkpoint, out) = (folder.path().join("c"), folder.path().join("w"));
    let config = fine_tuning_config(&weights, 1);
    let input = FineTuneInput::new(&weights, empty.clone(), config, &checkpoint, &out);
    let refused = fine_tune(input, &mut Silent).map(drop);
    assert!(matches!(refused, Err(TrainingError::NoMelodies)));
    assert!(!out.exists() && !checkpoint.exists());
    for balance in [0.0, 0.5] {
        let config = TrainingConfig {
            balance,
            ..small_config(100)
        };
        let mut trainer = Trainer::new(config).unwrap();
        let refused = train(
            &mut trainer,
            &crate::run(&empty, &[], &checkpoint),
            &mut Silent,
        );
        assert!(matches!(refused, Err(TrainingError::NoMelodies)));
    }
}
