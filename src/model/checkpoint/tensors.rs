//! What every checkpoint format offers, and reading a model's tensors from it.

use rayon::prelude::*;

use super::infer_config::{SequenceSizes, Shapes};
use crate::model::config::MusicVaeConfig;
use crate::model::error::CheckpointError;
use crate::model::parameters::{CpuTensor, Parameters};

/// An opened checkpoint: its tensors are listed, their values not read yet.
pub(in crate::model) trait Checkpoint: Sync {
    /// Name and shape of every tensor.
    fn shapes(&self) -> &Shapes;

    /// Steps and segments of a melody, as far as the checkpoint says.
    fn sequence_sizes(&self) -> SequenceSizes;

    /// Bytes that all tensors together can take.
    fn stored_bytes(&self) -> u64;

    /// The values of one tensor, row-major.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is damaged or its number format is unsupported.
    fn values(&self, name: &str) -> Result<Vec<f32>, CheckpointError>;
}

/// Reads the tensors of a model of these sizes and no others.
///
/// # Errors
/// [`CheckpointError`] of the first tensor, in the order of `config`, that cannot be read.
pub(in crate::model) fn read_parameters(
    checkpoint: &dyn Checkpoint,
    config: &MusicVaeConfig,
) -> Result<Parameters, CheckpointError> {
    let (numbers, bytes) = (config.parameter_count() as u64, checkpoint.stored_bytes());
    // Every format takes at least a byte per number.
    if numbers > bytes {
        return Err(CheckpointError::TooFewBytes { numbers, bytes });
    }
    let tensors: Vec<Result<(String, CpuTensor), CheckpointError>> = config
        .tensor_shapes()
        .into_par_iter()
        .map(|(name, shape)| {
            let values = checkpoint.values(&name)?;
            Ok((name, CpuTensor { shape, values }))
        })
        .collect();
    let mut parameters = Parameters::default();
    for tensor in tensors {
        let (name, tensor) = tensor?;
        parameters.insert(name, tensor);
    }
    Ok(parameters)
}
