//! Errors of training and evaluation.

use std::path::PathBuf;

use crate::model::{CheckpointError, ModelError};

/// An error of a training or evaluation run.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A folder or file of the corpus cannot be read.
    #[error("{path:?} could not be read ({source}); check the path of the corpus")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// The error of the system.
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
    /// The corpus has no usable window.
    #[error(
        "no usable two-bar window was found in {path:?} ({files} MIDI files, {unreadable} of them unreadable); it takes melodies in 4/4, 2/2 or 2/4"
    )]
    NoWindows {
        /// The corpus folder.
        path: PathBuf,
        /// Number of MIDI files looked at.
        files: usize,
        /// Number of unreadable ones.
        unreadable: usize,
    },
    /// A setting has an invalid value.
    #[error("the training setting {setting} cannot be {found}; it takes {allowed}")]
    Setting {
        /// Key of the setting, such as `model.steps`.
        setting: String,
        /// Its value.
        found: String,
        /// The allowed values.
        allowed: String,
    },
    /// A settings file has an unknown key.
    #[error(
        "there is no training setting {setting} (found with the value {found}); the settings are {known}"
    )]
    UnknownSetting {
        /// The key.
        setting: String,
        /// Its value.
        found: String,
        /// All keys.
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
    /// The loss is not finite.
    #[error(
        "the loss is not a number any more at step {step}; lower --learning-rate and resume from the last checkpoint"
    )]
    Diverged {
        /// The step at which it was seen.
        step: u64,
    },
    /// There are no melodies to learn.
    #[error("there is no melody of the model's length to learn; keep some melodies first")]
    NoMelodies,
    /// The model is of a kind that is not trained.
    #[error(
        "{name} is a hierarchical model, and only flat ones can be taught; open the default model or another flat one"
    )]
    Hierarchical {
        /// Name of the model.
        name: String,
    },
    /// Training on draws of the prior needs weights that generate their targets.
    #[error(
        "draws of the prior can only be learnt from with weights to start from; give --start-from, or set drawn_share to 0"
    )]
    NoStartWeights,
    /// The settings name other start weights.
    #[error(
        "the training setting started_from is {found:?}, which are not the weights of --start-from; leave it out or start from those weights"
    )]
    OtherStart {
        /// The hash in the settings.
        found: String,
    },
    /// The processor does not support bfloat16 products.
    #[error(
        "this processor has no bfloat16 products (AVX-512 BF16); train with --arithmetic float32"
    )]
    NoBfloat16,
    /// The run was cancelled; the last checkpoint stays.
    #[error("cancelled at step {step}; the same command goes on from there")]
    Cancelled {
        /// Steps done.
        step: u64,
    },
    /// An error of the weights or the checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An error of the model.
    #[error(transparent)]
    Model(#[from] ModelError),
}
