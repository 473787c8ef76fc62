//! safetensors files: this program's native format, with the model's sizes and provenance as metadata.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Read as _, Write};

use ::safetensors::Dtype;
use ::safetensors::tensor::{Metadata, TensorInfo};
use half::f16;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::byte_range::ByteRange;
use super::infer_config::{SequenceSizes, Shapes};
use super::numbers::{self, NumberFormat, read_numbers};
use super::tensors::Checkpoint;
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::config::MusicVaeConfig;
use crate::model::error::CheckpointError;
use crate::model::parameters::Parameters;

/// The only metadata key, a [`ModelMetadata`] as JSON: the order of several keys, and with it the hash,
/// would change from run to run.
const METADATA_KEY: &str = "tunescape";
/// Maximum length of the header, which lists names, shapes and offsets: a large model's has some kilobytes.
const MAX_HEADER_BYTES: u64 = 4 << 20;
/// Number of bytes of the header's length, which the file begins with.
const LENGTH_BYTES: u64 = 8;

/// Number format of the floats in a weights file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatFormat {
    /// 32-bit floats, exact.
    Float32,
    /// 16-bit floats, half the size; the format of the default model.
    Float16,
}

/// The metadata of a weights file.
#[derive(Serialize, Deserialize)]
pub(in crate::model) struct ModelMetadata {
    pub config: MusicVaeConfig,
    #[serde(default)]
    pub provenance: serde_json::Value,
}

/// Number format and byte range of a tensor.
struct TensorLocation {
    dtype: Dtype,
    offset: u64,
    length: u64,
}

/// An opened safetensors file.
pub(in crate::model) struct SafetensorsFile {
    file: ByteRange,
    pub metadata: ModelMetadata,
    locations: BTreeMap<String, TensorLocation>,
    shapes: Shapes,
}

impl SafetensorsFile {
    /// Reads the header and checks it against the file's length. `config` replaces missing metadata, and must not
    /// contradict existing metadata.
    pub fn open(file: ByteRange, config: Option<MusicVaeConfig>) -> Result<Self, CheckpointError> {
        let path = file.path().to_owned();
        let damaged = CheckpointError::damaged(&path, CheckpointFormat::Safetensors);
        let read_error = CheckpointError::read(&path);
        let mut reader = file.reader().map_err(&read_error)?;
        let length = match file.head(LENGTH_BYTES).map_err(&read_error)?.first_chunk() {
            Some(length) => u64::from_le_bytes(*length),
            None => return Err(damaged("it is empty or cut short".to_owned())),
        };
        if length > MAX_HEADER_BYTES {
            return Err(damaged(format!("its header would have {length} bytes")));
        }
        let data_offset = LENGTH_BYTES + length;
        if data_offset > file.len() {
            return Err(damaged("its header is cut short".to_owned()));
        }
        let mut header = Vec::new();
        reader
            .by_ref()
            .take(data_offset)
            .read_to_end(&mut header)
            .map_err(&read_error)?;
        let header = header.get(LENGTH_BYTES as usize..).unwrap_or_default();
        let header: Metadata =
            serde_json::from_slice(header).map_err(|error| damaged(error.to_string()))?;
        let stored_bytes = file.len() - data_offset;
        if header.data_len() as u64 != stored_bytes {
            return Err(damaged(format!(
                "its tensors take {} bytes, it holds {stored_bytes}",
                header.data_len()
            )));
        }
        let stored = header
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA_KEY))
            .map(|text| {
                serde_json::from_str::<ModelMetadata>(text)
                    .map_err(|error| damaged(format!("its model sizes cannot be read: {error}")))
            })
            .transpose()?;
        let metadata = match (stored, config) {
            (Some(stored), Some(config)) if stored.config != config => {
                return Err(damaged(format!(
                    "its metadata says {:?}, the config.json beside it {config:?}",
                    stored.config
                )));
            }
            (Some(stored), _) => stored,
            (None, Some(config)) => ModelMetadata {
                config,
                provenance: serde_json::Value::Null,
            },
            (None, None) => return Err(damaged("its metadata has no model sizes".to_owned())),
        };
        let (mut locations, mut shapes) = (BTreeMap::new(), Shapes::new());
        for (name, info) in header.tensors() {
            let (start, end) = info.data_offsets;
            let location = TensorLocation {
                dtype: info.dtype,
                offset: data_offset + start as u64,
                length: (end - start) as u64,
            };
            shapes.insert(name.clone(), info.shape.clone());
            locations.insert(name, location);
        }
        Ok(Self {
            file,
            metadata,
            locations,
            shapes,
        })
    }

    /// First twelve hexadecimal digits of the SHA-256 of the whole file.
    pub fn hash(&self) -> Result<String, CheckpointError> {
        let mut digest = Sha256::new();
        self.file
            .reader()
            .and_then(|mut reader| {
                let mut buffer = vec![0; 256 << 10];
                loop {
                    match reader.read(&mut buffer)? {
                        0 => return Ok(()),
                        count => digest.update(&buffer[..count]),
                    }
                }
            })
            .map_err(CheckpointError::read(self.file.path()))?;
        Ok(first_digits(&digest.finalize()))
    }

    /// The error for tensors whose sizes, `found`, differ from those of the metadata.
    pub fn config_mismatch(&self, found: &MusicVaeConfig) -> CheckpointError {
        self.damaged(format!(
            "its tensors are those of {found:?}, its metadata says {:?}",
            self.metadata.config
        ))
    }

    fn damaged(&self, reason: String) -> CheckpointError {
        CheckpointError::damaged(self.file.path(), CheckpointFormat::Safetensors)(reason)
    }
}

impl Checkpoint for SafetensorsFile {
    fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    fn sequence_sizes(&self) -> SequenceSizes {
        SequenceSizes {
            steps: Some(self.metadata.config.steps),
            segments: Some(self.metadata.config.segments()),
        }
    }

    fn stored_bytes(&self) -> u64 {
        self.file.len()
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let location = self
            .locations
            .get(name)
            .ok_or_else(|| CheckpointError::missing_tensor(name))?;
        let number_format = match location.dtype {
            Dtype::F32 => NumberFormat::F32,
            Dtype::F16 => NumberFormat::F16,
            Dtype::BF16 => NumberFormat::Bf16,
            Dtype::F64 => NumberFormat::F64,
            other => {
                return Err(CheckpointError::NumberFormat {
                    name: name.to_owned(),
                    dtype: format!("{other:?}"),
                });
            }
        };
        let damaged = || self.damaged(format!("the tensor {name:?} lies outside it"));
        let count = self
            .shapes
            .get(name)
            .and_then(|shape| numbers::element_count(shape))
            .filter(|count| *count as u64 * number_format.width() == location.length)
            .ok_or_else(damaged)?;
        let range = self
            .file
            .slice(location.offset, location.length)
            .ok_or_else(damaged)?;
        range
            .reader()
            .and_then(|reader| read_numbers(reader, count, number_format, |_| ()))
            .map_err(CheckpointError::read(self.file.path()))
    }
}

/// Writes a safetensors file, the tensors in the order of their names. Equal weights give equal bytes.
pub(in crate::model) fn write_safetensors(
    metadata: &ModelMetadata,
    parameters: &Parameters,
    format: FloatFormat,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (dtype, width) = match format {
        FloatFormat::Float32 => (Dtype::F32, 4),
        FloatFormat::Float16 => (Dtype::F16, 2),
    };
    let mut end = 0;
    let tensor_infos = parameters.iter().map(|(name, tensor)| {
        let start = end;
        end += width * tensor.values.len();
        let info = TensorInfo {
            dtype,
            shape: tensor.shape.clone(),
            data_offsets: (start, end),
        };
        (name.to_owned(), info)
    });
    let text = serde_json::to_string(metadata).map_err(io::Error::other)?;
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), text)]);
    let header = Metadata::new(Some(metadata), tensor_infos.collect()).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&header).map_err(io::Error::other)?;
    // The tensors begin at a multiple of eight.
    header.resize(header.len().next_multiple_of(LENGTH_BYTES as usize), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    let mut bytes = Vec::new();
    for (_, tensor) in parameters.iter() {
        for chunk in tensor.values.chunks(64 << 10) {
            bytes.clear();
            match format {
                FloatFormat::Float32 => bytes.extend(chunk.iter().flat_map(|x| x.to_le_bytes())),
                FloatFormat::Float16 => {
                    bytes.extend(chunk.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()));
                }
            }
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// First twelve hexadecimal digits of the SHA-256 of the file that [`write_safetensors`] would write in full precision.
pub(in crate::model) fn hash_as_written(
    metadata: &ModelMetadata,
    parameters: &Parameters,
) -> String {
    struct Digester(Sha256);
    impl Write for Digester {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut digester = Digester(Sha256::new());
    match write_safetensors(metadata, parameters, FloatFormat::Float32, &mut digester) {
        Ok(()) => first_digits(&digester.0.finalize()),
        Err(_) => String::new(),
    }
}

/// The first twelve hexadecimal digits of a digest.
fn first_digits(digest: &[u8]) -> String {
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
