//! The layers of a model, forward and backward: dense layers, embeddings and LSTM layers.

use super::lstm::{LstmGradient, LstmTape};
use super::weight_layout::{DenseRanges, LstmRanges, WeightLayout};
use crate::model::MatmulFormat;
use crate::model::cpu::{Matrix, Update};

/// The weights and number format of one forward and backward pass.
pub(super) struct Pass<'a> {
    pub layout: &'a WeightLayout,
    /// All weights, [`WeightLayout::len`] of them.
    pub weights: &'a [f32],
    pub matmul: MatmulFormat,
}

impl<'a> Pass<'a> {
    /// `input` `[rows, inputs]` through a dense layer.
    pub fn dense(&self, layer: &DenseRanges, input: &[f32], rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * layer.outputs];
        let (kernel, bias) = (self.kernel(layer), &self.weights[layer.bias.clone()]);
        let input = Matrix::new(input, rows, layer.inputs);
        self.matmul.affine(&mut out, input, kernel, bias);
        out
    }

    /// Adds the gradients of kernel and bias to `gradient`, and that of the input to `d_input`.
    pub fn dense_backward(
        &self,
        layer: &DenseRanges,
        input: &[f32],
        d_output: &[f32],
        d_input: &mut [f32],
        gradient: &mut [f32],
    ) {
        let rows = d_output.len() / layer.outputs;
        add_row_sum(&mut gradient[layer.bias.clone()], d_output);
        let d_output = Matrix::new(d_output, rows, layer.outputs);
        let input = Matrix::new(input, rows, layer.inputs).transpose();
        let d_kernel = &mut gradient[layer.kernel.clone()];
        self.matmul.product(d_kernel, Update::Add, input, d_output);
        let kernel = self.kernel(layer).transpose();
        self.matmul.product(d_input, Update::Add, d_output, kernel);
    }

    /// Bias plus the kernel row of each token: a dense layer on one-hot inputs.
    pub fn embed(&self, layer: &DenseRanges, tokens: &[u8]) -> Vec<f32> {
        let embeddings = &self.weights[layer.kernel.clone()];
        let bias = &self.weights[layer.bias.clone()];
        let mut out = Vec::with_capacity(tokens.len() * layer.outputs);
        for &token in tokens {
            let embedding = &embeddings[usize::from(token) * layer.outputs..][..layer.outputs];
            out.extend(embedding.iter().zip(bias).map(|(x, bias)| x + bias));
        }
        out
    }

    /// Runs an LSTM layer over a sequence, as [`LstmTape::forward`].
    pub fn lstm(
        &self,
        layer: &LstmRanges,
        projections: Vec<f32>,
        initial: [Vec<f32>; 2],
        rows: usize,
        reversed: bool,
    ) -> LstmTape {
        let recurrent = self.matmul.prepare(self.recurrent_kernel(layer));
        LstmTape::forward(projections, &recurrent, initial, rows, reversed)
    }

    /// Adds the gradient of an LSTM layer's recurrent kernel to `gradient`; returns its other gradients.
    pub fn lstm_backward(
        &self,
        layer: &LstmRanges,
        tape: LstmTape,
        d_outputs: &[f32],
        gradient: &mut [f32],
    ) -> LstmGradient {
        let d_recurrent = &mut gradient[layer.recurrent_kernel.clone()];
        tape.backward(
            d_outputs,
            self.recurrent_kernel(layer),
            self.matmul,
            d_recurrent,
        )
    }

    fn kernel(&self, layer: &DenseRanges) -> Matrix<'a> {
        let values = &self.weights[layer.kernel.clone()];
        Matrix::new(values, layer.inputs, layer.outputs)
    }

    fn recurrent_kernel(&self, layer: &LstmRanges) -> Matrix<'a> {
        let values = &self.weights[layer.recurrent_kernel.clone()];
        Matrix::new(values, layer.units, 4 * layer.units)
    }
}

/// Backward pass of [`Pass::embed`]: adds the gradients of bias and kernel rows to `gradient`.
pub(super) fn embed_backward(
    layer: &DenseRanges,
    tokens: &[u8],
    d_output: &[f32],
    gradient: &mut [f32],
) {
    add_row_sum(&mut gradient[layer.bias.clone()], d_output);
    for (&token, d_row) in tokens.iter().zip(d_output.chunks_exact(layer.outputs)) {
        let start = layer.kernel.start + usize::from(token) * layer.outputs;
        add_to(&mut gradient[start..start + layer.outputs], d_row);
    }
}

/// Adds the sum of all `rows` to `sum`, which is one row wide.
pub(super) fn add_row_sum(sum: &mut [f32], rows: &[f32]) {
    rows.chunks_exact(sum.len())
        .for_each(|row| add_to(sum, row));
}

/// Adds `values` to `sums`, element by element.
pub(super) fn add_to(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += value);
}
