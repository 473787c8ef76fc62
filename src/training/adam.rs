//! Adam (Kingma and Ba 2015) with gradient clipping and an averaged copy of the weights.

use rayon::prelude::*;

use super::TrainingConfig;
use crate::model::host::widest;

/// Added to the root of the second moment.
pub(super) const EPSILON: f32 = 1e-8;
/// Weights that one task updates.
const CHUNK: usize = 1 << 16;

/// Weights and what the optimiser remembers of them; all vectors are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamState {
    /// Steps done.
    pub step: u64,
    /// The weights being trained.
    pub weights: Vec<f32>,
    /// Decaying mean of the gradients.
    pub first_moment: Vec<f32>,
    /// Decaying mean of their squares.
    pub second_moment: Vec<f32>,
    /// Decaying mean of the weights: what ships.
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

    /// Moves the weights once. Gives the norm of the gradient before clipping.
    pub fn update(&mut self, gradient: &[f32], config: &TrainingConfig) -> f64 {
        let norm = gradient
            .par_chunks(CHUNK)
            .map(|part| part.iter().map(|g| f64::from(g * g)).sum::<f64>())
            .collect::<Vec<f64>>()
            .iter()
            .sum::<f64>()
            .sqrt();
        let scale = (config.clip_norm / norm.max(1e-12)).min(1.0) as f32;
        let pace = Pace::at(config, self.step);
        self.step += 1;
        self.weights
            .par_chunks_mut(CHUNK)
            .zip(self.first_moment.par_chunks_mut(CHUNK))
            .zip(self.second_moment.par_chunks_mut(CHUNK))
            .zip(self.average.par_chunks_mut(CHUNK))
            .zip(gradient.par_chunks(CHUNK))
            .for_each(|((((weights, first), second), average), gradient)| {
                let parts = Parts {
                    weights,
                    first,
                    second,
                    average,
                };
                move_weights(parts, gradient, scale, pace);
            });
        norm
    }
}

/// The numbers of one step that are the same for all weights.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Learning rate over the first moment's bias correction.
    pub rate: f32,
    /// Bias correction of the second moment.
    pub correction: f32,
    /// Share of the old average that stays.
    pub keep: f32,
    /// Shares of the old moments that stay.
    pub decays: [f32; 2],
}

impl Pace {
    /// Of the step after `step` others.
    pub fn at(config: &TrainingConfig, step: u64) -> Self {
        let rate = config.rate(step);
        let step = step + 1;
        let [decay_1, decay_2] = config.moment_decays;
        let power = i32::try_from(step).unwrap_or(i32::MAX);
        // Early on the average follows quickly, so that it does not drag the first weights along.
        let early = (1.0 + step as f64) / (10.0 + step as f64);
        Self {
            rate: (rate / (1.0 - decay_1.powi(power))) as f32,
            correction: (1.0 / (1.0 - decay_2.powi(power))) as f32,
            keep: config.average_decay.min(early) as f32,
            decays: [decay_1 as f32, decay_2 as f32],
        }
    }
}

/// One stretch of each vector of the state.
struct Parts<'a> {
    weights: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    average: &'a mut [f32],
}

widest! {
    fn move_weights(parts: Parts<'_>, gradient: &[f32], scale: f32, pace: Pace) = move_each
}

#[inline(always)]
fn move_each(parts: Parts<'_>, gradient: &[f32], scale: f32, pace: Pace) {
    let [decay_1, decay_2] = pace.decays;
    let count = gradient.len();
    let (weights, average) = (&mut parts.weights[..count], &mut parts.average[..count]);
    let (first, second) = (&mut parts.first[..count], &mut parts.second[..count]);
    for k in 0..count {
        let g = gradient[k] * scale;
        first[k] = decay_1 * first[k] + (1.0 - decay_1) * g;
        second[k] = decay_2 * second[k] + (1.0 - decay_2) * g * g;
        let root = (second[k] * pace.correction).sqrt() + EPSILON;
        weights[k] -= pace.rate * first[k] / root;
        average[k] = pace.keep * average[k] + (1.0 - pace.keep) * weights[k];
    }
}
