//! What can go wrong while training or evaluating.

use std::path::PathBuf;

use crate::model::{CheckpointError, ModelError};

/// A training or evaluation run that cannot go on, and why.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A folder or file of the corpus cannot be read.
    #[error("{path:?} could not be read ({source}); check the path of the corpus")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The split file is not a table with the columns `path` and `split`.
    #[error(
        "the split file {path:?} could not be read ({reason}); it is a CSV table that names its columns in its first line, path and split among them"
    )]
    Split {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        reason: String,
    },
    /// There is nothing to learn from.
    #[error(
        "no usable two-bar window was found in {path:?} ({files} MIDI files, {unreadable} of them unreadable); it takes melodies in 4/4, 2/2 or 2/4"
    )]
    NoWindows {
        /// The corpus folder.
        path: PathBuf,
        /// MIDI files looked at.
        files: usize,
        /// Of those, not readable.
        unreadable: usize,
    },
    /// A setting has a value that no run can have.
    #[error("the training setting {setting} cannot be {found}; it takes {allowed}")]
    Setting {
        /// Its key, with a point before the part of a part.
        setting: String,
        /// Its value.
        found: String,
        /// What it takes.
        allowed: String,
    },
    /// A settings file has a key that is none.
    #[error(
        "there is no training setting {setting} (found with the value {found}); the settings are {known}"
    )]
    UnknownSetting {
        /// The key.
        setting: String,
        /// Its value.
        found: String,
        /// All keys that there are.
        known: String,
    },
    /// A settings file is not a JSON object.
    #[error("the training settings are no JSON object ({reason})")]
    SettingsText {
        /// What is wrong, with the line.
        reason: String,
    },
    /// The checkpoint is of another run.
    #[error(
        "the checkpoint {path:?} was made with other settings ({what}); choose another --out, or remove it to start again"
    )]
    OtherRun {
        /// The checkpoint.
        path: PathBuf,
        /// The first difference.
        what: String,
    },
    /// The checkpoint is of a run on other melodies.
    #[error(
        "the run to go on with is one on another corpus ({what} differ); give that run's --corpus and --split, or begin a run on this corpus with another --out or with --restart"
    )]
    OtherCorpus {
        /// What differs, as a phrase.
        what: String,
    },
    /// The numbers have run away.
    #[error(
        "the loss is not a number any more at step {step}; lower --learning-rate and resume from the last checkpoint"
    )]
    Diverged {
        /// The step at which it was seen.
        step: u64,
    },
    /// Draws of the prior are to be learnt from, and no model says what they should give.
    #[error(
        "draws of the prior can only be learnt from with weights to start from; give --start-from, or set drawn_share to 0"
    )]
    NothingToDrawWith,
    /// The settings are of a run that started from other weights.
    #[error(
        "the training setting started_from is {found:?}, which are not the weights of --start-from; leave it out or start from those weights"
    )]
    OtherStart {
        /// The hash in the settings.
        found: String,
    },
    /// The processor lacks the instructions that the settings ask for.
    #[error(
        "this processor has no bfloat16 products (AVX-512 BF16); train with --arithmetic float32"
    )]
    NoBfloat16,
    /// The run was cancelled; the last checkpoint stands.
    #[error("cancelled at step {step}; the same command goes on from there")]
    Cancelled {
        /// Steps done.
        step: u64,
    },
    /// The weights or the checkpoint are at fault.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The model is at fault.
    #[error(transparent)]
    Model(#[from] ModelError),
}
