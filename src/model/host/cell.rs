//! One step of an LSTM cell, for one row.

use super::activations::{sigmoid, tanh};
use super::wide::widest;

widest! {
    /// Pre-activations in `gates` `[4 * units]` become activations, the state moves on.
    ///
    /// Gate columns stand in the order input gate, candidate, forget gate, output gate; 1 is added to
    /// the forget gate. `cell_before`, `cell` and `output` are `[units]`.
    pub(crate) fn cell_step(
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
