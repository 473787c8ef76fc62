//! LSTM layers on top of one another on the processor, a step at a time, for many rows.

use std::sync::Arc;

use super::activations::tanh;
use super::cell::cell_step;
use super::product::{Matrix, Update, product};
use crate::model::CheckpointError;
use crate::model::parameters::{HostTensor, Parameters};

/// A dense layer: kernel `[inputs, outputs]`, bias `[outputs]`.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    kernel: Arc<HostTensor>,
    bias: Arc<HostTensor>,
}

impl Dense {
    pub fn new(parameters: &Parameters, prefix: &str) -> Result<Self, CheckpointError> {
        Ok(Self {
            kernel: parameters.share(&format!("{prefix}/kernel"))?,
            bias: parameters.share(&format!("{prefix}/bias"))?,
        })
    }

    fn outputs(&self) -> usize {
        self.bias.values.len()
    }

    /// `out` `[rows, outputs]` becomes `input` `[rows, inputs]` times the kernel, plus the bias.
    pub fn forward(&self, input: &[f32], rows: usize, out: &mut [f32]) {
        let (outputs, kernel) = (self.outputs(), &self.kernel.values);
        let inputs = kernel.len() / outputs;
        fill_rows(out, &self.bias.values);
        product(
            out,
            Update::Add,
            Matrix::new(input, rows, inputs),
            Matrix::new(kernel, inputs, outputs),
        );
    }
}

/// One LSTM layer: kernel `[inputs + units, 4 * units]`, bias `[4 * units]`.
#[derive(Clone, Debug)]
struct Layer {
    kernel: Arc<HostTensor>,
    bias: Arc<HostTensor>,
    inputs: usize,
    units: usize,
}

/// LSTM layers and the dense layer that gives their first state.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    initial_state: Dense,
    layers: Vec<Layer>,
}

impl Stack {
    /// `units` of each layer; the first one reads `inputs` numbers. `name` gives the names of a
    /// layer's kernel and bias.
    pub fn new(
        parameters: &Parameters,
        initial_state: &str,
        units: &[usize],
        mut inputs: usize,
        name: impl Fn(usize, &str) -> String,
    ) -> Result<Self, CheckpointError> {
        let mut layers = Vec::with_capacity(units.len());
        for (index, &units) in units.iter().enumerate() {
            layers.push(Layer {
                kernel: parameters.share(&name(index, "kernel"))?,
                bias: parameters.share(&name(index, "bias"))?,
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

    /// `tanh` of a dense layer, split as cell and output of the first layer, then of the second …
    pub fn first_states(&self, input: &[f32], rows: usize) -> States {
        let width = self.initial_state.outputs();
        let mut joined = vec![0.0; rows * width];
        self.initial_state.forward(input, rows, &mut joined);
        joined.iter_mut().for_each(|x| *x = tanh(*x));
        let mut at = 0;
        let mut take = |units: usize| -> Vec<f32> {
            let part = joined
                .chunks_exact(width)
                .flat_map(|row| row[at..at + units].to_vec())
                .collect();
            at += units;
            part
        };
        States(
            self.layers
                .iter()
                .map(|layer| State {
                    cell: take(layer.units),
                    output: take(layer.units),
                })
                .collect(),
        )
    }

    /// Room for the gates of every layer, `[rows, 4 * units]` each.
    pub fn gates(&self, rows: usize) -> Vec<Vec<f32>> {
        self.layers
            .iter()
            .map(|layer| vec![0.0; rows * 4 * layer.units])
            .collect()
    }

    /// The row of the first layer's kernel that an input's one-hot picks, `[4 * units]`.
    pub fn input_row(&self, input: usize) -> &[f32] {
        let first = &self.layers[0];
        let columns = 4 * first.units;
        &first.kernel.values[input * columns..(input + 1) * columns]
    }

    /// The first layer's bias, plus `input` `[rows, width]` times its kernel's rows from `from` on:
    /// what a part of the input adds to the gates `[rows, 4 * units]`.
    pub fn input_part(&self, from: usize, input: &[f32], rows: usize) -> Vec<f32> {
        let first = &self.layers[0];
        let columns = 4 * first.units;
        let mut out = vec![0.0; rows * columns];
        fill_rows(&mut out, &first.bias.values);
        let width = input.len() / rows.max(1);
        let kernel = &first.kernel.values[from * columns..(from + width) * columns];
        product(
            &mut out,
            Update::Add,
            Matrix::new(input, rows, width),
            Matrix::new(kernel, width, columns),
        );
        out
    }

    /// One step of all layers. The first of `gates` holds what the input adds to it; the others
    /// are only room.
    pub fn step(&self, gates: &mut [Vec<f32>], States(states): &mut States, rows: usize) {
        for (index, layer) in self.layers.iter().enumerate() {
            let columns = 4 * layer.units;
            let (kernel, gates) = (&layer.kernel.values, &mut gates[index]);
            if let Some(below) = index.checked_sub(1) {
                fill_rows(gates, &layer.bias.values);
                product(
                    gates,
                    Update::Add,
                    Matrix::new(&states[below].output, rows, layer.inputs),
                    Matrix::new(&kernel[..layer.inputs * columns], layer.inputs, columns),
                );
            }
            let state = &mut states[index];
            product(
                gates,
                Update::Add,
                Matrix::new(&state.output, rows, layer.units),
                Matrix::new(&kernel[layer.inputs * columns..], layer.units, columns),
            );
            state.advance(gates, layer.units);
        }
    }
}

/// The states of all layers of a [`Stack`].
pub(super) struct States(Vec<State>);

impl States {
    /// What the last layer gives, `[rows, units]`.
    pub fn top(&self) -> &[f32] {
        self.0.last().map_or(&[], |state| &state.output)
    }
}

/// Cell state and output of a layer, `[rows, units]` each.
struct State {
    cell: Vec<f32>,
    output: Vec<f32>,
}

impl State {
    fn advance(&mut self, gates: &mut [f32], units: usize) {
        let mut before = vec![0.0; units];
        for ((gates, cell), output) in gates
            .chunks_exact_mut(4 * units)
            .zip(self.cell.chunks_exact_mut(units))
            .zip(self.output.chunks_exact_mut(units))
        {
            before.copy_from_slice(cell);
            cell_step(gates, &before, cell, output);
        }
    }
}

fn fill_rows(out: &mut [f32], row: &[f32]) {
    out.chunks_exact_mut(row.len())
        .for_each(|chunk| chunk.copy_from_slice(row));
}
