//! One LSTM layer over a whole sequence, forwards and back through time.
//!
//! All arrays are time-major: row `t * batch + b`. Gate columns stand in the order input gate `i`,
//! candidate `j`, forget gate `f`, output gate `o`; the forget gate has a constant bias of 1.

use crate::model::Arithmetic;
use crate::model::host::{Factor, Matrix, Update, cell_step, tanh, widest};

/// What the forward pass leaves for the backward pass.
pub(super) struct LstmTape {
    units: usize,
    batch: usize,
    steps: usize,
    backwards: bool,
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

/// Gradients that leave the layer towards its inputs.
pub(super) struct LstmGradient {
    /// `[steps, batch, 4 * units]`: of the pre-activations.
    pub gates: Vec<f32>,
    /// `[batch, units]`: of the cell state before the first step.
    pub first_cell: Vec<f32>,
    /// `[batch, units]`: of the output before the first step.
    pub first_output: Vec<f32>,
}

impl LstmTape {
    /// Runs the layer. `projections` `[steps, batch, 4 * units]` holds input products plus bias.
    /// With `backwards`, time runs from the last step to the first.
    pub fn forward(
        mut projections: Vec<f32>,
        recurrent: &Factor<'_>,
        first_cell: Vec<f32>,
        first_output: Vec<f32>,
        batch: usize,
        backwards: bool,
    ) -> Self {
        let units = first_cell.len() / batch;
        let (wide, narrow) = (batch * 4 * units, batch * units);
        let steps = projections.len() / wide;
        let mut cells = vec![0.0; steps * narrow];
        let mut outputs = vec![0.0; steps * narrow];
        let mut previous: Option<usize> = None;
        for k in 0..steps {
            let t = if backwards { steps - 1 - k } else { k };
            let here = t * narrow..(t + 1) * narrow;
            let gates = &mut projections[t * wide..(t + 1) * wide];
            let before = previous.map(|p| p * narrow..(p + 1) * narrow);
            let output_before = before
                .clone()
                .map_or(first_output.as_slice(), |range| &outputs[range]);
            recurrent.multiply(gates, Update::Add, Matrix::new(output_before, batch, units));
            let cell_before: Vec<f32> =
                before.map_or_else(|| first_cell.clone(), |range| cells[range].to_vec());
            let cells = cells[here.clone()].chunks_exact_mut(units);
            let outputs = outputs[here].chunks_exact_mut(units);
            for (((gates, cell_before), cell), output) in gates
                .chunks_exact_mut(4 * units)
                .zip(cell_before.chunks_exact(units))
                .zip(cells)
                .zip(outputs)
            {
                cell_step(gates, cell_before, cell, output);
            }
            previous = Some(t);
        }
        Self {
            units,
            batch,
            steps,
            backwards,
            gates: projections,
            cells,
            outputs,
            first_cell,
            first_output,
        }
    }

    /// The output `[batch, units]` of the step that came last.
    pub fn last_output(&self) -> &[f32] {
        let narrow = self.batch * self.units;
        let t = if self.backwards { 0 } else { self.steps - 1 };
        &self.outputs[t * narrow..(t + 1) * narrow]
    }

    /// Index of the step that came last.
    pub fn last_step(&self) -> usize {
        if self.backwards { 0 } else { self.steps - 1 }
    }

    /// Back through time. `recurrent` is the kernel `[units, 4 * units]`; `output_gradient` `[steps, batch, units]` is what comes from above; the
    /// gradient of the recurrent kernel is added to `recurrent_gradient`.
    pub fn backward(
        mut self,
        output_gradient: &[f32],
        recurrent: &[f32],
        arithmetic: Arithmetic,
        recurrent_gradient: &mut [f32],
    ) -> LstmGradient {
        let (units, batch) = (self.units, self.batch);
        let (wide, narrow) = (batch * 4 * units, batch * units);
        let mut from_output = vec![0.0; narrow];
        let mut from_cell = vec![0.0; narrow];
        let recurrent = Matrix::new(recurrent, units, 4 * units).transpose();
        let recurrent = arithmetic.factor(recurrent);
        for k in (0..self.steps).rev() {
            let t = if self.backwards {
                self.steps - 1 - k
            } else {
                k
            };
            let before = (k > 0).then(|| if self.backwards { t + 1 } else { t - 1 });
            let cell_before = before.map_or(self.first_cell.as_slice(), |p| {
                &self.cells[p * narrow..(p + 1) * narrow]
            });
            let here = t * narrow..(t + 1) * narrow;
            for (sum, above) in from_output.iter_mut().zip(&output_gradient[here.clone()]) {
                *sum += above;
            }
            let gates = &mut self.gates[t * wide..(t + 1) * wide];
            for (((gates, from_output), from_cell), (cell, cell_before)) in gates
                .chunks_exact_mut(4 * units)
                .zip(from_output.chunks_exact(units))
                .zip(from_cell.chunks_exact_mut(units))
                .zip(
                    self.cells[here]
                        .chunks_exact(units)
                        .zip(cell_before.chunks_exact(units)),
                )
            {
                step_back(gates, from_output, from_cell, cell, cell_before);
            }
            recurrent.multiply(
                &mut from_output,
                Update::Replace,
                Matrix::new(gates, batch, 4 * units),
            );
        }
        self.add_recurrent_gradient(arithmetic, recurrent_gradient);
        LstmGradient {
            gates: self.gates,
            first_cell: from_cell,
            first_output: from_output,
        }
    }

    /// Outputs of the step before, times gate gradients, over all steps in one product.
    fn add_recurrent_gradient(&self, arithmetic: Arithmetic, recurrent_gradient: &mut [f32]) {
        let (units, batch) = (self.units, self.batch);
        let (wide, narrow) = (batch * 4 * units, batch * units);
        let rest = self.steps - 1;
        let (outputs, gates, first) = if self.backwards {
            (&self.outputs[narrow..], &self.gates[..rest * wide], rest)
        } else {
            (&self.outputs[..rest * narrow], &self.gates[wide..], 0)
        };
        arithmetic.product(
            recurrent_gradient,
            Update::Add,
            Matrix::new(outputs, rest * batch, units).transpose(),
            Matrix::new(gates, rest * batch, 4 * units),
        );
        arithmetic.product(
            recurrent_gradient,
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

widest! {
    /// One melody, one step backwards: activations become gradients of pre-activations.
    fn step_back(
        gates: &mut [f32],
        from_output: &[f32],
        from_cell: &mut [f32],
        cell: &[f32],
        cell_before: &[f32],
    ) = back
}

#[inline(always)]
fn back(
    gates: &mut [f32],
    from_output: &[f32],
    from_cell: &mut [f32],
    cell: &[f32],
    cell_before: &[f32],
) {
    let units = cell.len();
    let (i, rest) = gates.split_at_mut(units);
    let (j, rest) = rest.split_at_mut(units);
    let (f, o) = rest.split_at_mut(units);
    let (o, from_output) = (&mut o[..units], &from_output[..units]);
    let (from_cell, cell_before) = (&mut from_cell[..units], &cell_before[..units]);
    for u in 0..units {
        let squashed = tanh(cell[u]);
        let d_cell = from_cell[u] + from_output[u] * o[u] * (1.0 - squashed * squashed);
        let d_output_gate = from_output[u] * squashed;
        from_cell[u] = d_cell * f[u];
        let d_input_gate = d_cell * j[u];
        let d_candidate = d_cell * i[u];
        let d_forget_gate = d_cell * cell_before[u];
        i[u] = d_input_gate * i[u] * (1.0 - i[u]);
        j[u] = d_candidate * (1.0 - j[u] * j[u]);
        f[u] = d_forget_gate * f[u] * (1.0 - f[u]);
        o[u] = d_output_gate * o[u] * (1.0 - o[u]);
    }
}
