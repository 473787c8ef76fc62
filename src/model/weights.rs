//! A model in host memory: sizes, tensors, provenance and hash, whatever form it came in.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::checkpoint::safetensors::{Description, hash_as_written, write};
use super::checkpoint::{self, Checkpoint as _, Content, Folder, OpenedCheckpoint};
use super::{CheckpointError, Form, MusicVaeConfig, Parameters};
use crate::files::write_atomic_synced;

/// The model that ships with the program.
static DEFAULT_MODEL: &[u8] = include_bytes!("../../weights/default.safetensors");

/// Number format of a weights file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats, exact.
    Full,
    /// 16-bit floats, half the size: what ships.
    Half,
}

/// A model's sizes, tensors and provenance.
#[derive(Clone, Debug)]
pub struct Weights {
    name: String,
    hash: String,
    form: Form,
    config: MusicVaeConfig,
    provenance: serde_json::Value,
    parameters: Parameters,
}

impl Weights {
    /// Puts weights together that did not come from a file, such as those of a training run.
    ///
    /// The hash is that of the full-precision file that [`Weights::to_bytes`] would give.
    ///
    /// # Errors
    /// Any [`CheckpointError`] about tensors, if they are not those of `config`.
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
            form: Form::Safetensors,
            config,
            provenance,
            parameters,
        };
        weights.hash = weights.hash_as_written();
        Ok(weights)
    }

    /// Opens a model in any published form: a safetensors file, a magenta-js folder, a TensorFlow
    /// checkpoint (the folder, one of its files, or the common start of their names), a `.tar`.
    ///
    /// # Errors
    /// [`CheckpointError`], in a sentence that names the file or the tensor.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        Self::from_located(checkpoint::on_disk(path)?)
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

    /// Reads weights from the bytes of a safetensors or tar file; `path` only names it in errors.
    ///
    /// # Errors
    /// [`CheckpointError`], in a sentence that names the file or the tensor.
    pub fn from_bytes(bytes: &[u8], name: &str, path: &Path) -> Result<Self, CheckpointError> {
        let located = checkpoint::in_memory(path, Arc::from(bytes))?;
        let mut weights = Self::from_located(located)?;
        name.clone_into(&mut weights.name);
        Ok(weights)
    }

    /// Reads weights from the bytes of several files, as they would lie in one folder; `path` only
    /// names it.
    ///
    /// # Errors
    /// [`CheckpointError`], in a sentence that names the file or the tensor.
    pub fn from_files(
        files: BTreeMap<String, Vec<u8>>,
        path: &Path,
    ) -> Result<Self, CheckpointError> {
        Self::from_located(checkpoint::in_folder(&Folder::memory(path, files))?)
    }

    fn from_located(located: OpenedCheckpoint) -> Result<Self, CheckpointError> {
        let timing = located.timing();
        let (config, parameters, hash, provenance) = match located.content {
            Content::Native(file) => {
                let config = checkpoint::recognise(file.shapes(), timing)?;
                if config != file.description.config {
                    return Err(file.contradiction(&config));
                }
                let (parameters, hash) = rayon::join(
                    || {
                        let parameters = checkpoint::read(file.as_ref(), &config)?;
                        parameters.check(&config)?;
                        Ok::<_, CheckpointError>(parameters)
                    },
                    || file.hash(),
                );
                (
                    config,
                    parameters?,
                    Some(hash?),
                    file.description.provenance,
                )
            }
            Content::Published(published) => {
                let config = checkpoint::recognise(published.shapes(), timing)?;
                let parameters = checkpoint::read(published.as_ref(), &config)?;
                (config, parameters, None, serde_json::Value::Null)
            }
        };
        let mut weights = Self {
            name: located.name,
            hash: String::new(),
            form: located.form,
            config,
            provenance,
            parameters,
        };
        weights.hash = match hash {
            Some(hash) => hash,
            None => {
                let (checked, hash) = rayon::join(
                    || weights.parameters.check(&weights.config),
                    || weights.hash_as_written(),
                );
                checked?;
                hash
            }
        };
        Ok(weights)
    }

    /// The bytes of a safetensors file with these weights. Equal weights give equal bytes.
    #[must_use]
    pub fn to_bytes(&self, precision: Precision) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory fails for no reason that a file would survive.
        write(&self.description(), &self.parameters, precision, &mut bytes).unwrap_or_default();
        bytes
    }

    fn description(&self) -> Description {
        Description {
            config: self.config.clone(),
            provenance: self.provenance.clone(),
        }
    }

    fn hash_as_written(&self) -> String {
        hash_as_written(&self.description(), &self.parameters)
    }

    /// Writes the file whole or not at all; a file of that name is replaced.
    ///
    /// # Errors
    /// [`CheckpointError::Write`].
    pub fn save(&self, path: &Path, precision: Precision) -> Result<(), CheckpointError> {
        let write_weights =
            |out: &mut dyn Write| write(&self.description(), &self.parameters, precision, out);
        write_atomic_synced(path, write_weights).map_err(|source| CheckpointError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// Name to show: the file's or folder's, without its ending.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First twelve hexadecimal digits of a SHA-256: of the file, if it is a safetensors file; else
    /// of the full-precision safetensors file that these weights would be saved as.
    ///
    /// So a model has one hash in whatever published form it comes, and keeps it when converted.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The form that these weights came in.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The model's sizes.
    #[must_use]
    pub fn config(&self) -> &MusicVaeConfig {
        &self.config
    }

    /// How these weights came about: what `train` stored, or null.
    #[must_use]
    pub fn provenance(&self) -> &serde_json::Value {
        &self.provenance
    }

    /// The tensors.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }
}
