//! TensorFlow checkpoints: an `.index` table and the `.data` files that it refers to.
//!
//! The optimiser's variables (`global_step`, `beta1_power`, names that end in `/Adam`) are in the
//! same table and are not read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use prost::Message as _;

use super::bundle::{BundleEntry, BundleHeader};
use super::byte_range::ByteRange;
use super::folder::Folder;
use super::infer_config::{SequenceSizes, Shapes};
use super::numbers::{self, NumberFormat, read_numbers};
use super::sorted_table;
use super::tensors::Checkpoint;
use crate::model::checkpoint_format::CheckpointFormat;
use crate::model::error::CheckpointError;

/// Maximum length of an index, which lists names and locations: the largest published model's has a few kilobytes.
const MAX_INDEX_BYTES: u64 = 16 << 20;
const MAX_SHARDS: i32 = 1_000;

/// An opened TensorFlow checkpoint.
pub(super) struct TensorFlow {
    index: PathBuf,
    entries: BTreeMap<String, BundleEntry>,
    shapes: Shapes,
    shards: Vec<ByteRange>,
}

impl TensorFlow {
    /// Reads the index `<stem>.index` of a folder or archive and opens its data files.
    pub fn open(folder: &Folder, stem: &str) -> Result<Self, CheckpointError> {
        let name = format!("{stem}.index");
        let index = folder.path_of(&name);
        let path = index.clone();
        let damaged = CheckpointError::damaged(&path, CheckpointFormat::TensorFlow);
        let read_error = CheckpointError::read(&path);
        let range = folder
            .get(&name)?
            .ok_or_else(|| read_error(std::io::ErrorKind::NotFound.into()))?;
        if range.len() > MAX_INDEX_BYTES {
            return Err(damaged(format!("its index has {} bytes", range.len())));
        }
        let bytes = range.head(MAX_INDEX_BYTES).map_err(read_error)?;
        let mut header = None;
        let (mut entries, mut shapes) = (BTreeMap::new(), Shapes::new());
        for (key, value) in sorted_table::entries(&bytes).map_err(&damaged)? {
            if key.is_empty() {
                header = BundleHeader::decode(&value[..]).ok();
                continue;
            }
            let Ok(name) = String::from_utf8(key) else {
                return Err(damaged("a tensor's name is no text".to_owned()));
            };
            let entry = BundleEntry::decode(&value[..])
                .map_err(|error| damaged(format!("the entry of {name:?}: {error}")))?;
            if let Some(shape) = shape(&entry) {
                shapes.insert(name.clone(), shape);
            }
            entries.insert(name, entry);
        }
        let header = header.ok_or_else(|| damaged("it has no header".to_owned()))?;
        if header.endianness != 0 {
            return Err(damaged("its numbers are big-endian".to_owned()));
        }
        let count = header.num_shards;
        if !(1..=MAX_SHARDS).contains(&count) {
            return Err(damaged(format!("it claims {count} data files")));
        }
        let shard = |number: i32| {
            let name = format!("{stem}.data-{number:05}-of-{count:05}");
            folder
                .get(&name)?
                .ok_or_else(|| CheckpointError::MissingFile {
                    path: folder.path_of(&name),
                    named_by: index.clone(),
                })
        };
        let shards = (0..count).map(shard).collect::<Result<_, _>>()?;
        Ok(Self {
            index,
            entries,
            shapes,
            shards,
        })
    }

    fn damaged(&self, reason: String) -> CheckpointError {
        CheckpointError::damaged(&self.index, CheckpointFormat::TensorFlow)(reason)
    }
}

/// The shape of a tensor; `None` if it is unknown or invalid.
fn shape(entry: &BundleEntry) -> Option<Vec<usize>> {
    let Some(shape) = &entry.shape else {
        return Some(Vec::new());
    };
    if shape.unknown_rank {
        return None;
    }
    let extents = shape.dim.iter();
    extents.map(|dim| usize::try_from(dim.size).ok()).collect()
}

/// The number format with this `DataType` of `types.proto`, if it is supported.
fn number_format(dtype: i32) -> Option<NumberFormat> {
    match dtype {
        1 => Some(NumberFormat::F32),
        2 => Some(NumberFormat::F64),
        14 => Some(NumberFormat::Bf16),
        19 => Some(NumberFormat::F16),
        _ => None,
    }
}

/// Name of an unsupported number format, for error messages.
fn dtype_name(dtype: i32) -> String {
    match dtype {
        3 => "int32".to_owned(),
        4 => "uint8".to_owned(),
        7 => "string".to_owned(),
        9 => "int64".to_owned(),
        10 => "bool".to_owned(),
        17 => "uint16".to_owned(),
        _ => format!("the number format {dtype}"),
    }
}

impl Checkpoint for TensorFlow {
    fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    fn sequence_sizes(&self) -> SequenceSizes {
        SequenceSizes::default()
    }

    fn stored_bytes(&self) -> u64 {
        self.shards.iter().map(ByteRange::len).sum()
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let missing = || CheckpointError::missing_tensor(name);
        let entry = self.entries.get(name).ok_or_else(missing)?;
        let shape = self.shapes.get(name).ok_or_else(missing)?;
        let number_format =
            number_format(entry.dtype).ok_or_else(|| CheckpointError::NumberFormat {
                name: name.to_owned(),
                dtype: dtype_name(entry.dtype),
            })?;
        if !entry.slices.is_empty() {
            return Err(self.damaged(format!("the tensor {name:?} is cut into parts")));
        }
        let shard = usize::try_from(entry.shard_id)
            .ok()
            .and_then(|shard| self.shards.get(shard))
            .ok_or_else(|| self.damaged(format!("{name:?} is in a data file that it has not")))?;
        let (offset, size) = (entry.offset as u64, entry.size as u64);
        let count = numbers::element_count(shape)
            .filter(|count| *count as u64 * number_format.width() == size)
            .ok_or_else(|| {
                self.damaged(format!("{name:?} has {size} bytes for the shape {shape:?}"))
            })?;
        let range = shard.slice(offset, size).ok_or_else(|| {
            let length = shard.len();
            CheckpointError::damaged(shard.path(), CheckpointFormat::TensorFlow)(format!(
                "it ends before the tensor {name:?}, it has {length} bytes"
            ))
        })?;
        let mut crc = 0;
        let values = range
            .reader()
            .and_then(|reader| {
                read_numbers(reader, count, number_format, |bytes| {
                    crc = crc32c::crc32c_append(crc, bytes);
                })
            })
            .map_err(CheckpointError::read(range.path()))?;
        if sorted_table::mask_crc(crc) != entry.crc32c {
            return Err(CheckpointError::Checksum {
                path: range.path().to_owned(),
                name: name.to_owned(),
            });
        }
        Ok(values)
    }
}
