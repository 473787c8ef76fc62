//! One LSTM layer over a whole sequence: forward pass and backpropagation through time.
//!
//! All arrays are time-major: row `t * batch + b`. Gate columns are in the order input gate `i`,
//! candidate `j`, forget gate `f`, output gate `o`; the forget gate has a constant bias of 1.

use crate::model::MatmulFormat;
use crate::model::cpu::{Matrix, RightOperand, Update, lstm_step, tanh};
use crate::multiversion::multiversion;

/// Activations of the forward pass, recorded for the backward pass.
pub(super) struct LstmTape {
    units: usize,
    batch: usize,
    steps: usize,
    reversed: bool,
    /// `[steps, batch, 4 * units]`: the gates after their activations.
    gates: Vec<f32>,
    /// `[steps, batch, units]`: cell states.
    cells: Vec<f32>,
    /// `[steps, batch, units]`: outputs.
    pub outputs: Vec<f32>,
    /// `[batch, units]` each: the initial state.
    initial_cell: Vec<f32>,
    initial_output: Vec<f32>,
}

/// Gradients of the layer's projections and initial state.
pub(super) struct LstmGradient {
    /// `[steps, batch, 4 * units]`: of the pre-activations.
    pub gates: Vec<f32>,
    /// `[batch, units]`: of the initial cell state.
    pub initial_cell: Vec<f32>,
    /// `[batch, units]`: of the initial output.
    pub initial_output: Vec<f32>,
}

impl LstmTape {
    /// Runs the layer from the `initial` cell state and output, `[batch, units]` each. `projections`
    /// `[steps, batch, 4 * units]` holds input products plus bias. If `reversed`, time runs from the
    /// last step to the first.
    pub fn forward(
        mut projections: Vec<f32>,
        recurrent: &RightOperand<'_>,
        initial: [Vec<f32>; 2],
        batch: usize,
        reversed: bool,
    ) -> Self {
        let [initial_cell, initial_output] = initial;
        let width = initial_cell.len();
        let steps = projections.len() / (4 * width);
        let mut cells = vec![0.0; steps * width];
        let mut outputs = vec![0.0; steps * width];
        let mut previous: Option<usize> = None;
        for k in 0..steps {
            let t = if reversed { steps - 1 - k } else { k };
            let gates = &mut projections[t * 4 * width..(t + 1) * 4 * width];
            let (previous_cell, cell) =
                previous_and_current(&mut cells, &initial_cell, previous, t);
            let (previous_output, output) =
                previous_and_current(&mut outputs, &initial_output, previous, t);
            let previous_state = (previous_cell, previous_output);
            lstm_step(
                gates,
                recurrent,
                previous_state,
                cell,
                output,
                width / batch,
            );
            previous = Some(t);
        }
        Self {
            units: width / batch,
            batch,
            steps,
            reversed,
            gates: projections,
            cells,
            outputs,
            initial_cell,
            initial_output,
        }
    }

    /// The output `[batch, units]` of the last step in time.
    pub fn last_output(&self) -> &[f32] {
        let width = self.batch * self.units;
        let t = self.last_step();
        &self.outputs[t * width..(t + 1) * width]
    }

    /// Index of the last step in time.
    pub fn last_step(&self) -> usize {
        if self.reversed { 0 } else { self.steps - 1 }
    }

    /// Backpropagation through time. `d_outputs` `[steps, batch, units]` is the gradient of the outputs,
    /// `recurrent` the kernel `[units, 4 * units]`, whose gradient is added to `d_recurrent`.
    pub fn backward(
        mut self,
        d_outputs: &[f32],
        recurrent: Matrix<'_>,
        matmul: MatmulFormat,
        d_recurrent: &mut [f32],
    ) -> LstmGradient {
        let (units, batch) = (self.units, self.batch);
        let (gate_width, width) = (batch * 4 * units, batch * units);
        let mut d_output = vec![0.0; width];
        let mut d_cell = vec![0.0; width];
        let recurrent = matmul.prepare(recurrent.transpose());
        for k in (0..self.steps).rev() {
            let t = if self.reversed { self.steps - 1 - k } else { k };
            let previous = (k > 0).then(|| if self.reversed { t + 1 } else { t - 1 });
            let previous_cell = previous.map_or(self.initial_cell.as_slice(), |p| {
                &self.cells[p * width..(p + 1) * width]
            });
            let step_range = t * width..(t + 1) * width;
            for (sum, d_above) in d_output.iter_mut().zip(&d_outputs[step_range.clone()]) {
                *sum += d_above;
            }
            let gates = &mut self.gates[t * gate_width..(t + 1) * gate_width];
            for (((gates, d_output), d_cell), (cell, previous_cell)) in gates
                .chunks_exact_mut(4 * units)
                .zip(d_output.chunks_exact(units))
                .zip(d_cell.chunks_exact_mut(units))
                .zip(
                    self.cells[step_range]
                        .chunks_exact(units)
                        .zip(previous_cell.chunks_exact(units)),
                )
            {
                cell_step_backward(gates, d_output, d_cell, cell, previous_cell);
            }
            recurrent.multiply(
                &mut d_output,
                Update::Replace,
                Matrix::new(gates, batch, 4 * units),
            );
        }
        self.add_recurrent_gradient(matmul, d_recurrent);
        LstmGradient {
            gates: self.gates,
            initial_cell: d_cell,
            initial_output: d_output,
        }
    }

    /// Adds the product of previous outputs and gate gradients, over all steps but the first in one product.
    fn add_recurrent_gradient(&self, matmul: MatmulFormat, d_recurrent: &mut [f32]) {
        let (units, batch) = (self.units, self.batch);
        let (gate_width, width) = (batch * 4 * units, batch * units);
        let later_steps = self.steps - 1;
        let (outputs, gates, first_step) = if self.reversed {
            (
                &self.outputs[width..],
                &self.gates[..later_steps * gate_width],
                later_steps,
            )
        } else {
            (
                &self.outputs[..later_steps * width],
                &self.gates[gate_width..],
                0,
            )
        };
        matmul.product(
            d_recurrent,
            Update::Add,
            Matrix::new(outputs, later_steps * batch, units).transpose(),
            Matrix::new(gates, later_steps * batch, 4 * units),
        );
        matmul.product(
            d_recurrent,
            Update::Add,
            Matrix::new(&self.initial_output, batch, units).transpose(),
            Matrix::new(
                &self.gates[first_step * gate_width..(first_step + 1) * gate_width],
                batch,
                4 * units,
            ),
        );
    }
}

/// The rows of `values` `[steps, width]` at the previous step and at `step`; `initial` if there is no previous step.
fn previous_and_current<'a>(
    values: &'a mut [f32],
    initial: &'a [f32],
    previous: Option<usize>,
    step: usize,
) -> (&'a [f32], &'a mut [f32]) {
    let width = initial.len();
    let Some(previous) = previous else {
        return (initial, &mut values[step * width..(step + 1) * width]);
    };
    let (low, high) = values.split_at_mut(previous.max(step) * width);
    if previous < step {
        (
            &low[previous * width..(previous + 1) * width],
            &mut high[..width],
        )
    } else {
        (&high[..width], &mut low[step * width..(step + 1) * width])
    }
}

multiversion! {
    /// Backward step for one melody: activations in `gates` become gradients of the pre-activations.
    fn cell_step_backward(
        gates: &mut [f32],
        d_output: &[f32],
        d_cell: &mut [f32],
        cell: &[f32],
        previous_cell: &[f32],
    ) = cell_step_backward_inline
}

#[inline(always)]
fn cell_step_backward_inline(
    gates: &mut [f32],
    d_output: &[f32],
    d_cell: &mut [f32],
    cell: &[f32],
    previous_cell: &[f32],
) {
    let units = cell.len();
    let (i, gates_after_i) = gates.split_at_mut(units);
    let (j, gates_after_j) = gates_after_i.split_at_mut(units);
    let (f, o) = gates_after_j.split_at_mut(units);
    let (o, d_output) = (&mut o[..units], &d_output[..units]);
    let (d_cell, previous_cell) = (&mut d_cell[..units], &previous_cell[..units]);
    for u in 0..units {
        let cell_tanh = tanh(cell[u]);
        let d_cell_state = d_cell[u] + d_output[u] * o[u] * (1.0 - cell_tanh * cell_tanh);
        let d_output_gate = d_output[u] * cell_tanh;
        d_cell[u] = d_cell_state * f[u];
        let d_input_gate = d_cell_state * j[u];
        let d_candidate = d_cell_state * i[u];
        let d_forget_gate = d_cell_state * previous_cell[u];
        i[u] = d_input_gate * i[u] * (1.0 - i[u]);
        j[u] = d_candidate * (1.0 - j[u] * j[u]);
        f[u] = d_forget_gate * f[u] * (1.0 - f[u]);
        o[u] = d_output_gate * o[u] * (1.0 - o[u]);
    }
}
