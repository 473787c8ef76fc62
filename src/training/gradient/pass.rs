//! One pass through a model: its weights, and the layers that are products or look-ups.

use super::layout::{DenseSlot, Layout, LstmSlot};
use crate::model::Arithmetic;
use crate::model::host::{Factor, Matrix, Update};

/// What every layer of a pass needs.
pub(super) struct Pass<'a> {
    pub layout: &'a Layout,
    /// All weights, [`Layout::len`] of them.
    pub weights: &'a [f32],
    pub arithmetic: Arithmetic,
}

impl<'a> Pass<'a> {
    /// The recurrent kernel `[units, 4 * units]` of a layer, ready for a product per step.
    pub fn recurrent(&self, slot: &LstmSlot) -> Factor<'a> {
        let kernel = &self.weights[slot.recurrent_kernel.clone()];
        self.arithmetic
            .factor(Matrix::new(kernel, slot.units, 4 * slot.units))
    }

    /// `input` `[rows, inputs]` through a dense layer.
    pub fn dense(&self, slot: &DenseSlot, input: &[f32], rows: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows * slot.outputs];
        fill_rows(&mut out, &self.weights[slot.bias.clone()]);
        let kernel = Matrix::new(
            &self.weights[slot.kernel.clone()],
            slot.inputs,
            slot.outputs,
        );
        self.arithmetic.product(
            &mut out,
            Update::Add,
            Matrix::new(input, rows, slot.inputs),
            kernel,
        );
        out
    }

    /// Adds the gradients of kernel and bias, gives the gradient of the input.
    pub fn dense_back(
        &self,
        slot: &DenseSlot,
        input: &[f32],
        from_output: &[f32],
        gradient: &mut [f32],
    ) -> Vec<f32> {
        let rows = from_output.len() / slot.outputs;
        let from = Matrix::new(from_output, rows, slot.outputs);
        add_rows(&mut gradient[slot.bias.clone()], from_output);
        let input = Matrix::new(input, rows, slot.inputs).transpose();
        self.arithmetic
            .product(&mut gradient[slot.kernel.clone()], Update::Add, input, from);
        let kernel = Matrix::new(
            &self.weights[slot.kernel.clone()],
            slot.inputs,
            slot.outputs,
        );
        let mut from_input = vec![0.0; rows * slot.inputs];
        self.arithmetic
            .product(&mut from_input, Update::Replace, from, kernel.transpose());
        from_input
    }

    /// Bias plus the kernel row of each token: what a one-hot product would give.
    pub fn look_up(&self, slot: &LstmSlot, tokens: &[u8]) -> Vec<f32> {
        let columns = 4 * slot.units;
        let table = &self.weights[slot.input_kernel.clone()];
        let bias = &self.weights[slot.bias.clone()];
        let mut out = Vec::with_capacity(tokens.len() * columns);
        for &token in tokens {
            let row = &table[usize::from(token) * columns..][..columns];
            out.extend(row.iter().zip(bias).map(|(x, bias)| x + bias));
        }
        out
    }

    /// Input projections of a whole sequence in one product.
    pub fn project(&self, slot: &LstmSlot, input: &[f32], rows: usize) -> Vec<f32> {
        let columns = 4 * slot.units;
        let mut out = vec![0.0; rows * columns];
        fill_rows(&mut out, &self.weights[slot.bias.clone()]);
        let kernel = Matrix::new(
            &self.weights[slot.input_kernel.clone()],
            slot.inputs,
            columns,
        );
        self.arithmetic.product(
            &mut out,
            Update::Add,
            Matrix::new(input, rows, slot.inputs),
            kernel,
        );
        out
    }

    /// Adds the gradient of the input kernel, and that of the input to `from_input`.
    pub fn project_back(
        &self,
        slot: &LstmSlot,
        input: &[f32],
        from_gates: &[f32],
        from_input: &mut [f32],
        gradient: &mut [f32],
    ) {
        let columns = 4 * slot.units;
        let rows = from_gates.len() / columns;
        let from = Matrix::new(from_gates, rows, columns);
        let input = Matrix::new(input, rows, slot.inputs).transpose();
        self.arithmetic.product(
            &mut gradient[slot.input_kernel.clone()],
            Update::Add,
            input,
            from,
        );
        let kernel = Matrix::new(
            &self.weights[slot.input_kernel.clone()],
            slot.inputs,
            columns,
        );
        self.arithmetic
            .product(from_input, Update::Add, from, kernel.transpose());
    }
}

/// The gradient of what [`Pass::look_up`] gave, added to that of kernel rows.
pub(super) fn look_up_back(
    slot: &LstmSlot,
    tokens: &[u8],
    from_gates: &[f32],
    gradient: &mut [f32],
) {
    let columns = 4 * slot.units;
    for (&token, gates) in tokens.iter().zip(from_gates.chunks_exact(columns)) {
        let start = slot.input_kernel.start + usize::from(token) * columns;
        add_to(&mut gradient[start..start + columns], gates);
    }
}

/// Every row of `out` becomes `row`.
pub(super) fn fill_rows(out: &mut [f32], row: &[f32]) {
    out.chunks_exact_mut(row.len())
        .for_each(|chunk| chunk.copy_from_slice(row));
}

/// Adds the sum of `rows` to `sum`, one row wide.
pub(super) fn add_rows(sum: &mut [f32], rows: &[f32]) {
    rows.chunks_exact(sum.len())
        .for_each(|row| add_to(sum, row));
}

/// Adds `more` to `sum`, number by number.
pub(super) fn add_to(sum: &mut [f32], more: &[f32]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}
