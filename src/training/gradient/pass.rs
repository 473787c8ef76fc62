//! The layers of a model, forward and backward: dense layers, embeddings and LSTM layers.

use super::lstm::{LstmGradient, LstmTape};
use super::weight_layout::{DenseSlot, LstmSlot, WeightLayout};
use crate::model::MatmulFormat;
use crate::model::cpu::{Matrix, Update};

/// The weights and arithmetic of one forward and backward pass.
pub(super) struct Pass<'a> {
    pub layout: &'a WeightLayout,
    /// All weights, [`WeightLayout::len`] of them.
    pub weights: &'a [f32],
    pub matmul: MatmulFormat,
}

impl<'a> Pass<'a> {
    /// `input` `[rows, inputs]` through a dense layer.
    pub fn dense(&self, slot: &DenseSlot, input: &[f32], rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * slot.outputs];
        let (kernel, bias) = (self.kernel(slot), &self.weights[slot.bias.clone()]);
        let input = Matrix::new(input, rows, slot.inputs);
        self.matmul.affine(&mut out, input, kernel, bias);
        out
    }

    /// Adds the gradients of kernel and bias to `gradient`, and that of the input to `d_input`.
    pub fn dense_backward(
        &self,
        slot: &DenseSlot,
        input: &[f32],
        d_output: &[f32],
        d_input: &mut [f32],
        gradient: &mut [f32],
    ) {
        let rows = d_output.len() / slot.outputs;
        add_row_sum(&mut gradient[slot.bias.clone()], d_output);
        let d_output = Matrix::new(d_output, rows, slot.outputs);
        let input = Matrix::new(input, rows, slot.inputs).transpose();
        let d_kernel = &mut gradient[slot.kernel.clone()];
        self.matmul.product(d_kernel, Update::Add, input, d_output);
        let kernel = self.kernel(slot).transpose();
        self.matmul.product(d_input, Update::Add, d_output, kernel);
    }

    /// Bias plus the kernel row of each token: a dense layer on one-hot inputs.
    pub fn embed(&self, slot: &DenseSlot, tokens: &[u8]) -> Vec<f32> {
        let table = &self.weights[slot.kernel.clone()];
        let bias = &self.weights[slot.bias.clone()];
        let mut out = Vec::with_capacity(tokens.len() * slot.outputs);
        for &token in tokens {
            let row = &table[usize::from(token) * slot.outputs..][..slot.outputs];
            out.extend(row.iter().zip(bias).map(|(x, bias)| x + bias));
        }
        out
    }

    /// Runs an LSTM layer over a sequence, as [`LstmTape::forward`].
    pub fn lstm(
        &self,
        slot: &LstmSlot,
        projections: Vec<f32>,
        initial: [Vec<f32>; 2],
        rows: usize,
        reversed: bool,
    ) -> LstmTape {
        let recurrent = self.matmul.prepare(self.recurrent(slot));
        LstmTape::forward(projections, &recurrent, initial, rows, reversed)
    }

    /// Adds the gradient of the recurrent kernel of an LSTM layer to `gradient`; gives the others.
    pub fn lstm_backward(
        &self,
        slot: &LstmSlot,
        tape: LstmTape,
        d_outputs: &[f32],
        gradient: &mut [f32],
    ) -> LstmGradient {
        let d_recurrent = &mut gradient[slot.recurrent_kernel.clone()];
        tape.backward(d_outputs, self.recurrent(slot), self.matmul, d_recurrent)
    }

    fn kernel(&self, slot: &DenseSlot) -> Matrix<'a> {
        let values = &self.weights[slot.kernel.clone()];
        Matrix::new(values, slot.inputs, slot.outputs)
    }

    fn recurrent(&self, slot: &LstmSlot) -> Matrix<'a> {
        let values = &self.weights[slot.recurrent_kernel.clone()];
        Matrix::new(values, slot.units, 4 * slot.units)
    }
}

/// Adds the gradients of [`Pass::embed`] to those of its bias and kernel rows.
pub(super) fn embed_backward(
    slot: &DenseSlot,
    tokens: &[u8],
    d_output: &[f32],
    gradient: &mut [f32],
) {
    add_row_sum(&mut gradient[slot.bias.clone()], d_output);
    for (&token, d_row) in tokens.iter().zip(d_output.chunks_exact(slot.outputs)) {
        let start = slot.kernel.start + usize::from(token) * slot.outputs;
        add_to(&mut gradient[start..start + slot.outputs], d_row);
    }
}

/// Adds the sum of `rows` to `sum`, one row wide.
pub(super) fn add_row_sum(sum: &mut [f32], rows: &[f32]) {
    rows.chunks_exact(sum.len())
        .for_each(|row| add_to(sum, row));
}

/// Adds `more` to `sum`, element by element.
pub(super) fn add_to(sum: &mut [f32], more: &[f32]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}
