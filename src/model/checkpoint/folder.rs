//! The named files that a checkpoint of several files is made of: a folder on the disk, an archive's members, or memory.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::byte_range::ByteRange;
use crate::files::{folder_entries, is_system_path};
use crate::model::CheckpointError;

/// Entries of a folder that are looked at.
const MOST_ENTRIES: usize = 10_000;

/// Files by name; a name may have folders in it, separated by `/`.
pub(in crate::model) enum Folder {
    Disk(PathBuf),
    Members {
        /// The archive, to name in errors.
        path: PathBuf,
        files: BTreeMap<String, ByteRange>,
    },
}

impl Folder {
    /// Files in memory; `path` only names them.
    pub fn memory(path: &Path, files: BTreeMap<String, Vec<u8>>) -> Self {
        let region = |(name, bytes): (String, Vec<u8>)| {
            let region = ByteRange::memory(&path.join(&name), Arc::from(bytes));
            (name, region)
        };
        Self::Members {
            path: path.to_owned(),
            files: files.into_iter().map(region).collect(),
        }
    }

    /// The folder or archive.
    pub fn path(&self) -> &Path {
        match self {
            Self::Disk(path) | Self::Members { path, .. } => path,
        }
    }

    /// What to call a file of this folder in errors.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The names of the files in order, without those of operating systems; of a folder on the disk only those directly
    /// in it.
    pub fn names(&self) -> Result<Vec<String>, CheckpointError> {
        match self {
            Self::Members { files, .. } => {
                let names = files.keys().filter(|name| !is_system_path(name));
                Ok(names.cloned().collect())
            }
            Self::Disk(path) => {
                let read = |source| CheckpointError::Read {
                    path: path.clone(),
                    source,
                };
                let mut names = Vec::new();
                for entry in folder_entries(path).map_err(read)?.take(MOST_ENTRIES) {
                    // A name that is no text is none that a checkpoint has.
                    if let Ok(name) = entry.map_err(read)?.file_name().into_string() {
                        names.push(name);
                    }
                }
                names.sort();
                Ok(names)
            }
        }
    }

    /// A file by its name; `None` if it is not there or the name leads out of the folder.
    pub fn get(&self, name: &str) -> Result<Option<ByteRange>, CheckpointError> {
        match self {
            Self::Members { files, .. } => Ok(files.get(name).cloned()),
            Self::Disk(path) => {
                let stays_inside = Path::new(name)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                if !stays_inside {
                    return Ok(None);
                }
                let path = path.join(name);
                match ByteRange::file(&path) {
                    Ok(region) => Ok(Some(region)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(source) => Err(CheckpointError::Read { path, source }),
                }
            }
        }
    }
}
