//! The decoder: from a latent point to one token after another.

use burn::prelude::*;
use burn::tensor::activation::tanh;

use super::config::{INITIAL_STATE, OUTPUT, decoder_name};
use super::lstm::{Dense, LstmCell, LstmState};
use super::tensor_source::TensorSource;
use super::{CheckpointError, MusicVaeConfig};

/// Latent points to logits and tokens.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    initial_state: Dense,
    layers: Vec<LstmCell>,
    output: Dense,
    tokens: usize,
    latent: usize,
}

/// What a decode gives for each step.
pub(super) struct DecodedSteps {
    /// `[batch]` per step.
    pub tokens: Vec<Tensor<1, Int>>,
    /// `[batch, tokens]` per step; empty unless asked for.
    pub logits: Vec<Tensor<2>>,
}

impl Decoder {
    pub fn load(
        source: &mut TensorSource<'_>,
        config: &MusicVaeConfig,
    ) -> Result<Self, CheckpointError> {
        let layers = (0..config.decoder_layers.len())
            .map(|layer| LstmCell::load(source, |part| decoder_name(layer, part)))
            .collect::<Result<_, CheckpointError>>()?;
        Ok(Self {
            initial_state: Dense::load(source, INITIAL_STATE)?,
            layers,
            output: Dense::load(source, OUTPUT)?,
            tokens: config.tokens,
            latent: config.latent_size,
        })
    }

    /// Decodes one token after another, each fed back as the next step's input.
    ///
    /// # Shapes
    /// - `z`: `[batch, latent]`
    /// - `noise`: none for greedy decoding; else one `[batch, tokens]` per step, to be added to the
    ///   logits divided by `temperature`
    pub fn decode(
        &self,
        z: Tensor<2>,
        steps: usize,
        temperature: f32,
        noise: Option<&[Tensor<2>]>,
        keep_logits: bool,
    ) -> DecodedSteps {
        let mut run = self.begin(z);
        let mut decoded = DecodedSteps {
            tokens: Vec::new(),
            logits: Vec::new(),
        };
        for t in 0..steps {
            let logits = run.step(decoded.tokens.last());
            let scores = match noise.and_then(|noise| noise.get(t)) {
                None => logits.clone(),
                Some(noise) => logits.clone() / temperature + noise.clone(),
            };
            let [batch, _] = scores.dims();
            decoded.tokens.push(scores.argmax(1).reshape([batch]));
            if keep_logits {
                decoded.logits.push(logits);
            }
        }
        decoded
    }

    /// The logits `[batch, tokens]` of each step. `heard` has, for each step, the ids `[batch]` that the decoder takes
    /// for the token before it; the id after the last token's stands for none.
    pub fn teach(&self, z: Tensor<2>, heard: &[Tensor<1, Int>]) -> Vec<Tensor<2>> {
        let mut run = self.begin(z);
        let [_, columns] = run.table.dims();
        let nothing = Tensor::zeros([1, columns], &run.table.device());
        run.table = Tensor::cat(vec![run.table, nothing], 0);
        heard.iter().map(|ids| run.step(Some(ids))).collect()
    }

    /// A melody per row of `z`, before its first step.
    fn begin(&self, z: Tensor<2>) -> Run<'_> {
        let states = self.first_states(z.clone());
        let first = &self.layers[0];
        Run {
            from_z: z.matmul(first.input_rows(self.tokens, self.latent)) + first.bias(),
            table: first.input_rows(0, self.tokens),
            states,
            decoder: self,
        }
    }

    /// `tanh` of a dense layer, split as cell and output of the first layer, then of the second …
    fn first_states(&self, z: Tensor<2>) -> Vec<LstmState> {
        let joined = tanh(self.initial_state.forward(z));
        let mut at = 0;
        let mut take = |units: usize| {
            let part = joined.clone().narrow(1, at, units);
            at += units;
            part
        };
        self.layers
            .iter()
            .map(|cell| LstmState {
                cell: take(cell.units()),
                output: take(cell.units()),
            })
            .collect()
    }
}

/// A batch of melodies on their way through the decoder.
struct Run<'a> {
    decoder: &'a Decoder,
    /// The part of the first layer's gates that the latent point decides: the same at every step.
    from_z: Tensor<2>,
    /// The input kernel's rows of the tokens: a one-hot times the kernel is one of them.
    table: Tensor<2>,
    states: Vec<LstmState>,
}

impl Run<'_> {
    /// The logits of the next step; the first step has no token before it.
    fn step(&mut self, before: Option<&Tensor<1, Int>>) -> Tensor<2> {
        let mut projection = match before {
            None => self.from_z.clone(),
            Some(ids) => self.from_z.clone() + self.table.clone().select(0, ids.clone()),
        };
        let layers = &self.decoder.layers;
        for (layer, state) in self.states.iter_mut().enumerate() {
            *state = layers[layer].step(projection, state.clone());
            projection = match layers.get(layer + 1) {
                Some(next) => next.project(state.output.clone()),
                None => state.output.clone(),
            };
        }
        self.decoder.output.forward(projection)
    }
}
