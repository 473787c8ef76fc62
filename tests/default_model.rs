//! The weights that ship are as good as their card says.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tunescape::melody::WindowOptions;
use tunescape::model::{DeviceChoice, Weights};
use tunescape::training::{Corpus, Evaluation, Split, evaluate};

/// The last number of each row of the first table of figures below a heading of the card: those of the `test` split.
fn card(heading: &str) -> impl Fn(&str) -> f64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let from = text.find(&format!("\n{heading}\n"));
    let text = text[from.unwrap_or_else(|| panic!("the card has no {heading}"))..].to_owned();
    move |measure| {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("| {measure} |")))
            .unwrap_or_else(|| panic!("the card has no row '{measure}'"));
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        let number = cell.split(' ').next().unwrap();
        let value: f64 = number
            .parse()
            .unwrap_or_else(|_| panic!("'{cell}' in row '{measure}' is no number"));
        if cell.ends_with('%') {
            value / 100.0
        } else {
            value
        }
    }
}

fn corpus_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    folder.join("split.csv").is_file().then_some(folder)
}

fn read(folder: &Path, split: &str) -> Corpus {
    let split = Split::Named {
        table: folder.join("split.csv"),
        name: split.to_owned(),
    };
    Corpus::read(folder, &split, &WindowOptions::default()).unwrap()
}

/// Four standard errors of a share over as many melodies, and half of the card's last digit.
fn tolerance(share: f64, melodies: usize) -> f64 {
    4.0 * (share * (1.0 - share) / melodies as f64).sqrt() + 0.000_5
}

#[test]
fn the_default_model_measures_what_its_card_says() {
    let Some(folder) = corpus_folder() else {
        return eprintln!("skipped: the corpus is not beside the project");
    };
    let weights = Arc::new(Weights::default_model().unwrap());
    let (test, train) = (read(&folder, "test"), read(&folder, "train"));
    let draws = 2_000;
    let found = evaluate(&weights, &test, &train, draws, 99, &DeviceChoice::Cpu).unwrap();
    measures(&found, &card("## Figures"));
    let without = found.without_shared_windows.as_ref().unwrap();
    let apart = card("### Without the windows that `train` has too");
    assert_eq!(
        found.shared_windows.map(|shared| shared as f64),
        Some(apart("windows that `train` has too"))
    );
    measures(without, &apart);
}

/// Holds figures against those of the card.
fn measures(found: &Evaluation, card: &impl Fn(&str) -> f64) {
    let (windows, draws) = (found.windows, found.prior_draws);
    assert_eq!(windows as f64, card("windows"));
    type Figure = fn(&Evaluation) -> f64;
    let shares: [(&str, Figure, usize); 9] = [
        (
            "token accuracy, teacher-forced",
            |f| f.token_accuracy_teacher_forced,
            windows,
        ),
        (
            "token accuracy, greedy",
            |f| f.token_accuracy_greedy,
            windows,
        ),
        ("onset accuracy, greedy", |f| f.onset_accuracy, windows),
        ("exact two-bar reconstructions", |f| f.exact, windows),
        ("prior: empty", |f| f.prior_empty, draws),
        (
            "prior: histogram overlap, mean of six",
            |f| f.prior_overlap,
            draws,
        ),
        (
            "prior: copies of training windows",
            |f| f.prior_copies,
            draws,
        ),
        ("prior: notes in scale", |f| f.in_scale_prior, draws),
        ("corpus: notes in scale", |f| f.in_scale_corpus, windows),
    ];
    for (measure, figure, melodies) in shares {
        let (stated, measured) = (card(measure), figure(found));
        assert!(
            (stated - measured).abs() < tolerance(stated, melodies),
            "{measure}: the card says {stated}, measured {measured}"
        );
    }
    let stated = card("KL divergence");
    assert!(
        (found.kl_nats - stated).abs() < 0.02 * stated,
        "{}",
        found.kl_nats
    );
}

/// Windows that the import finds in a source since the default model was trained: a short first bar of one song is
/// filled up with silence now.
const WINDOWS_GAINED: [(&str, usize); 1] = [("lieder", 1)];

#[test]
fn the_default_model_was_trained_on_nothing_but_the_train_split() {
    let weights = Weights::default_model().unwrap();
    let mut provenance = weights.provenance().clone();
    // A run that started from weights carries those weights' own provenance.
    loop {
        let sources = provenance["sources"].as_object().unwrap();
        let mut names: Vec<&str> = sources.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["bach", "lieder", "oneills", "openewld", "ryans"]);
        if let Some(folder) = corpus_folder() {
            let train = read(&folder, "train");
            for source in &train.sources {
                assert_eq!(
                    sources[&source.name]["files"], source.files,
                    "{}",
                    source.name
                );
                let gained = WINDOWS_GAINED.iter().find(|(name, _)| *name == source.name);
                let gained = gained.map_or(0, |(_, windows)| *windows);
                assert_eq!(
                    sources[&source.name]["windows"],
                    source.windows.len() - gained
                );
            }
        }
        match provenance.get("started_from").cloned() {
            Some(earlier) => provenance = earlier,
            None => break,
        }
    }
}
