//! magenta-js folders: `config.json`, `weights_manifest.json` and the shards that it names.
//!
//! The shards of a group, concatenated, hold the group's tensors back to back in the order of the
//! manifest: a tensor, and even a number, may begin in one shard and end in the next.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::byte_range::{ByteRange, ChainedReader};
use super::folder::Folder;
use super::infer_config::{SequenceSizes, Shapes};
use super::manifest::{MANIFEST_FILE, Quantization, TensorEntry, read_config, read_manifest};
use super::numbers::{self, NumberFormat, read_numbers};
use super::tensors::Checkpoint;
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::error::CheckpointError;

const MAX_SHARDS: usize = 10_000;

/// Location of a tensor among the bytes of its group.
struct TensorLocation {
    group: usize,
    offset: u64,
    count: usize,
    /// `None` for formats that no tensor of a model has, such as booleans.
    number_format: Option<NumberFormat>,
    dtype: String,
}

/// An opened magenta-js folder.
pub(super) struct MagentaJs {
    manifest: PathBuf,
    groups: Vec<Vec<ByteRange>>,
    locations: BTreeMap<String, TensorLocation>,
    shapes: Shapes,
    sequence_sizes: SequenceSizes,
}

impl MagentaJs {
    /// Reads manifest and config and opens the shards; `prefix` is the folder inside an archive,
    /// empty or ending in `/`.
    pub fn open(folder: &Folder, prefix: &str) -> Result<Self, CheckpointError> {
        let sequence_sizes = read_config(folder, prefix)?;
        let manifest = folder.path_of(&format!("{prefix}{MANIFEST_FILE}"));
        let groups = read_manifest(folder, prefix)?;
        let mut opened = Self {
            manifest,
            groups: Vec::new(),
            locations: BTreeMap::new(),
            shapes: Shapes::new(),
            sequence_sizes,
        };
        let mut shard_paths = HashSet::new();
        for group in groups {
            let mut shards = Vec::with_capacity(group.paths.len().min(MAX_SHARDS));
            for path in group.paths {
                if !shard_paths.insert(path.clone()) {
                    return Err(opened.damaged(format!("it names the file {path:?} twice")));
                }
                if shard_paths.len() > MAX_SHARDS {
                    return Err(opened.damaged(format!("it names more than {MAX_SHARDS} files")));
                }
                let name = format!("{prefix}{path}");
                let shard = folder
                    .get(&name)?
                    .ok_or_else(|| CheckpointError::MissingFile {
                        path: folder.path_of(&name),
                        named_by: opened.manifest.clone(),
                    })?;
                shards.push(shard);
            }
            opened.add_group(shards, group.weights)?;
        }
        Ok(opened)
    }

    fn add_group(
        &mut self,
        shards: Vec<ByteRange>,
        weights: Vec<TensorEntry>,
    ) -> Result<(), CheckpointError> {
        let stored_bytes: u64 = shards.iter().map(ByteRange::len).sum();
        let mut offset = 0_u64;
        for TensorEntry {
            name,
            shape,
            dtype,
            quantization,
        } in weights
        {
            let (number_format, width) = number_format(&name, &dtype, quantization.as_ref())?;
            let count = numbers::element_count(&shape);
            let end =
                count.and_then(|count| offset.checked_add((count as u64).checked_mul(width)?));
            let (Some(count), Some(end)) = (count, end) else {
                return Err(self.damaged(format!("the shape {shape:?} of {name:?} is too large")));
            };
            let location = TensorLocation {
                group: self.groups.len(),
                offset,
                count,
                number_format,
                dtype,
            };
            if self.locations.insert(name.clone(), location).is_some() {
                return Err(self.damaged(format!("it lists the tensor {name:?} twice")));
            }
            self.shapes.insert(name, shape);
            offset = end;
        }
        if offset != stored_bytes {
            let shards: Vec<String> = shards
                .iter()
                .filter_map(|shard| Some(shard.path().file_name()?.to_string_lossy().into()))
                .take(3)
                .collect();
            return Err(self.damaged(format!(
                "its tensors take {offset} bytes, the shards {} … hold {stored_bytes}",
                shards.join(", ")
            )));
        }
        self.groups.push(shards);
        Ok(())
    }

    fn damaged(&self, reason: String) -> CheckpointError {
        CheckpointError::damaged(&self.manifest, CheckpointFormat::MagentaJs)(reason)
    }
}

/// Stored number format of a listed tensor, or `None` if no model's tensor has that format; and bytes per number.
fn number_format(
    name: &str,
    dtype: &str,
    quantization: Option<&Quantization>,
) -> Result<(Option<NumberFormat>, u64), CheckpointError> {
    let unknown = |dtype: &str| CheckpointError::NumberFormat {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
    };
    let number_format = match (dtype, quantization) {
        ("float32", None) => NumberFormat::F32,
        ("float32", Some(Quantization { dtype, min, scale })) => {
            match (dtype.as_str(), min.value(), scale.value()) {
                ("uint8", Some(min), Some(scale)) => NumberFormat::Linear8 { min, scale },
                ("uint16", Some(min), Some(scale)) => NumberFormat::Linear16 { min, scale },
                ("float16", ..) => NumberFormat::F16,
                (other, ..) => return Err(unknown(other)),
            }
        }
        ("int32", None) => return Ok((None, 4)),
        ("bool", None) => return Ok((None, 1)),
        _ => return Err(unknown(dtype)),
    };
    Ok((Some(number_format), number_format.width()))
}

impl Checkpoint for MagentaJs {
    fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    fn sequence_sizes(&self) -> SequenceSizes {
        self.sequence_sizes
    }

    fn stored_bytes(&self) -> u64 {
        self.groups.iter().flatten().map(ByteRange::len).sum()
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let location = self
            .locations
            .get(name)
            .ok_or_else(|| CheckpointError::missing_tensor(name))?;
        let number_format =
            location
                .number_format
                .ok_or_else(|| CheckpointError::NumberFormat {
                    name: name.to_owned(),
                    dtype: location.dtype.clone(),
                })?;
        let shards = self
            .groups
            .get(location.group)
            .map_or(&[][..], Vec::as_slice);
        let (mut skip, mut remaining) = (
            location.offset,
            location.count as u64 * number_format.width(),
        );
        let mut ranges = Vec::new();
        for shard in shards {
            let length = shard.len().saturating_sub(skip).min(remaining);
            if length > 0 {
                ranges.extend(shard.slice(skip, length));
            }
            skip = skip.saturating_sub(shard.len());
            remaining -= length;
        }
        let path = ranges
            .first()
            .map_or(self.manifest.as_path(), ByteRange::path);
        let reader = ChainedReader::new(ranges.clone());
        read_numbers(reader, location.count, number_format, |_| ())
            .map_err(CheckpointError::read(path))
    }
}
