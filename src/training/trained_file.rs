//! The weights file of a run: its provenance, and saving it during the run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::calibrate_prior::{calibrate_prior, prior_is_calibrated};
use super::config::TrainingConfig;
use super::corpus::Corpus;
use super::error::TrainingError;
use super::trainer::Trainer;
use crate::model::{FloatFormat, Weights};
use crate::progress::{Cancelled, ProgressFn};

/// The provenance stored in the weights file: without paths, so that equal runs give equal files.
#[must_use]
pub fn provenance(
    corpus: &Corpus,
    config: &TrainingConfig,
    start: Option<&Weights>,
) -> serde_json::Value {
    let sources: serde_json::Map<String, serde_json::Value> = corpus
        .sources
        .iter()
        .map(|source| {
            let counts =
                serde_json::json!({ "files": source.file_count, "windows": source.windows.len() });
            (source.name.clone(), counts)
        })
        .collect();
    let mut provenance = serde_json::json!({
        "program": concat!("tunescape ", env!("CARGO_PKG_VERSION")),
        "sources": sources,
        "config": config,
    });
    if let Some(start) = start {
        provenance["started_from"] = start.provenance().clone();
    }
    provenance
}

/// SHA-256 of some bytes, in hexadecimal digits.
#[must_use]
pub fn sha256_text(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// The SHA-256 of each file from which the corpus has windows, by its path inside the folder.
///
/// # Errors
/// [`TrainingError::Read`].
pub fn file_hashes(
    folder: &Path,
    corpus: &Corpus,
) -> Result<BTreeMap<String, String>, TrainingError> {
    let hash = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|source| TrainingError::Read {
            path: path.clone(),
            source,
        })?;
        let name = path.strip_prefix(folder).unwrap_or(path);
        Ok((name.display().to_string(), sha256_text(&bytes)))
    };
    corpus.used_files.iter().map(hash).collect()
}

/// The weights file that a run of training or fine-tuning writes.
pub struct TrainedFile {
    /// Its path; the file need not exist yet.
    pub path: PathBuf,
    /// Provenance to store in it, made by [`provenance`].
    pub provenance: serde_json::Value,
    /// The weights that this run saved last.
    pub saved: Option<Weights>,
}

impl TrainedFile {
    /// Saves the averaged weights of a run; an existing file is replaced.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if it cannot be written, [`TrainingError::Model`] if the model fails.
    pub fn save(&mut self, trainer: &Trainer, corpus: &Corpus) -> Result<(), TrainingError> {
        let mut provenance = self.provenance.clone();
        provenance["step"] = trainer.step().into();
        provenance["curve"] = serde_json::to_value(trainer.curve()).unwrap_or_default();
        let weights = trainer.final_weights(corpus, provenance)?;
        weights.save(&self.path, FloatFormat::Float16)?;
        self.saved = Some(weights);
        Ok(())
    }

    /// Calibrates the latent space of the saved weights so that decoded draws of the prior resemble the corpus, and saves them
    /// again. Does nothing if the config has no rounds for it, or the weights are calibrated already.
    ///
    /// # Errors
    /// As [`calibrate_prior`], and [`TrainingError::Checkpoint`].
    pub fn calibrate(
        &mut self,
        corpus: &Corpus,
        config: &TrainingConfig,
        progress: &mut ProgressFn<'_, Cancelled>,
    ) -> Result<(), TrainingError> {
        let weights = match self.saved.take() {
            Some(weights) => weights,
            // This run saved nothing: an earlier one had finished training, and may have been stopped before the calibration.
            None => Weights::open(&self.path)?,
        };
        if config.fit_rounds == 0 || prior_is_calibrated(&weights) {
            return Ok(());
        }
        let calibrated = calibrate_prior(&Arc::new(weights), corpus, config, progress)?;
        calibrated.save(&self.path, FloatFormat::Float16)?;
        Ok(())
    }
}
