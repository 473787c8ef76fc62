//! Errors of reading, resuming, merging and writing the files of a study.

use std::path::PathBuf;

use crate::session::error::ExportError;
use crate::sweep::SweepError;
use crate::wording::{count_with_noun, singular_or_plural};

/// Error of reading or writing the files of a study.
#[derive(Debug, thiserror::Error)]
pub enum StudyFilesError {
    /// Decoding failed or was cancelled; finished parts stay.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A file could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The folder has parts of another run.
    #[error("{} holds a part of a run with other settings or another model ({difference} differs); choose another folder, or pass --overwrite to start afresh", folder.display())]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        difference: &'static str,
    },
    /// Two folders to be merged hold parts of different runs.
    #[error("{} and {} hold parts of different runs ({difference} differs), so they cannot be merged; name only the shards of one run", folders[0].display(), folders[1].display())]
    DifferentRuns {
        /// The folders.
        folders: [PathBuf; 2],
        /// What differs.
        difference: &'static str,
    },
    /// The folder has no parts.
    #[error("{} holds no part of a study; name the folders that `tunescape study --shard` wrote", folder.display())]
    NoParts {
        /// The folder.
        folder: PathBuf,
    },
    /// Parts are missing.
    #[error(
        "{missing_count} of {} {} missing (the first is part {first_missing}); {}, then join again",
        count_with_noun(*total, "part"), singular_or_plural(*missing_count, "is", "are"), rerun_advice(shards)
    )]
    MissingParts {
        /// Number of missing parts.
        missing_count: usize,
        /// Total number of parts.
        total: usize,
        /// The first missing part.
        first_missing: usize,
        /// Numbers of the shards that have the missing parts, and the number of shards; `None` if it is not known.
        shards: Option<(Vec<usize>, usize)>,
    },
    /// The melodies were decoded on several devices.
    #[error(
        "these melodies were decoded on different devices ({devices}), which may differ in a few of them; decode all shards on one \
         device and merge with the same --device, or pass --mixed-devices to join them all the same"
    )]
    MixedDevices {
        /// The devices.
        devices: String,
    },
    /// The folder of a study cannot be listed.
    #[error("the folder {} cannot be read ({source}); name the folder that a study is written to", folder.display())]
    FolderUnreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder has the record of a run that is not a study.
    #[error("{} holds a run, but not of a study; name the folder of a study, or the one that has those of its shards", folder.display())]
    NotAStudy {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is missing or invalid.
    #[error("{} cannot be used: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A figure could not be drawn.
    #[error(
        "the figure {name} could not be drawn ({reason}); this is a fault of the program, please report it"
    )]
    Figure {
        /// Name of the figure.
        name: String,
        /// What the renderer said.
        reason: String,
    },
}

/// Advice for missing shards, with their numbers in the form that a Slurm job array takes.
fn rerun_advice(shards: &Option<(Vec<usize>, usize)>) -> String {
    let Some((numbers, count)) = shards else {
        return "run the shards that have them".to_owned();
    };
    let names: Vec<String> = numbers
        .iter()
        .map(|number| format!("{number}/{count}"))
        .collect();
    let array: Vec<String> = numbers.iter().map(usize::to_string).collect();
    format!(
        "run --shard {} again (as a job array: --array={})",
        names.join(", "),
        array.join(",")
    )
}
