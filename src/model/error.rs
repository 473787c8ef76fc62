//! Errors of weights files, devices and decoding.

use std::io;
use std::path::{Path, PathBuf};

use super::checkpoint_format::CheckpointFormat;

/// A weights file that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file is missing or cannot be opened.
    #[error(
        "the weights file {path:?} could not be read ({source}); check the path, or leave --model out to use the default model"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file could not be written; an earlier file is unchanged.
    #[error(
        "the weights file {path:?} could not be written ({source}); choose a folder that can be written and has room"
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The checkpoint is truncated, damaged or of another format than it claims.
    #[error("{path:?} is not a complete {format} ({reason}); fetch it again or choose another")]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// The format it is in.
        format: CheckpointFormat,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of a checkpoint is missing.
    #[error(
        "{path:?} is missing, although {named_by:?} names it; fetch the whole checkpoint again"
    )]
    MissingFile {
        /// The missing file.
        path: PathBuf,
        /// The file that names it.
        named_by: PathBuf,
    },
    /// The checksum of a tensor's bytes does not match.
    #[error(
        "the checksum of the tensor {name:?} in {path:?} is wrong, so its numbers are damaged; fetch the checkpoint again"
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// The tensors have more numbers than the files have bytes, so they would overlap.
    #[error(
        "the tensors of this model have {numbers} numbers, but its files hold only {bytes} bytes for them; fetch the checkpoint again"
    )]
    TooFewBytes {
        /// Numbers in all tensors.
        numbers: u64,
        /// Bytes in the files.
        bytes: u64,
    },
    /// The path is not a checkpoint, judging by its name and first bytes.
    #[error(
        "{path:?} {what}; Tunescape opens .safetensors files, magenta-js folders, TensorFlow checkpoints (.index) and .tar files of these"
    )]
    Unrecognised {
        /// The file or folder.
        path: PathBuf,
        /// What it is instead, such as "is a zip archive".
        what: String,
    },
    /// The path is a MIDI file.
    #[error(
        "{path:?} is a MIDI file and not a model; open it as a melody: drop it on the window, press \"Open melody…\" there, or use `tunescape encode`"
    )]
    Midi {
        /// The MIDI file.
        path: PathBuf,
    },
    /// The path is a folder of MIDI files.
    #[error(
        "the folder {path:?} holds MIDI files and no model; open one of the files as a melody, or train a model on the folder with `tunescape train --corpus`"
    )]
    MidiFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A MusicVAE of another kind of music than melodies.
    #[error(
        "these weights are {what}; Tunescape opens models of single melodies, flat or hierarchical"
    )]
    OtherModel {
        /// What they are, such as "a drum model".
        what: String,
    },
    /// A melody cannot be cut into its segments, or is too long.
    #[error(
        "a melody of {steps} steps in {segments} segments is not possible; check the sizes beside the weights"
    )]
    SequenceSizes {
        /// Steps of a melody.
        steps: usize,
        /// Segments of a melody.
        segments: usize,
    },
    /// A tensor that every MusicVAE has is missing.
    #[error("these weights are not a whole MusicVAE of melodies: the tensor {name:?} is missing")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has a shape that does not fit the other tensors.
    #[error(
        "the tensor {name:?} has the shape {found:?}, but the model's sizes ask for {expected:?}"
    )]
    Shape {
        /// Its name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape that fits the other tensors.
        expected: Vec<usize>,
    },
    /// A tensor that should be a matrix has another number of axes, or no rows or columns.
    #[error("the tensor {name:?} has the shape {found:?}, which is no matrix of any model")]
    NotAMatrix {
        /// Its name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor is stored in an unsupported number format.
    #[error(
        "the tensor {name:?} is stored as {dtype}; floats of 16, 32 and 64 bits and quantised ones of 8 and 16 are read"
    )]
    NumberFormat {
        /// Its name.
        name: String,
        /// Its format in the file.
        dtype: String,
    },
    /// A hierarchical model where only flat models are supported.
    #[error(
        "this is a hierarchical model, and Tunescape trains and evaluates flat models only; it can be swept, steered and played"
    )]
    Hierarchical,
    /// A weight is infinite or not a number.
    #[error(
        "the tensor {name:?} holds a value that is not a number (at index {index}); the training that made it broke off or the file is damaged"
    )]
    NotFinite {
        /// Its name.
        name: String,
        /// Index in the tensor, row-major.
        index: usize,
    },
}

impl CheckpointError {
    /// Returns a function that turns a system error on reading `path` into [`CheckpointError::Read`].
    pub(crate) fn read(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    /// Returns a function that turns a system error on writing `path` into [`CheckpointError::Write`].
    pub(crate) fn write(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// Returns a function that turns a description of the damage at `path` into [`CheckpointError::Damaged`].
    pub(crate) fn damaged(path: &Path, format: CheckpointFormat) -> impl Fn(String) -> Self {
        move |reason| Self::Damaged {
            path: path.to_owned(),
            format,
            reason,
        }
    }

    /// The error for a tensor that is missing.
    pub(super) fn missing_tensor(name: &str) -> Self {
        Self::MissingTensor {
            name: name.to_owned(),
        }
    }
}

/// A model that cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// An error of the weights.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A latent point has another width than the model's latent space.
    #[error("a latent point has {found} numbers, the model's latent space has {expected}")]
    LatentWidth {
        /// Width of the point.
        found: usize,
        /// Width of the space.
        expected: usize,
    },
    /// A melody has another length than the model's.
    #[error("a melody of {found} steps was given to a model of {expected} steps")]
    Steps {
        /// Steps of the melody.
        found: usize,
        /// Steps of the model.
        expected: usize,
    },
    /// The model has no encoder.
    #[error("this model only decodes; to encode melodies, open one that has an encoder")]
    NoEncoder,
    /// A latent point holds infinities or NaN.
    #[error("a latent point holds a value that is not a number; nothing was decoded")]
    LatentNotFinite,
    /// No device matches the choice.
    #[error(
        "no device {requested:?} was found; `tunescape devices` lists those of this machine, and `--device cpu` always works"
    )]
    NoDevice {
        /// The user's choice.
        requested: String,
    },
    /// A graphics adapter was asked for, and the program was built without the feature `gpu`.
    #[error(
        "this program was built without graphics adapters, so there is no device {requested:?}; use `--device cpu`, or build it with the feature `gpu`"
    )]
    WithoutGpu {
        /// The user's choice.
        requested: String,
    },
    /// The device failed, and there is no fallback.
    #[error("the device {device} failed: {reason}; try `--device cpu`")]
    Device {
        /// The device.
        device: String,
        /// The message of the driver or runtime.
        reason: String,
    },
}
