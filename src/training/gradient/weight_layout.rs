//! The position of each tensor of a model in one flat vector of weights.
//!
//! The optimiser, the gradient and the averaged weights all use this order.

use std::ops::Range;

use crate::model::{CheckpointError, CpuTensor, MusicVaeConfig, Parameters};

/// Ranges of a dense layer: kernel `[inputs, outputs]` and bias `[outputs]`.
#[derive(Clone, Debug)]
pub(in crate::training) struct DenseRanges {
    pub kernel: Range<usize>,
    pub bias: Range<usize>,
    pub inputs: usize,
    pub outputs: usize,
}

/// Ranges of an LSTM layer: kernel `[inputs + units, 4 * units]`, split into input rows and recurrent rows.
#[derive(Clone, Debug)]
pub(in crate::training) struct LstmRanges {
    /// The input rows and the bias, a dense layer with `4 * units` outputs.
    pub input: DenseRanges,
    pub recurrent_kernel: Range<usize>,
    pub units: usize,
}

impl LstmRanges {
    /// The ranges of an LSTM layer, given its whole kernel and its bias.
    fn new(mut layer: DenseRanges) -> Self {
        let units = layer.outputs / 4;
        layer.inputs -= units;
        let recurrent_start = layer.kernel.start + layer.inputs * layer.outputs;
        let recurrent_kernel = recurrent_start..layer.kernel.end;
        layer.kernel.end = recurrent_start;
        Self {
            input: layer,
            recurrent_kernel,
            units,
        }
    }
}

/// The positions of all tensors of a flat model.
#[derive(Clone, Debug)]
pub struct WeightLayout {
    pub(in crate::training) config: MusicVaeConfig,
    /// Forward and backward direction per layer.
    pub(in crate::training) encoder: Vec<[LstmRanges; 2]>,
    pub(in crate::training) mu: DenseRanges,
    pub(in crate::training) sigma: DenseRanges,
    pub(in crate::training) initial_state: DenseRanges,
    pub(in crate::training) decoder: Vec<LstmRanges>,
    pub(in crate::training) output: DenseRanges,
    length: usize,
}

impl WeightLayout {
    /// The layout of a model of these sizes: its tensors back to back in the order of
    /// [`MusicVaeConfig::tensor_shapes`].
    #[must_use]
    pub fn new(config: &MusicVaeConfig) -> Self {
        let mut end = 0;
        let mut next_range = |count: usize| {
            end += count;
            end - count..end
        };
        let mut dense = |inputs: usize, outputs: usize| DenseRanges {
            kernel: next_range(inputs * outputs),
            bias: next_range(outputs),
            inputs,
            outputs,
        };
        let mut width = config.vocab_size;
        let mut encoder = Vec::new();
        for &units in &config.encoder_layers {
            encoder.push([(); 2].map(|()| LstmRanges::new(dense(width + units, 4 * units))));
            width = 2 * units;
        }
        let mu = dense(width, config.latent_size);
        let sigma = dense(width, config.latent_size);
        let decoder_units: usize = config.decoder_layers.iter().sum();
        let initial_state = dense(config.latent_size, 2 * decoder_units);
        let mut width = config.vocab_size + config.latent_size;
        let mut decoder = Vec::new();
        for &units in &config.decoder_layers {
            decoder.push(LstmRanges::new(dense(width + units, 4 * units)));
            width = units;
        }
        let output = dense(width, config.vocab_size);
        Self {
            config: config.clone(),
            encoder,
            mu,
            sigma,
            initial_state,
            decoder,
            output,
            length: end,
        }
    }

    /// Number of weights.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether the model has no weights; false for every model.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All tensors in one vector.
    ///
    /// # Errors
    /// [`CheckpointError`] if the tensors are not those of this layout's sizes, or if the model is hierarchical.
    pub fn flatten(&self, parameters: &Parameters) -> Result<Vec<f32>, CheckpointError> {
        if self.config.hierarchy.is_some() {
            return Err(CheckpointError::Hierarchical);
        }
        parameters.check(&self.config)?;
        let mut flat = Vec::with_capacity(self.length);
        for (name, _) in self.config.tensor_shapes() {
            if let Some(tensor) = parameters.get(&name) {
                flat.extend_from_slice(&tensor.values);
            }
        }
        Ok(flat)
    }

    /// The tensors of a flat vector of `len()` weights.
    #[must_use]
    pub fn unflatten(&self, flat: &[f32]) -> Parameters {
        let mut parameters = Parameters::default();
        let mut remaining = flat;
        for (name, shape) in self.config.tensor_shapes() {
            let (values, tail) = remaining.split_at(shape.iter().product());
            parameters.insert(
                name,
                CpuTensor {
                    shape,
                    values: values.to_vec(),
                },
            );
            remaining = tail;
        }
        parameters
    }
}
