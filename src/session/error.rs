//! What can go wrong with an export, in sentences for whoever asked for it.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::WriteError;

/// Files that are named before the rest is counted.
const MAX_NAMED_PATHS: usize = 3;

/// An export that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder of a run is in use.
    #[error("the folder {} is not empty; choose another, or pass --overwrite to replace the run in it", folder.display())]
    FolderNotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// Files of these names exist and may not be replaced. Nothing was written.
    #[error("{}", already_there(*count, first))]
    AlreadyExists {
        /// How many.
        count: usize,
        /// The first of them.
        first: PathBuf,
    },
    /// Some files could not be written; all others were.
    #[error("{}: {source}", partly(*written, *all, folder, failed))]
    PartlyWritten {
        /// How many were written.
        written: usize,
        /// How many were to be written.
        all: usize,
        /// The folder.
        folder: PathBuf,
        /// What was to be written and was not.
        failed: Vec<PathBuf>,
        /// Why the first of these was not.
        source: WriteError,
    },
    /// There is nothing to export.
    #[error("no melody is chosen; select or keep one first")]
    NoMelodies,
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

fn already_there(count: usize, first: &Path) -> String {
    let first = first.display();
    match count {
        0 | 1 => format!(
            "{first} is already there, so nothing was written; replace it, keep both or choose another name"
        ),
        _ => format!(
            "{count} of the files are already there (the first is {first}), so nothing was written; replace them, keep both or choose another folder"
        ),
    }
}

fn partly(written: usize, all: usize, folder: &Path, failed: &[PathBuf]) -> String {
    let folder = folder.display();
    let failed = summarise_names(failed);
    match written {
        0 => format!("none of {all} files was written to {folder}"),
        1 => format!("1 of {all} files was written to {folder}, but not {failed}"),
        _ => format!("{written} of {all} files were written to {folder}, but not {failed}"),
    }
}

/// The names of some files, as in "a.mid, b.mid, c.mid and 13 more".
#[must_use]
pub fn summarise_names(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths
        .iter()
        .take(MAX_NAMED_PATHS)
        .filter_map(|path| Some(path.file_name()?.to_string_lossy()))
        .collect();
    let names = names.join(", ");
    match paths.len().saturating_sub(MAX_NAMED_PATHS) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
