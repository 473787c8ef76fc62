//! The encoder: stacked bidirectional LSTMs from tokens to the posterior of a latent point.

use burn::prelude::*;
use burn::tensor::activation::softplus;

use super::config::MusicVaeConfig;
use super::config::{ENCODER, MU, SIGMA, encoder_name};
use super::error::CheckpointError;
use super::lstm::{Dense, LstmCell, LstmState};
use super::tensor_source::TensorSource;

/// The encoder: tokens to the posterior.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    /// Reads the tokens of a melody or of a segment.
    token_encoder: EncoderStack,
    /// Reads the segments' summaries, if segments are read one by one.
    segment_encoder: Option<EncoderStack>,
    segment_steps: usize,
    mu: Dense,
    sigma: Dense,
}

impl Encoder {
    pub fn load(
        source: &mut TensorSource<'_>,
        config: &MusicVaeConfig,
    ) -> Result<Self, CheckpointError> {
        let mut stacks = config
            .encoders()
            .into_iter()
            .map(|(name, layers)| EncoderStack::load(source, name, layers.len()))
            .collect::<Result<Vec<_>, CheckpointError>>()?;
        let segment_encoder = if stacks.len() > 1 { stacks.pop() } else { None };
        let token_encoder = stacks.pop().ok_or_else(|| {
            CheckpointError::missing_tensor(&encoder_name(ENCODER, 0, "fw", "kernel"))
        })?;
        Ok(Self {
            token_encoder,
            segment_encoder,
            segment_steps: config.segment_steps(),
            mu: Dense::load(source, MU)?,
            sigma: Dense::load(source, SIGMA)?,
        })
    }

    /// # Shapes
    /// - `tokens`: one `[batch]` per step
    /// - output: mean and standard deviation, `[batch, latent]` each
    pub fn forward(&self, tokens: &[Tensor<1, Int>]) -> (Tensor<2>, Tensor<2>) {
        let summary = match &self.segment_encoder {
            None => self.token_encoder.read_tokens(tokens),
            Some(segment_encoder) => {
                let summaries: Vec<Tensor<2>> = tokens
                    .chunks(self.segment_steps.max(1))
                    .map(|segment| self.token_encoder.read_tokens(segment))
                    .collect();
                segment_encoder.read_vectors(&summaries)
            }
        };
        (
            self.mu.forward(summary.clone()),
            softplus(self.sigma.forward(summary), 1.0),
        )
    }
}

/// Stacked bidirectional LSTM layers.
#[derive(Clone, Debug)]
struct EncoderStack {
    /// Forward and backward cell of the layer that reads the input.
    first_layer: [LstmCell; 2],
    /// Forward and backward cells of the other layers, lowest first.
    upper_layers: Vec<[LstmCell; 2]>,
}

impl EncoderStack {
    fn load(
        source: &mut TensorSource<'_>,
        encoder: &str,
        layers: usize,
    ) -> Result<Self, CheckpointError> {
        let mut pair = |layer| {
            let mut cell = |direction: &str| {
                LstmCell::load(source, |tensor| {
                    encoder_name(encoder, layer, direction, tensor)
                })
            };
            Ok([cell("fw")?, cell("bw")?])
        };
        Ok(Self {
            first_layer: pair(0)?,
            upper_layers: (1..layers)
                .map(&mut pair)
                .collect::<Result<_, CheckpointError>>()?,
        })
    }

    /// Summary `[batch, 2 * units]` of tokens, one `[batch]` per step.
    fn read_tokens(&self, tokens: &[Tensor<1, Int>]) -> Tensor<2> {
        // A one-hot times the kernel is a row of the kernel.
        self.summarise(&self.first_layer.each_ref().map(|cell| {
            let table = cell.input_rows(0, cell.input_width());
            tokens
                .iter()
                .map(|ids| table.clone().select(0, ids.clone()) + cell.bias())
                .collect()
        }))
    }

    /// Summary `[batch, 2 * units]` of vectors, one `[batch, inputs]` per step.
    fn read_vectors(&self, vectors: &[Tensor<2>]) -> Tensor<2> {
        self.summarise(
            &self
                .first_layer
                .each_ref()
                .map(|cell| vectors.iter().map(|x| cell.project(x.clone())).collect()),
        )
    }

    /// The final outputs of both directions of the top layer, given the first layer's projections.
    fn summarise(&self, projections: &[Vec<Tensor<2>>; 2]) -> Tensor<2> {
        let mut layer = run_bidirectional(&self.first_layer, projections);
        for cells in &self.upper_layers {
            let inputs = layer.concatenated();
            let projections = cells
                .each_ref()
                .map(|cell| inputs.iter().map(|x| cell.project(x.clone())).collect());
            layer = run_bidirectional(cells, &projections);
        }
        layer.final_outputs()
    }
}

/// Outputs of a bidirectional layer, `[batch, units]` per step, both in the order of time.
struct BothDirections {
    forward: Vec<Tensor<2>>,
    backward: Vec<Tensor<2>>,
}

impl BothDirections {
    /// The input of the layer above: both directions concatenated, per step.
    fn concatenated(self) -> Vec<Tensor<2>> {
        let steps = self.forward.into_iter().zip(self.backward);
        steps
            .map(|(forward, backward)| Tensor::cat(vec![forward, backward], 1))
            .collect()
    }

    /// The output of each direction after its last step, concatenated.
    fn final_outputs(self) -> Tensor<2> {
        let last_forward = self.forward.into_iter().next_back();
        Tensor::cat(
            last_forward
                .into_iter()
                .chain(self.backward.into_iter().next())
                .collect(),
            1,
        )
    }
}

fn run_bidirectional(cells: &[LstmCell; 2], projections: &[Vec<Tensor<2>>; 2]) -> BothDirections {
    let [forward, backward] = projections;
    let forward = run_cell(&cells[0], forward.iter());
    let mut backward = run_cell(&cells[1], backward.iter().rev());
    backward.reverse();
    BothDirections { forward, backward }
}

/// Runs a cell over `steps` from a zero state; gives the output of each step.
fn run_cell<'a>(cell: &LstmCell, steps: impl Iterator<Item = &'a Tensor<2>>) -> Vec<Tensor<2>> {
    let mut state: Option<LstmState> = None;
    steps
        .map(|projection| {
            let previous = state.take().unwrap_or_else(|| {
                LstmState::zeros(projection.dims()[0], cell.units(), &projection.device())
            });
            let next = cell.step(projection.clone(), previous);
            state = Some(next.clone());
            next.output
        })
        .collect()
}
