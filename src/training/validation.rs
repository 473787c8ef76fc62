//! Looks at the `valid` split during a run: the learning curve, and when it stops rising.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::reconstruction::Reconstruction;
use super::{Trainer, TrainingError};
use crate::melody::Tokens;
use crate::model::{DeviceChoice, Engine};

/// Most melodies of one look, taken evenly from the split.
const MOST_MELODIES: usize = 1_000;

/// What one look at the `valid` split found, with the averaged weights and greedy decoding from the posterior's mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Melodies learnt from so far, with repetition.
    pub examples: u64,
    /// Share of tokens right.
    pub token_accuracy: f64,
    /// Share of note-ons at their step with their pitch.
    pub onset_accuracy: f64,
    /// Share of melodies of which every token is right.
    pub exact: f64,
    /// KL divergence from the prior, nats per melody.
    pub kl_nats: f64,
}

/// Reconstructs up to a thousand melodies of the split with the weights as they would ship now.
pub(super) fn look(trainer: &Trainer, valid: &[Tokens]) -> Result<CurvePoint, TrainingError> {
    let weights = Arc::new(trainer.weights(serde_json::Value::Null)?);
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu)?;
    let every = valid.len().div_ceil(MOST_MELODIES).max(1);
    let melodies: Vec<Tokens> = valid.iter().step_by(every).cloned().collect();
    let found = Reconstruction::measure(&mut engine, &melodies)?;
    Ok(CurvePoint {
        examples: trainer.examples(),
        token_accuracy: found.token_accuracy,
        onset_accuracy: found.onset_accuracy,
        exact: found.exact,
        kl_nats: found.kl_by_dimension.iter().sum(),
    })
}

/// Looks since the best one, judged by onset accuracy; 0 when the last is the best.
pub(super) fn evals_since_best(curve: &[CurvePoint]) -> usize {
    let best = curve
        .iter()
        .map(|point| point.onset_accuracy)
        .fold(f64::NEG_INFINITY, f64::max);
    let first = curve.iter().position(|point| point.onset_accuracy >= best);
    first.map_or(0, |index| curve.len() - 1 - index)
}
