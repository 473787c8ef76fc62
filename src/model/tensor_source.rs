//! Tensors of a weights file on a device, as the layers ask for them.

use burn::prelude::*;

use super::CheckpointError;
use super::parameters::Parameters;

/// Where the layers find their tensors.
pub(super) enum TensorSource<'a> {
    /// In memory; each is put on the device when asked for.
    Host(&'a Parameters, &'a Device),
    /// On a device already, by name.
    Device(&'a [(String, Tensor<2>)]),
}

impl TensorSource<'_> {
    /// The tensor of this name; a vector becomes a matrix of one row.
    pub fn tensor(&mut self, name: &str) -> Result<Tensor<2>, CheckpointError> {
        match self {
            Self::Host(parameters, device) => {
                let tensor = parameters.require(name)?;
                let [rows, columns] = rows_and_columns(&tensor.shape);
                let data = TensorData::new(tensor.values.clone(), [rows, columns]);
                Ok(Tensor::from_data(data, *device))
            }
            Self::Device(tensors) => tensors
                .iter()
                .find(|(found, _)| found == name)
                .map(|(_, tensor)| tensor.clone())
                .ok_or_else(|| CheckpointError::MissingTensor {
                    name: name.to_owned(),
                }),
        }
    }
}

/// A vector as a matrix of one row.
pub(super) fn rows_and_columns(shape: &[usize]) -> [usize; 2] {
    let columns = shape.last().copied().unwrap_or(1).max(1);
    let values: usize = shape.iter().product();
    [values / columns, columns]
}
