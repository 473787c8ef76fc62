//! One LSTM layer over a whole sequence, forward and back through time.
//!
//! All arrays are time-major: row `t * batch + b`. Gate columns are in the order input gate `i`,
//! candidate `j`, forget gate `f`, output gate `o`; the forget gate has a constant bias of 1.

use crate::model::MatmulFormat;
use crate::model::cpu::{Matrix, RightOperand, Update, lstm_step, tanh};
use crate::multiversion::multiversion;

/// The forward pass, recorded for the backward pass.
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
    /// `[batch, units]` each: the state before the first step.
    first_cell: Vec<f32>,
    first_output: Vec<f32>,
}

/// Gradients of the layer's projections and initial state.
pub(super) struct LstmGradient {
    /// `[steps, batch, 4 * units]`: of the pre-activations.
    pub gates: Vec<f32>,
    /// `[batch, units]`: of the cell state before the first step.
    pub first_cell: Vec<f32>,
    /// `[batch, units]`: of the output before the first step.
    pub first_output: Vec<f32>,
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
        let [first_cell, first_output] = initial;
        let width = first_cell.len();
        let steps = projections.len() / (4 * width);
        let mut cells = vec![0.0; steps * width];
        let mut outputs = vec![0.0; steps * width];
        let mut previous: Option<usize> = None;
        for k in 0..steps {
            let t = if reversed { steps - 1 - k } else { k };
            let gates = &mut projections[t * 4 * width..(t + 1) * 4 * width];
            let (cell_before, cell) = step_pair(&mut cells, &first_cell, previous, t);
            let (output_before, output) = step_pair(&mut outputs, &first_output, previous, t);
            let before = (cell_before, output_before);
            lstm_step(gates, recurrent, before, cell, output, width / batch);
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
            first_cell,
            first_output,
        }
    }

    /// The output `[batch, units]` of the last step in time.
    pub fn last_output(&self) -> &[f32] {
        let narrow = self.batch * self.units;
        let t = self.last_step();
        &self.outputs[t * narrow..(t + 1) * narrow]
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
        let (wide, narrow) = (batch * 4 * units, batch * units);
        let mut d_output = vec![0.0; narrow];
        let mut d_cell = vec![0.0; narrow];
        let recurrent = matmul.prepare(recurrent.transpose());
        for k in (0..self.steps).rev() {
            let t = if self.reversed { self.steps - 1 - k } else { k };
            let before = (k > 0).then(|| if self.reversed { t + 1 } else { t - 1 });
            let cell_before = before.map_or(self.first_cell.as_slice(), |p| {
                &self.cells[p * narrow..(p + 1) * narrow]
            });
            let here = t * narrow..(t + 1) * narrow;
            for (sum, above) in d_output.iter_mut().zip(&d_outputs[here.clone()]) {
                *sum += above;
            }
            let gates = &mut self.gates[t * wide..(t + 1) * wide];
            for (((gates, d_output), d_cell), (cell, cell_before)) in gates
                .chunks_exact_mut(4 * units)
                .zip(d_output.chunks_exact(units))
                .zip(d_cell.chunks_exact_mut(units))
                .zip(
                    self.cells[here]
                        .chunks_exact(units)
                        .zip(cell_before.chunks_exact(units)),
                )
            {
                cell_step_backward(gates, d_output, d_cell, cell, cell_before);
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
            first_cell: d_cell,
            first_output: d_output,
        }
    }

    /// Outputs of the step before, times gate gradients, over all steps in one product.
    fn add_recurrent_gradient(&self, matmul: MatmulFormat, d_recurrent: &mut [f32]) {
        let (units, batch) = (self.units, self.batch);
        let (wide, narrow) = (batch * 4 * units, batch * units);
        let rest = self.steps - 1;
        let (outputs, gates, first) = if self.reversed {
            (&self.outputs[narrow..], &self.gates[..rest * wide], rest)
        } else {
            (&self.outputs[..rest * narrow], &self.gates[wide..], 0)
        };
        matmul.product(
            d_recurrent,
            Update::Add,
            Matrix::new(outputs, rest * batch, units).transpose(),
            Matrix::new(gates, rest * batch, 4 * units),
        );
        matmul.product(
            d_recurrent,
            Update::Add,
            Matrix::new(&self.first_output, batch, units).transpose(),
            Matrix::new(
                &self.gates[first * wide..(first + 1) * wide],
                batch,
                4 * units,
            ),
        );
    }
}

/// A step's part of `[steps, width]` and that of the step before it, which is `first` for none.
fn step_pair<'a>(
    values: &'a mut [f32],
    first: &'a [f32],
    before: Option<usize>,
    step: usize,
) -> (&'a [f32], &'a mut [f32]) {
    let width = first.len();
    let Some(before) = before else {
        return (first, &mut values[step * width..(step + 1) * width]);
    };
    let (low, high) = values.split_at_mut(before.max(step) * width);
    if before < step {
        (
            &low[before * width..(before + 1) * width],
            &mut high[..width],
        )
    } else {
        (&high[..width], &mut low[step * width..(step + 1) * width])
    }
}

multiversion! {
    /// One step back for one melody: activations become gradients of pre-activations.
    fn cell_step_backward(
        gates: &mut [f32],
        d_output: &[f32],
        d_cell: &mut [f32],
        cell: &[f32],
        cell_before: &[f32],
    ) = step_backward
}

#[inline(always)]
fn step_backward(
    gates: &mut [f32],
    d_output: &[f32],
    d_cell: &mut [f32],
    cell: &[f32],
    cell_before: &[f32],
) {
    let units = cell.len();
    let (i, rest) = gates.split_at_mut(units);
    let (j, rest) = rest.split_at_mut(units);
    let (f, o) = rest.split_at_mut(units);
    let (o, d_output) = (&mut o[..units], &d_output[..units]);
    let (d_cell, cell_before) = (&mut d_cell[..units], &cell_before[..units]);
    for u in 0..units {
        let squashed = tanh(cell[u]);
        let d_state = d_cell[u] + d_output[u] * o[u] * (1.0 - squashed * squashed);
        let d_output_gate = d_output[u] * squashed;
        d_cell[u] = d_state * f[u];
        let d_input_gate = d_state * j[u];
        let d_candidate = d_state * i[u];
        let d_forget_gate = d_state * cell_before[u];
        i[u] = d_input_gate * i[u] * (1.0 - i[u]);
        j[u] = d_candidate * (1.0 - j[u] * j[u]);
        f[u] = d_forget_gate * f[u] * (1.0 - f[u]);
        o[u] = d_output_gate * o[u] * (1.0 - o[u]);
    }
}
