//! What a run trains on and is measured on: the split, broken files, the corpus of a resumed run.

use std::path::Path;
use std::sync::Arc;

use tunescape::melody::{MidiWriteOptions, Track, TrainingWindowOptions, single_track_bytes};
use tunescape::model::DeviceChoice;
use tunescape::training::{Corpus, Split, Trainer, TrainingError, evaluate};

use crate::command::tunescape;
use crate::small_corpus::{corpus, small_config, tune, write_corpus};

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
    let all = Corpus::read(
        folder.path(),
        &Split::All,
        &TrainingWindowOptions::default(),
    )
    .unwrap();
    assert_eq!(
        (all.len(), all.file_count, all.skipped_files.len()),
        (4, 5, 1)
    );
    // Each window is named by its file and its bars, also once some are held out.
    let names = [
        "down, bars 1–2",
        "up, bars 1–2",
        "fast, bars 1–2",
        "slow, bars 1–2",
    ];
    assert_eq!(all.window_names(), names);
    let mut rest = all.clone();
    assert_eq!(rest.hold_out(4).len(), 1);
    assert_eq!(rest.window_names(), names[..3]);
}

#[test]
fn a_folder_without_melodies_says_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let none = Corpus::read(
        folder.path(),
        &Split::All,
        &TrainingWindowOptions::default(),
    )
    .unwrap_err();
    assert!(
        none.to_string().contains("no usable two-bar window"),
        "{none}"
    );
    let absent = folder.path().join("absent");
    let missing =
        Corpus::read(&absent, &Split::All, &TrainingWindowOptions::default()).unwrap_err();
    assert!(matches!(missing, TrainingError::Read { .. }), "{missing}");
    std::fs::write(folder.path().join("split.csv"), "path\nx.mid\n").unwrap();
    let split = Split::Named {
        table: folder.path().join("split.csv"),
        name: "train".into(),
    };
    let bad = Corpus::read(folder.path(), &split, &TrainingWindowOptions::default()).unwrap_err();
    let message = bad.to_string();
    assert!(message.contains("the column split is missing"), "{message}");
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
        let message = String::from_utf8(output.stderr).unwrap();
        (output.status.success(), message)
    };
    let (done, message) = run(&train_on, "split.csv");
    assert!(done, "{message}");
    let checkpoint = folder.path().join("m.checkpoint");
    let files = || [&folder.path().join("m"), &checkpoint].map(|f| std::fs::read(f).unwrap());
    let written = files();

    let (done, message) = run(&other, "split.csv");
    assert!(!done, "{message}");
    for wanted in [
        "another corpus",
        "melodies to learn from",
        "--corpus",
        "--restart",
    ] {
        assert!(message.contains(wanted), "{message}");
    }
    assert!(files() == written, "a refused run wrote something");

    // Other melodies to be judged by make another run too.
    let judged = format!(
        "{}b/slow.mid,valid\n",
        std::fs::read_to_string(train_on.join("split.csv")).unwrap()
    );
    std::fs::write(train_on.join("judged.csv"), judged).unwrap();
    let (done, message) = run(&train_on, "judged.csv");
    assert!(!done && message.contains("`valid` melodies"), "{message}");

    let (done, message) = run(&moved.path().join("corpus"), "split.csv");
    assert!(done && !message.contains("earlier version"), "{message}");

    without_hash(&checkpoint);
    let (done, message) = run(&train_on, "split.csv");
    assert!(done && message.contains("earlier version"), "{message}");
}

#[test]
fn metrics_are_given_with_and_without_the_windows_of_the_training_corpus() {
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
    assert_eq!(test.windows_also_in(&train), [false, true, false]);
    let split = Split::Named {
        table: folder.join("split.csv"),
        name: "unknown".to_owned(),
    };
    let none = Corpus::read(folder, &split, &TrainingWindowOptions::default());
    assert!(matches!(none, Err(TrainingError::NoWindows { .. })));
    let table = "split,path\ntest,b/slow.mid\ntest,b/fast.mid\n";
    std::fs::write(folder.join("split.csv"), table).unwrap();
    let apart = corpus(folder, "test");
    assert_eq!(apart.len(), 2);

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

    // Of the training corpus itself, no window is left; of a corpus without splits, nothing is known.
    let same_corpus = train.clone();
    let all_shared = figures(&same_corpus);
    assert_eq!(all_shared.shared_windows, Some(2));
    assert!(all_shared.without_shared_windows.is_none());
    assert_eq!(figures(&train).shared_windows, None);
}
