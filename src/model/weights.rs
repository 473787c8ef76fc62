//! A model in main memory: sizes, tensors, provenance and hash.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::checkpoint::FloatFormat;
use super::checkpoint::safetensors::{ModelMetadata, hash_as_written, write_safetensors};
use super::checkpoint::{self, CheckpointContent, Folder, OpenedCheckpoint};
use super::checkpoint_format::CheckpointFormat;
use super::config::MusicVaeConfig;
use super::error::CheckpointError;
use super::parameters::Parameters;
use super::principal_axes::principal_axes;
use super::training_melodies::MelodyFilter;
use crate::files::write_atomic_synced;
use crate::latent::LatentPoint;
use crate::melody::Tokens;

/// The model that ships with the program.
static DEFAULT_MODEL: &[u8] = include_bytes!("../../weights/default.safetensors");

/// A model's sizes, tensors and provenance.
#[derive(Clone, Debug)]
pub struct Weights {
    name: String,
    hash: String,
    format: CheckpointFormat,
    config: MusicVaeConfig,
    provenance: serde_json::Value,
    parameters: Parameters,
    principal_axes: OnceLock<Vec<LatentPoint>>,
}

impl Weights {
    /// Weights that do not come from a file, such as those of a training run.
    ///
    /// The hash is computed from the full-precision file that [`Weights::to_bytes`] gives.
    ///
    /// # Errors
    /// [`CheckpointError`] if the tensors are not those of `config`.
    pub fn new(
        name: impl Into<String>,
        config: MusicVaeConfig,
        parameters: Parameters,
        provenance: serde_json::Value,
    ) -> Result<Self, CheckpointError> {
        parameters.check(&config)?;
        let mut weights = Self {
            name: name.into(),
            hash: String::new(),
            format: CheckpointFormat::Safetensors,
            config,
            provenance,
            parameters,
            principal_axes: OnceLock::new(),
        };
        weights.hash = weights.hash_as_written();
        Ok(weights)
    }

    /// Opens a model in any published format: a safetensors file, a magenta-js folder, a TensorFlow
    /// checkpoint (the folder, one of its files, or the common prefix of their names), a `.tar`.
    ///
    /// # Errors
    /// [`CheckpointError`] with the file or the tensor.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        Self::from_opened(checkpoint::open_path(path)?)
    }

    /// The model that ships with the program.
    ///
    /// # Errors
    /// [`CheckpointError`] if the program was built with a damaged file.
    pub fn default_model() -> Result<Self, CheckpointError> {
        Self::from_bytes(
            DEFAULT_MODEL,
            "Default model",
            Path::new("weights/default.safetensors"),
        )
    }

    /// The model at `path`, or the one that ships with the program.
    ///
    /// # Errors
    /// As [`Weights::open`].
    pub fn open_or_default(path: Option<&Path>) -> Result<Self, CheckpointError> {
        path.map_or_else(Self::default_model, Self::open)
    }

    /// Reads weights from the bytes of a safetensors or tar file; `path` names it in errors.
    ///
    /// # Errors
    /// [`CheckpointError`] with the file or the tensor.
    pub fn from_bytes(bytes: &[u8], name: &str, path: &Path) -> Result<Self, CheckpointError> {
        let mut weights = Self::from_opened(checkpoint::open_bytes(path, Arc::from(bytes))?)?;
        name.clone_into(&mut weights.name);
        Ok(weights)
    }

    /// Reads weights from the files of a folder in memory; `path` names the folder in errors.
    ///
    /// # Errors
    /// [`CheckpointError`] with the file or the tensor.
    pub fn from_files(
        files: BTreeMap<String, Vec<u8>>,
        path: &Path,
    ) -> Result<Self, CheckpointError> {
        Self::from_opened(checkpoint::open_folder(&Folder::memory(path, files))?)
    }

    fn from_opened(opened: OpenedCheckpoint) -> Result<Self, CheckpointError> {
        let tensors = opened.content.tensors();
        let config = checkpoint::infer_config(tensors.shapes(), opened.sequence_sizes())?;
        let read_checked = || {
            let parameters = checkpoint::read_parameters(tensors, &config)?;
            parameters.check(&config)?;
            Ok::<_, CheckpointError>(parameters)
        };
        let (parameters, hash, provenance) = match &opened.content {
            CheckpointContent::Native(file) if file.metadata.config != config => {
                return Err(file.config_mismatch(&config));
            }
            CheckpointContent::Native(file) => {
                let (parameters, hash) = rayon::join(read_checked, || file.hash());
                (parameters?, Some(hash?), file.metadata.provenance.clone())
            }
            CheckpointContent::Published(_) => (read_checked()?, None, serde_json::Value::Null),
        };
        let mut weights = Self {
            name: opened.name,
            hash: String::new(),
            format: opened.format,
            config,
            provenance,
            parameters,
            principal_axes: OnceLock::new(),
        };
        weights.hash = hash.unwrap_or_else(|| weights.hash_as_written());
        Ok(weights)
    }

    /// The bytes of a safetensors file with these weights. Equal weights give equal bytes.
    #[must_use]
    pub fn to_bytes(&self, format: FloatFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        write_safetensors(&self.metadata(), &self.parameters, format, &mut bytes)
            .unwrap_or_default();
        bytes
    }

    fn metadata(&self) -> ModelMetadata {
        ModelMetadata {
            config: self.config.clone(),
            provenance: self.provenance.clone(),
        }
    }

    /// Hash of the full-precision safetensors file that these weights would be saved as.
    fn hash_as_written(&self) -> String {
        hash_as_written(&self.metadata(), &self.parameters)
    }

    /// Saves the weights as a safetensors file, atomically; a file of that name is replaced.
    ///
    /// # Errors
    /// [`CheckpointError::Write`].
    pub fn save(&self, path: &Path, format: FloatFormat) -> Result<(), CheckpointError> {
        let write_weights = |out: &mut (dyn Write + Send)| {
            write_safetensors(&self.metadata(), &self.parameters, format, out)
        };
        write_atomic_synced(path, write_weights).map_err(CheckpointError::write(path))
    }

    /// Name to show: that of the file or folder, without extension.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First twelve hexadecimal digits of a SHA-256: of the file, if it is a safetensors file; else
    /// of the full-precision safetensors file that these weights would be saved as.
    ///
    /// A model therefore has the same hash in every published format and keeps it when converted.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether these weights were trained on this melody, at this pitch or another. Only the model that ships with the program
    /// can tell; it is wrong about one in 120 melodies that it was not trained on.
    #[must_use]
    pub fn is_training_melody(&self, melody: &Tokens) -> bool {
        MelodyFilter::for_weights_hash(&self.hash).is_some_and(|filter| filter.contains(melody))
    }

    /// The format that these weights were read from.
    #[must_use]
    pub fn format(&self) -> CheckpointFormat {
        self.format
    }

    /// The model's sizes.
    #[must_use]
    pub fn config(&self) -> &MusicVaeConfig {
        &self.config
    }

    /// The record of the training run that `train` stored, or null.
    #[must_use]
    pub fn provenance(&self) -> &serde_json::Value {
        &self.provenance
    }

    /// The tensors.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The two directions of the latent space to which the decoder is most sensitive, the stronger first: orthogonal unit
    /// vectors. Computed at the first call.
    #[must_use]
    pub fn principal_axes(&self) -> &[LatentPoint] {
        self.principal_axes
            .get_or_init(|| principal_axes(&self.config, &self.parameters, 2))
    }
}
