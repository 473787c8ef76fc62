//! The decoder over a whole batch, forward and backward.

use std::ops::Range;

use super::losses::StepLosses;
use super::lstm::LstmTape;
use super::pass::{Pass, add_row_sum, add_to};
use crate::model::cpu::{Matrix, Update, exp, tanh};
use crate::model::{NO_TOKEN, TrainingBatch};

/// Runs the decoder with teacher forcing, adds its losses to `losses` and its gradient to `gradient`.
/// Returns the gradient of the latent points `z` `[rows, latent]`.
pub(super) fn decoder_gradient(
    pass: &Pass<'_>,
    batch: &TrainingBatch,
    z: &[f32],
    gradient: &mut [f32],
    losses: &mut StepLosses,
) -> Vec<f32> {
    let layout = pass.layout;
    let rows = z.len() / layout.initial_state.inputs;
    let decoder = TeacherForcedDecoder {
        pass,
        batch,
        z,
        rows,
    };
    let mut state = pass.dense(&layout.initial_state, z, rows);
    state.iter_mut().for_each(|x| *x = tanh(*x));
    let tapes = decoder.forward(&state);

    let top_outputs = tapes.last().map_or(&[][..], |tape| tape.outputs.as_slice());
    let mut logits = pass.dense(&layout.output, top_outputs, layout.config.steps * rows);
    let logit_rows = logits.chunks_exact_mut(layout.output.outputs);
    for (logits, &token) in logit_rows.zip(&batch.tokens) {
        cross_entropy_backward(logits, usize::from(token), losses);
    }
    let mut d_top_outputs = vec![0.0; top_outputs.len()];
    pass.dense_backward(
        &layout.output,
        top_outputs,
        &logits,
        &mut d_top_outputs,
        gradient,
    );

    let (mut d_state, mut d_z) = decoder.backward(tapes, d_top_outputs, gradient);
    for (d_state, state) in d_state.iter_mut().zip(&state) {
        *d_state *= 1.0 - state * state;
    }
    let mut d_z_of_state = vec![0.0; z.len()];
    pass.dense_backward(
        &layout.initial_state,
        z,
        &d_state,
        &mut d_z_of_state,
        gradient,
    );
    add_to(&mut d_z, &d_z_of_state);
    d_z
}

/// The decoder's LSTM layers with their inputs, which include the target token before each step.
struct TeacherForcedDecoder<'a> {
    pass: &'a Pass<'a>,
    batch: &'a TrainingBatch,
    z: &'a [f32],
    rows: usize,
}

impl TeacherForcedDecoder<'_> {
    /// Runs all layers; the first layer reads the previous token and `z` at every step.
    fn forward(&self, state: &[f32]) -> Vec<LstmTape> {
        let mut tapes: Vec<LstmTape> = Vec::new();
        let mut column = 0;
        for layer in &self.pass.layout.decoder {
            let projections = match tapes.last() {
                None => self.project_input(),
                Some(tape_below) => {
                    let positions = tape_below.outputs.len() / layer.input.inputs;
                    self.pass
                        .dense(&layer.input, &tape_below.outputs, positions)
                }
            };
            let initial = [column, column + layer.units]
                .map(|column| state_columns(state, self.rows, column, layer.units));
            column += 2 * layer.units;
            tapes.push(
                self.pass
                    .lstm(layer, projections, initial, self.rows, false),
            );
        }
        tapes
    }

    /// Projections of the first layer, `[steps, rows, 4 * units]`.
    fn project_input(&self) -> Vec<f32> {
        let (pass, input) = (self.pass, &self.pass.layout.decoder[0].input);
        let columns = input.outputs;
        let mut latent_projections = vec![0.0; self.rows * columns];
        pass.matmul.affine(
            &mut latent_projections,
            self.latent_matrix(),
            self.latent_kernel(),
            &pass.weights[input.bias.clone()],
        );
        let embeddings = &pass.weights[input.kernel.clone()];
        let mut projections = vec![0.0; self.batch.decoder_inputs.len() * columns];
        for (row, projection) in projections.chunks_exact_mut(columns).enumerate() {
            let latent_projection = &latent_projections[(row % self.rows) * columns..][..columns];
            match self.batch.decoder_inputs[row] {
                NO_TOKEN => projection.copy_from_slice(latent_projection),
                token => {
                    let embedding = &embeddings[usize::from(token) * columns..];
                    for ((sum, from_latent), x) in
                        projection.iter_mut().zip(latent_projection).zip(embedding)
                    {
                        *sum = from_latent + x;
                    }
                }
            }
        }
        projections
    }

    /// Backward pass through all layers, from the gradient of the top layer's outputs. Returns the gradients
    /// of the initial state and of `z`.
    fn backward(
        &self,
        mut tapes: Vec<LstmTape>,
        mut d_outputs: Vec<f32>,
        gradient: &mut [f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let layout = self.pass.layout;
        let mut column = layout.initial_state.outputs;
        let mut d_state = vec![0.0; self.rows * column];
        let mut d_z = vec![0.0; self.z.len()];
        for layer in layout.decoder.iter().rev() {
            let Some(tape) = tapes.pop() else { break };
            column -= 2 * layer.units;
            let layer_gradient = self.pass.lstm_backward(layer, tape, &d_outputs, gradient);
            set_state_columns(
                &mut d_state,
                self.rows,
                column,
                &layer_gradient.initial_cell,
            );
            set_state_columns(
                &mut d_state,
                self.rows,
                column + layer.units,
                &layer_gradient.initial_output,
            );
            if let Some(tape_below) = tapes.last() {
                let input = &tape_below.outputs;
                d_outputs = vec![0.0; input.len()];
                self.pass.dense_backward(
                    &layer.input,
                    input,
                    &layer_gradient.gates,
                    &mut d_outputs,
                    gradient,
                );
            } else {
                self.input_backward(&layer_gradient.gates, &mut d_z, gradient);
            }
        }
        (d_state, d_z)
    }

    /// Adds the gradients of the first layer's bias, embedding and latent kernel to `gradient`, and that of `z` to `d_z`.
    fn input_backward(&self, d_gates: &[f32], d_z: &mut [f32], gradient: &mut [f32]) {
        let input = &self.pass.layout.decoder[0].input;
        let columns = input.outputs;
        add_row_sum(&mut gradient[input.bias.clone()], d_gates);
        for (&token, d_gates) in self
            .batch
            .decoder_inputs
            .iter()
            .zip(d_gates.chunks_exact(columns))
        {
            if token != NO_TOKEN {
                let start = input.kernel.start + usize::from(token) * columns;
                add_to(&mut gradient[start..start + columns], d_gates);
            }
        }
        let mut d_gates_sum = vec![0.0; self.rows * columns];
        add_row_sum(&mut d_gates_sum, d_gates);
        let d_gates_sum = Matrix::new(&d_gates_sum, self.rows, columns);
        let matmul = self.pass.matmul;
        let d_kernel = &mut gradient[self.latent_kernel_range()];
        matmul.product(
            d_kernel,
            Update::Add,
            self.latent_matrix().transpose(),
            d_gates_sum,
        );
        let kernel = self.latent_kernel().transpose();
        matmul.product(d_z, Update::Add, d_gates_sum, kernel);
    }

    /// Range of the weights in the first layer's kernel rows that read `z`, which follow those of the tokens.
    fn latent_kernel_range(&self) -> Range<usize> {
        let layout = self.pass.layout;
        let input = &layout.decoder[0].input;
        input.kernel.start + layout.config.vocab_size * input.outputs..input.kernel.end
    }

    /// The rows of the first layer's kernel that read `z`.
    fn latent_kernel(&self) -> Matrix<'_> {
        let values = &self.pass.weights[self.latent_kernel_range()];
        let columns = self.pass.layout.decoder[0].input.outputs;
        Matrix::new(values, values.len() / columns, columns)
    }

    /// The latent points `z` as a matrix `[rows, latent]`.
    fn latent_matrix(&self) -> Matrix<'_> {
        Matrix::new(self.z, self.rows, self.z.len() / self.rows)
    }
}

/// Replaces one row of logits by the gradient of its cross-entropy, and adds its loss to `losses`.
fn cross_entropy_backward(logits: &mut [f32], target: usize, losses: &mut StepLosses) {
    let (predicted, max_logit) =
        logits
            .iter()
            .enumerate()
            .fold(
                (0, f32::NEG_INFINITY),
                |max, (i, &x)| {
                    if x > max.1 { (i, x) } else { max }
                },
            );
    let target_logit = logits[target] - max_logit;
    logits.iter_mut().for_each(|x| *x = exp(*x - max_logit));
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|x| *x /= sum);
    logits[target] -= 1.0;
    losses.cross_entropy += f64::from(sum.ln() - target_logit);
    losses.correct_tokens += f64::from(u8::from(predicted == target));
}

/// Columns `first_column..first_column + width` of a state `[rows, columns]`.
fn state_columns(state: &[f32], rows: usize, first_column: usize, width: usize) -> Vec<f32> {
    state
        .chunks_exact(state.len() / rows)
        .flat_map(|row| row[first_column..first_column + width].to_vec())
        .collect()
}

/// Writes the columns of a state from `first_column` on.
fn set_state_columns(state: &mut [f32], rows: usize, first_column: usize, values: &[f32]) {
    let width = values.len() / rows;
    let state_width = state.len() / rows;
    let state_rows = state.chunks_exact_mut(state_width);
    for (row, values) in state_rows.zip(values.chunks_exact(width)) {
        row[first_column..first_column + width].copy_from_slice(values);
    }
}
