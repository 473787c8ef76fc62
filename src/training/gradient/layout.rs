//! Where each tensor of a model stands in one flat vector of weights.
//!
//! The optimiser, the gradient and the average of the weights all use this one order.

use std::ops::Range;

use crate::model::{CheckpointError, HostTensor, MusicVaeConfig, Parameters};

/// A dense layer: kernel `[inputs, outputs]` and bias `[outputs]`.
#[derive(Clone, Debug)]
pub(in crate::training) struct DenseSlot {
    pub kernel: Range<usize>,
    pub bias: Range<usize>,
    pub inputs: usize,
    pub outputs: usize,
}

/// An LSTM layer: kernel `[inputs + units, 4 * units]`, cut into its input rows and recurrent rows.
#[derive(Clone, Debug)]
pub(in crate::training) struct LstmSlot {
    pub input_kernel: Range<usize>,
    pub recurrent_kernel: Range<usize>,
    pub bias: Range<usize>,
    pub inputs: usize,
    pub units: usize,
}

/// The places of all tensors of one model.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(in crate::training) config: MusicVaeConfig,
    /// Forward and backward direction per layer.
    pub(in crate::training) encoder: Vec<[LstmSlot; 2]>,
    pub(in crate::training) mu: DenseSlot,
    pub(in crate::training) sigma: DenseSlot,
    pub(in crate::training) initial_state: DenseSlot,
    pub(in crate::training) decoder: Vec<LstmSlot>,
    pub(in crate::training) output: DenseSlot,
    length: usize,
}

impl Layout {
    /// The layout of a model of these sizes: its tensors back to back in the order of
    /// [`MusicVaeConfig::tensor_shapes`].
    #[must_use]
    pub fn new(config: &MusicVaeConfig) -> Self {
        let mut at = 0;
        let mut take = |count: usize| {
            let range = at..at + count;
            at += count;
            range
        };
        let mut dense = |inputs: usize, outputs: usize| DenseSlot {
            kernel: take(inputs * outputs),
            bias: take(outputs),
            inputs,
            outputs,
        };
        fn lstm(slot: DenseSlot) -> LstmSlot {
            let units = slot.outputs / 4;
            let inputs = slot.inputs - units;
            let cut = slot.kernel.start + inputs * slot.outputs;
            LstmSlot {
                input_kernel: slot.kernel.start..cut,
                recurrent_kernel: cut..slot.kernel.end,
                bias: slot.bias,
                inputs,
                units,
            }
        }
        let mut width = config.tokens;
        let mut encoder = Vec::new();
        for &units in &config.encoder_layers {
            encoder.push([(); 2].map(|()| lstm(dense(width + units, 4 * units))));
            width = 2 * units;
        }
        let mu = dense(width, config.latent_size);
        let sigma = dense(width, config.latent_size);
        let states: usize = config.decoder_layers.iter().sum();
        let initial_state = dense(config.latent_size, 2 * states);
        let mut width = config.tokens + config.latent_size;
        let mut decoder = Vec::new();
        for &units in &config.decoder_layers {
            decoder.push(lstm(dense(width + units, 4 * units)));
            width = units;
        }
        let output = dense(width, config.tokens);
        Self {
            config: config.clone(),
            encoder,
            mu,
            sigma,
            initial_state,
            decoder,
            output,
            length: at,
        }
    }

    /// Number of weights.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether the model has no weights, which no model has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All tensors in one vector.
    ///
    /// # Errors
    /// [`CheckpointError`] if the tensors are not those of this layout's sizes, or make a hierarchical model.
    pub fn flatten(&self, parameters: &Parameters) -> Result<Vec<f32>, CheckpointError> {
        if self.config.hierarchy.is_some() {
            return Err(CheckpointError::OnlyFlat);
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

    /// The tensors of one flat vector of `len()` weights.
    #[must_use]
    pub fn unflatten(&self, flat: &[f32]) -> Parameters {
        let mut parameters = Parameters::default();
        let mut rest = flat;
        for (name, shape) in self.config.tensor_shapes() {
            let (values, after) = rest.split_at(shape.iter().product());
            parameters.insert(
                name,
                HostTensor {
                    shape,
                    values: values.to_vec(),
                },
            );
            rest = after;
        }
        parameters
    }
}
