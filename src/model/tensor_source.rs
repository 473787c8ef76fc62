//! Source of the layers' tensors: main memory or a device.

use burn::prelude::*;

use super::error::CheckpointError;
use super::parameters::Parameters;

/// A model's tensors by name.
pub(super) enum TensorSource<'a> {
    /// In main memory; each is copied to the device when it is loaded.
    Cpu(&'a Parameters, &'a Device),
    /// On a device already, by name.
    Device(&'a [(String, Tensor<2>)]),
}

impl TensorSource<'_> {
    /// The tensor of this name; a vector becomes a matrix of one row.
    pub fn tensor(&mut self, name: &str) -> Result<Tensor<2>, CheckpointError> {
        match self {
            Self::Cpu(parameters, device) => {
                let tensor = parameters.require(name)?;
                let [rows, columns] = rows_and_columns(&tensor.shape);
                let data = TensorData::new(tensor.values.clone(), [rows, columns]);
                Ok(Tensor::from_data(data, *device))
            }
            Self::Device(tensors) => tensors
                .iter()
                .find(|(tensor_name, _)| tensor_name == name)
                .map(|(_, tensor)| tensor.clone())
                .ok_or_else(|| CheckpointError::missing_tensor(name)),
        }
    }
}

/// Rows and columns of a tensor; a vector is a matrix of one row.
pub(super) fn rows_and_columns(shape: &[usize]) -> [usize; 2] {
    let columns = shape.last().copied().unwrap_or(1).max(1);
    let values: usize = shape.iter().product();
    [values / columns, columns]
}
