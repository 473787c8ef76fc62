//! What can go wrong with an export, in sentences for whoever asked for it.

use std::io;
use std::path::{Path, PathBuf};

/// An export that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder of a run is in use.
    #[error("the folder {} is not empty; choose another, or pass --overwrite to replace the run in it", folder.display())]
    FolderNotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// There is a file where the folder should be.
    #[error("{} is a file, not a folder; choose another name", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// Files of these names are there, and nobody said to replace them. Nothing was written.
    #[error("{count} of the files are already there (the first is {}); replace them, number the new ones or choose another folder", first.display())]
    AlreadyThere {
        /// How many.
        count: usize,
        /// The first of them.
        first: PathBuf,
    },
    /// There is nothing to export.
    #[error("no melody is chosen; select or keep one first")]
    Nothing,
    /// More melodies than a MIDI file has tracks.
    #[error(
        "{count} melodies do not fit into one MIDI file; export at most {most}, or a folder of files"
    )]
    TooManyTracks {
        /// How many were chosen.
        count: usize,
        /// How many fit.
        most: usize,
    },
    /// The folder is not there.
    #[error("the folder {} does not exist; make it or choose another one", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The system does not let this user write there.
    #[error("{} may not be written to; choose another folder", path.display())]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No space is left.
    #[error("{} could not be written because the disk is full; make room or choose another folder", path.display())]
    DiskFull {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing failed in some other way.
    #[error("{} could not be written ({source}); choose another folder", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ExportError {
    /// The error for a failed write of `path`.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            io::ErrorKind::NotFound => match path.parent() {
                Some(folder) => Self::NoFolder {
                    folder: folder.to_path_buf(),
                },
                None => Self::Write { path, source },
            },
            io::ErrorKind::NotADirectory => Self::NotAFolder {
                path: path.parent().unwrap_or(&path).to_path_buf(),
            },
            _ => Self::Write { path, source },
        }
    }
}
