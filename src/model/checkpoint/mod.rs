//! Checkpoints in every published form: which form it is, and its tensors one after another.
//!
//! Opening reads only names, shapes and places; [`recognise()`] makes a model of them or says what
//! it is instead; only then are the model's own tensors read, each straight into its place. So a
//! hostile file never makes the program reserve more than the file itself has.

mod bundle;
mod byte_range;
mod folder;
mod locate;
mod magenta_js;
mod manifest;
mod numbers;
mod recognise;
pub(super) mod safetensors;
mod table;
mod tar;
mod tensorflow;

use rayon::prelude::*;

pub(super) use folder::Folder;
pub(super) use locate::{Content, OpenedCheckpoint, in_folder, in_memory, on_disk};
pub(super) use recognise::{Shapes, Timing, recognise};

use super::{CheckpointError, HostTensor, MusicVaeConfig, Parameters};

/// A checkpoint whose tensors are known and whose values have not been read.
pub(super) trait Checkpoint: Sync {
    /// Name and shape of every tensor.
    fn shapes(&self) -> &Shapes;

    /// What is said about time beside the tensors.
    fn timing(&self) -> Timing;

    /// Bytes that all tensors together can take.
    fn stored_bytes(&self) -> u64;

    /// The values of one tensor, row-major.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is damaged or its numbers are of a format that is not read.
    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError>;
}

/// Reads the tensors of a model of these sizes; all others stay where they are.
///
/// # Errors
/// [`CheckpointError`] of the first tensor, in the order of the sizes, that cannot be read.
pub(super) fn read(
    checkpoint: &dyn Checkpoint,
    config: &MusicVaeConfig,
) -> Result<Parameters, CheckpointError> {
    // A number takes a byte at least: more of them than bytes lie over one another.
    if config.parameter_count() as u64 > checkpoint.stored_bytes() {
        return Err(CheckpointError::Overlap {
            numbers: config.parameter_count() as u64,
            bytes: checkpoint.stored_bytes(),
        });
    }
    let tensors: Vec<Result<(String, HostTensor), CheckpointError>> = config
        .tensor_shapes()
        .into_par_iter()
        .map(|(name, shape)| {
            let values = checkpoint.values(&name)?;
            Ok((name, HostTensor { shape, values }))
        })
        .collect();
    let mut parameters = Parameters::default();
    for tensor in tensors {
        let (name, tensor) = tensor?;
        parameters.insert(name, tensor);
    }
    Ok(parameters)
}

/// Whether a file of this name belongs to a checkpoint.
fn is_checkpoint_part(name: &str) -> bool {
    let is_data = name
        .rsplit_once(".data-")
        .is_some_and(|(_, rest)| rest.contains("-of-"));
    is_data || name.ends_with(".index") || name.ends_with(manifest::MANIFEST)
}
