//! One step of an LSTM layer: of a unit, and of a whole layer with all gates kept, for training.

use super::activations::{sigmoid, tanh};
use super::matmul_format::RightOperand;
use super::product::{Matrix, Update};
use crate::multiversion::multiversion;

/// One step of an LSTM layer of `units` for many rows.
///
/// # Shapes
/// - `gates`: `[rows, 4 * units]`, the contribution of input and bias to the pre-activations; overwritten with the activated gates
/// - `recurrent`: the kernel `[units, 4 * units]`
/// - `previous`: cell state and output of the previous step, `[rows, units]` each
/// - `cell`, `output`: `[rows, units]`, written
pub(crate) fn lstm_step(
    gates: &mut [f32],
    recurrent: &RightOperand<'_>,
    previous: (&[f32], &[f32]),
    cell: &mut [f32],
    output: &mut [f32],
    units: usize,
) {
    let (previous_cell, previous_output) = previous;
    let rows = previous_output.len() / units;
    recurrent.multiply(
        gates,
        Update::Add,
        Matrix::new(previous_output, rows, units),
    );
    for (((gates, previous_cell), cell), output) in gates
        .chunks_exact_mut(4 * units)
        .zip(previous_cell.chunks_exact(units))
        .zip(cell.chunks_exact_mut(units))
        .zip(output.chunks_exact_mut(units))
    {
        cell_step(gates, previous_cell, cell, output);
    }
}

multiversion! {
    /// One step for one row: the pre-activations in `gates` `[4 * units]` become activations.
    ///
    /// Gate columns are in the order input gate, candidate, forget gate, output gate; 1 is added to
    /// the forget gate.
    fn cell_step(
        gates: &mut [f32],
        previous_cell: &[f32],
        cell: &mut [f32],
        output: &mut [f32],
    ) = cell_step_blocks
}

#[inline(always)]
fn cell_step_blocks(
    gates: &mut [f32],
    previous_cell: &[f32],
    cell: &mut [f32],
    output: &mut [f32],
) {
    cell.copy_from_slice(previous_cell);
    let whole_blocks = cell.len() / BLOCK_UNITS * BLOCK_UNITS;
    for first_unit in (0..whole_blocks).step_by(BLOCK_UNITS) {
        cell_step_block::<BLOCK_UNITS>(first_unit, gates, cell, output);
    }
    for first_unit in whole_blocks..cell.len() {
        cell_step_block::<1>(first_unit, gates, cell, output);
    }
}

/// Units that are computed together, so that the compiler can use vector instructions.
const BLOCK_UNITS: usize = 16;

/// One step of the `L` units from `first_unit` on, in the slices of [`cell_step`].
#[inline(always)]
fn cell_step_block<const L: usize>(
    first_unit: usize,
    gates: &mut [f32],
    cell: &mut [f32],
    output: &mut [f32],
) {
    let units = cell.len();
    let mut lanes = [[0.0; L]; 4];
    for (gate, lanes) in lanes.iter_mut().enumerate() {
        lanes.copy_from_slice(&gates[gate * units + first_unit..][..L]);
    }
    let mut cells = [0.0; L];
    cells.copy_from_slice(&cell[first_unit..][..L]);
    let outputs = update_units(&mut lanes, &mut cells);
    for (gate, lanes) in lanes.iter().enumerate() {
        gates[gate * units + first_unit..][..L].copy_from_slice(lanes);
    }
    cell[first_unit..][..L].copy_from_slice(&cells);
    output[first_unit..][..L].copy_from_slice(&outputs);
}

/// One step of `L` units: their pre-activations become activations, their cell states those of this step. Returns their outputs.
#[inline(always)]
pub(super) fn update_units<const L: usize>(
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
