//! One step of an LSTM layer: the only forward pass of an LSTM on the CPU.

use super::activations::{sigmoid, tanh};
use super::matmul_format::RightOperand;
use super::multiversion::multiversion;
use super::product::{Matrix, Update};

/// One step of an LSTM layer of `units` for many rows.
///
/// # Shapes
/// - `gates`: `[rows, 4 * units]`, what input and bias add to the pre-activations; becomes the gates
/// - `recurrent`: the kernel `[units, 4 * units]`
/// - `before`: cell state and output of the step before, `[rows, units]` each
/// - `cell`, `output`: `[rows, units]`, written
pub(crate) fn lstm_step(
    gates: &mut [f32],
    recurrent: &RightOperand<'_>,
    before: (&[f32], &[f32]),
    cell: &mut [f32],
    output: &mut [f32],
    units: usize,
) {
    let (cell_before, output_before) = before;
    let rows = output_before.len() / units;
    recurrent.multiply(gates, Update::Add, Matrix::new(output_before, rows, units));
    for (((gates, cell_before), cell), output) in gates
        .chunks_exact_mut(4 * units)
        .zip(cell_before.chunks_exact(units))
        .zip(cell.chunks_exact_mut(units))
        .zip(output.chunks_exact_mut(units))
    {
        cell_step(gates, cell_before, cell, output);
    }
}

multiversion! {
    /// One step for one row: the pre-activations in `gates` `[4 * units]` become activations.
    ///
    /// Gate columns are in the order input gate, candidate, forget gate, output gate; 1 is added to
    /// the forget gate.
    fn cell_step(
        gates: &mut [f32],
        cell_before: &[f32],
        cell: &mut [f32],
        output: &mut [f32],
    ) = step
}

#[inline(always)]
fn step(gates: &mut [f32], cell_before: &[f32], cell: &mut [f32], output: &mut [f32]) {
    let units = cell.len();
    let (i, rest) = gates.split_at_mut(units);
    let (j, rest) = rest.split_at_mut(units);
    let (f, o) = rest.split_at_mut(units);
    let (o, cell_before, output) = (&mut o[..units], &cell_before[..units], &mut output[..units]);
    for u in 0..units {
        i[u] = sigmoid(i[u]);
        j[u] = tanh(j[u]);
        f[u] = sigmoid(f[u] + 1.0);
        o[u] = sigmoid(o[u]);
        cell[u] = i[u] * j[u] + cell_before[u] * f[u];
        output[u] = tanh(cell[u]) * o[u];
    }
}
