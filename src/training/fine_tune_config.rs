//! Settings of fine-tuning, and its rehearsal melodies, which prevent the model from forgetting what it was trained on before.
//!
//! A model that is trained on new melodies alone forgets the old ones. The old ones need not be available: melodies that the
//! model itself generates replace them (pseudo-rehearsal: Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal").
//! The prior is fitted to the new melodies afterwards (`whiten`, `calibrate_prior`), so that a sweep of it sounds like them.

use std::collections::HashSet;
use std::sync::Arc;

use super::config::TrainingConfig;
use super::error::TrainingError;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{Tokens, transposition_key};
use crate::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
use crate::progress::{Cancelled, ProgressFn};

/// Number of rehearsal melodies, decoded from the start model's prior.
pub const REHEARSAL_COUNT: usize = 8_192;
/// One window in this number is held out for validation.
pub const HOLD_OUT_EVERY: usize = 10;
/// Number of points that are decoded together, between two progress reports.
const POINTS_PER_BATCH: usize = 1_024;
/// Maximum number of points decoded per rehearsal melody: empty and equal melodies are skipped.
const MAX_POINTS_PER_MELODY: usize = 4;

/// Settings for fine-tuning `start` (`cargo bench --bench learn` compares other settings): half of the examples are rehearsal
/// melodies, the learning rate is constant, so that the run may end at any time, and the averaged weights follow within a few
/// hundred steps.
#[must_use]
pub fn fine_tuning_config(start: &Weights, seed: u64) -> TrainingConfig {
    TrainingConfig {
        model: start.config().clone(),
        seed,
        examples: 250_000,
        learning_rate: 5e-4,
        constant_share: 1.0,
        final_rate: 1.0,
        beta_warm_up: 0.0,
        average_decay: 0.995,
        transpose_semitones: 5,
        rehearsal_share: 0.5,
        whiten_shrinkage: 0.1,
        fit_rounds: 8,
        validate_every: 16_000,
        patience: 0,
        started_from: Some(start.hash().to_owned()),
        ..TrainingConfig::default()
    }
}

/// Decodes up to `count` melodies from draws of the prior of `weights`, no two of them equal up to transposition and none empty.
/// The melodies depend on the weights, `count` and `seed` alone. `progress` receives the fraction done and may cancel.
///
/// # Errors
/// [`TrainingError::Model`] if the model fails, [`TrainingError::Cancelled`].
pub fn rehearsal_melodies(
    weights: &Arc<Weights>,
    count: usize,
    seed: u64,
    progress: &mut ProgressFn<'_, Cancelled>,
) -> Result<Vec<Tokens>, TrainingError> {
    let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu)?;
    let size = weights.config().latent_size;
    let mut known_keys = HashSet::new();
    let mut melodies: Vec<Tokens> = Vec::with_capacity(count);
    let mut next_point = 0;
    while melodies.len() < count && next_point < count * MAX_POINTS_PER_MELODY {
        progress(melodies.len() as f64 / count as f64)
            .map_err(|Cancelled| TrainingError::Cancelled { step: 0 })?;
        let points: Vec<LatentPoint> = (next_point..next_point + POINTS_PER_BATCH)
            .map(|k| prior_point(size, seed, k as u64))
            .collect();
        next_point += POINTS_PER_BATCH;
        let decoded = engine.decode(&points, &Sampling::Greedy)?;
        let new_melodies = decoded.into_iter().filter(|tokens| {
            let key = transposition_key(tokens);
            tokens.as_slice().iter().any(|id| *id > 1) && known_keys.insert(key)
        });
        melodies.extend(new_melodies);
    }
    melodies.truncate(count);
    Ok(melodies)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::training::Corpus;

    #[test]
    fn rehearsal_melodies_have_notes_and_differ_beyond_transposition() {
        let weights = Arc::new(Weights::default_model().unwrap());
        let melodies = rehearsal_melodies(&weights, 300, 4, &mut |_| Ok(())).unwrap();
        assert_eq!(melodies.len(), 300);
        let keys: HashSet<Vec<u8>> = melodies.iter().map(transposition_key).collect();
        assert_eq!(keys.len(), 300);
        // A smaller set is the beginning of a larger one.
        let fewer = rehearsal_melodies(&weights, 40, 4, &mut |_| Ok(())).unwrap();
        assert_eq!(fewer[..], melodies[..40]);
    }

    #[test]
    fn a_tenth_is_held_out_and_the_rest_stays_in_order() {
        let windows: Vec<Tokens> = (2..37)
            .map(|id| Tokens::new(vec![id, 0, 0, 0]).unwrap())
            .collect();
        let mut corpus = Corpus::from_windows("mine", windows.clone());
        assert_eq!(corpus.hold_out(HOLD_OUT_EVERY), windows[32..]);
        assert_eq!(corpus.windows().cloned().collect::<Vec<_>>(), windows[..32]);
        // Of many small sources as many are held out as of one.
        let mut songs = Corpus::from_windows("", Vec::new());
        songs.sources = windows
            .chunks(3)
            .flat_map(|song| Corpus::from_windows("song", song.to_vec()).sources)
            .collect();
        assert_eq!(songs.hold_out(HOLD_OUT_EVERY).len(), 3);
        assert_eq!(songs.len(), 32);
        let mut small_corpus = Corpus::from_windows("mine", windows[..5].to_vec());
        assert!(small_corpus.hold_out(HOLD_OUT_EVERY).is_empty());
    }
}
