//! The error type of all commands, with exit codes.

use std::path::{Path, PathBuf};

use super::terminal::stop_exit_code;
use crate::melody::{ImportError, MidiFileError};
use crate::model::{CheckpointError, MixError, ModelError};
use crate::playback::SoundFontError;
use crate::session::share::ShareError;
use crate::session::{ExportError, StudyFilesError};
use crate::sweep::SweepError;
use crate::training::TrainingError;

/// Error of a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// An argument is invalid.
    #[error("{0}")]
    Usage(String),
    /// The weights could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The models cannot be mixed.
    #[error(transparent)]
    Mix(#[from] MixError),
    /// The model or its device failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The sweep failed or was cancelled.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The training or evaluation failed or was cancelled.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The MIDI file could not be read.
    #[error(transparent)]
    Midi(#[from] MidiFileError),
    /// The MIDI file has no melody.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The result could not be written as JSON.
    #[error("the result could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The SoundFont could not be read.
    #[error(transparent)]
    SoundFont(#[from] SoundFontError),
    /// The result could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file exists and may not be replaced.
    #[error("{path:?} is already there; choose another name, or allow it with --overwrite")]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// An array does not fit the model.
    #[error("the array {path:?} cannot be used: {reason}")]
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The study could not be read, computed or written.
    #[error(transparent)]
    Study(#[from] StudyFilesError),
    /// The share text gives no melody.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The file has no share text.
    #[error(
        "{path:?} does not say how it was made: no text in it is a share text (tunescape:1:…), which the exports of Tunescape have"
    )]
    NoShareText {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to play on.
    #[error("{0}")]
    Output(String),
    /// A signal stopped playing or rendering.
    #[error("playing was stopped; every note has ended")]
    Stopped,
    /// The result could not be printed.
    #[error(
        "the result could not be printed ({reason}); make room on the disk, or send it elsewhere"
    )]
    StandardOutput {
        /// Error of the system.
        reason: String,
    },
    /// A file of the command line could not be read or written.
    #[error("{path:?} could not be used ({source}); {}", advice(source))]
    File {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
}

impl CliError {
    /// The error for an unusable array.
    pub(super) fn array(path: &Path, reason: String) -> Self {
        Self::Array {
            path: path.to_owned(),
            reason,
        }
    }

    /// The error for a file that could not be read or written.
    pub(super) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    /// The exit code: 2 for an invalid argument, 3 for a damaged part of a study, 4 for missing parts, 5 if the folder is in use,
    /// 6 if it holds a run with other settings, 130 if stopped by Ctrl-C, 143 by `SIGTERM`, else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Mix(MixError::Fraction(_))
            | Self::Training(TrainingError::Setting { .. } | TrainingError::OtherStart { .. })
            | Self::Sweep(SweepError::Setting { .. })
            | Self::Study(StudyFilesError::Sweep(SweepError::Setting { .. })) => 2,
            Self::Study(StudyFilesError::Unreadable { .. }) => 3,
            Self::Study(StudyFilesError::MissingParts { .. } | StudyFilesError::NoParts { .. }) => {
                4
            }
            Self::Export(error) | Self::Study(StudyFilesError::Export(error))
                if error.is_folder_in_use() =>
            {
                5
            }
            Self::Study(
                StudyFilesError::OtherRun { .. } | StudyFilesError::DifferentRuns { .. },
            ) => 6,
            Self::Stopped
            | Self::Sweep(SweepError::Cancelled)
            | Self::Study(StudyFilesError::Sweep(SweepError::Cancelled))
            | Self::Training(TrainingError::Cancelled { .. }) => stop_exit_code(),
            _ => 1,
        }
    }
}

/// Advice for an error of the system with a file.
fn advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "check the path",
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "make room on the disk"
        }
        _ => "check the path, whether it may be used, and the room on the disk",
    }
}
