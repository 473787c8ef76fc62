//! The MusicVAE objective, forwards and backwards through the whole model.

use super::layout::{DenseSlot, Layout, LstmSlot};
use super::lstm::LstmTape;
use crate::model::host::{Matrix, Update, exp, product, sigmoid, tanh};

/// The loss that training minimises, per melody:
/// cross-entropy summed over the steps + `beta` * max(KL divergence - `free_nats`, 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Weight of the KL divergence from the prior.
    pub beta: f32,
    /// KL divergence per melody that costs nothing, in nats.
    pub free_nats: f32,
}

/// Sums over the melodies of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepLosses {
    /// Cross-entropy over all steps, nats.
    pub cross_entropy: f64,
    /// KL divergence from the prior, nats.
    pub kl: f64,
    /// Steps whose most likely token is the right one, given the right tokens before it.
    pub right_tokens: f64,
}

/// Adds the gradient of the objective, summed over the batch, to `gradient`.
///
/// # Shapes
/// - `weights`, `gradient`: [`Layout::len`]
/// - `tokens`: `[steps, batch]`, time-major
/// - `noise`: `[batch, latent]`, standard normal: the posterior's sample is `mu + sigma * noise`
///
/// # Panics
/// If a length does not fit.
pub fn accumulate_gradient(
    layout: &Layout,
    weights: &[f32],
    tokens: &[u8],
    noise: &[f32],
    objective: Objective,
    gradient: &mut [f32],
) -> StepLosses {
    let batch = noise.len() / layout.mu.outputs;
    assert_eq!(
        tokens.len(),
        batch * layout.config.steps,
        "tokens of a batch"
    );
    let encoded = encode(layout, weights, tokens, batch);

    // Posterior, its sample and the KL divergence (Kingma and Welling 2014, appendix B).
    let mut losses = StepLosses::default();
    let sigma: Vec<f32> = encoded.sigma_input.iter().map(|&x| softplus(x)).collect();
    let z: Vec<f32> = encoded
        .mu
        .iter()
        .zip(&sigma)
        .zip(noise)
        .map(|((mu, sigma), e)| mu + sigma * e)
        .collect();
    let latent = layout.mu.outputs;
    let mut kl_weight = vec![0.0; batch];
    for (b, weight) in kl_weight.iter_mut().enumerate() {
        let row = b * latent..(b + 1) * latent;
        let kl: f32 = encoded.mu[row.clone()]
            .iter()
            .zip(&sigma[row])
            .map(|(mu, sigma)| 0.5 * (mu * mu + sigma * sigma - 1.0) - sigma.ln())
            .sum();
        losses.kl += f64::from(kl);
        *weight = if kl > objective.free_nats {
            objective.beta
        } else {
            0.0
        };
    }

    let from_z = decode_and_back(layout, weights, tokens, &z, batch, gradient, &mut losses);

    let mut from_mu = from_z.clone();
    let mut from_sigma_input = from_z;
    for (k, weight) in kl_weight
        .iter()
        .flat_map(|w| std::iter::repeat_n(w, latent))
        .enumerate()
    {
        from_mu[k] += weight * encoded.mu[k];
        let from_sigma = from_sigma_input[k] * noise[k] + weight * (sigma[k] - 1.0 / sigma[k]);
        from_sigma_input[k] = from_sigma * sigmoid(encoded.sigma_input[k]);
    }
    encode_back(
        layout,
        weights,
        tokens,
        encoded,
        &from_mu,
        &from_sigma_input,
        gradient,
    );
    losses
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + exp(-x.abs()).ln_1p() + 1e-7
}

struct Encoded {
    /// Forward and backward direction per layer.
    tapes: Vec<[LstmTape; 2]>,
    /// Input `[steps, batch, width]` of each layer after the first.
    inputs: Vec<Vec<f32>>,
    /// `[batch, width]`: what the posterior is computed from.
    summary: Vec<f32>,
    /// `[batch, latent]` each.
    mu: Vec<f32>,
    sigma_input: Vec<f32>,
}

fn encode(layout: &Layout, weights: &[f32], tokens: &[u8], batch: usize) -> Encoded {
    let mut tapes: Vec<[LstmTape; 2]> = Vec::new();
    let mut inputs: Vec<Vec<f32>> = Vec::new();
    for directions in &layout.encoder {
        if let Some(below) = tapes.last() {
            inputs.push(side_by_side(
                &below[0].outputs,
                &below[1].outputs,
                directions[0].inputs / 2,
            ));
        }
        let run = |slot: &LstmSlot, backwards: bool| {
            let projections = match inputs.last() {
                None => look_up(slot, weights, tokens),
                Some(input) => project(slot, weights, input, tokens.len()),
            };
            let zeros = vec![0.0; batch * slot.units];
            let recurrent = &weights[slot.recurrent_kernel.clone()];
            LstmTape::forward(
                projections,
                recurrent,
                zeros.clone(),
                zeros,
                batch,
                backwards,
            )
        };
        let pair = [run(&directions[0], false), run(&directions[1], true)];
        tapes.push(pair);
    }
    let summary = tapes.last().map_or_else(Vec::new, |[forward, backward]| {
        side_by_side(
            forward.last_output(),
            backward.last_output(),
            layout.mu.inputs / 2,
        )
    });
    let mu = dense(&layout.mu, weights, &summary, batch);
    let sigma_input = dense(&layout.sigma, weights, &summary, batch);
    Encoded {
        tapes,
        inputs,
        summary,
        mu,
        sigma_input,
    }
}

fn encode_back(
    layout: &Layout,
    weights: &[f32],
    tokens: &[u8],
    encoded: Encoded,
    from_mu: &[f32],
    from_sigma_input: &[f32],
    gradient: &mut [f32],
) {
    let Encoded {
        tapes,
        mut inputs,
        summary,
        ..
    } = encoded;
    let batch = from_mu.len() / layout.mu.outputs;
    let mut from_summary = dense_back(&layout.mu, weights, &summary, from_mu, gradient);
    let more = dense_back(&layout.sigma, weights, &summary, from_sigma_input, gradient);
    for (sum, more) in from_summary.iter_mut().zip(more) {
        *sum += more;
    }
    // Only the last step of each direction of the top layer reaches the posterior.
    let mut above: Option<Vec<f32>> = None;
    for (directions, pair) in layout.encoder.iter().zip(tapes).rev() {
        let input = inputs.pop();
        let units = directions[0].units;
        let mut from_input = input.as_ref().map(|input| vec![0.0; input.len()]);
        for (side, (slot, tape)) in directions.iter().zip(pair).enumerate() {
            let mut from_outputs = vec![0.0; tokens.len() * units];
            match &above {
                Some(above) => copy_side(above, &mut from_outputs, side, units),
                None => {
                    let last = tape.last_step() * batch * units;
                    copy_side(
                        &from_summary,
                        &mut from_outputs[last..last + batch * units],
                        side,
                        units,
                    );
                }
            }
            let recurrent = &weights[slot.recurrent_kernel.clone()];
            let back = tape.backward(
                &from_outputs,
                recurrent,
                &mut gradient[slot.recurrent_kernel.clone()],
            );
            add_rows(&mut gradient[slot.bias.clone()], &back.gates);
            match (&input, &mut from_input) {
                (Some(input), Some(from_input)) => {
                    project_back(slot, weights, input, &back.gates, from_input, gradient);
                }
                _ => look_up_back(slot, tokens, &back.gates, gradient),
            }
        }
        above = from_input;
    }
}

/// Runs the decoder on the right tokens, adds its gradient, gives the gradient of `z`.
fn decode_and_back(
    layout: &Layout,
    weights: &[f32],
    tokens: &[u8],
    z: &[f32],
    batch: usize,
    gradient: &mut [f32],
    losses: &mut StepLosses,
) -> Vec<f32> {
    let steps = layout.config.steps;
    let latent = layout.initial_state.inputs;
    let mut state = dense(&layout.initial_state, weights, z, batch);
    state.iter_mut().for_each(|x| *x = tanh(*x));

    // Forwards. The first layer sees the token before (none at the first step) and z at every step.
    let first = &layout.decoder[0];
    let columns = 4 * first.units;
    let token_rows =
        first.input_kernel.start..first.input_kernel.start + layout.config.tokens * columns;
    let latent_rows = token_rows.end..first.input_kernel.end;
    let mut from_latent = vec![0.0; batch * columns];
    fill_rows(&mut from_latent, &weights[first.bias.clone()]);
    product(
        &mut from_latent,
        Update::Add,
        Matrix::new(z, batch, latent),
        Matrix::new(&weights[latent_rows.clone()], latent, columns),
    );
    let mut projections = vec![0.0; steps * batch * columns];
    for (row, projection) in projections.chunks_exact_mut(columns).enumerate() {
        let own = &from_latent[(row % batch) * columns..][..columns];
        match row.checked_sub(batch) {
            None => projection.copy_from_slice(own),
            Some(before) => {
                let table = &weights[token_rows.start + usize::from(tokens[before]) * columns..];
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
            Some(below) => project(slot, weights, &below.outputs, steps * batch),
        };
        let cell = state_columns(&state, batch, at, slot.units);
        let output = state_columns(&state, batch, at + slot.units, slot.units);
        at += 2 * slot.units;
        let recurrent = &weights[slot.recurrent_kernel.clone()];
        tapes.push(LstmTape::forward(
            projections,
            recurrent,
            cell,
            output,
            batch,
            false,
        ));
    }

    // Loss, and back.
    let top = tapes.last().map_or(&[][..], |tape| tape.outputs.as_slice());
    let mut logits = dense(&layout.output, weights, top, steps * batch);
    for (logits, &token) in logits.chunks_exact_mut(layout.output.outputs).zip(tokens) {
        cross_entropy_back(logits, usize::from(token), losses);
    }
    let mut above = dense_back(&layout.output, weights, top, &logits, gradient);
    let mut from_state = vec![0.0; state.len()];
    let mut from_z = vec![0.0; z.len()];
    for (layer, slot) in layout.decoder.iter().enumerate().rev() {
        let Some(tape) = tapes.pop() else { break };
        at -= 2 * slot.units;
        let recurrent = &weights[slot.recurrent_kernel.clone()];
        let back = tape.backward(
            &above,
            recurrent,
            &mut gradient[slot.recurrent_kernel.clone()],
        );
        put_state_columns(&mut from_state, batch, at, &back.first_cell);
        put_state_columns(&mut from_state, batch, at + slot.units, &back.first_output);
        add_rows(&mut gradient[slot.bias.clone()], &back.gates);
        if let Some(below) = layer.checked_sub(1).and_then(|below| tapes.get(below)) {
            above = vec![0.0; below.outputs.len()];
            project_back(
                slot,
                weights,
                &below.outputs,
                &back.gates,
                &mut above,
                gradient,
            );
            continue;
        }
        for (row, gates) in back.gates.chunks_exact(columns).enumerate().skip(batch) {
            let start = token_rows.start + usize::from(tokens[row - batch]) * columns;
            add_to(&mut gradient[start..start + columns], gates);
        }
        let mut over_time = vec![0.0; batch * columns];
        for gates in back.gates.chunks_exact(batch * columns) {
            add_to(&mut over_time, gates);
        }
        product(
            &mut gradient[latent_rows.clone()],
            Update::Add,
            Matrix::new(z, batch, latent).transpose(),
            Matrix::new(&over_time, batch, columns),
        );
        product(
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
        &dense_back(&layout.initial_state, weights, z, &from_state, gradient),
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

fn dense(slot: &DenseSlot, weights: &[f32], input: &[f32], rows: usize) -> Vec<f32> {
    let mut out = vec![0.0; rows * slot.outputs];
    fill_rows(&mut out, &weights[slot.bias.clone()]);
    let kernel = Matrix::new(&weights[slot.kernel.clone()], slot.inputs, slot.outputs);
    product(
        &mut out,
        Update::Add,
        Matrix::new(input, rows, slot.inputs),
        kernel,
    );
    out
}

/// Adds the gradients of kernel and bias, gives the gradient of the input.
fn dense_back(
    slot: &DenseSlot,
    weights: &[f32],
    input: &[f32],
    from_output: &[f32],
    gradient: &mut [f32],
) -> Vec<f32> {
    let rows = from_output.len() / slot.outputs;
    let from = Matrix::new(from_output, rows, slot.outputs);
    add_rows(&mut gradient[slot.bias.clone()], from_output);
    let input = Matrix::new(input, rows, slot.inputs).transpose();
    product(&mut gradient[slot.kernel.clone()], Update::Add, input, from);
    let kernel = Matrix::new(&weights[slot.kernel.clone()], slot.inputs, slot.outputs);
    let mut from_input = vec![0.0; rows * slot.inputs];
    product(&mut from_input, Update::Replace, from, kernel.transpose());
    from_input
}

/// Bias plus the kernel row of each token: what a one-hot product would give.
fn look_up(slot: &LstmSlot, weights: &[f32], tokens: &[u8]) -> Vec<f32> {
    let columns = 4 * slot.units;
    let table = &weights[slot.input_kernel.clone()];
    let bias = &weights[slot.bias.clone()];
    let mut out = Vec::with_capacity(tokens.len() * columns);
    for &token in tokens {
        let row = &table[usize::from(token) * columns..][..columns];
        out.extend(row.iter().zip(bias).map(|(x, bias)| x + bias));
    }
    out
}

fn look_up_back(slot: &LstmSlot, tokens: &[u8], from_gates: &[f32], gradient: &mut [f32]) {
    let columns = 4 * slot.units;
    for (&token, gates) in tokens.iter().zip(from_gates.chunks_exact(columns)) {
        let start = slot.input_kernel.start + usize::from(token) * columns;
        add_to(&mut gradient[start..start + columns], gates);
    }
}

/// Input projections of a whole sequence in one product.
fn project(slot: &LstmSlot, weights: &[f32], input: &[f32], rows: usize) -> Vec<f32> {
    let columns = 4 * slot.units;
    let mut out = vec![0.0; rows * columns];
    fill_rows(&mut out, &weights[slot.bias.clone()]);
    let kernel = Matrix::new(&weights[slot.input_kernel.clone()], slot.inputs, columns);
    product(
        &mut out,
        Update::Add,
        Matrix::new(input, rows, slot.inputs),
        kernel,
    );
    out
}

/// Adds the gradient of the input kernel, and that of the input to `from_input`.
fn project_back(
    slot: &LstmSlot,
    weights: &[f32],
    input: &[f32],
    from_gates: &[f32],
    from_input: &mut [f32],
    gradient: &mut [f32],
) {
    let columns = 4 * slot.units;
    let rows = from_gates.len() / columns;
    let from = Matrix::new(from_gates, rows, columns);
    let input = Matrix::new(input, rows, slot.inputs).transpose();
    product(
        &mut gradient[slot.input_kernel.clone()],
        Update::Add,
        input,
        from,
    );
    let kernel = Matrix::new(&weights[slot.input_kernel.clone()], slot.inputs, columns);
    product(from_input, Update::Add, from, kernel.transpose());
}

/// Rows of `left` and `right`, each `width` wide, joined.
fn side_by_side(left: &[f32], right: &[f32], width: usize) -> Vec<f32> {
    left.chunks_exact(width)
        .zip(right.chunks_exact(width))
        .flat_map(|(left, right)| left.iter().chain(right).copied())
        .collect()
}

/// One half of the joined rows: the first if `side` is 0, else the second.
fn copy_side(joined: &[f32], half: &mut [f32], side: usize, width: usize) {
    for (half, joined) in half
        .chunks_exact_mut(width)
        .zip(joined.chunks_exact(2 * width))
    {
        half.copy_from_slice(&joined[side * width..][..width]);
    }
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

fn fill_rows(out: &mut [f32], row: &[f32]) {
    out.chunks_exact_mut(row.len())
        .for_each(|chunk| chunk.copy_from_slice(row));
}

fn add_rows(sum: &mut [f32], rows: &[f32]) {
    rows.chunks_exact(sum.len())
        .for_each(|row| add_to(sum, row));
}

fn add_to(sum: &mut [f32], more: &[f32]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}
