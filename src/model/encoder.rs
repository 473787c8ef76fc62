//! The encoder: stacked bidirectional LSTMs from tokens to the posterior of a latent point.

use burn::prelude::*;
use burn::tensor::activation::softplus;

use super::config::{MU, SIGMA, encoder_name};
use super::lstm::{Dense, LstmCell, LstmState};
use super::tensor_source::TensorSource;
use super::{CheckpointError, MusicVaeConfig};

/// Tokens to posterior.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    /// Forward and backward cell of the layer that reads the tokens.
    first: [LstmCell; 2],
    /// The same of the layers above it.
    above: Vec<[LstmCell; 2]>,
    mu: Dense,
    sigma: Dense,
}

impl Encoder {
    pub fn load(
        source: &mut TensorSource<'_>,
        config: &MusicVaeConfig,
    ) -> Result<Self, CheckpointError> {
        let mut pair = |layer| {
            let mut cell = |direction: &str| {
                LstmCell::load(source, |part| encoder_name(layer, direction, part))
            };
            Ok([cell("fw")?, cell("bw")?])
        };
        Ok(Self {
            first: pair(0)?,
            above: (1..config.encoder_layers.len())
                .map(&mut pair)
                .collect::<Result<_, CheckpointError>>()?,
            mu: Dense::load(source, MU)?,
            sigma: Dense::load(source, SIGMA)?,
        })
    }

    /// # Shapes
    /// - `tokens`: one `[batch]` per step
    /// - output: mean and standard deviation, `[batch, latent]` each
    pub fn forward(&self, tokens: &[Tensor<1, Int>]) -> (Tensor<2>, Tensor<2>) {
        // A one-hot times the kernel is a row of the kernel.
        let projections = self.first.each_ref().map(|cell| {
            let table = cell.input_rows(0, cell.input_width());
            tokens
                .iter()
                .map(|ids| table.clone().select(0, ids.clone()) + cell.bias())
                .collect::<Vec<_>>()
        });
        let mut layer = run_both(&self.first, &projections);
        for cells in &self.above {
            let joined = layer.side_by_side();
            let projections = cells
                .each_ref()
                .map(|cell| joined.iter().map(|x| cell.project(x.clone())).collect());
            layer = run_both(cells, &projections);
        }
        let summary = layer.ends();
        (
            self.mu.forward(summary.clone()),
            softplus(self.sigma.forward(summary), 1.0),
        )
    }
}

/// Outputs of a bidirectional layer, `[batch, units]` per step, each in the order of time.
struct BothDirections {
    forward: Vec<Tensor<2>>,
    backward: Vec<Tensor<2>>,
}

impl BothDirections {
    /// What the layer above reads: forward beside backward, step by step.
    fn side_by_side(self) -> Vec<Tensor<2>> {
        let steps = self.forward.into_iter().zip(self.backward);
        steps
            .map(|(forward, backward)| Tensor::cat(vec![forward, backward], 1))
            .collect()
    }

    /// The output of each direction once it has read everything.
    fn ends(self) -> Tensor<2> {
        let last = self.forward.into_iter().next_back();
        Tensor::cat(
            last.into_iter()
                .chain(self.backward.into_iter().next())
                .collect(),
            1,
        )
    }
}

fn run_both(cells: &[LstmCell; 2], projections: &[Vec<Tensor<2>>; 2]) -> BothDirections {
    let [forward, backward] = projections;
    let forward = run(&cells[0], forward.iter());
    let mut backward = run(&cells[1], backward.iter().rev());
    backward.reverse();
    BothDirections { forward, backward }
}

/// The outputs of every step, in the order in which the steps come.
fn run<'a>(cell: &LstmCell, steps: impl Iterator<Item = &'a Tensor<2>>) -> Vec<Tensor<2>> {
    let mut state: Option<LstmState> = None;
    steps
        .map(|projection| {
            let before = state.take().unwrap_or_else(|| {
                LstmState::zeros(projection.dims()[0], cell.units(), &projection.device())
            });
            let after = cell.step(projection.clone(), before);
            state = Some(after.clone());
            after.output
        })
        .collect()
}
