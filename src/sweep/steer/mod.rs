//! Steering: new melodies with a target attribute value.
//!
//! A [`SteeringFit`] finds the direction of the latent space along which the attribute rises. Each melody of a request is
//! searched from draws of the prior:
//!
//! ```text
//!  attribute
//!     |                        _____   response: mean attribute at each score (`calibration`)
//!   target - - - - - - - - - o
//!     |                 ___/ |
//!     |   ____________/      |
//!     +----------------------+-------> score: position along the direction (`fit`)
//!                            |
//!     draw 1    x ---------> x         1. move draws along the direction to the score of the target, decode them,
//!     draw 2         x ----> x            and choose the candidate nearest to the target (`search`)
//!                            |
//!     best candidate    x -> x         2. if it is off by more than half a unit: move the best candidates on by
//!       and its variations  x x           error / slope, vary them, decode again, for at most four rounds
//! ```
//!
//! - `request`, `steered`: the input and the result
//! - `fit`: the direction, by ridge regression on a sweep
//! - `calibration`: the response along the direction, as a monotone curve that can be inverted
//! - `search`: candidates of each round, and the choice among them

mod calibration;
mod fit;
mod request;
mod search;
mod steered;

pub use fit::SteeringFit;
pub use request::{MAX_STEERED, SteerRequest};
pub use steered::{Steered, SteeredMelody};

use crate::attributes::ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::model::MelodyModel;
use crate::progress::RateMeter;
use crate::sweep::decode::{SamplingParams, decode, streams};
use crate::sweep::entry::MelodyEntry;
use crate::sweep::error::SweepError;
use crate::sweep::observer::SweepObserver;
use crate::sweep::plan::SweepPlan;
use search::{DecodedTrial, Search};

/// Maximum number of rounds of candidates per melody.
const ROUNDS: u32 = 4;
/// Melodies decoded between two checks for cancellation.
const BATCH: usize = 256;

/// Searches melodies with a target attribute value.
///
/// The candidate nearest to the target is chosen; of equally near ones the least similar to those already chosen, and no
/// melody twice while there is another. The result depends on the fit, the request and the model alone.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Setting`] for an invalid request, [`SweepError::Model`] if the model fails on
/// every device.
pub fn steer(
    fit: &SteeringFit,
    request: &SteerRequest,
    plan: &SweepPlan,
    model: &mut dyn MelodyModel,
    observer: &mut dyn SweepObserver,
) -> Result<Steered, SweepError> {
    if fit.attribute != request.attribute {
        let advice = "fit the attribute that is to be steered";
        let setting = "the attribute to steer";
        return Err(SweepError::setting(setting, &request.attribute, advice));
    }
    request.validate()?;
    let response = fit.response(model, observer)?;
    // The shown value is proportional to the attribute, so a shown unit is the same everywhere.
    let entry = &ATTRIBUTES[request.attribute];
    let unit = (entry.from_display_unit)(1.0) - (entry.from_display_unit)(0.0);
    let sampling_params = SamplingParams {
        temperature: plan.config.temperature,
        seed: request.seed,
    };
    let mut search = Search::new(fit, request, response, unit);
    let mut meter = RateMeter::start(u64::from(request.count) * u64::from(request.candidates));
    let mut decoded = 0;
    for round in 0..ROUNDS {
        let trials = search.trials(round);
        if round > 0 {
            meter.expect_more(trials.len());
        }
        for batch in trials.chunks(BATCH) {
            observer.check()?;
            let points: Vec<LatentPoint> = batch.iter().map(|trial| trial.latent.clone()).collect();
            let stream = |trial: &search::Trial| streams::of_candidate(trial.slot, trial.stream);
            let streams: Vec<u64> = batch.iter().map(stream).collect();
            let melodies = decode(model, observer, sampling_params, &points, &streams)?;
            decoded += batch.len() as u64;
            observer.progress(meter.add(batch.len()));
            for ((trial, latent), melody) in batch.iter().zip(points).zip(melodies) {
                search.add(trial.slot, DecodedTrial::new(latent, melody, request));
            }
        }
        let chosen = search.choose(round + 1 == ROUNDS);
        let batch: Vec<MelodyEntry> = chosen
            .into_iter()
            .filter_map(|slot| Some(search.steered(slot, plan)?.entry()))
            .collect();
        if !batch.is_empty() {
            observer.melodies(batch);
        }
        if search.is_complete() {
            break;
        }
    }
    let entries: Vec<SteeredMelody> = (0..request.count)
        .filter_map(|slot| search.steered(slot, plan))
        .collect();
    let reach = response.curve.reach();
    Ok(Steered::new(entries, request, unit, reach, decoded))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::attributes::attribute_index;
    use crate::progress::{Observer, Progress, Unobserved};
    use crate::sweep::MelodyId;
    use crate::sweep::testing::swept;

    #[test]
    fn thirty_two_melodies_have_the_target_density() {
        let (sweep, mut model) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        for notes_per_bar in 2..=12 {
            let target = f64::from(notes_per_bar) / 16.0;
            let request = SteerRequest {
                target,
                ..SteerRequest::default()
            };
            let steered = steer(&fit, &request, &sweep.plan, &mut model, &mut Unobserved).unwrap();
            eprintln!(
                "{notes_per_bar}: {:.2} ± {:.2}, within one {:.2}, distinct {:.2}, {} decoded",
                16.0 * steered.obtained_mean,
                16.0 * steered.obtained_sd,
                steered.within_one,
                steered.distinct,
                steered.decoded
            );
            assert_eq!(steered.entries.len(), 32);
            assert!(
                (steered.obtained_mean - target).abs() * 16.0 < 0.3,
                "{notes_per_bar}"
            );
            assert!(
                steered.within_one >= 0.95 && steered.distinct >= 0.9,
                "{notes_per_bar}"
            );
        }
    }

    #[test]
    fn every_attribute_of_the_table_can_be_steered() {
        let (sweep, mut model) = swept();
        for (attribute, entry) in ATTRIBUTES.iter().enumerate() {
            let fit = SteeringFit::from_sweep(attribute, &sweep).unwrap();
            let mut values: Vec<f64> = sweep
                .samples
                .iter()
                .filter_map(|e| e.attributes.value(attribute))
                .collect();
            values.sort_by(f64::total_cmp);
            for fraction in [0.1, 0.5, 0.9] {
                let target = values[(fraction * values.len() as f64) as usize];
                let request = SteerRequest {
                    attribute,
                    target,
                    count: 16,
                    ..SteerRequest::default()
                };
                let steered =
                    steer(&fit, &request, &sweep.plan, &mut model, &mut Unobserved).unwrap();
                eprintln!(
                    "{} R2 {:.2}: wanted {:.1}, got {:.2} ± {:.2}, within {:.2}, distinct {:.2}, {} decoded",
                    entry.id,
                    fit.cross_validated_r2,
                    (entry.to_display_unit)(target),
                    (entry.to_display_unit)(steered.obtained_mean),
                    (entry.to_display_unit)(steered.obtained_sd),
                    steered.within_one,
                    steered.distinct,
                    steered.decoded
                );
                // Whole sweeps scatter by the attribute's own deviation; these melodies lie close together.
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let all =
                    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
                assert!(
                    steered.obtained_sd < all.sqrt() / 3.0,
                    "{} {fraction}",
                    entry.id
                );
                let shown = (entry.to_display_unit)(steered.obtained_mean - target);
                assert!(shown.abs() <= 2.0, "{} {fraction}: {shown}", entry.id);
                assert!(steered.distinct >= 0.9, "{} {fraction}", entry.id);
            }
        }
    }

    #[test]
    fn equal_requests_give_equal_melodies_and_another_seed_different_ones() {
        let (sweep, mut model) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        let mut melodies = |seed| {
            let request = SteerRequest {
                target: 0.5,
                seed,
                count: 12,
                ..SteerRequest::default()
            };
            let steered = steer(&fit, &request, &sweep.plan, &mut model, &mut Unobserved).unwrap();
            steered
                .entries
                .into_iter()
                .map(|e| (e.melody, e.position))
                .collect::<Vec<_>>()
        };
        assert_eq!(melodies(1), melodies(1));
        assert_ne!(melodies(1), melodies(2));
    }

    #[test]
    fn a_target_out_of_reach_is_met_as_well_as_possible() {
        let (sweep, mut model) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        let request = SteerRequest {
            target: 3.0,
            count: 8,
            ..SteerRequest::default()
        };
        let steered = steer(&fit, &request, &sweep.plan, &mut model, &mut Unobserved).unwrap();
        assert!(steered.obtained_mean > 0.8 && steered.within_one == 0.0);
        assert!(steered.reach.1 < 1.01);
        assert_eq!(steered.decoded, 8 * 8 * 4);
    }

    #[test]
    fn steering_can_be_cancelled_and_reports_every_melody() {
        #[derive(Default)]
        struct Recorder {
            ids: Vec<MelodyId>,
            batches: usize,
            stop: bool,
        }
        impl SweepObserver for Recorder {
            fn melodies(&mut self, batch: Vec<MelodyEntry>) {
                self.ids.extend(batch.iter().map(|entry| entry.id));
            }
        }
        impl Observer for Recorder {
            fn progress(&mut self, _: Progress) {
                self.batches += 1;
            }
            fn cancelled(&self) -> bool {
                self.stop && self.batches > 1
            }
        }
        let (sweep, mut model) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        let request = SteerRequest {
            target: 0.4,
            count: 100,
            number: 7,
            ..SteerRequest::default()
        };
        let mut recorder = Recorder::default();
        steer(&fit, &request, &sweep.plan, &mut model, &mut recorder).unwrap();
        recorder.ids.sort();
        assert_eq!(
            recorder.ids,
            (0..100)
                .map(|index| MelodyId::Steered { steer: 7, index })
                .collect::<Vec<_>>()
        );
        let mut recorder = Recorder {
            stop: true,
            ..Recorder::default()
        };
        let error = steer(&fit, &request, &sweep.plan, &mut model, &mut recorder).unwrap_err();
        assert!(matches!(error, SweepError::Cancelled));
        assert_eq!(recorder.batches, 2);
    }

    #[test]
    fn an_invalid_request_is_refused_with_the_valid_values() {
        let (sweep, mut model) = swept();
        let density = attribute_index("note_density").unwrap();
        let fit = SteeringFit::from_sweep(density, &sweep).unwrap();
        let mut say = |request: SteerRequest| {
            steer(&fit, &request, &sweep.plan, &mut model, &mut Unobserved)
                .unwrap_err()
                .to_string()
        };
        let usual = SteerRequest {
            target: 0.5,
            ..SteerRequest::default()
        };
        assert_eq!(
            say(SteerRequest {
                count: 0,
                ..usual.clone()
            }),
            "the number of melodies cannot be 0; choose 1 to 4096"
        );
        assert!(
            say(SteerRequest {
                target: f64::NAN,
                ..usual.clone()
            })
            .starts_with("the wanted value")
        );
        assert!(
            say(SteerRequest {
                candidates: 0,
                ..usual.clone()
            })
            .starts_with("the number of candidates")
        );
        assert!(
            say(SteerRequest {
                attribute: density + 1,
                ..usual
            })
            .starts_with("the attribute to steer")
        );
    }
}
