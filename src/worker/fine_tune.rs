//! Fine-tuning of a model on the MIDI files of a folder or on melodies of the app: the work of a run's thread.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::fine_tune_thread::FineTuneMonitor;
use super::open::user_message;
use crate::melody::{Melody, STEPS_PER_BAR, Tokens, TrainingWindowOptions, transposition_key};
use crate::model::Weights;
use crate::session::{FineTuneSource, LearntMelodies, LearntMelody};
use crate::training::{
    self, Corpus, CorpusSummary, FineTuneInput, Split, TrainingConfig, TrainingError, file_hashes,
    fine_tuning_config, sha256_text,
};

/// Default training time of a run, in minutes.
pub const DEFAULT_LEARN_MINUTES: f64 = 5.0;
/// Maximum number of examples of a run: never reached, as the time limit ends the run.
const MAX_EXAMPLES: u64 = 1_000_000_000;
/// Number of examples between two validations on the held-out windows: about ten seconds on two cores.
const VALIDATION_INTERVAL: u64 = 4_000;

/// Summarises the corpus that a source gives with the model of this file (`None`: the default model). Nothing is written.
///
/// # Errors
/// A sentence for the user: the model cannot be fine-tuned, or the source has no melodies.
pub fn summarise_source(
    source: &FineTuneSource,
    model: Option<&Path>,
) -> Result<CorpusSummary, String> {
    let start_weights = open_weights(model)?;
    let read = read_corpus(source, &start_weights).map_err(|error| user_message(&error))?;
    Ok(CorpusSummary::new(&read.corpus))
}

/// Fine-tunes the model of the run's record on its source and writes the best weights into the run's folder. This is the
/// [`FineTuner`](super::FineTuner) of the app.
///
/// # Errors
/// A sentence for the user.
pub fn fine_tune(monitor: &mut FineTuneMonitor) -> Result<(), String> {
    let record = monitor.record().clone();
    let start_weights = open_weights(record.model.as_deref())?;
    let result = read_corpus(&record.source, &start_weights).and_then(|read| {
        let melodies = read.melodies();
        let config = TrainingConfig {
            examples: MAX_EXAMPLES,
            validate_every: VALIDATION_INTERVAL,
            ..fine_tuning_config(&start_weights, record.seed)
        };
        let folder = monitor.folder();
        let (checkpoint, weights) = (folder.checkpoint_path(), folder.weights_path());
        let input = FineTuneInput {
            learnt_from: read.learnt_from,
            time_limit: Some(monitor.time_left()),
            ..FineTuneInput::new(&start_weights, read.corpus, config, &checkpoint, &weights)
        };
        training::fine_tune(input, monitor)?;
        Ok(LearntMelodies {
            weights_hash: Weights::open(&weights)?.hash().to_owned(),
            start_weights_hash: start_weights.hash().to_owned(),
            melodies,
        })
    });
    let melodies = result.map_err(|error| match error {
        // The message of the error itself names options of the command line.
        TrainingError::OtherCorpus { .. } => {
            "the melodies have changed since this model began to learn; discard it and learn anew"
                .to_owned()
        }
        error => user_message(&error),
    })?;
    let path = monitor.folder().melodies_path();
    melodies.write(&path).map_err(|error| user_message(&error))
}

/// Opens the weights of a model that can be fine-tuned. The error is a sentence for the user.
fn open_weights(model: Option<&Path>) -> Result<Arc<Weights>, String> {
    let weights = Weights::open_or_default(model).map_err(|error| user_message(&error))?;
    if weights.config().hierarchy.is_some() {
        let name = weights.name().to_owned();
        return Err(TrainingError::Hierarchical { name }.to_string());
    }
    Ok(Arc::new(weights))
}

/// The windows of a source.
struct ReadCorpus {
    corpus: Corpus,
    /// The SHA-256 of each file or melody by its name.
    learnt_from: serde_json::Value,
    /// A name for each window.
    names: Vec<String>,
}

impl ReadCorpus {
    /// The windows with their names.
    fn melodies(&self) -> Vec<LearntMelody> {
        let windows = self.corpus.windows().zip(&self.names);
        windows
            .map(|(window, name)| LearntMelody {
                name: name.clone(),
                melody: Melody::from_tokens(window.clone()),
            })
            .collect()
    }
}

/// Reads the windows of a source, of the model's length.
fn read_corpus(
    source: &FineTuneSource,
    start_weights: &Weights,
) -> Result<ReadCorpus, TrainingError> {
    let steps = start_weights.config().steps;
    match source {
        FineTuneSource::Folder(folder) => {
            let options = TrainingWindowOptions {
                bars: steps / STEPS_PER_BAR,
                ..TrainingWindowOptions::default()
            };
            let corpus = Corpus::read(folder, &Split::All, &options)?;
            let hashes = file_hashes(folder, &corpus)?;
            Ok(ReadCorpus {
                names: corpus.window_names(),
                corpus,
                learnt_from: serde_json::to_value(hashes).unwrap_or_default(),
            })
        }
        FineTuneSource::Melodies(melodies) => corpus_from_melodies(melodies, steps),
    }
}

/// Creates a corpus from melodies, each with its name and tokens. Melodies of another length than the model's are left out and listed
/// in [`Corpus::skipped`] with the reason; melodies equal to an earlier one up to transposition are left out, too.
fn corpus_from_melodies(
    melodies: &[(String, Vec<u8>)],
    steps: usize,
) -> Result<ReadCorpus, TrainingError> {
    let mut seen = HashSet::new();
    let (mut windows, mut names, mut hashes) = (Vec::new(), Vec::new(), BTreeMap::new());
    // Name of each melody with a wrong length, and the reason for the user.
    let mut skipped = Vec::new();
    for (name, ids) in melodies {
        if ids.len() != steps {
            let reason = format!(
                "it has {} bars, the model {}",
                ids.len() / STEPS_PER_BAR,
                steps / STEPS_PER_BAR
            );
            skipped.push((name.into(), reason));
            continue;
        }
        if let Ok(tokens) = Tokens::new(ids.clone())
            && seen.insert(transposition_key(&tokens))
        {
            hashes.insert(name.clone(), sha256_text(ids));
            names.push(name.clone());
            windows.push(tokens);
        }
    }
    if windows.is_empty() {
        return Err(TrainingError::NoMelodies);
    }
    let mut corpus = Corpus::from_windows("", windows);
    corpus.file_count = melodies.len();
    corpus.skipped_files = skipped;
    Ok(ReadCorpus {
        corpus,
        learnt_from: serde_json::to_value(hashes).unwrap_or_default(),
        names,
    })
}
