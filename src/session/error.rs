//! What can go wrong with an export, in sentences for whoever asked for it.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::WriteError;
use crate::wording::{agreeing, counted};

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
    /// Another run writes to the folder.
    #[error("another run is writing to the folder {}; wait for it, or choose another folder", folder.display())]
    FolderInUse {
        /// The folder.
        folder: PathBuf,
    },
    /// Files of these names exist and may not be replaced. Nothing was written.
    #[error("{}", already_there(taken))]
    AlreadyExists {
        /// The files, at least one, all in one folder.
        taken: Vec<PathBuf>,
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
    /// Whether the folder of a run holds something already.
    #[must_use]
    pub fn is_folder_in_use(&self) -> bool {
        matches!(self, Self::FolderNotEmpty { .. } | Self::FolderInUse { .. })
    }

    /// The error for a failed write of `path`.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        WriteError::new(path, source).into()
    }
}

fn already_there(taken: &[PathBuf]) -> String {
    match taken {
        [path] => format!(
            "{} is already there, so nothing was written; replace it, keep both or choose another name",
            path.display()
        ),
        _ => {
            let folder = taken.first().and_then(|path| path.parent());
            format!(
                "{} are already there in {} ({}), so nothing was written; replace them, keep both or choose another folder",
                counted(taken.len(), "file"),
                folder.unwrap_or(Path::new(".")).display(),
                summarise_names(taken)
            )
        }
    }
}

fn partly(written: usize, all: usize, folder: &Path, failed: &[PathBuf]) -> String {
    let folder = folder.display();
    let failed = summarise_names(failed);
    match written {
        0 => format!("none of {} was written to {folder}", counted(all, "file")),
        _ => format!(
            "{written} of {} {} written to {folder}, but not {failed}",
            counted(all, "file"),
            agreeing(written, "was", "were")
        ),
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
