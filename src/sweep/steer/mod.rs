//! New melodies with a wanted attribute value.

mod calibration;
mod fit;
mod search;

pub use fit::SteeringFit;

use std::collections::HashSet;
use std::sync::Arc;

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::Decode;
use crate::statistics::{mean, standard_deviation};
use crate::sweep::decode::{SamplingParams, decode, streams};
use crate::sweep::observer::Meter;
use crate::sweep::{MelodyEntry, MelodyId, Observer, SweepError, SweepLayout, SweepPlan};
use search::{Candidate, Search};

/// Most melodies of one steer.
pub const MAX_STEERED: u32 = 4_096;
const MAX_CANDIDATES: u32 = 1_024;
/// Rounds of candidates that a melody can have, the first included.
const ROUNDS: u32 = 4;
const BATCH: usize = 256;

/// What to steer to.
#[derive(Clone, Debug, PartialEq)]
pub struct SteerRequest {
    /// Index into the attribute table.
    pub attribute: usize,
    /// Wanted value, in attribute units (as in files, not as shown to musicians).
    pub target: f64,
    /// Melodies wanted.
    pub count: u32,
    /// Seed of the draws of the prior that the melodies are moved from.
    pub seed: u64,
    /// Candidates decoded per melody, in each round.
    pub candidates: u32,
    /// Which steer this is: the first number in the melodies' names.
    pub number: u32,
}

impl Default for SteerRequest {
    fn default() -> Self {
        Self {
            attribute: 0,
            target: 0.0,
            count: 32,
            seed: 99,
            candidates: 8,
            number: 0,
        }
    }
}

impl SteerRequest {
    /// Checks everything that does not depend on a fit.
    ///
    /// # Errors
    /// [`SweepError::Setting`] names the first setting that cannot be met.
    pub fn validate(&self) -> Result<(), SweepError> {
        if !self.target.is_finite() {
            return Err(SweepError::setting(
                "the wanted value",
                &self.target,
                "choose a number",
            ));
        }
        for (setting, found, most) in [
            ("the number of melodies", self.count, MAX_STEERED),
            ("the number of candidates", self.candidates, MAX_CANDIDATES),
        ] {
            if !(1..=most).contains(&found) {
                return Err(SweepError::setting(
                    setting,
                    &found,
                    format!("choose 1 to {most}"),
                ));
            }
        }
        Ok(())
    }
}

/// A melody made by steering.
#[derive(Clone, Debug)]
pub struct SteeredMelody {
    /// Its name.
    pub id: MelodyId,
    /// Where it lies in the latent space.
    pub latent: LatentPoint,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
    /// Its place on the map.
    pub position: [f64; 2],
}

impl SteeredMelody {
    /// The same without its latent point.
    #[must_use]
    pub fn entry(&self) -> MelodyEntry {
        MelodyEntry {
            id: self.id,
            melody: Arc::clone(&self.melody),
            attributes: self.attributes.clone(),
            position: self.position,
        }
    }
}

/// What a steer gave, and how near it came.
#[derive(Clone, Debug)]
pub struct Steered {
    /// The melodies, in order.
    pub entries: Vec<SteeredMelody>,
    /// The value asked for, in attribute units like all that follow.
    pub wanted: f64,
    /// Mean over the melodies that are not empty; NaN if all are.
    pub obtained_mean: f64,
    /// Standard deviation (of the sample) over the melodies that are not empty; 0 for a single one.
    pub obtained_sd: f64,
    /// Share of the melodies within one unit of the wanted value, as musicians see units: one note per bar for
    /// note density, one semitone for range.
    pub within_one: f64,
    /// Share of the melodies that sound different from all before them.
    pub distinct: f64,
    /// Melodies without a note.
    pub empty: usize,
    /// Lowest and highest mean that moving along the direction gives: a target outside is met as well as can be.
    pub reach: (f64, f64),
    /// Melodies decoded to choose from.
    pub decoded: u64,
}

impl Steered {
    /// Places the melodies on a map of the sweep, in the layout's own unit.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`] if the observer says so.
    pub fn place_on(
        &mut self,
        layout: &SweepLayout,
        plan: &SweepPlan,
        observer: &mut dyn Observer,
    ) -> Result<(), SweepError> {
        for melody in &mut self.entries {
            if observer.cancelled() {
                return Err(SweepError::Cancelled);
            }
            let placed = layout.place(plan, &melody.latent, &melody.melody, &melody.attributes);
            if let Some(placed) = placed {
                melody.position = placed.position;
            }
        }
        Ok(())
    }
}

/// Makes melodies with a wanted attribute value.
///
/// Each begins as draws of the prior, moved along the fit's direction to where the calibrated response is the
/// wanted value and left as they are across it. All are decoded; the nearest to the target stays, of equally near
/// ones the least like those already chosen, and nothing is chosen twice while there is a choice. Where no
/// candidate comes within half a unit, a few more rounds follow in which the best are moved on by what they lack
/// (unless the direction says next to nothing of the attribute) and varied a little. The result depends on the fit, the request and the model alone; nothing on the map moves.
///
/// # Errors
/// [`SweepError::Cancelled`] if the observer says so, [`SweepError::Setting`] for a request that cannot be met,
/// [`SweepError::Model`] if the model fails for good.
pub fn steer(
    fit: &SteeringFit,
    request: &SteerRequest,
    plan: &SweepPlan,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Steered, SweepError> {
    if fit.attribute != request.attribute {
        return Err(SweepError::setting(
            "the attribute to steer",
            &request.attribute,
            "fit the attribute that is to be steered",
        ));
    }
    request.validate()?;
    let response = fit.response(decoder, observer)?;
    // What is shown is proportional to the attribute, so one shown unit is the same everywhere.
    let entry = &ATTRIBUTES[request.attribute];
    let unit = (entry.from_display)(1.0) - (entry.from_display)(0.0);
    let mut search = Search::new(fit, request, response, unit);
    let mut meter = Meter::start(u64::from(request.count) * u64::from(request.candidates));
    let mut decoded = 0;
    for round in 0..ROUNDS {
        let trials = search.trials(round);
        if round > 0 {
            meter.total += trials.len() as u64;
        }
        for batch in trials.chunks(BATCH) {
            if observer.cancelled() {
                return Err(SweepError::Cancelled);
            }
            let points: Vec<LatentPoint> = batch.iter().map(|trial| trial.latent.clone()).collect();
            let numbers: Vec<u64> = batch
                .iter()
                .map(|trial| streams::of_candidate(trial.slot, trial.stream))
                .collect();
            let sampling_params = SamplingParams {
                temperature: plan.config.temperature,
                seed: request.seed,
            };
            let melodies = decode(decoder, observer, sampling_params, &points, &numbers)?;
            decoded += batch.len() as u64;
            observer.progress(meter.add(batch.len()));
            for ((trial, latent), melody) in batch.iter().zip(points).zip(melodies) {
                search.add(trial.slot, Candidate::new(latent, melody, request));
            }
        }
        let settled = search.choose(round + 1 == ROUNDS);
        let batch: Vec<MelodyEntry> = settled
            .into_iter()
            .filter_map(|slot| search.steered(slot, plan))
            .map(|s| s.entry())
            .collect();
        if !batch.is_empty() {
            observer.melodies(batch);
        }
        if search.is_settled() {
            break;
        }
    }
    let entries: Vec<SteeredMelody> = (0..request.count)
        .filter_map(|slot| search.steered(slot, plan))
        .collect();
    Ok(summarise(
        entries,
        request,
        unit,
        response.curve.reach(),
        decoded,
    ))
}

fn summarise(
    entries: Vec<SteeredMelody>,
    request: &SteerRequest,
    unit: f64,
    reach: (f64, f64),
    decoded: u64,
) -> Steered {
    let values: Vec<f64> = entries
        .iter()
        .filter_map(|e| e.attributes.value(request.attribute))
        .collect();
    let count = entries.len().max(1) as f64;
    let within = values
        .iter()
        .filter(|v| (*v - request.target).abs() <= unit + 1e-9)
        .count();
    let sounds: HashSet<Tokens> = entries
        .iter()
        .map(|e| e.melody.tokens().canonical())
        .collect();
    Steered {
        wanted: request.target,
        obtained_mean: mean(&values).unwrap_or(f64::NAN),
        obtained_sd: standard_deviation(&values).unwrap_or(0.0),
        within_one: within as f64 / count,
        distinct: sounds.len() as f64 / count,
        empty: entries.len() - values.len(),
        reach,
        decoded,
        entries,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::attributes::attribute_index;
    use crate::sweep::Unobserved;
    use crate::sweep::testing::swept;

    #[test]
    fn thirty_two_melodies_have_the_density_that_was_asked_for() {
        let (sweep, mut decoder) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        for notes_per_bar in 2..=12 {
            let target = f64::from(notes_per_bar) / 16.0;
            let request = SteerRequest {
                target,
                ..SteerRequest::default()
            };
            let steered =
                steer(&fit, &request, &sweep.plan, &mut decoder, &mut Unobserved).unwrap();
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
        let (sweep, mut decoder) = swept();
        for (attribute, entry) in ATTRIBUTES.iter().enumerate() {
            let fit = SteeringFit::from_sweep(attribute, &sweep).unwrap();
            let mut values: Vec<f64> = sweep
                .samples
                .iter()
                .filter_map(|e| e.attributes.value(attribute))
                .collect();
            values.sort_by(f64::total_cmp);
            for share in [0.1, 0.5, 0.9] {
                let target = values[(share * values.len() as f64) as usize];
                let request = SteerRequest {
                    attribute,
                    target,
                    count: 16,
                    ..SteerRequest::default()
                };
                let steered =
                    steer(&fit, &request, &sweep.plan, &mut decoder, &mut Unobserved).unwrap();
                eprintln!(
                    "{} R2 {:.2}: wanted {:.1}, got {:.2} ± {:.2}, within {:.2}, distinct {:.2}, {} decoded",
                    entry.id,
                    fit.cross_validated_r2,
                    (entry.display_scale)(target),
                    (entry.display_scale)(steered.obtained_mean),
                    (entry.display_scale)(steered.obtained_sd),
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
                    "{} {share}",
                    entry.id
                );
                let shown = (entry.display_scale)(steered.obtained_mean - target);
                assert!(shown.abs() <= 2.0, "{} {share}: {shown}", entry.id);
                assert!(steered.distinct >= 0.9, "{} {share}", entry.id);
            }
        }
    }

    #[test]
    fn equal_requests_give_equal_melodies_and_another_seed_gives_others() {
        let (sweep, mut decoder) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        let mut melodies = |seed| {
            let request = SteerRequest {
                target: 0.5,
                seed,
                count: 12,
                ..SteerRequest::default()
            };
            let steered =
                steer(&fit, &request, &sweep.plan, &mut decoder, &mut Unobserved).unwrap();
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
    fn a_wish_out_of_reach_is_met_as_well_as_can_be_and_ends() {
        let (sweep, mut decoder) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        let request = SteerRequest {
            target: 3.0,
            count: 8,
            ..SteerRequest::default()
        };
        let steered = steer(&fit, &request, &sweep.plan, &mut decoder, &mut Unobserved).unwrap();
        assert!(steered.obtained_mean > 0.8 && steered.within_one == 0.0);
        assert!(steered.reach.1 < 1.01);
        assert_eq!(steered.decoded, 8 * 8 * 4);
    }

    #[test]
    fn steering_can_be_cancelled_and_tells_what_it_makes() {
        #[derive(Default)]
        struct Listener {
            ids: Vec<MelodyId>,
            batches: usize,
            stop: bool,
        }
        impl Observer for Listener {
            fn melodies(&mut self, batch: Vec<MelodyEntry>) {
                self.ids.extend(batch.iter().map(|entry| entry.id));
            }
            fn progress(&mut self, _: crate::sweep::Progress) {
                self.batches += 1;
            }
            fn cancelled(&self) -> bool {
                self.stop && self.batches > 1
            }
        }
        let (sweep, mut decoder) = swept();
        let fit = SteeringFit::from_sweep(0, &sweep).unwrap();
        let request = SteerRequest {
            target: 0.4,
            count: 100,
            number: 7,
            ..SteerRequest::default()
        };
        let mut listener = Listener::default();
        steer(&fit, &request, &sweep.plan, &mut decoder, &mut listener).unwrap();
        listener.ids.sort();
        assert_eq!(
            listener.ids,
            (0..100)
                .map(|index| MelodyId::Steered { steer: 7, index })
                .collect::<Vec<_>>()
        );
        let mut listener = Listener {
            stop: true,
            ..Listener::default()
        };
        let error = steer(&fit, &request, &sweep.plan, &mut decoder, &mut listener).unwrap_err();
        assert!(matches!(error, SweepError::Cancelled));
        assert_eq!(listener.batches, 2);
    }

    #[test]
    fn a_request_that_cannot_be_met_is_refused_with_what_can() {
        let (sweep, mut decoder) = swept();
        let density = attribute_index("note_density").unwrap();
        let fit = SteeringFit::from_sweep(density, &sweep).unwrap();
        let mut say = |request: SteerRequest| {
            steer(&fit, &request, &sweep.plan, &mut decoder, &mut Unobserved)
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
