//! The encoder over a whole batch, forward and backward.

use super::lstm::LstmTape;
use super::pass::{Pass, add_to, embed_backward};
use super::weight_layout::LstmRanges;

/// The encoder's outputs and what its backward pass needs.
pub(super) struct EncoderOutput {
    /// Forward and backward direction per layer.
    tapes: Vec<[LstmTape; 2]>,
    /// Input `[steps, batch, width]` of each layer after the first.
    inputs: Vec<Vec<f32>>,
    /// `[batch, width]`: input of the layers that give the posterior.
    summary: Vec<f32>,
    /// `[batch, latent]` each: mean, and input of the softplus that gives the standard deviation.
    pub mu: Vec<f32>,
    pub sigma_input: Vec<f32>,
}

/// Runs the encoder over tokens `[steps, batch]`.
pub(super) fn encode(pass: &Pass<'_>, tokens: &[u8], batch: usize) -> EncoderOutput {
    let layout = pass.layout;
    let mut tapes: Vec<[LstmTape; 2]> = Vec::new();
    let mut inputs: Vec<Vec<f32>> = Vec::new();
    for directions in &layout.encoder {
        if let Some([forward, backward]) = tapes.last() {
            let width = directions[0].input.inputs / 2;
            inputs.push(concatenate(&forward.outputs, &backward.outputs, width));
        }
        let run_direction = |layer: &LstmRanges, reversed: bool| {
            let projections = match inputs.last() {
                None => pass.embed(&layer.input, tokens),
                Some(input) => pass.dense(&layer.input, input, tokens.len()),
            };
            let zeros = vec![0.0; batch * layer.units];
            pass.lstm(layer, projections, [zeros.clone(), zeros], batch, reversed)
        };
        tapes.push([
            run_direction(&directions[0], false),
            run_direction(&directions[1], true),
        ]);
    }
    let summary = tapes.last().map_or_else(Vec::new, |[forward, backward]| {
        let width = layout.mu.inputs / 2;
        concatenate(forward.last_output(), backward.last_output(), width)
    });
    let mu = pass.dense(&layout.mu, &summary, batch);
    let sigma_input = pass.dense(&layout.sigma, &summary, batch);
    EncoderOutput {
        tapes,
        inputs,
        summary,
        mu,
        sigma_input,
    }
}

/// Adds the encoder's gradient, given the gradients of `mu` and `sigma_input`, `[batch, latent]` each.
pub(super) fn encode_backward(
    pass: &Pass<'_>,
    tokens: &[u8],
    encoded: EncoderOutput,
    d_mu: &[f32],
    d_sigma_input: &[f32],
    gradient: &mut [f32],
) {
    let layout = pass.layout;
    let EncoderOutput {
        tapes,
        mut inputs,
        summary,
        ..
    } = encoded;
    let batch = d_mu.len() / layout.mu.outputs;
    let mut d_summary = vec![0.0; summary.len()];
    pass.dense_backward(&layout.mu, &summary, d_mu, &mut d_summary, gradient);
    let mut d_summary_of_sigma = vec![0.0; summary.len()];
    pass.dense_backward(
        &layout.sigma,
        &summary,
        d_sigma_input,
        &mut d_summary_of_sigma,
        gradient,
    );
    add_to(&mut d_summary, &d_summary_of_sigma);
    // Only the last step of each direction of the top layer reaches the posterior.
    let mut d_layer_outputs: Option<Vec<f32>> = None;
    for (directions, tapes) in layout.encoder.iter().zip(tapes).rev() {
        let input = inputs.pop();
        let units = directions[0].units;
        let mut d_input = input.as_ref().map(|input| vec![0.0; input.len()]);
        for (direction, (layer, tape)) in directions.iter().zip(tapes).enumerate() {
            let mut d_outputs = vec![0.0; tokens.len() * units];
            match &d_layer_outputs {
                Some(d_layer_outputs) => {
                    copy_half(d_layer_outputs, &mut d_outputs, direction, units)
                }
                None => {
                    let start = tape.last_step() * batch * units;
                    let d_last = &mut d_outputs[start..start + batch * units];
                    copy_half(&d_summary, d_last, direction, units);
                }
            }
            let layer_gradient = pass.lstm_backward(layer, tape, &d_outputs, gradient);
            match (&input, &mut d_input) {
                (Some(input), Some(d_input)) => {
                    pass.dense_backward(
                        &layer.input,
                        input,
                        &layer_gradient.gates,
                        d_input,
                        gradient,
                    );
                }
                _ => embed_backward(&layer.input, tokens, &layer_gradient.gates, gradient),
            }
        }
        d_layer_outputs = d_input;
    }
}

/// Rows of `left` and `right`, each `width` wide, concatenated.
fn concatenate(left: &[f32], right: &[f32], width: usize) -> Vec<f32> {
    left.chunks_exact(width)
        .zip(right.chunks_exact(width))
        .flat_map(|(left, right)| left.iter().chain(right).copied())
        .collect()
}

/// Copies one direction's half of concatenated rows: the left one if `direction` is 0, else the right one.
fn copy_half(concatenated: &[f32], half: &mut [f32], direction: usize, width: usize) {
    for (half, row) in half
        .chunks_exact_mut(width)
        .zip(concatenated.chunks_exact(2 * width))
    {
        half.copy_from_slice(&row[direction * width..][..width]);
    }
}
