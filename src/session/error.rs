//! Errors of exports and runs, as sentences for the user.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::WriteError;
use crate::wording::{count_with_noun, singular_or_plural};

/// Maximum number of files that a message names; it counts the others.
const MAX_NAMED_PATHS: usize = 3;

/// Why an export failed.
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
    #[error("{}", already_exists_message(existing))]
    AlreadyExists {
        /// The files, at least one, all in one folder.
        existing: Vec<PathBuf>,
    },
    /// Some files could not be written; all others were.
    #[error("{}: {source}", partly_written_message(*written_count, *total, folder, failed_paths))]
    PartlyWritten {
        /// Number of files that were written.
        written_count: usize,
        /// Number of files to write.
        total: usize,
        /// The folder.
        folder: PathBuf,
        /// The files that could not be written.
        failed_paths: Vec<PathBuf>,
        /// Why the first of them could not be written.
        source: WriteError,
    },
    /// There is nothing to export.
    #[error("no melody is chosen; select or keep one first")]
    NoMelodies,
    /// More melodies than a MIDI file has tracks.
    #[error(
        "{count} melodies do not fit into one MIDI file; export at most {max_tracks}, or a folder of files"
    )]
    TooManyTracks {
        /// Number of chosen melodies.
        count: usize,
        /// Maximum number of melodies in one file.
        max_tracks: usize,
    },
    /// A file or folder could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ExportError {
    /// Whether the folder of a run is not empty, or another run writes to it.
    #[must_use]
    pub fn is_folder_in_use(&self) -> bool {
        matches!(self, Self::FolderNotEmpty { .. } | Self::FolderInUse { .. })
    }

    /// The error for a failed write of `path`.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        WriteError::new(path, source).into()
    }
}

fn already_exists_message(existing: &[PathBuf]) -> String {
    match existing {
        [path] => format!(
            "{} is already there, so nothing was written; replace it, keep both or choose another name",
            path.display()
        ),
        _ => {
            let folder = existing.first().and_then(|path| path.parent());
            format!(
                "{} are already there in {} ({}), so nothing was written; replace them, keep both or choose another folder",
                count_with_noun(existing.len(), "file"),
                folder.unwrap_or(Path::new(".")).display(),
                summarise_names(existing)
            )
        }
    }
}

fn partly_written_message(
    written_count: usize,
    total: usize,
    folder: &Path,
    failed_paths: &[PathBuf],
) -> String {
    let folder = folder.display();
    let failed_names = summarise_names(failed_paths);
    match written_count {
        0 => format!(
            "none of {} was written to {folder}",
            count_with_noun(total, "file")
        ),
        _ => format!(
            "{written_count} of {} {} written to {folder}, but not {failed_names}",
            count_with_noun(total, "file"),
            singular_or_plural(written_count, "was", "were")
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
