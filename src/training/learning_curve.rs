//! The learning curve of a run: the results of its validations.

use serde::{Deserialize, Serialize};

/// Reconstruction of the `valid` split by the averaged weights, decoded greedily from the posterior's mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Number of melodies trained on so far, with repetition.
    pub examples: u64,
    /// Fraction of correct tokens.
    pub token_accuracy: f64,
    /// Fraction of note-ons that are reconstructed at their step with their pitch.
    pub onset_accuracy: f64,
    /// Fraction of melodies with all tokens correct.
    pub exact: f64,
    /// KL divergence from the prior, nats per melody.
    pub kl_nats: f64,
}

/// Number of validations since the best one by onset accuracy; 0 if the last one is the best.
pub(super) fn evals_since_best(curve: &[CurvePoint]) -> usize {
    let best = curve
        .iter()
        .map(|point| point.onset_accuracy)
        .fold(f64::NEG_INFINITY, f64::max);
    let best_index = curve.iter().position(|point| point.onset_accuracy >= best);
    best_index.map_or(0, |index| curve.len() - 1 - index)
}
