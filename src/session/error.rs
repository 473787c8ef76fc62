//! What can go wrong with an export, in sentences for whoever asked for it.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::WriteError;

/// An export that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder of a run is in use.
    #[error("the folder {} is not empty; choose another, or pass --overwrite to replace the run in it", folder.display())]
    FolderNotEmpty {
        /// The folder.
        folder: PathBuf,
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
    /// A file or folder could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ExportError {
    /// The error for a failed write of `path`.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        WriteError::new(path, source).into()
    }
}
