//! The decoder: from a latent point to one token after another, flat or led by a conductor.

use burn::prelude::*;
use burn::tensor::activation::tanh;

use super::config::{
    CONDUCTOR_STATE, conductor_name, decoder_name, initial_state_name, output_name,
};
use super::lstm::{Dense, LstmCell, LstmState, flush_periodically};
use super::tensor_source::TensorSource;
use super::{CheckpointError, MusicVaeConfig};

/// Latent points to logits and tokens.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    conductor: Option<Conductor>,
    initial_state: Dense,
    layers: Vec<LstmCell>,
    output: Dense,
    tokens: usize,
    /// Width of the latent point, or of a segment's vector.
    input: usize,
    segment_steps: usize,
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
        let decoder = config.decoder();
        let layers = (0..config.decoder_layers.len())
            .map(|layer| LstmCell::load(source, |part| decoder_name(decoder, layer, part)))
            .collect::<Result<_, CheckpointError>>()?;
        Ok(Self {
            conductor: Conductor::load(source, config)?,
            initial_state: Dense::load(source, &initial_state_name(decoder))?,
            layers,
            output: Dense::load(source, &output_name(decoder))?,
            tokens: config.tokens,
            input: config.decoder_input(),
            segment_steps: config.segment_steps(),
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
        let mut decoded = DecodedSteps {
            tokens: Vec::new(),
            logits: Vec::new(),
        };
        self.walk(z, steps, |t, logits| {
            let scores = match noise.and_then(|noise| noise.get(t)) {
                None => logits.clone(),
                Some(noise) => logits.clone() / temperature + noise.clone(),
            };
            let [batch, _] = scores.dims();
            let chosen: Tensor<1, Int> = scores.argmax(1).reshape([batch]);
            decoded.tokens.push(chosen.clone());
            if keep_logits {
                decoded.logits.push(logits);
            }
            chosen
        });
        decoded
    }

    /// The logits of all steps, step after step: `[steps * batch, tokens]`, one product for the whole sequence.
    /// `decoder_inputs` has, for each step, the ids `[batch]` that the decoder takes for the token before it; the id after the
    /// last token's stands for none.
    pub fn teacher_forced_logits(
        &self,
        z: Tensor<2>,
        decoder_inputs: &[Tensor<1, Int>],
    ) -> Tensor<2> {
        let mut run = self.begin(z);
        let [_, columns] = run.table.dims();
        let nothing = Tensor::zeros([1, columns], &run.table.device());
        run.table = Tensor::cat(vec![run.table, nothing], 0);
        let outputs = decoder_inputs
            .iter()
            .map(|ids| run.top(Some(ids)))
            .collect();
        self.output.forward(Tensor::cat(outputs, 0))
    }

    /// Goes through all steps; `choose` is given a step and its logits and says which tokens the
    /// next step is told.
    ///
    /// Each segment begins in the state that its vector gives, and is told the last token of the
    /// segment before it.
    fn walk(
        &self,
        z: Tensor<2>,
        steps: usize,
        mut choose: impl FnMut(usize, Tensor<2>) -> Tensor<1, Int>,
    ) {
        let mut led = self
            .conductor
            .as_ref()
            .map(|conductor| (conductor, conductor.begin(z.clone())));
        let device = z.device();
        let mut before: Option<Tensor<1, Int>> = None;
        let mut t = 0;
        while t < steps {
            let vector = match &mut led {
                Some((conductor, states)) => conductor.step(states),
                None => z.clone(),
            };
            let mut run = self.begin(vector);
            let end = (t + self.segment_steps.max(1)).min(steps);
            while t < end {
                flush_periodically(t, &device);
                let logits = run.step(before.as_ref());
                before = Some(choose(t, logits));
                t += 1;
            }
        }
    }

    /// A segment per row of `vector`, before its first step.
    fn begin(&self, vector: Tensor<2>) -> Run<'_> {
        let states = first_states(&self.initial_state, &self.layers, vector.clone());
        let first = &self.layers[0];
        Run {
            from_vector: vector.matmul(first.input_rows(self.tokens, self.input)) + first.bias(),
            table: first.input_rows(0, self.tokens),
            states,
            decoder: self,
        }
    }
}

/// `tanh` of a dense layer, split as cell and output of the first layer, then of the second …
fn first_states(dense: &Dense, layers: &[LstmCell], input: Tensor<2>) -> Vec<LstmState> {
    let joined = tanh(dense.forward(input));
    let mut at = 0;
    let mut take = |units: usize| {
        let part = joined.clone().narrow(1, at, units);
        at += units;
        part
    };
    layers
        .iter()
        .map(|cell| LstmState {
            cell: take(cell.units()),
            output: take(cell.units()),
        })
        .collect()
}

/// Latent points to one vector per segment.
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
                .map(|layer| LstmCell::load(source, |part| conductor_name(layer, part)))
                .collect::<Result<_, CheckpointError>>()?,
        }))
    }

    fn begin(&self, z: Tensor<2>) -> Vec<LstmState> {
        first_states(&self.initial_state, &self.layers, z)
    }

    /// The vector `[batch, units]` of the next segment.
    fn step(&self, states: &mut [LstmState]) -> Tensor<2> {
        for (layer, cell) in self.layers.iter().enumerate() {
            let projection = match layer.checked_sub(1) {
                // The first layer reads a zero: its kernel's input row adds nothing.
                None => cell.bias(),
                Some(below) => cell.project(states[below].output.clone()),
            };
            states[layer] = cell.step(projection, states[layer].clone());
        }
        states[states.len() - 1].output.clone()
    }
}

/// A batch of segments on their way through the decoder.
struct Run<'a> {
    decoder: &'a Decoder,
    /// The part of the first layer's gates that the vector decides: the same at every step.
    from_vector: Tensor<2>,
    /// The input kernel's rows of the tokens: a one-hot times the kernel is one of them.
    table: Tensor<2>,
    states: Vec<LstmState>,
}

impl Run<'_> {
    /// The logits of the next step; the first step has no token before it.
    fn step(&mut self, before: Option<&Tensor<1, Int>>) -> Tensor<2> {
        let top = self.top(before);
        self.decoder.output.forward(top)
    }

    /// The top layer's output `[batch, units]` at the next step.
    fn top(&mut self, before: Option<&Tensor<1, Int>>) -> Tensor<2> {
        let mut projection = match before {
            None => self.from_vector.clone(),
            Some(ids) => self.from_vector.clone() + self.table.clone().select(0, ids.clone()),
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
