//! Stacked LSTM layers on the CPU, one step at a time, for many rows.

use std::mem::swap;
use std::ops::Range;
use std::sync::Arc;

use super::activations::tanh;
use super::cell::lstm_step;
use super::matmul_format::{MatmulFormat, RightOperand};
use super::product::Matrix;
use crate::model::error::CheckpointError;
use crate::model::parameters::{CpuTensor, Parameters};

/// A dense layer: kernel `[inputs, outputs]`, bias `[outputs]`.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    kernel: Arc<CpuTensor>,
    bias: Arc<CpuTensor>,
}

impl Dense {
    pub fn new(parameters: &Parameters, prefix: &str) -> Result<Self, CheckpointError> {
        Ok(Self {
            kernel: parameters.get_shared(&format!("{prefix}/kernel"))?,
            bias: parameters.get_shared(&format!("{prefix}/bias"))?,
        })
    }

    fn outputs(&self) -> usize {
        self.bias.values.len()
    }

    /// `input` `[rows, inputs]` times the kernel plus the bias, into `out` `[rows, outputs]`.
    pub fn forward(&self, input: &[f32], rows: usize, out: &mut [f32]) {
        let inputs = self.kernel.values.len() / self.outputs();
        let kernel = Matrix::new(&self.kernel.values, inputs, self.outputs());
        let input = Matrix::new(input, rows, inputs);
        MatmulFormat::Float32.affine(out, input, kernel, &self.bias.values);
    }
}

/// One LSTM layer: kernel `[inputs + units, 4 * units]`, bias `[4 * units]`.
#[derive(Clone, Debug)]
struct LstmLayer {
    kernel: Arc<CpuTensor>,
    bias: Arc<CpuTensor>,
    inputs: usize,
    units: usize,
}

impl LstmLayer {
    /// Some rows of the kernel.
    fn rows(&self, rows: Range<usize>) -> Matrix<'_> {
        let columns = 4 * self.units;
        let values = &self.kernel.values[rows.start * columns..rows.end * columns];
        Matrix::new(values, rows.len(), columns)
    }
}

/// LSTM layers and the dense layer that gives their initial state.
#[derive(Clone, Debug)]
pub(super) struct LstmStack {
    initial_state: Dense,
    layers: Vec<LstmLayer>,
}

impl LstmStack {
    /// Layers of these `units`, the first with `inputs` inputs. `name` gives the names of a layer's
    /// kernel and bias.
    pub fn new(
        parameters: &Parameters,
        initial_state: &str,
        units: &[usize],
        mut inputs: usize,
        name: impl Fn(usize, &str) -> String,
    ) -> Result<Self, CheckpointError> {
        let mut layers = Vec::with_capacity(units.len());
        for (index, &units) in units.iter().enumerate() {
            layers.push(LstmLayer {
                kernel: parameters.get_shared(&name(index, "kernel"))?,
                bias: parameters.get_shared(&name(index, "bias"))?,
                inputs,
                units,
            });
            inputs = units;
        }
        Ok(Self {
            initial_state: Dense::new(parameters, initial_state)?,
            layers,
        })
    }

    /// `tanh` of a dense layer, split into cell and output of the first layer, then of the second …
    pub fn initial_states(&self, input: &[f32], rows: usize) -> LstmStates {
        let width = self.initial_state.outputs();
        let mut joined = vec![0.0; rows * width];
        self.initial_state.forward(input, rows, &mut joined);
        joined.iter_mut().for_each(|x| *x = tanh(*x));
        let mut at = 0;
        let mut next_columns = |units: usize| -> Vec<f32> {
            let columns = joined
                .chunks_exact(width)
                .flat_map(|row| row[at..at + units].to_vec())
                .collect();
            at += units;
            columns
        };
        let states = self.layers.iter().map(|layer| LstmState {
            cell: next_columns(layer.units),
            output: next_columns(layer.units),
            cell_before: vec![0.0; rows * layer.units],
            output_before: vec![0.0; rows * layer.units],
        });
        LstmStates(states.collect())
    }

    /// Buffers for the gates of every layer, `[rows, 4 * units]` each.
    pub fn gate_buffers(&self, rows: usize) -> Vec<Vec<f32>> {
        let layers = self.layers.iter();
        layers
            .map(|layer| vec![0.0; rows * 4 * layer.units])
            .collect()
    }

    /// The row of the first layer's kernel that a one-hot input selects, `[4 * units]`.
    pub fn input_kernel_row(&self, input: usize) -> &[f32] {
        let columns = 4 * self.layers[0].units;
        &self.layers[0].kernel.values[input * columns..(input + 1) * columns]
    }

    /// Part of an input in the first layer's pre-activations `[rows, 4 * units]`, bias included:
    /// `input` `[rows, width]` times the rows of its kernel from `from` on.
    pub fn project_input(&self, from: usize, input: &[f32], rows: usize) -> Vec<f32> {
        let first = &self.layers[0];
        let width = input.len() / rows.max(1);
        let mut out = vec![0.0; rows * 4 * first.units];
        let kernel = first.rows(from..from + width);
        let input = Matrix::new(input, rows, width);
        MatmulFormat::Float32.affine(&mut out, input, kernel, &first.bias.values);
        out
    }

    /// One step of all layers. The first of `gates` holds the projected input; the others are only
    /// buffers.
    pub fn step(&self, gates: &mut [Vec<f32>], LstmStates(states): &mut LstmStates, rows: usize) {
        for (index, layer) in self.layers.iter().enumerate() {
            let gates = &mut gates[index];
            if let Some(below) = index.checked_sub(1) {
                let input = Matrix::new(&states[below].output, rows, layer.inputs);
                let kernel = layer.rows(0..layer.inputs);
                MatmulFormat::Float32.affine(gates, input, kernel, &layer.bias.values);
            }
            let recurrent = layer.rows(layer.inputs..layer.inputs + layer.units);
            states[index].advance(gates, &RightOperand::Float32(recurrent), layer.units);
        }
    }
}

/// The states of all layers of an [`LstmStack`].
pub(super) struct LstmStates(Vec<LstmState>);

impl LstmStates {
    /// Output of the last layer, `[rows, units]`.
    pub fn top_output(&self) -> &[f32] {
        self.0.last().map_or(&[], |state| &state.output)
    }
}

/// Cell state and output of a layer and buffers for those of the step before, `[rows, units]` each.
struct LstmState {
    cell: Vec<f32>,
    output: Vec<f32>,
    cell_before: Vec<f32>,
    output_before: Vec<f32>,
}

impl LstmState {
    fn advance(&mut self, gates: &mut [f32], recurrent: &RightOperand<'_>, units: usize) {
        swap(&mut self.cell, &mut self.cell_before);
        swap(&mut self.output, &mut self.output_before);
        let before = (&self.cell_before[..], &self.output_before[..]);
        lstm_step(
            gates,
            recurrent,
            before,
            &mut self.cell,
            &mut self.output,
            units,
        );
    }
}
