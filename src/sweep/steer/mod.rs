//! Steering: new melodies with wanted values of any set of attributes, the others held or free.
//!
//! ```text
//!  sweep's melodies nearest to what is asked ──► reported at once as round 0, without decoding
//!        │ parents
//!        ▼
//!  offspring: Gauss-Newton step along the joint directions of the attributes,   (`variation`, `directions`)
//!             recombination of two parents, mutation
//!        ▼
//!  decoded and measured ──► best 1,024 kept, the parents of the next round      (`candidate`, `objective`)
//!        ▼
//!  chosen: those that have what is asked, most different from those chosen before; reported   (`search`)
//! ```
//!
//! - `goals`, `request`: what is asked
//! - `feasibility`: what the sweep says of it before the work
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
const BATCH: usize = 256;

/// Searches melodies that have what a request asks for.
///
/// The observer receives each round (see [`crate::sweep::SteerRound`]), beginning with melodies of the sweep before anything
/// is decoded. The search ends when every melody has been found or the request's number of candidates is used up; then the nearest ones that
/// there are take the remaining places. The result depends on the basis, the request and the model alone.
///
/// What is decoded is new: no melody of the sweep, none of [`SteerRequest::except`], none that the model says that it was trained on
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
    steer_in_batches(basis, request, BATCH, model, observer)
}

/// As [`steer`], in batches of at least this many melodies.
fn steer_in_batches(
    basis: &mut SteerBasis,
    request: &SteerRequest,
    batch: usize,
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
    let all = search.slots();
    observer.steered(search.report(&all, basis.plan()));
    basis.prepare(&request.goals, observer)?;
    let sampling_params = SamplingParams {
        temperature: request.temperature,
        seed: request.seed,
    };
    let mut meter = RateMeter::start(search.budget());
    loop {
        let trials = search.trials(basis.directions());
        if trials.is_empty() {
            break;
        }
        let mut decoded = Vec::with_capacity(trials.len());
        let mut rest = &trials[..];
        while let Some(batch) = next_batch(&mut rest, batch, model) {
            observer.check()?;
            let points: Vec<LatentPoint> = batch.iter().map(|trial| trial.latent.clone()).collect();
            let stream = |trial: &Trial| streams::of_candidate(trial.number);
            let streams: Vec<u64> = batch.iter().map(stream).collect();
            let melodies = decode(model, observer, sampling_params, &points, &streams)?;
            observer.progress(meter.add(batch.len()));
            decoded.extend(points.into_iter().zip(melodies));
        }
        let is_known = |melody: &Melody| model.is_training_melody(melody.tokens());
        let changed = search.take(decoded, basis, is_known);
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
    Ok(Steered::new(entries, request, basis, search.tried()))
}

/// Gives melodies that keep a part of another one, or were moved into a scale, the points that the encoder has for them, if the model has an encoder.
/// Returns their slots.
fn encode_changed(
    search: &mut Search<'_>,
    model: &mut dyn MelodyModel,
) -> Result<Vec<usize>, SweepError> {
    let made = search.changed_melodies();
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let tokens: Vec<Tokens> = made.iter().map(|(_, m)| m.tokens().clone()).collect();
    let posteriors = match model.encode(&tokens) {
        Err(ModelError::NoEncoder) => return Ok(Vec::new()),
        posteriors => posteriors?,
    };
    let mut changed = Vec::new();
    for ((slot, _), posterior) in made.into_iter().zip(posteriors) {
        search.set_latent(slot, LatentPoint::new(posterior.mu));
        changed.push(slot);
    }
    Ok(changed)
}

#[cfg(test)]
mod tests;
