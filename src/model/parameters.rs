//! A model's tensors in main memory, by their published names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::config::MusicVaeConfig;
use super::error::CheckpointError;

/// One tensor in main memory, row-major.
#[derive(Clone, PartialEq)]
pub struct CpuTensor {
    /// Extent of each axis, outermost first.
    pub shape: Vec<usize>,
    /// The values, row-major; as many as the product of `shape`.
    pub values: Vec<f32>,
}

impl fmt::Debug for CpuTensor {
    /// The shape alone: a tensor may have millions of values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuTensor")
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// All tensors of a model, by name. A clone shares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    tensors: BTreeMap<String, Arc<CpuTensor>>,
}

impl Parameters {
    /// Adds a tensor; one of the same name is replaced.
    pub fn insert(&mut self, name: impl Into<String>, tensor: CpuTensor) {
        self.tensors.insert(name.into(), Arc::new(tensor));
    }

    /// The tensor of this name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&CpuTensor> {
        self.tensors.get(name).map(Arc::as_ref)
    }

    /// All tensors in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &CpuTensor)> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor.as_ref()))
    }

    /// The tensor of this name, or the error that it is missing.
    pub(super) fn require(&self, name: &str) -> Result<&CpuTensor, CheckpointError> {
        self.get(name)
            .ok_or_else(|| CheckpointError::missing_tensor(name))
    }

    /// A shared reference to a tensor, or the error that it is missing.
    pub(super) fn get_shared(&self, name: &str) -> Result<Arc<CpuTensor>, CheckpointError> {
        self.tensors
            .get(name)
            .cloned()
            .ok_or_else(|| CheckpointError::missing_tensor(name))
    }

    /// Checks that every tensor of a model of these sizes is here, has its shape and is finite.
    ///
    /// # Errors
    /// The first tensor that is missing, of another shape, or not finite.
    pub fn check(&self, config: &MusicVaeConfig) -> Result<(), CheckpointError> {
        for (name, expected) in config.tensor_shapes() {
            let tensor = self.require(&name)?;
            if tensor.shape != expected || tensor.values.len() != expected.iter().product::<usize>()
            {
                return Err(CheckpointError::Shape {
                    name,
                    found: tensor.shape.clone(),
                    expected,
                });
            }
            if let Some(index) = tensor.values.iter().position(|value| !value.is_finite()) {
                return Err(CheckpointError::NotFinite { name, index });
            }
        }
        Ok(())
    }

    /// Fresh weights to train from: Glorot-uniform kernels (Glorot and Bengio 2010), zero biases.
    ///
    /// Equal seeds give equal weights.
    #[must_use]
    pub fn initialise(config: &MusicVaeConfig, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut parameters = Self::default();
        for (name, shape) in config.tensor_shapes() {
            let count = shape.iter().product();
            let values = match shape[..] {
                [inputs, outputs] => {
                    let limit = (6.0 / (inputs + outputs) as f32).sqrt();
                    (0..count)
                        .map(|_| rng.random_range(-limit..limit))
                        .collect()
                }
                _ => vec![0.0; count],
            };
            parameters.insert(name, CpuTensor { shape, values });
        }
        parameters
    }
}
