//! The decoder over a whole batch, forwards and backwards in one go.

use super::lstm::LstmTape;
use super::objective::StepLosses;
use super::pass::{Pass, add_rows, add_to, fill_rows};
use crate::model::host::{Matrix, Update, exp, tanh};
use crate::model::{NO_TOKEN, TrainingBatch};

/// Runs the decoder on what it is told of the right tokens, adds its gradient, gives the gradient of `z`.
pub(super) fn decode_and_back(
    pass: &Pass<'_>,
    taught: TrainingBatch<'_>,
    z: &[f32],
    batch: usize,
    gradient: &mut [f32],
    losses: &mut StepLosses,
) -> Vec<f32> {
    let (layout, weights) = (pass.layout, pass.weights);
    let steps = layout.config.steps;
    let latent = layout.initial_state.inputs;
    let mut state = pass.dense(&layout.initial_state, z, batch);
    state.iter_mut().for_each(|x| *x = tanh(*x));

    // Forwards. The first layer sees what it is told of the token before, and z at every step.
    let first = &layout.decoder[0];
    let columns = 4 * first.units;
    let token_rows =
        first.input_kernel.start..first.input_kernel.start + layout.config.tokens * columns;
    let latent_rows = token_rows.end..first.input_kernel.end;
    let mut from_latent = vec![0.0; batch * columns];
    fill_rows(&mut from_latent, &weights[first.bias.clone()]);
    pass.arithmetic.product(
        &mut from_latent,
        Update::Add,
        Matrix::new(z, batch, latent),
        Matrix::new(&weights[latent_rows.clone()], latent, columns),
    );
    let mut projections = vec![0.0; steps * batch * columns];
    for (row, projection) in projections.chunks_exact_mut(columns).enumerate() {
        let own = &from_latent[(row % batch) * columns..][..columns];
        match taught.decoder_inputs[row] {
            NO_TOKEN => projection.copy_from_slice(own),
            decoder_inputs => {
                let table = &weights[token_rows.start + usize::from(decoder_inputs) * columns..];
                for ((sum, own), token) in projection.iter_mut().zip(own).zip(table) {
                    *sum = own + token;
                }
            }
        }
    }
    let mut tapes: Vec<LstmTape> = Vec::new();
    let mut at = 0;
    for slot in &layout.decoder {
        let projections = match tapes.last() {
            None => std::mem::take(&mut projections),
            Some(below) => pass.project(slot, &below.outputs, steps * batch),
        };
        let cell = state_columns(&state, batch, at, slot.units);
        let output = state_columns(&state, batch, at + slot.units, slot.units);
        at += 2 * slot.units;
        tapes.push(LstmTape::forward(
            projections,
            &pass.recurrent(slot),
            cell,
            output,
            batch,
            false,
        ));
    }

    // Loss, and back.
    let top = tapes.last().map_or(&[][..], |tape| tape.outputs.as_slice());
    let mut logits = pass.dense(&layout.output, top, steps * batch);
    for (logits, &token) in logits
        .chunks_exact_mut(layout.output.outputs)
        .zip(taught.tokens)
    {
        cross_entropy_back(logits, usize::from(token), losses);
    }
    let mut above = pass.dense_back(&layout.output, top, &logits, gradient);
    let mut from_state = vec![0.0; state.len()];
    let mut from_z = vec![0.0; z.len()];
    for (layer, slot) in layout.decoder.iter().enumerate().rev() {
        let Some(tape) = tapes.pop() else { break };
        at -= 2 * slot.units;
        let recurrent = &weights[slot.recurrent_kernel.clone()];
        let back = tape.backward(
            &above,
            recurrent,
            pass.arithmetic,
            &mut gradient[slot.recurrent_kernel.clone()],
        );
        put_state_columns(&mut from_state, batch, at, &back.first_cell);
        put_state_columns(&mut from_state, batch, at + slot.units, &back.first_output);
        add_rows(&mut gradient[slot.bias.clone()], &back.gates);
        if let Some(below) = layer.checked_sub(1).and_then(|below| tapes.get(below)) {
            above = vec![0.0; below.outputs.len()];
            pass.project_back(slot, &below.outputs, &back.gates, &mut above, gradient);
            continue;
        }
        for (row, gates) in back.gates.chunks_exact(columns).enumerate() {
            if taught.decoder_inputs[row] != NO_TOKEN {
                let start = token_rows.start + usize::from(taught.decoder_inputs[row]) * columns;
                add_to(&mut gradient[start..start + columns], gates);
            }
        }
        let mut over_time = vec![0.0; batch * columns];
        for gates in back.gates.chunks_exact(batch * columns) {
            add_to(&mut over_time, gates);
        }
        pass.arithmetic.product(
            &mut gradient[latent_rows.clone()],
            Update::Add,
            Matrix::new(z, batch, latent).transpose(),
            Matrix::new(&over_time, batch, columns),
        );
        pass.arithmetic.product(
            &mut from_z,
            Update::Add,
            Matrix::new(&over_time, batch, columns),
            Matrix::new(&weights[latent_rows.clone()], latent, columns).transpose(),
        );
    }
    for (from, state) in from_state.iter_mut().zip(&state) {
        *from *= 1.0 - state * state;
    }
    add_to(
        &mut from_z,
        &pass.dense_back(&layout.initial_state, z, &from_state, gradient),
    );
    from_z
}

/// Turns one row of logits into the gradient of its cross-entropy, and counts the loss.
fn cross_entropy_back(logits: &mut [f32], right: usize, losses: &mut StepLosses) {
    let (best, largest) =
        logits
            .iter()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (i, &x)| {
                if x > best.1 { (i, x) } else { best }
            });
    let of_right = logits[right] - largest;
    logits.iter_mut().for_each(|x| *x = exp(*x - largest));
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|x| *x /= sum);
    logits[right] -= 1.0;
    losses.cross_entropy += f64::from(sum.ln() - of_right);
    losses.right_tokens += f64::from(u8::from(best == right));
}

fn state_columns(state: &[f32], batch: usize, at: usize, width: usize) -> Vec<f32> {
    state
        .chunks_exact(state.len() / batch)
        .flat_map(|row| row[at..at + width].to_vec())
        .collect()
}

fn put_state_columns(state: &mut [f32], batch: usize, at: usize, part: &[f32]) {
    let width = part.len() / batch;
    let wide = state.len() / batch;
    for (row, part) in state.chunks_exact_mut(wide).zip(part.chunks_exact(width)) {
        row[at..at + width].copy_from_slice(part);
    }
}
