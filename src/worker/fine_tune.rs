//! Fine-tuning a model on the melodies of a folder, or on some melodies of the app: what the thread of a run does.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::fine_tune_thread::FineTuneMonitor;
use super::open::user_message;
use crate::melody::{STEPS_PER_BAR, Tokens, TrainingWindowOptions, transposition_key};
use crate::model::Weights;
use crate::session::FineTuneSource;
use crate::training::{
    self, Corpus, CorpusSummary, FineTuneInput, Split, TrainingConfig, TrainingError, file_hashes,
    fine_tuning_config, sha256_text,
};

/// Training time of a run unless another is chosen, minutes.
pub const DEFAULT_LEARN_MINUTES: f64 = 5.0;
/// Number of examples of a run: more than its time allows.
const MAX_EXAMPLES: u64 = 1_000_000_000;
/// Examples between two validations on the held-out windows: about ten seconds on two cores.
const VALIDATE_EVERY: u64 = 4_000;

/// Summary of the corpus that a source gives with the model of this file (`None`: the program's own model). Nothing is written.
///
/// # Errors
/// A sentence for the user: the model cannot be fine-tuned, or the source has no melodies.
pub fn summarise_source(
    source: &FineTuneSource,
    model: Option<&Path>,
) -> Result<CorpusSummary, String> {
    let start = open(model)?;
    let (corpus, _) = read(source, &start).map_err(|error| user_message(&error))?;
    Ok(CorpusSummary::new(&corpus))
}

/// Fine-tunes the model of the run's record on its source and writes the best weights into the run's folder. The app's
/// [`FineTuner`](super::FineTuner).
///
/// # Errors
/// A sentence for the user.
pub fn fine_tune(monitor: &mut FineTuneMonitor) -> Result<(), String> {
    let record = monitor.record().clone();
    let start = open(record.model.as_deref())?;
    let result = read(&record.source, &start).and_then(|(corpus, learnt_from)| {
        let config = TrainingConfig {
            examples: MAX_EXAMPLES,
            validate_every: VALIDATE_EVERY,
            ..fine_tuning_config(&start, record.seed)
        };
        let folder = monitor.folder();
        let (checkpoint, weights) = (folder.checkpoint_path(), folder.weights_path());
        let input = FineTuneInput {
            learnt_from,
            time_limit: Some(monitor.time_left()),
            ..FineTuneInput::new(&start, corpus, config, &checkpoint, &weights)
        };
        training::fine_tune(input, monitor)
    });
    result.map(drop).map_err(|error| match error {
        // Its own sentence names options of the command line.
        TrainingError::OtherCorpus { .. } => {
            "the melodies have changed since this model began to learn; discard it and learn anew"
                .to_owned()
        }
        error => user_message(&error),
    })
}

fn open(model: Option<&Path>) -> Result<Arc<Weights>, String> {
    let weights = Weights::open_or_default(model).map_err(|error| user_message(&error))?;
    if weights.config().hierarchy.is_some() {
        let name = weights.name().to_owned();
        return Err(TrainingError::Hierarchical { name }.to_string());
    }
    Ok(Arc::new(weights))
}

/// The excerpts of a source, of the model's length, and the SHA-256 of each file or melody by its name.
fn read(
    source: &FineTuneSource,
    start: &Weights,
) -> Result<(Corpus, serde_json::Value), TrainingError> {
    let steps = start.config().steps;
    let (corpus, hashes) = match source {
        FineTuneSource::Folder(folder) => {
            let options = TrainingWindowOptions {
                bars: steps / STEPS_PER_BAR,
                ..TrainingWindowOptions::default()
            };
            let corpus = Corpus::read(folder, &Split::All, &options)?;
            let hashes = file_hashes(folder, &corpus)?;
            (corpus, hashes)
        }
        FineTuneSource::Melodies(melodies) => corpus_from_melodies(melodies, steps)?,
    };
    Ok((corpus, serde_json::to_value(hashes).unwrap_or_default()))
}

/// A corpus of melodies, each a name and its tokens. Left out are those of another length than the model's, which
/// [`Corpus::skipped`] lists with the reason, and those equal to an earlier one up to transposition.
fn corpus_from_melodies(
    melodies: &[(String, Vec<u8>)],
    steps: usize,
) -> Result<(Corpus, BTreeMap<String, String>), TrainingError> {
    let mut seen = HashSet::new();
    let (mut windows, mut hashes) = (Vec::new(), BTreeMap::new());
    // Name and reason of each melody that is left out for its length.
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
            windows.push(tokens);
        }
    }
    if windows.is_empty() {
        return Err(TrainingError::NoMelodies);
    }
    let mut corpus = Corpus::from_windows("", windows);
    corpus.files = melodies.len();
    corpus.skipped = skipped;
    Ok((corpus, hashes))
}
