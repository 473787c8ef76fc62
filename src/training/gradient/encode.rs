//! The encoder over a whole batch, forwards and backwards.

use super::layout::LstmSlot;
use super::lstm::LstmTape;
use super::pass::{Pass, add_rows, add_to, look_up_back};

pub(super) struct Encoded {
    /// Forward and backward direction per layer.
    tapes: Vec<[LstmTape; 2]>,
    /// Input `[steps, batch, width]` of each layer after the first.
    inputs: Vec<Vec<f32>>,
    /// `[batch, width]`: what the posterior is computed from.
    summary: Vec<f32>,
    /// `[batch, latent]` each.
    pub mu: Vec<f32>,
    pub sigma_input: Vec<f32>,
}

/// Runs the encoder over tokens `[steps, batch]`.
pub(super) fn encode(pass: &Pass<'_>, tokens: &[u8], batch: usize) -> Encoded {
    let layout = pass.layout;
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
                None => pass.look_up(slot, tokens),
                Some(input) => pass.project(slot, input, tokens.len()),
            };
            let zeros = vec![0.0; batch * slot.units];
            LstmTape::forward(
                projections,
                &pass.recurrent(slot),
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
    let mu = pass.dense(&layout.mu, &summary, batch);
    let sigma_input = pass.dense(&layout.sigma, &summary, batch);
    Encoded {
        tapes,
        inputs,
        summary,
        mu,
        sigma_input,
    }
}

/// Adds the encoder's gradient, given those of `mu` and of sigma's pre-activation, `[batch, latent]` each.
pub(super) fn encode_back(
    pass: &Pass<'_>,
    tokens: &[u8],
    encoded: Encoded,
    from_mu: &[f32],
    from_sigma_input: &[f32],
    gradient: &mut [f32],
) {
    let (layout, weights) = (pass.layout, pass.weights);
    let Encoded {
        tapes,
        mut inputs,
        summary,
        ..
    } = encoded;
    let batch = from_mu.len() / layout.mu.outputs;
    let mut from_summary = pass.dense_back(&layout.mu, &summary, from_mu, gradient);
    let more = pass.dense_back(&layout.sigma, &summary, from_sigma_input, gradient);
    add_to(&mut from_summary, &more);
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
                pass.arithmetic,
                &mut gradient[slot.recurrent_kernel.clone()],
            );
            add_rows(&mut gradient[slot.bias.clone()], &back.gates);
            match (&input, &mut from_input) {
                (Some(input), Some(from_input)) => {
                    pass.project_back(slot, input, &back.gates, from_input, gradient);
                }
                _ => look_up_back(slot, tokens, &back.gates, gradient),
            }
        }
        above = from_input;
    }
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
