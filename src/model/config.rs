//! The sizes of a MusicVAE and the names of its tensors, the only file that hard-codes these names.

use serde::{Deserialize, Serialize};

/// Every size of a MusicVAE of melodies with a categorical LSTM decoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MusicVaeConfig {
    /// Width of a latent point.
    pub latent_size: usize,
    /// Steps (16th notes) of one melody.
    pub steps: usize,
    /// Number of token ids; `tokens` in files.
    #[serde(rename = "tokens")]
    pub vocab_size: usize,
    /// Units of each encoder layer, per direction, first layer first.
    pub encoder_layers: Vec<usize>,
    /// Units of each decoder layer, first layer first.
    pub decoder_layers: Vec<usize>,
    /// The upper level of a hierarchical model; `None` for a flat model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<Hierarchy>,
}

/// The upper level of a hierarchical MusicVAE (Roberts et al. 2018, section 3.2).
///
/// A conductor turns the latent point into one vector per segment; the decoder writes each segment
/// from its vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hierarchy {
    /// Segments of a melody, equally long.
    pub segments: usize,
    /// Units of each conductor layer, first layer first; the last one gives the vectors.
    pub conductor_layers: Vec<usize>,
    /// Units of each layer, per direction, of the encoder that reads one vector per segment; empty
    /// where `encoder_layers` read the whole melody at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segment_encoder_layers: Vec<usize>,
}

impl Default for MusicVaeConfig {
    /// The default sizes of `tunescape train`.
    fn default() -> Self {
        Self {
            latent_size: 256,
            steps: 2 * crate::melody::STEPS_PER_BAR,
            vocab_size: crate::melody::VOCAB_SIZE,
            encoder_layers: vec![256],
            decoder_layers: vec![256, 256],
            hierarchy: None,
        }
    }
}

/// Name of the kernel or bias of one direction (`fw` or `bw`) and layer of an encoder.
///
/// The names are those of the published checkpoints, so that one loader reads every checkpoint format.
pub(super) fn encoder_name(encoder: &str, layer: usize, direction: &str, tensor: &str) -> String {
    format!(
        "{encoder}/cell_{layer}/bidirectional_rnn/{direction}/multi_rnn_cell/cell_0/lstm_cell/{tensor}"
    )
}

/// Name of the kernel or bias of one layer of a decoder.
pub(super) fn decoder_name(decoder: &str, layer: usize, tensor: &str) -> String {
    format!("{decoder}/multi_rnn_cell/cell_{layer}/lstm_cell/{tensor}")
}

/// Name of the kernel or bias of one conductor layer.
pub(super) fn conductor_name(layer: usize, tensor: &str) -> String {
    format!("{CONDUCTOR}/cell_{layer}/lstm_cell/{tensor}")
}

/// The encoder that reads all tokens.
pub(super) const ENCODER: &str = "encoder";
/// The encoder that reads the tokens of one segment.
pub(super) const TOKEN_ENCODER: &str = "encoder/hierarchical_level_0";
/// The encoder that reads one vector per segment.
pub(super) const SEGMENT_ENCODER: &str = "encoder/hierarchical_level_1";
/// The decoder of a flat model.
pub(super) const FLAT_DECODER: &str = "decoder";
/// The decoder that writes one segment.
pub(super) const CORE_DECODER: &str = "core_decoder/decoder";
/// The conductor.
pub(super) const CONDUCTOR: &str = "decoder/hierarchical_level_0";
/// The dense layer from a latent point to the conductor's first state.
pub(super) const CONDUCTOR_STATE: &str = "decoder/hierarchical_level_0/initial_state";
/// The dense layer that gives the mean of the posterior.
pub(super) const MU: &str = "encoder/mu";
/// The dense layer that gives the posterior's standard deviation.
pub(super) const SIGMA: &str = "encoder/sigma";

/// The dense layer from a latent point, or a segment's vector, to a decoder's first state.
pub(super) fn initial_state_name(decoder: &str) -> String {
    format!("{decoder}/z_to_initial_state")
}

/// The dense layer from the last layer of a decoder to the logits.
pub(super) fn output_name(decoder: &str) -> String {
    format!("{decoder}/output_projection")
}

impl MusicVaeConfig {
    /// Name and shape of every tensor of a model of these sizes, in a fixed order.
    ///
    /// Kernels are `[inputs, outputs]`; an LSTM kernel is `[input + hidden, 4 * hidden]`, input rows
    /// first, column blocks in the order input gate, candidate, forget gate, output gate.
    #[must_use]
    pub fn tensor_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = Vec::new();
        let mut add_dense = |prefix: &str, inputs: usize, outputs: usize| {
            shapes.push((format!("{prefix}/kernel"), vec![inputs, outputs]));
            shapes.push((format!("{prefix}/bias"), vec![outputs]));
        };
        let mut width = self.vocab_size;
        for (encoder, layers) in self.encoders() {
            for (layer, &units) in layers.iter().enumerate() {
                for direction in ["fw", "bw"] {
                    let name = encoder_name(encoder, layer, direction, "");
                    add_dense(name.trim_end_matches('/'), width + units, 4 * units);
                }
                width = 2 * units;
            }
        }
        add_dense(MU, width, self.latent_size);
        add_dense(SIGMA, width, self.latent_size);
        let state_width = |layers: &[usize]| 2 * layers.iter().sum::<usize>();
        if let Some(hierarchy) = &self.hierarchy {
            let layers = &hierarchy.conductor_layers;
            add_dense(CONDUCTOR_STATE, self.latent_size, state_width(layers));
            // A conductor reads a single zero at each step.
            let mut width = 1;
            for (layer, &units) in layers.iter().enumerate() {
                let name = conductor_name(layer, "");
                add_dense(name.trim_end_matches('/'), width + units, 4 * units);
                width = units;
            }
        }
        let decoder = self.decoder();
        add_dense(
            &initial_state_name(decoder),
            self.decoder_input_width(),
            state_width(&self.decoder_layers),
        );
        let mut width = self.vocab_size + self.decoder_input_width();
        for (layer, &units) in self.decoder_layers.iter().enumerate() {
            let name = decoder_name(decoder, layer, "");
            add_dense(name.trim_end_matches('/'), width + units, 4 * units);
            width = units;
        }
        add_dense(&output_name(decoder), width, self.vocab_size);
        shapes
    }

    /// Name prefix and layers of the encoders, the one that reads tokens first.
    pub(super) fn encoders(&self) -> Vec<(&'static str, &[usize])> {
        match &self.hierarchy {
            Some(hierarchy) if !hierarchy.segment_encoder_layers.is_empty() => vec![
                (TOKEN_ENCODER, &self.encoder_layers),
                (SEGMENT_ENCODER, &hierarchy.segment_encoder_layers),
            ],
            _ => vec![(ENCODER, &self.encoder_layers)],
        }
    }

    /// Name prefix of the decoder that writes tokens.
    pub(super) fn decoder(&self) -> &'static str {
        if self.hierarchy.is_some() {
            CORE_DECODER
        } else {
            FLAT_DECODER
        }
    }

    /// Width of the decoder's input in addition to the previous token: of a latent point, or of a segment's vector.
    pub(super) fn decoder_input_width(&self) -> usize {
        match &self.hierarchy {
            Some(hierarchy) => hierarchy.conductor_layers.last().copied().unwrap_or(0),
            None => self.latent_size,
        }
    }

    /// Segments of a melody: 1 for a flat model.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.hierarchy
            .as_ref()
            .map_or(1, |hierarchy| hierarchy.segments)
    }

    /// Steps of one segment.
    #[must_use]
    pub fn segment_steps(&self) -> usize {
        self.steps / self.segments().max(1)
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
}
