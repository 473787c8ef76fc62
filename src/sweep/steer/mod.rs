//! Steering: new melodies with wanted values of any set of attributes, the others held or free.
//!
//! ```text
//!  melodies of the sweep of least error ──► reported at once as round 0, without decoding
//!        │ parents
//!        ▼
//!  offspring: Gauss-Newton step along the joint directions of the attributes,   (`variation`, `directions`)
//!             recombination of two parents, mutation
//!        ▼
//!  decoded and measured ──► best 1,024 kept, the parents of the next round      (`candidate`, `objective`)
//!        ▼
//!  chosen: those that meet the request, most different from those chosen before; reported   (`search`)
//! ```
//!
//! - `goals`, `request`: the input of a search
//! - `feasibility`: how many of the sweep's melodies meet the goals, known before the search
//! - `basis`: the melodies of a sweep that every search starts from
//! - `keep`, `scale_fit`: melodies that keep the rhythm, the pitches or the first bar of another one, or are moved into a scale
//! - `steered`: the result

mod basis;
mod candidate;
mod directions;
mod feasibility;
mod goals;
mod keep;
mod objective;
mod request;
mod scale_fit;
mod search;
mod steered;
mod variation;

pub use basis::SteerBasis;
pub use feasibility::{Feasibility, NearestMelody, OpposedGoals};
pub use goals::{SteerGoal, SteerGoals};
pub use request::{
    KeptAspect, MAX_CANDIDATES_PER_MELODY, MAX_STEERED, SteerOrigin, SteerRequest, SteerSource,
};
pub use steered::{SteerOutcome, Steered};

use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::{MelodyModel, ModelError};
use crate::progress::RateMeter;
use crate::sweep::decode::{SamplingParams, decode, next_batch, streams};
use crate::sweep::error::SweepError;
use crate::sweep::observer::SweepObserver;
use search::{Search, Trial};

/// Fewest melodies decoded between two checks for cancellation.
const MIN_BATCH: usize = 256;

/// Searches melodies that meet a request.
///
/// The observer receives each round (see [`crate::sweep::SteerRound`]), beginning with melodies of the sweep before anything
/// is decoded. The search ends when every melody has been found or the request's number of candidates is used up; then the nearest
/// ones fill the remaining places. The result depends on the basis, the request and the model alone.
///
/// Decoded results are new: not in the sweep, not in [`SteerRequest::excluded`], and not among the model's training melodies
/// ([`MelodyModel::is_training_melody`]).
///
/// # Errors
/// [`SweepError::Cancelled`]; those of [`SteerRequest::validate`] and [`SteerBasis::r2`]; [`SweepError::Model`] if the
/// model fails on every device.
pub fn steer(
    basis: &mut SteerBasis,
    request: &SteerRequest,
    model: &mut dyn MelodyModel,
    observer: &mut dyn SweepObserver,
) -> Result<Steered, SweepError> {
    steer_in_batches(basis, request, MIN_BATCH, model, observer)
}

/// As [`steer`], in batches of at least `min_batch` melodies.
fn steer_in_batches(
    basis: &mut SteerBasis,
    request: &SteerRequest,
    min_batch: usize,
    model: &mut dyn MelodyModel,
    observer: &mut dyn SweepObserver,
) -> Result<Steered, SweepError> {
    request.validate()?;
    let steps = model.steps();
    if let Some(source) = request.source().filter(|s| s.melody.steps() != steps) {
        let advice = format!("the model makes melodies of {steps}");
        let found = source.melody.steps();
        return Err(SweepError::setting(
            "the number of steps of the melody to resemble",
            &found,
            advice,
        ));
    }
    observer.check()?;
    let mut search = Search::new(request, basis, steps);
    let all_slots = search.slots();
    observer.steered(search.report(&all_slots, basis.plan()));
    basis.prepare(&request.goals, observer)?;
    let sampling_params = SamplingParams {
        temperature: request.temperature,
        seed: request.seed,
    };
    let mut meter = RateMeter::for_melodies(search.budget());
    loop {
        let trials = search.trials(basis.directions());
        if trials.is_empty() {
            break;
        }
        let mut decoded = Vec::with_capacity(trials.len());
        let mut remaining_trials = &trials[..];
        while let Some(batch) = next_batch(&mut remaining_trials, min_batch, model) {
            observer.check()?;
            let points: Vec<LatentPoint> = batch.iter().map(|trial| trial.latent.clone()).collect();
            let stream = |trial: &Trial| streams::of_candidate(trial.number);
            let streams: Vec<u64> = batch.iter().map(stream).collect();
            let melodies = decode(model, observer, sampling_params, &points, &streams)?;
            observer.progress(meter.add(batch.len()));
            decoded.extend(points.into_iter().zip(melodies));
        }
        let is_known = |melody: &Melody| model.is_training_melody(melody.tokens());
        let changed = search.take_decoded(decoded, basis, is_known);
        if !changed.is_empty() {
            observer.steered(search.report(&changed, basis.plan()));
        }
    }
    let mut changed = search.finish();
    let encoded = encode_changed(&mut search, model)?;
    changed.extend(encoded);
    changed.sort_unstable();
    changed.dedup();
    if !changed.is_empty() {
        observer.steered(search.report(&changed, basis.plan()));
    }
    let entries = search.melodies(basis.plan());
    Ok(Steered::new(entries, request, basis, search.trial_count()))
}

/// Encodes the melodies that were changed after decoding, if the model has an encoder, and gives them these latent points. Returns
/// their slots.
fn encode_changed(
    search: &mut Search<'_>,
    model: &mut dyn MelodyModel,
) -> Result<Vec<usize>, SweepError> {
    let changed_melodies = search.changed_melodies();
    if changed_melodies.is_empty() {
        return Ok(Vec::new());
    }
    let tokens: Vec<Tokens> = changed_melodies
        .iter()
        .map(|(_, m)| m.tokens().clone())
        .collect();
    let posteriors = match model.encode(&tokens) {
        Err(ModelError::NoEncoder) => return Ok(Vec::new()),
        posteriors => posteriors?,
    };
    let mut changed = Vec::new();
    for ((slot, _), posterior) in changed_melodies.into_iter().zip(posteriors) {
        search.set_latent(slot, LatentPoint::new(posterior.mu));
        changed.push(slot);
    }
    Ok(changed)
}

#[cfg(test)]
mod tests;
