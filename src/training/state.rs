//! The checkpoint of a training run: everything that resuming needs, in one file.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use super::adam::AdamState;
use super::prior_targets::PriorTargets;
use super::{CorpusHash, CurvePoint, TrainingConfig, TrainingError};
use crate::files::write_atomic_synced;
use crate::melody::Tokens;
use crate::model::CheckpointError;

/// The one metadata key, a [`Header`] as JSON.
const METADATA_KEY: &str = "tunescape-training";

#[derive(Serialize, Deserialize)]
struct Header {
    step: u64,
    config: TrainingConfig,
    curve: Vec<CurvePoint>,
    /// Which set of draws of the prior is in use.
    #[serde(default)]
    drawn_set: u64,
    /// What was learnt from; earlier versions did not say.
    #[serde(default)]
    corpus: Option<CorpusHash>,
}

/// What a checkpoint has besides the optimiser's state.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    pub config: &'a TrainingConfig,
    pub curve: &'a [CurvePoint],
    pub draws: Option<&'a PriorTargets>,
    pub learnt_from: Option<&'a CorpusHash>,
}

/// A checkpoint that was read.
pub(super) struct Saved {
    pub state: AdamState,
    pub curve: Vec<CurvePoint>,
    pub draws: Option<PriorTargets>,
    pub learnt_from: Option<CorpusHash>,
}

/// The tensor of the melodies that draws of the prior should give, if any are learnt from.
const DRAWN: &str = "drawn_melodies";

/// Writes the state whole or not at all.
pub(super) fn save(
    path: &Path,
    state: &AdamState,
    beside: Beside<'_>,
) -> Result<(), TrainingError> {
    let Beside {
        config,
        curve,
        draws,
        learnt_from,
    } = beside;
    let failed = |source| CheckpointError::Write {
        path: path.to_owned(),
        source,
    };
    let parts = [
        ("weights", &state.weights),
        ("first_moment", &state.first_moment),
        ("second_moment", &state.second_moment),
        ("average", &state.average),
    ]
    .map(|(name, values)| {
        (
            name,
            values.len(),
            values
                .iter()
                .flat_map(|v| v.to_le_bytes())
                .collect::<Vec<u8>>(),
        )
    });
    let views = parts.iter().filter_map(|(name, length, bytes)| {
        Some((
            *name,
            TensorView::new(Dtype::F32, vec![*length], bytes).ok()?,
        ))
    });
    let drawn: Vec<u8> = draws
        .iter()
        .flat_map(|draws| &draws.melodies)
        .flat_map(|melody| melody.as_slice())
        .copied()
        .collect();
    let drawn = draws
        .and_then(|_| TensorView::new(Dtype::U8, vec![drawn.len()], &drawn).ok())
        .map(|view| (DRAWN, view));
    let header = Header {
        step: state.step,
        config: config.clone(),
        curve: curve.to_vec(),
        drawn_set: draws.map_or(0, |draws| draws.set),
        corpus: learnt_from.cloned(),
    };
    let metadata = HashMap::from([(
        METADATA_KEY.to_owned(),
        serde_json::to_string(&header).unwrap_or_default(),
    )]);
    let bytes = safetensors::serialize(views.chain(drawn), Some(metadata))
        .map_err(|error| failed(std::io::Error::other(error.to_string())))?;
    write_atomic_synced(path, |out| out.write_all(&bytes)).map_err(failed)?;
    Ok(())
}

/// Reads a state, its learning curve and its draws of the prior back, if they are of this very run.
pub(super) fn load(path: &Path, config: &TrainingConfig) -> Result<Saved, TrainingError> {
    let bytes = std::fs::read(path).map_err(|source| CheckpointError::Read {
        path: path.to_owned(),
        source,
    })?;
    let damaged = |reason: String| CheckpointError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let (_, metadata) =
        SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    let header: Header = metadata
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(METADATA_KEY))
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| damaged("it is not a training checkpoint".to_owned()))?;
    if header.config != *config {
        let what = first_difference(&header.config, config);
        return Err(TrainingError::OtherRun {
            path: path.to_owned(),
            what,
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
    let wanted = config.model.parameter_count();
    for part in [
        &state.weights,
        &state.first_moment,
        &state.second_moment,
        &state.average,
    ] {
        if part.len() != wanted {
            return Err(damaged(format!("{} weights where {wanted} belong", part.len())).into());
        }
    }
    let draws = match file.tensor(DRAWN) {
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
            Some(PriorTargets::of(config, header.drawn_set, melodies))
        }
    };
    if draws.as_ref().map_or(0, |draws| draws.melodies.len()) < wanted_draws(config) {
        return Err(damaged("draws of the prior are missing".to_owned()).into());
    }
    Ok(Saved {
        state,
        curve: header.curve,
        draws,
        learnt_from: header.corpus,
    })
}

fn wanted_draws(config: &TrainingConfig) -> usize {
    if config.drawn_per_batch() > 0 {
        config.drawn_melodies
    } else {
        0
    }
}

/// The first setting in which two configs differ, as a phrase.
fn first_difference(found: &TrainingConfig, wanted: &TrainingConfig) -> String {
    let fields = |config: &TrainingConfig| serde_json::to_value(config).unwrap_or_default();
    let (found, wanted) = (fields(found), fields(wanted));
    let keys = wanted.as_object().into_iter().flatten();
    keys.filter(|(key, value)| found.get(key.as_str()) != Some(value))
        .map(|(key, value)| format!("{key}: {} there, {value} here", found[key.as_str()]))
        .next()
        .unwrap_or_else(|| "its settings".to_owned())
}
