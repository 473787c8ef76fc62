//! What can go wrong with weights, with devices and while decoding.

use std::path::PathBuf;

use super::Form;

/// A weights file that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file is not there or cannot be opened.
    #[error(
        "the weights file {path:?} could not be read ({source}); check the path, or leave --model out to use the default model"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file could not be written; nothing was changed.
    #[error(
        "the weights file {path:?} could not be written ({source}); choose a folder that can be written and has room"
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is truncated, damaged or not a safetensors file.
    #[error(
        "{path:?} is not a complete safetensors file ({reason}); fetch it again or choose another"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint of another form is truncated or damaged.
    #[error("{path:?} is not a complete {form} ({reason}); fetch it again or choose another")]
    Broken {
        /// The file, or the one of its files that says so.
        path: PathBuf,
        /// The form that it is in.
        form: Form,
        /// What is wrong with it.
        reason: String,
    },
    /// One of a checkpoint's files is not there.
    #[error(
        "{path:?} is missing, although {named_by:?} names it; fetch the whole checkpoint again"
    )]
    MissingFile {
        /// The missing file.
        path: PathBuf,
        /// The file that names it.
        named_by: PathBuf,
    },
    /// A tensor's bytes are not those that were written.
    #[error(
        "the checksum of the tensor {name:?} in {path:?} is wrong, so its numbers are damaged; fetch the checkpoint again"
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// More numbers than the files can hold without using bytes twice.
    #[error(
        "the tensors of this model have {numbers} numbers, but its files hold only {bytes} bytes for them; fetch the checkpoint again"
    )]
    Overlap {
        /// Numbers of all tensors.
        numbers: u64,
        /// Bytes for them.
        bytes: u64,
    },
    /// What was chosen is no checkpoint, as far as its name and first bytes tell.
    #[error(
        "{path:?} {what}; Tunescape opens .safetensors files, magenta-js folders, TensorFlow checkpoints (.index) and .tar files of these"
    )]
    Unrecognised {
        /// The file or folder.
        path: PathBuf,
        /// What it is instead, as in "is a zip archive".
        what: String,
    },
    /// What was chosen is a melody.
    #[error(
        "{path:?} is a MIDI file and not a model; open it as a melody: drop it on the window, press \"Open melody…\" there, or use `tunescape encode`"
    )]
    Midi {
        /// The MIDI file.
        path: PathBuf,
    },
    /// What was chosen is a folder of melodies.
    #[error(
        "the folder {path:?} holds MIDI files and no model; open one of the files as a melody, or train a model on the folder with `tunescape train --corpus`"
    )]
    MidiFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A MusicVAE of something else than melodies.
    #[error(
        "these weights are {what}; Tunescape opens models of single melodies, flat or hierarchical"
    )]
    OtherModel {
        /// What they are, as in "a drum model".
        what: String,
    },
    /// A melody cannot be cut into its segments, or is longer than any.
    #[error(
        "a melody of {steps} steps in {segments} segments is not possible; check the sizes beside the weights"
    )]
    Timing {
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
    /// A tensor has another shape than the others ask for.
    #[error(
        "the tensor {name:?} has the shape {found:?}, but the model's sizes ask for {wanted:?}"
    )]
    Shape {
        /// Its name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape that fits the other tensors.
        wanted: Vec<usize>,
    },
    /// A tensor that should be a matrix has another number of axes, or none of its rows or columns.
    #[error("the tensor {name:?} has the shape {found:?}, which is no matrix of any model")]
    NoMatrix {
        /// Its name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A tensor is stored in a number format that is not read.
    #[error(
        "the tensor {name:?} is stored as {dtype}; floats of 16, 32 and 64 bits and quantised ones of 8 and 16 are read"
    )]
    NumberFormat {
        /// Its name.
        name: String,
        /// Its format in the file.
        dtype: String,
    },
    /// Something that is done for flat models only was asked of a hierarchical one.
    #[error(
        "this is a hierarchical model, and Tunescape trains and evaluates flat models only; it can be swept, steered and played"
    )]
    OnlyFlat,
    /// A weight is infinite or not a number.
    #[error(
        "the tensor {name:?} holds a value that is not a number (at index {index}); the training that made it broke off or the file is damaged"
    )]
    NotFinite {
        /// Its name.
        name: String,
        /// Where in the tensor, row-major.
        index: usize,
    },
}

/// A model that cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The weights are at fault.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A latent point is wider or narrower than the model's latent space.
    #[error("a latent point has {found} numbers, the model's latent space has {wanted}")]
    LatentWidth {
        /// Width of the point.
        found: usize,
        /// Width of the space.
        wanted: usize,
    },
    /// A melody is longer or shorter than the model's.
    #[error("a melody of {found} steps was given to a model of {wanted} steps")]
    Steps {
        /// Steps of the melody.
        found: usize,
        /// Steps of the model.
        wanted: usize,
    },
    /// The model has no encoder.
    #[error("this model only decodes; to encode melodies, open one that has an encoder")]
    NoEncoder,
    /// The latent point holds infinities or NaN.
    #[error("a latent point holds a value that is not a number; nothing was decoded")]
    LatentNotFinite,
    /// No device of the wanted kind.
    #[error(
        "no device {wanted:?} was found; `tunescape devices` lists what there is, and `--device cpu` always works"
    )]
    NoDevice {
        /// What was asked for.
        wanted: String,
    },
    /// The device failed, and no other could take over.
    #[error("the device {device} failed: {reason}; try `--device cpu`")]
    Device {
        /// The device.
        device: String,
        /// What it said.
        reason: String,
    },
}
