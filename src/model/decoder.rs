//! The decoder on burn tensors, flat or hierarchical: latent points to tokens, one step after another.

use burn::prelude::*;
use burn::tensor::activation::tanh;

use super::config::MusicVaeConfig;
use super::config::{
    CONDUCTOR_STATE, conductor_name, decoder_name, initial_state_name, output_name,
};
use super::error::CheckpointError;
use super::lstm::{Dense, LstmCell, LstmState};
use super::tensor_source::TensorSource;

/// The decoder: latent points to logits and tokens.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    conductor: Option<Conductor>,
    initial_state: Dense,
    layers: Vec<LstmCell>,
    output: Dense,
    vocab_size: usize,
    /// Width of the latent point, or of a segment's vector.
    input_width: usize,
    segment_steps: usize,
}

/// Tokens and logits of each decoded step.
pub(super) struct DecodedSteps {
    /// `[batch]` per step.
    pub tokens: Vec<Tensor<1, Int>>,
    /// `[batch, vocab_size]` per step; empty unless `keep_logits`.
    pub logits: Vec<Tensor<2>>,
}

impl Decoder {
    pub fn load(
        source: &mut TensorSource<'_>,
        config: &MusicVaeConfig,
    ) -> Result<Self, CheckpointError> {
        let prefix = config.decoder();
        let layers = (0..config.decoder_layers.len())
            .map(|layer| LstmCell::load(source, |tensor| decoder_name(prefix, layer, tensor)))
            .collect::<Result<_, CheckpointError>>()?;
        Ok(Self {
            conductor: Conductor::load(source, config)?,
            initial_state: Dense::load(source, &initial_state_name(prefix))?,
            layers,
            output: Dense::load(source, &output_name(prefix))?,
            vocab_size: config.vocab_size,
            input_width: config.decoder_input_width(),
            segment_steps: config.segment_steps(),
        })
    }

    /// Decodes one token after another, each fed back as the next step's input.
    ///
    /// # Shapes
    /// - `z`: `[batch, latent]`
    /// - `noise`: none for greedy decoding; else one `[batch, vocab_size]` per step, to be added to the
    ///   logits divided by `temperature`
    pub fn decode(
        &self,
        z: Tensor<2>,
        steps: usize,
        temperature: f32,
        noise: Option<&[Tensor<2>]>,
        keep_logits: bool,
    ) -> DecodedSteps {
        let mut decoded = DecodedSteps {
            tokens: Vec::new(),
            logits: Vec::new(),
        };
        self.for_each_step(z, steps, |t, logits| {
            let scores = match noise.and_then(|noise| noise.get(t)) {
                None => logits.clone(),
                Some(noise) => logits.clone() / temperature + noise.clone(),
            };
            let [batch, _] = scores.dims();
            let tokens: Tensor<1, Int> = scores.argmax(1).reshape([batch]);
            decoded.tokens.push(tokens.clone());
            if keep_logits {
                decoded.logits.push(logits);
            }
            tokens
        });
        decoded
    }

    /// The logits of all steps, step after step: `[steps * batch, vocab_size]`, one product for the whole sequence.
    /// `decoder_inputs` has the id `[batch]` of the token before each step; the id `vocab_size` means no token.
    pub fn teacher_forced_logits(
        &self,
        z: Tensor<2>,
        decoder_inputs: &[Tensor<1, Int>],
    ) -> Tensor<2> {
        let mut segment = self.begin_segment(z);
        let [_, columns] = segment.token_gates.dims();
        let no_token = Tensor::zeros([1, columns], &segment.token_gates.device());
        segment.token_gates = Tensor::cat(vec![segment.token_gates, no_token], 0);
        let outputs = decoder_inputs
            .iter()
            .map(|ids| segment.top_output(Some(ids)))
            .collect();
        self.output.forward(Tensor::cat(outputs, 0))
    }

    /// Runs all steps; `choose_tokens` gives the tokens of a step from its index and logits.
    ///
    /// A segment starts in the state that its vector gives, with the last token of the previous segment
    /// as input.
    fn for_each_step(
        &self,
        z: Tensor<2>,
        steps: usize,
        mut choose_tokens: impl FnMut(usize, Tensor<2>) -> Tensor<1, Int>,
    ) {
        let mut conductor = self
            .conductor
            .as_ref()
            .map(|conductor| (conductor, conductor.initial_states(z.clone())));
        let mut previous: Option<Tensor<1, Int>> = None;
        let mut t = 0;
        while t < steps {
            let vector = match &mut conductor {
                Some((conductor, states)) => conductor.step(states),
                None => z.clone(),
            };
            let mut segment = self.begin_segment(vector);
            let end = (t + self.segment_steps.max(1)).min(steps);
            while t < end {
                let logits = segment.step(previous.as_ref());
                previous = Some(choose_tokens(t, logits));
                t += 1;
            }
        }
    }

    /// The state before the first step of a segment, one segment per row of `vector`.
    fn begin_segment(&self, vector: Tensor<2>) -> SegmentState<'_> {
        let states = initial_states(&self.initial_state, &self.layers, vector.clone());
        let first_layer = &self.layers[0];
        SegmentState {
            vector_gates: vector.matmul(first_layer.input_rows(self.vocab_size, self.input_width))
                + first_layer.bias(),
            token_gates: first_layer.input_rows(0, self.vocab_size),
            states,
            decoder: self,
        }
    }
}

/// Initial states of all layers: `tanh` of a dense layer, split into cell and output of the first layer, of the second and so on.
fn initial_states(dense: &Dense, layers: &[LstmCell], input: Tensor<2>) -> Vec<LstmState> {
    let columns_of_all_layers = tanh(dense.forward(input));
    let mut offset = 0;
    let mut next_columns = |units: usize| {
        let columns = columns_of_all_layers.clone().narrow(1, offset, units);
        offset += units;
        columns
    };
    layers
        .iter()
        .map(|cell| LstmState {
            cell: next_columns(cell.units()),
            output: next_columns(cell.units()),
        })
        .collect()
}

/// The conductor: latent points to one vector per segment.
#[derive(Clone, Debug)]
struct Conductor {
    initial_state: Dense,
    layers: Vec<LstmCell>,
}

impl Conductor {
    fn load(
        source: &mut TensorSource<'_>,
        config: &MusicVaeConfig,
    ) -> Result<Option<Self>, CheckpointError> {
        let Some(hierarchy) = &config.hierarchy else {
            return Ok(None);
        };
        Ok(Some(Self {
            initial_state: Dense::load(source, CONDUCTOR_STATE)?,
            layers: (0..hierarchy.conductor_layers.len())
                .map(|layer| LstmCell::load(source, |tensor| conductor_name(layer, tensor)))
                .collect::<Result<_, CheckpointError>>()?,
        }))
    }

    fn initial_states(&self, z: Tensor<2>) -> Vec<LstmState> {
        initial_states(&self.initial_state, &self.layers, z)
    }

    /// The vector `[batch, units]` of the next segment.
    fn step(&self, states: &mut [LstmState]) -> Tensor<2> {
        for (layer, cell) in self.layers.iter().enumerate() {
            let projection = match layer.checked_sub(1) {
                // The first layer's input is zero: it adds nothing to the bias.
                None => cell.bias(),
                Some(layer_below) => cell.project(states[layer_below].output.clone()),
            };
            states[layer] = cell.step(projection, states[layer].clone());
        }
        states[states.len() - 1].output.clone()
    }
}

/// The state of a batch of segments between two steps.
struct SegmentState<'a> {
    decoder: &'a Decoder,
    /// The vector's contribution to the first layer's gates, the same at every step.
    vector_gates: Tensor<2>,
    /// Each token's contribution to the first layer's gates: the input kernel's rows of the tokens.
    token_gates: Tensor<2>,
    states: Vec<LstmState>,
}

impl SegmentState<'_> {
    /// The logits of the next step; the first step has no token before it.
    fn step(&mut self, previous: Option<&Tensor<1, Int>>) -> Tensor<2> {
        let top = self.top_output(previous);
        self.decoder.output.forward(top)
    }

    /// The top layer's output `[batch, units]` at the next step.
    fn top_output(&mut self, previous: Option<&Tensor<1, Int>>) -> Tensor<2> {
        let mut projection = match previous {
            None => self.vector_gates.clone(),
            Some(ids) => {
                self.vector_gates.clone() + self.token_gates.clone().select(0, ids.clone())
            }
        };
        let layers = &self.decoder.layers;
        for (layer, state) in self.states.iter_mut().enumerate() {
            *state = layers[layer].step(projection, state.clone());
            projection = match layers.get(layer + 1) {
                Some(next) => next.project(state.output.clone()),
                None => state.output.clone(),
            };
        }
        projection
    }
}
