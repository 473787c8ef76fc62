//! One step of an LSTM layer: of a unit, and of a whole layer with all gates kept, for training.

use super::activations::{sigmoid, tanh};
use super::matmul_format::RightOperand;
use super::product::{Matrix, Update};
use crate::multiversion::multiversion;

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
    cell.copy_from_slice(cell_before);
    let whole = cell.len() / WIDTH * WIDTH;
    for from in (0..whole).step_by(WIDTH) {
        step_at::<WIDTH>(from, gates, cell, output);
    }
    for from in whole..cell.len() {
        step_at::<1>(from, gates, cell, output);
    }
}

/// Units that are computed together.
const WIDTH: usize = 16;

/// One step of the `L` units from `from` on, in the slices of [`step`].
#[inline(always)]
fn step_at<const L: usize>(from: usize, gates: &mut [f32], cell: &mut [f32], output: &mut [f32]) {
    let units = cell.len();
    let mut lanes = [[0.0; L]; 4];
    for (gate, lanes) in lanes.iter_mut().enumerate() {
        lanes.copy_from_slice(&gates[gate * units + from..][..L]);
    }
    let mut cells = [0.0; L];
    cells.copy_from_slice(&cell[from..][..L]);
    let outputs = units_step(&mut lanes, &mut cells);
    for (gate, lanes) in lanes.iter().enumerate() {
        gates[gate * units + from..][..L].copy_from_slice(lanes);
    }
    cell[from..][..L].copy_from_slice(&cells);
    output[from..][..L].copy_from_slice(&outputs);
}

/// One step of `L` units: their pre-activations become activations, their cell states those of this step. Returns their outputs.
#[inline(always)]
pub(super) fn units_step<const L: usize>(
    gates: &mut [[f32; L]; 4],
    cells: &mut [f32; L],
) -> [f32; L] {
    let [i, j, f, o] = gates;
    // A loop for each, which the compiler turns into vector instructions.
    for value in &mut *i {
        *value = sigmoid(*value);
    }
    for value in &mut *j {
        *value = tanh(*value);
    }
    for value in &mut *f {
        *value = sigmoid(*value + 1.0);
    }
    for value in &mut *o {
        *value = sigmoid(*value);
    }
    let mut outputs = [0.0; L];
    for lane in 0..L {
        cells[lane] = i[lane] * j[lane] + cells[lane] * f[lane];
    }
    for lane in 0..L {
        outputs[lane] = tanh(cells[lane]) * o[lane];
    }
    outputs
}
