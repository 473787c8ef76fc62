//! Adam (Kingma and Ba 2015) with gradient clipping and an exponential moving average of the weights.

use rayon::prelude::*;

use super::config::TrainingConfig;
use crate::multiversion::multiversion;

/// Added to the root of the second moment.
pub(super) const EPSILON: f32 = 1e-8;
/// Weights that one task updates.
const CHUNK: usize = 1 << 16;

/// Weights and the optimiser's state; all vectors are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamState {
    /// Steps done.
    pub step: u64,
    /// The weights being trained.
    pub weights: Vec<f32>,
    /// Moving average of the gradients.
    pub first_moment: Vec<f32>,
    /// Moving average of their squares.
    pub second_moment: Vec<f32>,
    /// Moving average of the weights: the result of training.
    pub average: Vec<f32>,
}

impl AdamState {
    /// The state before the first step.
    pub fn new(weights: Vec<f32>) -> Self {
        let zeros = vec![0.0; weights.len()];
        Self {
            step: 0,
            first_moment: zeros.clone(),
            second_moment: zeros,
            average: weights.clone(),
            weights,
        }
    }

    /// Names of the vectors in checkpoint files, with the vectors.
    pub fn vectors(&self) -> [(&'static str, &Vec<f32>); 4] {
        [
            ("weights", &self.weights),
            ("first_moment", &self.first_moment),
            ("second_moment", &self.second_moment),
            ("average", &self.average),
        ]
    }

    /// One optimiser step. Clips the norm of the gradient.
    pub fn update(&mut self, gradient: &[f32], config: &TrainingConfig) {
        let norm = gradient
            .par_chunks(CHUNK)
            .map(|part| part.iter().map(|g| f64::from(g * g)).sum::<f64>())
            .collect::<Vec<f64>>()
            .iter()
            .sum::<f64>()
            .sqrt();
        let scale = (config.clip_norm / norm.max(1e-12)).min(1.0) as f32;
        let coefficients = StepCoefficients::for_step(config, self.step);
        self.step += 1;
        self.weights
            .par_chunks_mut(CHUNK)
            .zip(self.first_moment.par_chunks_mut(CHUNK))
            .zip(self.second_moment.par_chunks_mut(CHUNK))
            .zip(self.average.par_chunks_mut(CHUNK))
            .zip(gradient.par_chunks(CHUNK))
            .for_each(|((((weights, first), second), average), gradient)| {
                let chunk = StateChunk {
                    weights,
                    first,
                    second,
                    average,
                };
                update_weights(chunk, gradient, scale, coefficients);
            });
    }
}

/// The coefficients of a step, the same for all weights.
#[derive(Clone, Copy)]
pub(super) struct StepCoefficients {
    /// Learning rate over the first moment's bias correction.
    pub rate: f32,
    /// Bias correction of the second moment.
    pub correction: f32,
    /// Decay of the averaged weights.
    pub ema_decay: f32,
    /// Decay of the two moments.
    pub decays: [f32; 2],
}

impl StepCoefficients {
    /// The coefficients of a step, counted from zero.
    pub fn for_step(config: &TrainingConfig, step: u64) -> Self {
        let rate = config.rate(step);
        let step = step + 1;
        let [decay_1, decay_2] = config.moment_decays;
        let power = i32::try_from(step).unwrap_or(i32::MAX);
        // A short average at first, so that it soon forgets the initial weights.
        let early = (1.0 + step as f64) / (10.0 + step as f64);
        Self {
            rate: (rate / (1.0 - decay_1.powi(power))) as f32,
            correction: (1.0 / (1.0 - decay_2.powi(power))) as f32,
            ema_decay: config.average_decay.min(early) as f32,
            decays: [decay_1 as f32, decay_2 as f32],
        }
    }
}

/// A chunk of each vector of the state.
struct StateChunk<'a> {
    weights: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    average: &'a mut [f32],
}

multiversion! {
    fn update_weights(chunk: StateChunk<'_>, gradient: &[f32], scale: f32, coefficients: StepCoefficients) = update_each
}

#[inline(always)]
fn update_each(
    chunk: StateChunk<'_>,
    gradient: &[f32],
    scale: f32,
    coefficients: StepCoefficients,
) {
    let [decay_1, decay_2] = coefficients.decays;
    let count = gradient.len();
    let (weights, average) = (&mut chunk.weights[..count], &mut chunk.average[..count]);
    let (first, second) = (&mut chunk.first[..count], &mut chunk.second[..count]);
    for k in 0..count {
        let g = gradient[k] * scale;
        first[k] = decay_1 * first[k] + (1.0 - decay_1) * g;
        second[k] = decay_2 * second[k] + (1.0 - decay_2) * g * g;
        let deviation = (second[k] * coefficients.correction).sqrt() + EPSILON;
        weights[k] -= coefficients.rate * first[k] / deviation;
        average[k] =
            coefficients.ema_decay * average[k] + (1.0 - coefficients.ema_decay) * weights[k];
    }
}
