//! Weights files: safetensors with the model's sizes and provenance in the metadata.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use half::f16;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::parameters::{HostTensor, Parameters};
use super::{CheckpointError, MusicVaeConfig};

/// The model that ships with the program.
static DEFAULT_MODEL: &[u8] = include_bytes!("../../weights/default.safetensors");

/// The one metadata key, a [`Description`] as JSON: with two keys, their order would change from
/// run to run, and with it the hash.
const METADATA_KEY: &str = "tunescape";
/// Larger files are refused before they are read: the largest published flat model is about 330 MB.
const LARGEST_FILE: u64 = 4 << 30;

/// Number format of a weights file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit floats, exact.
    Full,
    /// 16-bit floats, half the size: what ships.
    Half,
}

/// What the metadata of a weights file says.
#[derive(Serialize, Deserialize)]
struct Description {
    config: MusicVaeConfig,
    #[serde(default)]
    provenance: serde_json::Value,
}

/// A model's sizes, tensors and provenance, as read from one file.
#[derive(Clone, Debug)]
pub struct Weights {
    name: String,
    hash: String,
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
            config,
            provenance,
            parameters,
        };
        weights.hash = short_hash(&weights.to_bytes(Precision::Full));
        Ok(weights)
    }

    /// Reads a weights file.
    ///
    /// # Errors
    /// [`CheckpointError`], in a sentence that names the file or the tensor.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let read = |source| CheckpointError::Read {
            path: path.to_owned(),
            source,
        };
        let length = std::fs::metadata(path).map_err(read)?.len();
        if length > LARGEST_FILE {
            return Err(CheckpointError::Damaged {
                path: path.to_owned(),
                reason: format!("it is {} GiB long, no flat MusicVAE is", length >> 30),
            });
        }
        let bytes = std::fs::read(path).map_err(read)?;
        let name = path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into());
        Self::from_bytes(&bytes, &name, path)
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

    /// Reads weights from the bytes of a safetensors file; `path` only names it in errors.
    ///
    /// # Errors
    /// [`CheckpointError`], in a sentence that names the file or the tensor.
    pub fn from_bytes(bytes: &[u8], name: &str, path: &Path) -> Result<Self, CheckpointError> {
        let damaged = |reason: String| CheckpointError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
        let Description { config, provenance } = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA_KEY))
            .ok_or_else(|| damaged("its metadata has no model sizes".to_owned()))
            .and_then(|text| {
                serde_json::from_str(text)
                    .map_err(|error| damaged(format!("its model sizes cannot be read: {error}")))
            })?;
        let mut parameters = Parameters::default();
        for (tensor_name, view) in file.iter() {
            parameters.insert(tensor_name, host_tensor(tensor_name, &view)?);
        }
        let found = MusicVaeConfig::from_parameters(&parameters, config.steps)?;
        if found != config {
            return Err(damaged(format!(
                "its tensors are those of {found:?}, its metadata says {config:?}"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            hash: short_hash(bytes),
            config,
            provenance,
            parameters,
        })
    }

    /// The bytes of a safetensors file with these weights. Equal weights give equal bytes.
    #[must_use]
    pub fn to_bytes(&self, precision: Precision) -> Vec<u8> {
        let encoded: Vec<(String, Vec<usize>, Vec<u8>)> = self
            .parameters
            .iter()
            .map(|(name, tensor)| {
                (
                    name.to_owned(),
                    tensor.shape.clone(),
                    encode(tensor, precision),
                )
            })
            .collect();
        let dtype = match precision {
            Precision::Full => Dtype::F32,
            Precision::Half => Dtype::F16,
        };
        let views = encoded.iter().filter_map(|(name, shape, data)| {
            Some((
                name.as_str(),
                TensorView::new(dtype, shape.clone(), data).ok()?,
            ))
        });
        safetensors::serialize(views, Some(self.metadata())).unwrap_or_default()
    }

    fn metadata(&self) -> HashMap<String, String> {
        let description = Description {
            config: self.config.clone(),
            provenance: self.provenance.clone(),
        };
        let text = serde_json::to_string(&description).unwrap_or_default();
        HashMap::from([(METADATA_KEY.to_owned(), text)])
    }

    /// Writes the file whole or not at all; a file of that name is replaced.
    ///
    /// # Errors
    /// [`CheckpointError::Write`].
    pub fn save(&self, path: &Path, precision: Precision) -> Result<(), CheckpointError> {
        write_whole(path, &self.to_bytes(precision)).map_err(|source| CheckpointError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// Name to show: the file's, without its ending.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First twelve hexadecimal digits of the file's SHA-256.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
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

/// Writes a file that is there whole or not at all; a file of that name is replaced.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tunescape-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temporary files are private by default; weights should be as readable as any other file.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn host_tensor(name: &str, view: &TensorView<'_>) -> Result<HostTensor, CheckpointError> {
    let values = match view.dtype() {
        Dtype::F32 => view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
        Dtype::F16 => view
            .data()
            .as_chunks::<2>()
            .0
            .iter()
            .map(|bytes| f16::from_le_bytes(*bytes).to_f32())
            .collect(),
        other => {
            return Err(CheckpointError::NumberFormat {
                name: name.to_owned(),
                dtype: format!("{other:?}"),
            });
        }
    };
    Ok(HostTensor {
        shape: view.shape().to_vec(),
        values,
    })
}

fn encode(tensor: &HostTensor, precision: Precision) -> Vec<u8> {
    match precision {
        Precision::Full => tensor
            .values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
        Precision::Half => tensor
            .values
            .iter()
            .flat_map(|value| f16::from_f32(*value).to_le_bytes())
            .collect(),
    }
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .take(6)
        .fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
