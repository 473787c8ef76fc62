//! The files of a checkpoint by name: a folder on the disk, an archive's members, or files in memory.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::byte_range::ByteRange;
use crate::files::{folder_entries, path_has_os_file_name};
use crate::model::error::CheckpointError;

/// Maximum number of entries of a folder that are listed.
const MAX_ENTRIES: usize = 10_000;

/// Files by name; a name may contain folders, separated by `/`.
pub(in crate::model) enum Folder {
    Disk(PathBuf),
    Members {
        /// The archive, to name in errors.
        path: PathBuf,
        files: BTreeMap<String, ByteRange>,
    },
}

impl Folder {
    /// Files in memory; `path` names them in errors.
    pub fn memory(path: &Path, files: BTreeMap<String, Vec<u8>>) -> Self {
        let range = |(name, bytes): (String, Vec<u8>)| {
            let range = ByteRange::memory(&path.join(&name), Arc::from(bytes));
            (name, range)
        };
        Self::Members {
            path: path.to_owned(),
            files: files.into_iter().map(range).collect(),
        }
    }

    /// The folder or archive.
    pub fn path(&self) -> &Path {
        match self {
            Self::Disk(path) | Self::Members { path, .. } => path,
        }
    }

    /// Path of a file of this folder, for errors.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The sorted names of the files, without those that operating systems add, such as `.DS_Store`. A folder on the disk
    /// lists only the files directly in it.
    pub fn names(&self) -> Result<Vec<String>, CheckpointError> {
        match self {
            Self::Members { files, .. } => {
                let names = files.keys().filter(|name| !path_has_os_file_name(name));
                Ok(names.cloned().collect())
            }
            Self::Disk(path) => {
                let read_error = CheckpointError::read(path);
                let mut names = Vec::new();
                for entry in folder_entries(path).map_err(&read_error)?.take(MAX_ENTRIES) {
                    // Names of checkpoint files are UTF-8.
                    if let Ok(name) = entry.map_err(&read_error)?.file_name().into_string() {
                        names.push(name);
                    }
                }
                names.sort();
                Ok(names)
            }
        }
    }

    /// A file by its name; `None` if it is missing or the name leads out of the folder.
    pub fn get(&self, name: &str) -> Result<Option<ByteRange>, CheckpointError> {
        match self {
            Self::Members { files, .. } => Ok(files.get(name).cloned()),
            Self::Disk(path) => {
                let is_inside = Path::new(name)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                if !is_inside {
                    return Ok(None);
                }
                let path = path.join(name);
                match ByteRange::file(&path) {
                    Ok(range) => Ok(Some(range)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(CheckpointError::read(&path)(error)),
                }
            }
        }
    }
}
