//! Measures the reconstruction of the `valid` split during a run.

use std::sync::Arc;

use super::error::TrainingError;
use super::learning_curve::CurvePoint;
use super::reconstruction::ReconstructionMetrics;
use super::trainer::Trainer;
use crate::melody::Tokens;
use crate::model::{DeviceChoice, Engine};

/// Maximum number of melodies of one validation, taken evenly from the split.
const MAX_MELODIES: usize = 1_000;

/// Reconstructs up to [`MAX_MELODIES`] melodies of the split with the averaged weights, and returns the metrics.
pub(super) fn validate(trainer: &Trainer, valid: &[Tokens]) -> Result<CurvePoint, TrainingError> {
    let weights = Arc::new(trainer.weights(serde_json::Value::Null)?);
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu)?;
    let stride = valid.len().div_ceil(MAX_MELODIES).max(1);
    let melodies: Vec<Tokens> = valid.iter().step_by(stride).cloned().collect();
    let metrics = ReconstructionMetrics::measure(&mut engine, &melodies)?;
    Ok(CurvePoint {
        examples: trainer.examples(),
        token_accuracy: metrics.token_accuracy,
        onset_accuracy: metrics.onset_accuracy,
        exact: metrics.exact,
        kl_nats: metrics.kl_by_dimension.iter().sum(),
    })
}
