//! The checkpoint file of a training run: everything that resuming needs.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::adam::AdamState;
use super::config::TrainingConfig;
use super::corpus_hash::CorpusHash;
use super::error::TrainingError;
use super::learning_curve::CurvePoint;
use super::prior_targets::PriorTargets;
use crate::files::write_atomic_synced;
use crate::melody::Tokens;
use crate::model::{CheckpointError, CheckpointFormat};

/// The only metadata key; its value is a [`CheckpointHeader`] as JSON.
const METADATA_KEY: &str = "tunescape-training";

#[derive(Serialize, Deserialize)]
struct CheckpointHeader {
    step: u64,
    config: TrainingConfig,
    curve: Vec<CurvePoint>,
    /// Number of the current set of prior draws.
    #[serde(default)]
    drawn_set: u64,
    /// Hash of the corpus; absent in checkpoints of earlier versions.
    #[serde(default)]
    corpus: Option<CorpusHash>,
}

/// State of a run besides that of the optimiser.
#[derive(Default)]
pub(super) struct RunHistory {
    /// Validations so far, oldest first.
    pub curve: Vec<CurvePoint>,
    /// Targets of the current set of prior draws; `None` before they are generated.
    pub targets: Option<PriorTargets>,
    /// Hash of the melodies of training and validation; `None` before they are known.
    pub corpus_hash: Option<CorpusHash>,
}

/// Name of the tensor with the targets of prior draws.
const TARGETS_TENSOR: &str = "drawn_melodies";

/// Writes a checkpoint atomically.
pub(super) fn save(
    path: &Path,
    config: &TrainingConfig,
    state: &AdamState,
    history: &RunHistory,
) -> Result<(), TrainingError> {
    let to_bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut tensors: Vec<(&str, Dtype, usize, Vec<u8>)> = state
        .vectors()
        .map(|(name, values)| (name, Dtype::F32, values.len(), to_bytes(values)))
        .into();
    if let Some(targets) = &history.targets {
        let tokens = targets.melodies.iter().map(Tokens::as_slice);
        let tokens = tokens.collect::<Vec<_>>().concat();
        tensors.push((TARGETS_TENSOR, Dtype::U8, tokens.len(), tokens));
    }
    let views = tensors.iter().filter_map(|(name, dtype, length, bytes)| {
        let view = TensorView::new(*dtype, vec![*length], bytes).ok()?;
        Some((*name, view))
    });
    let header = CheckpointHeader {
        step: state.step,
        config: config.clone(),
        curve: history.curve.clone(),
        drawn_set: history.targets.as_ref().map_or(0, |targets| targets.set),
        corpus: history.corpus_hash.clone(),
    };
    let metadata = HashMap::from([(
        METADATA_KEY.to_owned(),
        serde_json::to_string(&header).unwrap_or_default(),
    )]);
    let write_error = CheckpointError::write(path);
    let bytes = safetensors::serialize(views, Some(metadata))
        .map_err(|error| write_error(std::io::Error::other(error.to_string())))?;
    write_atomic_synced(path, |out| out.write_all(&bytes)).map_err(&write_error)?;
    Ok(())
}

/// Reads the checkpoint of a run with these settings.
pub(super) fn load(
    path: &Path,
    config: &TrainingConfig,
) -> Result<(AdamState, RunHistory), TrainingError> {
    let bytes = std::fs::read(path).map_err(CheckpointError::read(path))?;
    let damaged = CheckpointError::damaged(path, CheckpointFormat::Safetensors);
    let (_, metadata) =
        SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    let header: CheckpointHeader = metadata
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(METADATA_KEY))
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| damaged("it is not a training checkpoint".to_owned()))?;
    if header.config != *config {
        let difference = first_difference(&header.config, config);
        return Err(TrainingError::OtherRun {
            path: path.to_owned(),
            what: difference,
        });
    }
    let values = |name: &str| -> Result<Vec<f32>, TrainingError> {
        let view = file
            .tensor(name)
            .map_err(|error| damaged(error.to_string()))?;
        let (chunks, _) = view.data().as_chunks::<4>();
        Ok(chunks
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect())
    };
    let state = AdamState {
        step: header.step,
        weights: values("weights")?,
        first_moment: values("first_moment")?,
        second_moment: values("second_moment")?,
        average: values("average")?,
    };
    let expected = config.model.parameter_count();
    for (_, values) in state.vectors() {
        if values.len() != expected {
            let found = values.len();
            return Err(damaged(format!("{found} weights where {expected} belong")).into());
        }
    }
    let targets = match file.tensor(TARGETS_TENSOR) {
        Err(_) => None,
        Ok(view) => {
            let steps = config.model.steps.max(1);
            if !view.data().len().is_multiple_of(steps) {
                return Err(damaged("a draw of the prior is cut off".to_owned()).into());
            }
            let melodies = view.data().chunks(steps);
            let melodies: Result<Vec<Tokens>, _> =
                melodies.map(|ids| Tokens::new(ids.to_vec())).collect();
            let melodies = melodies.map_err(|error| damaged(error.to_string()))?;
            Some(PriorTargets::with_melodies(
                config,
                header.drawn_set,
                melodies,
            ))
        }
    };
    let target_count = targets.as_ref().map_or(0, |targets| targets.melodies.len());
    if config.prior_draws_per_batch() > 0 && target_count < config.drawn_melodies {
        return Err(damaged("draws of the prior are missing".to_owned()).into());
    }
    let history = RunHistory {
        curve: header.curve,
        targets,
        corpus_hash: header.corpus,
    };
    Ok((state, history))
}

/// The first setting in which two configs differ, as a phrase.
fn first_difference(stored: &TrainingConfig, current: &TrainingConfig) -> String {
    let fields = |config: &TrainingConfig| serde_json::to_value(config).unwrap_or_default();
    let (stored, current) = (fields(stored), fields(current));
    let settings = current.as_object().into_iter().flatten();
    settings
        .filter(|(key, value)| stored.get(key.as_str()) != Some(value))
        .map(|(key, value)| format!("{key}: {} there, {value} here", stored[key.as_str()]))
        .next()
        .unwrap_or_else(|| "its settings".to_owned())
}
