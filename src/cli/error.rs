//! What a command can fail with.

use std::path::PathBuf;

use super::terminal::stopped_code;
use crate::melody::{ImportError, MidiFileError};
use crate::model::{CheckpointError, ModelError};
use crate::session::{ExportError, StudyFilesError};
use crate::sweep::SweepError;
use crate::training::TrainingError;

/// A command that could not be carried out, and why.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// An argument makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The weights are at fault.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The model or its device is at fault.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The sweep could not be run.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The training or evaluation could not be run.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// The MIDI file is at fault.
    #[error(transparent)]
    Midi(#[from] MidiFileError),
    /// There is no melody in the MIDI file.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The result could not be written as JSON.
    #[error("the result could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The result could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file would be replaced.
    #[error("{path:?} is already there; choose another name, or allow it with --overwrite")]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// An array is not what the model works on.
    #[error("the array {path:?} cannot be used: {reason}")]
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The study could not be made.
    #[error(transparent)]
    Study(#[from] StudyFilesError),
    /// A file of the command line could not be read or written.
    #[error("{path:?} could not be used ({source}); check the path and the room on the disk")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl CliError {
    /// The exit code that tells scripts what happened: 2 a wrong argument, 130 stopped by Ctrl-C, 143 by `SIGTERM`,
    /// else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Training(TrainingError::Setting { .. } | TrainingError::OtherStart { .. })
            | Self::Sweep(SweepError::Setting { .. })
            | Self::Study(StudyFilesError::Sweep(SweepError::Setting { .. })) => 2,
            Self::Sweep(SweepError::Cancelled)
            | Self::Study(StudyFilesError::Sweep(SweepError::Cancelled))
            | Self::Training(TrainingError::Cancelled { .. }) => stopped_code(),
            _ => 1,
        }
    }
}
