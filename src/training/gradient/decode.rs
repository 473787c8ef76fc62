//! The decoder over a whole batch, forward and backward.

use std::ops::Range;

use super::losses::StepLosses;
use super::lstm::LstmTape;
use super::pass::{Pass, add_row_sum, add_to};
use crate::model::cpu::{Matrix, Update, exp, tanh};
use crate::model::{NO_TOKEN, TrainingBatch};

/// Runs the decoder with teacher forcing, counts its losses and adds its gradient to `gradient`.
/// Gives the gradient of the latent points `z` `[rows, latent]`.
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

    let top = tapes.last().map_or(&[][..], |tape| tape.outputs.as_slice());
    let mut logits = pass.dense(&layout.output, top, layout.config.steps * rows);
    let logit_rows = logits.chunks_exact_mut(layout.output.outputs);
    for (logits, &token) in logit_rows.zip(&batch.tokens) {
        cross_entropy_backward(logits, usize::from(token), losses);
    }
    let mut d_top = vec![0.0; top.len()];
    pass.dense_backward(&layout.output, top, &logits, &mut d_top, gradient);

    let (mut d_state, mut d_z) = decoder.backward(tapes, d_top, gradient);
    for (d_state, state) in d_state.iter_mut().zip(&state) {
        *d_state *= 1.0 - state * state;
    }
    let mut through_state = vec![0.0; z.len()];
    pass.dense_backward(
        &layout.initial_state,
        z,
        &d_state,
        &mut through_state,
        gradient,
    );
    add_to(&mut d_z, &through_state);
    d_z
}

/// The LSTM layers of the decoder with their inputs, which include the right token before each step.
struct TeacherForcedDecoder<'a> {
    pass: &'a Pass<'a>,
    batch: &'a TrainingBatch,
    z: &'a [f32],
    rows: usize,
}

impl TeacherForcedDecoder<'_> {
    /// Runs all layers; the first layer reads the token before and `z` at every step.
    fn forward(&self, state: &[f32]) -> Vec<LstmTape> {
        let mut tapes: Vec<LstmTape> = Vec::new();
        let mut at = 0;
        for layer in &self.pass.layout.decoder {
            let projections = match tapes.last() {
                None => self.project_input(),
                Some(below) => {
                    let positions = below.outputs.len() / layer.input.inputs;
                    self.pass.dense(&layer.input, &below.outputs, positions)
                }
            };
            let initial =
                [at, at + layer.units].map(|at| state_columns(state, self.rows, at, layer.units));
            at += 2 * layer.units;
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
        let mut from_latent = vec![0.0; self.rows * columns];
        pass.matmul.affine(
            &mut from_latent,
            self.latent(),
            self.latent_kernel(),
            &pass.weights[input.bias.clone()],
        );
        let table = &pass.weights[input.kernel.clone()];
        let mut projections = vec![0.0; self.batch.decoder_inputs.len() * columns];
        for (row, projection) in projections.chunks_exact_mut(columns).enumerate() {
            let own = &from_latent[(row % self.rows) * columns..][..columns];
            match self.batch.decoder_inputs[row] {
                NO_TOKEN => projection.copy_from_slice(own),
                token => {
                    let embedding = &table[usize::from(token) * columns..];
                    for ((sum, own), x) in projection.iter_mut().zip(own).zip(embedding) {
                        *sum = own + x;
                    }
                }
            }
        }
        projections
    }

    /// Goes back through all layers from the gradient of the top layer's outputs. Gives the gradients
    /// of the initial state and of `z`.
    fn backward(
        &self,
        mut tapes: Vec<LstmTape>,
        mut d_outputs: Vec<f32>,
        gradient: &mut [f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let layout = self.pass.layout;
        let mut at = layout.initial_state.outputs;
        let mut d_state = vec![0.0; self.rows * at];
        let mut d_z = vec![0.0; self.z.len()];
        for layer in layout.decoder.iter().rev() {
            let Some(tape) = tapes.pop() else { break };
            at -= 2 * layer.units;
            let back = self.pass.lstm_backward(layer, tape, &d_outputs, gradient);
            set_state_columns(&mut d_state, self.rows, at, &back.first_cell);
            set_state_columns(
                &mut d_state,
                self.rows,
                at + layer.units,
                &back.first_output,
            );
            if let Some(below) = tapes.last() {
                let input = &below.outputs;
                d_outputs = vec![0.0; input.len()];
                self.pass.dense_backward(
                    &layer.input,
                    input,
                    &back.gates,
                    &mut d_outputs,
                    gradient,
                );
            } else {
                self.input_backward(&back.gates, &mut d_z, gradient);
            }
        }
        (d_state, d_z)
    }

    /// Adds the gradients of the first layer's bias, embedding and latent kernel, and that of `z`.
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
        let mut over_time = vec![0.0; self.rows * columns];
        add_row_sum(&mut over_time, d_gates);
        let over_time = Matrix::new(&over_time, self.rows, columns);
        let matmul = self.pass.matmul;
        let d_kernel = &mut gradient[self.latent_rows()];
        matmul.product(d_kernel, Update::Add, self.latent().transpose(), over_time);
        let kernel = self.latent_kernel().transpose();
        matmul.product(d_z, Update::Add, over_time, kernel);
    }

    /// Weights of the first layer's kernel rows that read `z`, which come after those of the tokens.
    fn latent_rows(&self) -> Range<usize> {
        let layout = self.pass.layout;
        let input = &layout.decoder[0].input;
        input.kernel.start + layout.config.vocab_size * input.outputs..input.kernel.end
    }

    fn latent_kernel(&self) -> Matrix<'_> {
        let values = &self.pass.weights[self.latent_rows()];
        let columns = self.pass.layout.decoder[0].input.outputs;
        Matrix::new(values, values.len() / columns, columns)
    }

    fn latent(&self) -> Matrix<'_> {
        Matrix::new(self.z, self.rows, self.z.len() / self.rows)
    }
}

/// Turns one row of logits into the gradient of its cross-entropy, and counts the loss.
fn cross_entropy_backward(logits: &mut [f32], target: usize, losses: &mut StepLosses) {
    let (best, largest) =
        logits
            .iter()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (i, &x)| {
                if x > best.1 { (i, x) } else { best }
            });
    let target_logit = logits[target] - largest;
    logits.iter_mut().for_each(|x| *x = exp(*x - largest));
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|x| *x /= sum);
    logits[target] -= 1.0;
    losses.cross_entropy += f64::from(sum.ln() - target_logit);
    losses.correct_tokens += f64::from(u8::from(best == target));
}

fn state_columns(state: &[f32], rows: usize, at: usize, width: usize) -> Vec<f32> {
    state
        .chunks_exact(state.len() / rows)
        .flat_map(|row| row[at..at + width].to_vec())
        .collect()
}

fn set_state_columns(state: &mut [f32], rows: usize, at: usize, part: &[f32]) {
    let width = part.len() / rows;
    let state_width = state.len() / rows;
    let state_rows = state.chunks_exact_mut(state_width);
    for (row, part) in state_rows.zip(part.chunks_exact(width)) {
        row[at..at + width].copy_from_slice(part);
    }
}
