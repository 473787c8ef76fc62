//! Adam (Kingma and Ba 2015) with gradient clipping and an exponential moving average of the weights.

use rayon::prelude::*;

use super::config::TrainingConfig;
use crate::multiversion::multiversion;

/// Added to the square root of the second moment, so that the divisor is not 0.
pub(super) const EPSILON: f32 = 1e-8;
/// Number of weights that one task updates.
const CHUNK_WEIGHTS: usize = 1 << 16;

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
            .par_chunks(CHUNK_WEIGHTS)
            .map(|part| part.iter().map(|g| f64::from(g * g)).sum::<f64>())
            .collect::<Vec<f64>>()
            .iter()
            .sum::<f64>()
            .sqrt();
        let scale = (config.clip_norm / norm.max(1e-12)).min(1.0) as f32;
        let coefficients = StepCoefficients::for_step(config, self.step);
        self.step += 1;
        self.weights
            .par_chunks_mut(CHUNK_WEIGHTS)
            .zip(self.first_moment.par_chunks_mut(CHUNK_WEIGHTS))
            .zip(self.second_moment.par_chunks_mut(CHUNK_WEIGHTS))
            .zip(self.average.par_chunks_mut(CHUNK_WEIGHTS))
            .zip(gradient.par_chunks(CHUNK_WEIGHTS))
            .for_each(|((((weights, first), second), average), gradient)| {
                let chunk = StateChunk {
                    weights,
                    first_moment: first,
                    second_moment: second,
                    average,
                };
                update_weights(chunk, gradient, scale, coefficients);
            });
    }
}

/// The coefficients of a step, the same for all weights.
#[derive(Clone, Copy)]
pub(super) struct StepCoefficients {
    /// Learning rate with the first moment's bias correction.
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
        let rate = config.learning_rate_at(step);
        let step = step + 1;
        let [decay_1, decay_2] = config.moment_decays;
        let exponent = i32::try_from(step).unwrap_or(i32::MAX);
        // Averages over few steps at first, so that the initial weights soon have no influence.
        let early_decay = (1.0 + step as f64) / (10.0 + step as f64);
        Self {
            rate: (rate / (1.0 - decay_1.powi(exponent))) as f32,
            correction: (1.0 / (1.0 - decay_2.powi(exponent))) as f32,
            ema_decay: config.average_decay.min(early_decay) as f32,
            decays: [decay_1 as f32, decay_2 as f32],
        }
    }
}

/// A chunk of each vector of the state.
struct StateChunk<'a> {
    weights: &'a mut [f32],
    first_moment: &'a mut [f32],
    second_moment: &'a mut [f32],
    average: &'a mut [f32],
}

multiversion! {
    /// One optimiser step of a chunk; `scale` is the gradient's clipping factor.
    fn update_weights(chunk: StateChunk<'_>, gradient: &[f32], scale: f32, coefficients: StepCoefficients) = update_weights_inline
}

#[inline(always)]
fn update_weights_inline(
    chunk: StateChunk<'_>,
    gradient: &[f32],
    scale: f32,
    coefficients: StepCoefficients,
) {
    let [decay_1, decay_2] = coefficients.decays;
    let count = gradient.len();
    let (weights, average) = (&mut chunk.weights[..count], &mut chunk.average[..count]);
    let (first, second) = (
        &mut chunk.first_moment[..count],
        &mut chunk.second_moment[..count],
    );
    for k in 0..count {
        let g = gradient[k] * scale;
        first[k] = decay_1 * first[k] + (1.0 - decay_1) * g;
        second[k] = decay_2 * second[k] + (1.0 - decay_2) * g * g;
        let divisor = (second[k] * coefficients.correction).sqrt() + EPSILON;
        weights[k] -= coefficients.rate * first[k] / divisor;
        average[k] =
            coefficients.ema_decay * average[k] + (1.0 - coefficients.ema_decay) * weights[k];
    }
}
