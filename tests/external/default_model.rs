//! The weights that ship are as good as their card says.

use std::path::Path;
use std::sync::Arc;

use tunescape::melody::TrainingWindowOptions;
use tunescape::model::{DeviceChoice, Weights};
use tunescape::training::{Corpus, Evaluation, Split, evaluate};

use crate::harness::{Missing, tests};
use crate::requirements::corpus;

tests![
    the_default_model_measures_what_its_card_says,
    the_default_model_was_trained_on_these_sources_alone,
    the_default_model_was_trained_on_nothing_but_the_train_split,
];

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

fn read(folder: &Path, split: &str) -> Corpus {
    let split = Split::Named {
        table: folder.join("split.csv"),
        name: split.to_owned(),
    };
    Corpus::read(folder, &split, &TrainingWindowOptions::default()).unwrap()
}

/// Four standard errors of a share over as many melodies, and half of the card's last digit.
fn tolerance(share: f64, melodies: usize) -> f64 {
    4.0 * (share * (1.0 - share) / melodies as f64).sqrt() + 0.000_5
}

fn the_default_model_measures_what_its_card_says() -> Result<(), Missing> {
    let folder = corpus()?;
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
    Ok(())
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

/// The sources in the provenance of the default model and of the weights that each training run started from.
fn training_sources() -> Vec<serde_json::Map<String, serde_json::Value>> {
    let weights = Weights::default_model().unwrap();
    // A run that started from weights carries those weights' own provenance.
    let runs = std::iter::successors(Some(weights.provenance()), |run| run.get("started_from"));
    runs.map(|run| run["sources"].as_object().unwrap().clone())
        .collect()
}

fn the_default_model_was_trained_on_these_sources_alone() {
    for sources in training_sources() {
        let mut names: Vec<&str> = sources.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["bach", "lieder", "oneills", "openewld", "ryans"]);
    }
}

fn the_default_model_was_trained_on_nothing_but_the_train_split() -> Result<(), Missing> {
    let train = read(&corpus()?, "train");
    for sources in training_sources() {
        for source in &train.sources {
            let stated = &sources[&source.name];
            assert_eq!(stated["files"], source.file_count, "{}", source.name);
            let gained = WINDOWS_GAINED.iter().find(|(name, _)| *name == source.name);
            let gained = gained.map_or(0, |(_, windows)| *windows);
            assert_eq!(stated["windows"], source.windows.len() - gained);
        }
    }
    Ok(())
}
