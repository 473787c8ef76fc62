//! Teaching a model the melodies of a folder, or some melodies of the window: what the thread of a run does.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::learn_thread::LearnMonitor;
use super::open::user_message;
use crate::melody::{STEPS_PER_BAR, Tokens, TrainingWindowOptions, transposition_key};
use crate::model::Weights;
use crate::session::LearnSource;
use crate::training::{
    Corpus, CorpusSummary, LearnInput, Split, TrainingConfig, TrainingError, file_hashes,
    fine_tuning_config, learn, sha256_text,
};

/// Minutes that a run takes, if nobody chooses others.
pub const LEARN_MINUTES: f64 = 5.0;
/// Examples of a run, which ends by time.
const MAX_EXAMPLES: u64 = 1_000_000_000;
/// Examples between two looks at the held-out windows: about ten seconds on two cores.
const VALIDATE_EVERY: u64 = 4_000;

/// What would be learnt from a source with the model of this file. Nothing is written. The error is a sentence for the user.
///
/// # Errors
/// If the model cannot be taught, or nothing is there to learn.
pub fn examine(source: &LearnSource, model: Option<&Path>) -> Result<CorpusSummary, String> {
    let start = open(model)?;
    let (corpus, _) = read(source, &start).map_err(|error| user_message(&error))?;
    Ok(CorpusSummary::new(&corpus))
}

/// Teaches a model; the learner of the program.
///
/// # Errors
/// A sentence for the user.
pub fn teach(monitor: &mut LearnMonitor) -> Result<(), String> {
    let record = monitor.record().clone();
    let start = open(record.model.as_deref())?;
    let taught = read(&record.source, &start).and_then(|(corpus, learnt_from)| {
        let config = TrainingConfig {
            examples: MAX_EXAMPLES,
            validate_every: VALIDATE_EVERY,
            ..fine_tuning_config(&start, record.seed)
        };
        let (checkpoint, weights) = (monitor.folder().checkpoint(), monitor.folder().weights());
        let input = LearnInput {
            learnt_from,
            time_limit: Some(monitor.time_left()),
            ..LearnInput::new(&start, corpus, config, &checkpoint, &weights)
        };
        learn(input, monitor)
    });
    taught.map(drop).map_err(|error| match error {
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

/// The windows of a source, and the hashes of what they are from.
fn read(
    source: &LearnSource,
    start: &Weights,
) -> Result<(Corpus, serde_json::Value), TrainingError> {
    let steps = start.config().steps;
    let (corpus, hashes) = match source {
        LearnSource::Folder(folder) => {
            let options = TrainingWindowOptions {
                bars: steps / STEPS_PER_BAR,
                ..TrainingWindowOptions::default()
            };
            let corpus = Corpus::read(folder, &Split::All, &options)?;
            let hashes = file_hashes(folder, &corpus)?;
            (corpus, hashes)
        }
        LearnSource::Melodies(melodies) => of_melodies(melodies, steps)?,
    };
    Ok((corpus, serde_json::to_value(hashes).unwrap_or_default()))
}

/// Melodies of the model's length; those of another length and those that are there already, transposed or not, are left out.
fn of_melodies(
    melodies: &[(String, Vec<u8>)],
    steps: usize,
) -> Result<(Corpus, BTreeMap<String, String>), TrainingError> {
    let mut seen = HashSet::new();
    let (mut windows, mut hashes) = (Vec::new(), BTreeMap::new());
    let mut other_length = Vec::new();
    for (name, ids) in melodies {
        if ids.len() != steps {
            let reason = format!(
                "it has {} bars, the model {}",
                ids.len() / STEPS_PER_BAR,
                steps / STEPS_PER_BAR
            );
            other_length.push((name.into(), reason));
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
    corpus.unreadable = other_length;
    Ok((corpus, hashes))
}
