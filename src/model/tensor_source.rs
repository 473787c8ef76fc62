//! Tensors of a weights file on a device, as the layers ask for them.

use burn::prelude::*;

use super::CheckpointError;
use super::parameters::Parameters;

/// Puts tensors on a device, and remembers them where gradients are wanted.
pub(super) struct TensorSource<'a> {
    parameters: &'a Parameters,
    device: &'a Device,
    /// Names and leaves of the tensors given so far; none unless gradients are wanted.
    leaves: Option<Vec<(String, Tensor<2>)>>,
}

impl<'a> TensorSource<'a> {
    /// For a model that only runs.
    pub fn new(parameters: &'a Parameters, device: &'a Device) -> Self {
        Self {
            parameters,
            device,
            leaves: None,
        }
    }

    /// For a model whose weights get gradients; the device must be one with `autodiff`.
    pub fn with_gradients(parameters: &'a Parameters, device: &'a Device) -> Self {
        Self {
            parameters,
            device,
            leaves: Some(Vec::new()),
        }
    }

    /// The tensor of this name; a vector becomes a matrix of one row.
    pub fn tensor(&mut self, name: &str) -> Result<Tensor<2>, CheckpointError> {
        let tensor = self.parameters.require(name)?;
        let columns = tensor.shape.last().copied().unwrap_or(1).max(1);
        let rows = tensor.values.len() / columns;
        let data = TensorData::new(tensor.values.clone(), [rows, columns]);
        let tensor = Tensor::from_data(data, self.device);
        let Some(leaves) = &mut self.leaves else {
            return Ok(tensor);
        };
        let leaf = tensor.require_grad();
        leaves.push((name.to_owned(), leaf.clone()));
        Ok(leaf)
    }

    /// The tensors that get gradients.
    pub fn into_leaves(self) -> Vec<(String, Tensor<2>)> {
        self.leaves.unwrap_or_default()
    }
}
