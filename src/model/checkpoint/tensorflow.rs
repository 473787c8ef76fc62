//! TensorFlow checkpoints: an `.index` table and the `.data` files that it points into.
//!
//! The optimiser's variables (`global_step`, `beta1_power`, names that end in `/Adam`) stand in the
//! same table; nobody asks for them, so they are never read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use prost::Message as _;

use super::Checkpoint;
use super::bundle::{BundleEntry, BundleHeader};
use super::byte_range::ByteRange;
use super::folder::Folder;
use super::numbers::{self, Encoding, read_numbers};
use super::recognise::{Shapes, Timing};
use super::table;
use crate::model::{CheckpointError, Form};

/// An index lists names and places; that of the largest published model has a few kilobytes.
const LARGEST_INDEX: u64 = 16 << 20;
const MOST_SHARDS: i32 = 1_000;

/// An opened checkpoint.
pub(super) struct TensorFlow {
    index: PathBuf,
    entries: BTreeMap<String, BundleEntry>,
    shapes: Shapes,
    shards: Vec<ByteRange>,
}

impl TensorFlow {
    /// Reads the index `<stem>.index` of a folder or archive and finds its data files.
    pub fn open(folder: &Folder, stem: &str) -> Result<Self, CheckpointError> {
        let name = format!("{stem}.index");
        let index = folder.path_of(&name);
        let broken = |reason: String| CheckpointError::Broken {
            path: index.clone(),
            form: Form::TensorFlow,
            reason,
        };
        let read = |source| CheckpointError::Read {
            path: index.clone(),
            source,
        };
        let region = folder
            .get(&name)?
            .ok_or_else(|| read(std::io::ErrorKind::NotFound.into()))?;
        if region.len() > LARGEST_INDEX {
            return Err(broken(format!("its index has {} bytes", region.len())));
        }
        let bytes = region.head(LARGEST_INDEX).map_err(read)?;
        let mut header = None;
        let (mut entries, mut shapes) = (BTreeMap::new(), Shapes::new());
        for (key, value) in table::entries(&bytes).map_err(broken)? {
            if key.is_empty() {
                header = BundleHeader::decode(&value[..]).ok();
                continue;
            }
            let Ok(name) = String::from_utf8(key) else {
                return Err(broken("a tensor's name is no text".to_owned()));
            };
            let entry = BundleEntry::decode(&value[..])
                .map_err(|error| broken(format!("the entry of {name:?}: {error}")))?;
            if let Some(shape) = shape(&entry) {
                shapes.insert(name.clone(), shape);
            }
            entries.insert(name, entry);
        }
        let header = header.ok_or_else(|| broken("it has no header".to_owned()))?;
        if header.endianness != 0 {
            return Err(broken("its numbers are big-endian".to_owned()));
        }
        let count = header.num_shards;
        if !(1..=MOST_SHARDS).contains(&count) {
            return Err(broken(format!("it claims {count} data files")));
        }
        let shard = |number| {
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

    fn broken(&self, reason: String) -> CheckpointError {
        CheckpointError::Broken {
            path: self.index.clone(),
            form: Form::TensorFlow,
            reason,
        }
    }
}

/// The extents, if they are known and make sense.
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

/// The number formats that are read, of the enumeration in `types.proto`.
fn encoding(dtype: i32) -> Option<Encoding> {
    match dtype {
        1 => Some(Encoding::F32),
        2 => Some(Encoding::F64),
        14 => Some(Encoding::Bf16),
        19 => Some(Encoding::F16),
        _ => None,
    }
}

/// What the other numbers of the enumeration mean, for the sentence that refuses them.
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

    fn timing(&self) -> Timing {
        Timing::default()
    }

    fn stored_bytes(&self) -> u64 {
        self.shards.iter().map(ByteRange::len).sum()
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let missing = || CheckpointError::MissingTensor {
            name: name.to_owned(),
        };
        let entry = self.entries.get(name).ok_or_else(missing)?;
        let shape = self.shapes.get(name).ok_or_else(missing)?;
        let encoding = encoding(entry.dtype).ok_or_else(|| CheckpointError::NumberFormat {
            name: name.to_owned(),
            dtype: dtype_name(entry.dtype),
        })?;
        if !entry.slices.is_empty() {
            return Err(self.broken(format!("the tensor {name:?} is cut into parts")));
        }
        let shard = usize::try_from(entry.shard_id)
            .ok()
            .and_then(|shard| self.shards.get(shard))
            .ok_or_else(|| self.broken(format!("{name:?} is in a data file that it has not")))?;
        let (offset, size) = (entry.offset as u64, entry.size as u64);
        let count = numbers::count(shape)
            .filter(|count| *count as u64 * encoding.width() == size)
            .ok_or_else(|| {
                self.broken(format!("{name:?} has {size} bytes for the shape {shape:?}"))
            })?;
        let region = shard
            .part(offset, size)
            .ok_or_else(|| CheckpointError::Broken {
                path: shard.path().to_owned(),
                form: Form::TensorFlow,
                reason: format!(
                    "it ends before the tensor {name:?}, it has {} bytes",
                    shard.len()
                ),
            })?;
        let read = |source| CheckpointError::Read {
            path: region.path().to_owned(),
            source,
        };
        let mut crc = 0;
        let values = read_numbers(region.reader().map_err(read)?, count, encoding, |bytes| {
            crc = crc32c::crc32c_append(crc, bytes);
        })
        .map_err(read)?;
        if table::masked(crc) != entry.crc32c {
            return Err(CheckpointError::Checksum {
                path: region.path().to_owned(),
                name: name.to_owned(),
            });
        }
        Ok(values)
    }
}
