//! Mixing models: finding the two models that a model lies between, and writing their mean into the folder of models.

use std::path::{Path, PathBuf};

use super::open::user_message;
use crate::model::{Weights, mix_ends, mix_weights};
use crate::session::{FineTunedModel, FineTunedModels};

/// A model that can be mixed with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixModel {
    /// Its name.
    pub name: String,
    /// Its file; `None` for the default model.
    pub path: Option<PathBuf>,
}

/// The two models that a model lies between.
#[derive(Clone, Debug, PartialEq)]
pub struct MixRange {
    /// The first model, such as the default model.
    pub first: MixModel,
    /// The second model, such as one that was fine-tuned from the first.
    pub second: MixModel,
    /// Fraction of the second, 0 to 1.
    pub fraction: f64,
}

/// The two models that the model of this file lies between: the model that it was fine-tuned from and itself, or those that it was
/// mixed from. Both are searched by their hashes: they are the default model, this file, or in the folder of models. `None` if
/// one is not found.
#[must_use]
pub fn find_mix_range(path: &Path, models: &FineTunedModels) -> Option<MixRange> {
    let weights = Weights::open(path).ok()?;
    let ends = mix_ends(&weights)?;
    let default = Weights::default_model().ok()?;
    let mut first = None;
    let mut second = None;
    let mut take = |weights: &Weights, path: Option<&Path>| {
        let model = || MixModel {
            name: weights.name().to_owned(),
            path: path.map(Path::to_owned),
        };
        if weights.hash() == ends.first {
            first.get_or_insert_with(model);
        } else if weights.hash() == ends.second {
            second.get_or_insert_with(model);
        }
        first.is_some() && second.is_some()
    };
    let mut is_found = take(&default, None) || take(&weights, Some(path));
    let mut listed = models.list().into_iter();
    while !is_found {
        let path = listed.next()?.path;
        is_found = Weights::open(&path).is_ok_and(|weights| take(&weights, Some(&path)));
    }
    Some(MixRange {
        first: first?,
        second: second?,
        fraction: ends.fraction,
    })
}

/// Mixes two models, with this fraction of the second, and writes the result into the folder of models. If the folder has it
/// already, nothing is written.
///
/// # Errors
/// A sentence for the user.
pub fn write_mix(
    range: &MixRange,
    fraction: f64,
    models: &FineTunedModels,
) -> Result<FineTunedModel, String> {
    let open = |model: &MixModel| {
        Weights::open_or_default(model.path.as_deref()).map_err(|error| user_message(&error))
    };
    let (first, second) = (open(&range.first)?, open(&range.second)?);
    let mixed = mix_weights(&first, &second, fraction).map_err(|error| user_message(&error))?;
    models.add(&mixed).map_err(|error| user_message(&error))
}
