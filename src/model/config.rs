//! The sizes of a MusicVAE. Nothing else in the program assumes any of them.

use serde::{Deserialize, Serialize};

use super::CheckpointError;
use super::parameters::Parameters;

/// Every size of a flat MusicVAE with a categorical LSTM decoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MusicVaeConfig {
    /// Width of a latent point.
    pub latent_size: usize,
    /// Steps (16th notes) of one melody.
    pub steps: usize,
    /// Number of token ids.
    pub tokens: usize,
    /// Units of each encoder layer, per direction, first layer first.
    pub encoder_layers: Vec<usize>,
    /// Units of each decoder layer, first layer first.
    pub decoder_layers: Vec<usize>,
}

impl Default for MusicVaeConfig {
    /// The sizes that `tunescape train` uses unless told otherwise.
    fn default() -> Self {
        Self {
            latent_size: 256,
            steps: 32,
            tokens: crate::melody::VOCABULARY,
            encoder_layers: vec![256],
            decoder_layers: vec![256, 256],
        }
    }
}

/// Name of the encoder kernel or bias of one direction (`fw` or `bw`) and layer.
///
/// The names are those of the published checkpoints, so that one reader serves all forms.
pub(super) fn encoder_name(layer: usize, direction: &str, part: &str) -> String {
    format!(
        "encoder/cell_{layer}/bidirectional_rnn/{direction}/multi_rnn_cell/cell_0/lstm_cell/{part}"
    )
}

/// Name of the decoder kernel or bias of one layer.
pub(super) fn decoder_name(layer: usize, part: &str) -> String {
    format!("decoder/multi_rnn_cell/cell_{layer}/lstm_cell/{part}")
}

/// Name prefix of the dense layer from a latent point to the decoder's first state.
pub(super) const INITIAL_STATE: &str = "decoder/z_to_initial_state";
/// Name prefix of the dense layer from the last decoder layer to the logits.
pub(super) const OUTPUT: &str = "decoder/output_projection";
/// Name prefix of the dense layer that gives the mean of the posterior.
pub(super) const MU: &str = "encoder/mu";
/// Name prefix of the dense layer that gives the posterior's standard deviation.
pub(super) const SIGMA: &str = "encoder/sigma";

impl MusicVaeConfig {
    /// Name and shape of every tensor of a model of these sizes, in a fixed order.
    ///
    /// Kernels are `[inputs, outputs]`; an LSTM kernel is `[input + hidden, 4 * hidden]`, input rows
    /// first, column blocks in the order input gate, candidate, forget gate, output gate.
    #[must_use]
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = Vec::new();
        let mut dense = |prefix: &str, inputs: usize, outputs: usize| {
            shapes.push((format!("{prefix}/kernel"), vec![inputs, outputs]));
            shapes.push((format!("{prefix}/bias"), vec![outputs]));
        };
        let mut width = self.tokens;
        for (layer, &units) in self.encoder_layers.iter().enumerate() {
            for direction in ["fw", "bw"] {
                let name = encoder_name(layer, direction, "");
                dense(name.trim_end_matches('/'), width + units, 4 * units);
            }
            width = 2 * units;
        }
        dense(MU, width, self.latent_size);
        dense(SIGMA, width, self.latent_size);
        dense(
            INITIAL_STATE,
            self.latent_size,
            2 * self.decoder_layers.iter().sum::<usize>(),
        );
        let mut width = self.tokens + self.latent_size;
        for (layer, &units) in self.decoder_layers.iter().enumerate() {
            let name = decoder_name(layer, "");
            dense(name.trim_end_matches('/'), width + units, 4 * units);
            width = units;
        }
        dense(OUTPUT, width, self.tokens);
        shapes
    }

    /// Number of weights.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.tensor_shapes()
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum()
    }

    /// Bars of one melody: steps over 16.
    #[must_use]
    pub fn bars(&self) -> f64 {
        self.steps as f64 / crate::melody::STEPS_PER_BAR as f64
    }

    /// Reads the sizes off the tensors themselves; only the number of steps is not in them.
    ///
    /// # Errors
    /// [`CheckpointError::MissingTensor`] or [`CheckpointError::Shape`] where the tensors do not make
    /// a flat MusicVAE.
    pub fn from_parameters(parameters: &Parameters, steps: usize) -> Result<Self, CheckpointError> {
        let [latent_size, _] = parameters.matrix_shape(&format!("{INITIAL_STATE}/kernel"))?;
        let [_, tokens] = parameters.matrix_shape(&format!("{OUTPUT}/kernel"))?;
        let layers = |name: &dyn Fn(usize) -> String| -> Result<Vec<usize>, CheckpointError> {
            let mut units = Vec::new();
            while parameters.get(&name(units.len())).is_some() || units.is_empty() {
                let [_, columns] = parameters.matrix_shape(&name(units.len()))?;
                units.push(columns / 4);
            }
            Ok(units)
        };
        let config = Self {
            latent_size,
            steps,
            tokens,
            encoder_layers: layers(&|layer| encoder_name(layer, "fw", "kernel"))?,
            decoder_layers: layers(&|layer| decoder_name(layer, "kernel"))?,
        };
        parameters.check(&config)?;
        Ok(config)
    }
}
