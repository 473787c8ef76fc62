//! The direction of the latent space along which an attribute rises.

use std::sync::{Arc, OnceLock};

use super::calibration::{Calibration, MAX_SCORE, Response};
use crate::attributes::ATTRIBUTES;
use crate::latent::{LatentPoint, prior_point};
use crate::model::MelodyModel;
use crate::progress::{Observer, no_progress};
use crate::statistics::ridge;
use crate::sweep::decode::{SamplingParams, decode};
use crate::sweep::error::SweepError;
use crate::sweep::result::Sweep;

/// Draws of the prior decoded at each score of the calibration.
const DRAWS_PER_SCORE: u64 = 16;
/// Fixed, because the response depends on the model and the direction only.
const CALIBRATION_SEED: u64 = 0x7475_6e65;
const BATCH: usize = 256;
/// Fewest melodies that a direction is fitted to.
const MIN_MELODIES: usize = 10;

/// A direction of the latent space along which an attribute rises, and its response along it.
///
/// Clones share the response, which is decoded once.
#[derive(Clone, Debug)]
pub struct SteeringFit {
    /// Index into the attribute table.
    pub attribute: usize,
    /// Fraction of the attribute's variance that a line along the direction explains in regions that it was not fitted to.
    /// At most 1; 0 or less for a direction that explains nothing.
    pub cross_validated_r2: f64,
    /// Number of melodies it was fitted to.
    pub melodies: usize,
    direction: Vec<f64>,
    observed: Vec<(f64, f64)>,
    response: Arc<OnceLock<Response>>,
}

impl SteeringFit {
    /// Fits the attribute on the samples of a finished sweep.
    ///
    /// # Errors
    /// As [`SteeringFit::fit`].
    pub fn from_sweep(attribute: usize, sweep: &Sweep) -> Result<Self, SweepError> {
        let mut latents = Vec::with_capacity(sweep.samples.len());
        let (mut values, mut regions) = (Vec::new(), Vec::new());
        for entry in &sweep.samples {
            if let (Some(latent), Some(region)) = (sweep.plan.latent(entry.id), entry.id.region()) {
                latents.push(latent);
                values.push(entry.attributes.value(attribute));
                regions.push(region);
            }
        }
        Self::fit(attribute, &latents, &values, &regions)
    }

    /// Fits the attribute on latent points by ridge regression, the penalty chosen by cross-validation.
    ///
    /// # Shapes
    /// - `latents`, `values`, `regions`: one entry per melody; `values` of empty melodies are `None`. Regions are the groups
    ///   of the cross-validation.
    ///
    /// # Errors
    /// [`SweepError::NoSuchAttribute`]; [`SweepError::NoSteeringDirection`] if fewer than ten melodies have the
    /// attribute or it has the same value in all of them.
    pub fn fit(
        attribute: usize,
        latents: &[LatentPoint],
        values: &[Option<f64>],
        regions: &[u32],
    ) -> Result<Self, SweepError> {
        let known = ATTRIBUTES.len();
        let entry = ATTRIBUTES
            .get(attribute)
            .ok_or(SweepError::NoSuchAttribute {
                index: attribute,
                known,
            })?;
        let error = |reason| SweepError::NoSteeringDirection {
            attribute: entry.name,
            reason,
        };
        let mut points = Vec::new();
        let (mut measured, mut groups) = (Vec::new(), Vec::new());
        for ((latent, value), region) in latents.iter().zip(values).zip(regions) {
            if let Some(value) = value.filter(|v| v.is_finite()) {
                points.push(latent);
                measured.push(value);
                groups.push(*region);
            }
        }
        if measured.len() < MIN_MELODIES {
            return Err(error("fewer than ten melodies have it"));
        }
        let rows: Vec<&[f32]> = points.iter().map(|point| point.as_slice()).collect();
        let Ok(line) = ridge(&rows, &measured, &groups, &mut no_progress);
        let line = line.ok_or_else(|| error("it is the same in every melody"))?;
        let length = line.weights.iter().map(|w| w * w).sum::<f64>().sqrt();
        if !(length.is_finite() && length > 0.0) {
            return Err(error("no direction of the latent space changes it"));
        }
        let mut fit = Self {
            attribute,
            cross_validated_r2: line.cross_validated_r2,
            melodies: measured.len(),
            direction: line.weights.iter().map(|w| w / length).collect(),
            observed: Vec::new(),
            response: Arc::default(),
        };
        fit.observed = points
            .iter()
            .zip(&measured)
            .map(|(point, value)| (fit.score(point), *value))
            .collect();
        Ok(fit)
    }

    /// The direction, of length 1: one component per latent dimension.
    #[must_use]
    pub fn direction(&self) -> &[f64] {
        &self.direction
    }

    /// Position of a point along the direction, in standard deviations of the prior.
    #[must_use]
    pub fn score(&self, point: &LatentPoint) -> f64 {
        self.direction
            .iter()
            .zip(point.as_slice())
            .map(|(u, z)| u * f64::from(*z))
            .sum()
    }

    /// The point moved along the direction to `score`; its orthogonal components stay.
    #[must_use]
    pub fn moved(&self, point: &LatentPoint, score: f64) -> LatentPoint {
        let step = score - self.score(point);
        let coordinates = self.direction.iter().zip(point.as_slice());
        LatentPoint::new(
            coordinates
                .map(|(u, z)| (f64::from(*z) + step * u) as f32)
                .collect(),
        )
    }

    /// Lowest and highest mean value along the direction, in attribute units.
    ///
    /// From the sweep alone until the first request; then also from melodies decoded far along the direction.
    #[must_use]
    pub fn reach(&self) -> (f64, f64) {
        match self.response.get() {
            Some(response) => response.curve.reach(),
            None => Calibration::fit(self.observed.iter().copied())
                .map_or((0.0, 0.0), |curve| curve.reach()),
        }
    }

    /// The response along the direction, from the sweep and from draws of the prior moved to all scores, where a sweep has
    /// few samples. Decoded on the first call.
    pub(super) fn response(
        &self,
        model: &mut dyn MelodyModel,
        observer: &mut dyn Observer,
    ) -> Result<&Response, SweepError> {
        if let Some(known) = self.response.get() {
            return Ok(known);
        }
        let scores = (0..=2 * MAX_SCORE as u64).map(|k| k as f64 - MAX_SCORE);
        let points: Vec<LatentPoint> = scores
            .enumerate()
            .flat_map(|(k, score)| {
                (0..DRAWS_PER_SCORE).map(move |j| (k as u64 * DRAWS_PER_SCORE + j, score))
            })
            .map(|(index, score)| {
                self.moved(
                    &prior_point(self.direction.len(), CALIBRATION_SEED, index),
                    score,
                )
            })
            .collect();
        let mut observed = self.observed.clone();
        let sampling_params = SamplingParams {
            temperature: 0.0,
            seed: CALIBRATION_SEED,
        };
        for batch in points.chunks(BATCH) {
            observer.check()?;
            let melodies = decode(model, observer, sampling_params, batch, &[])?;
            let measure = ATTRIBUTES[self.attribute].measure;
            let pairs = batch.iter().zip(&melodies);
            observed.extend(
                pairs.filter_map(|(point, melody)| Some((self.score(point), measure(melody)?))),
            );
        }
        let response = Response::fit(observed).ok_or(SweepError::NoSteeringDirection {
            attribute: ATTRIBUTES[self.attribute].name,
            reason: "no melody along its direction has it",
        })?;
        Ok(self.response.get_or_init(|| response))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::attributes::attribute_index;
    use crate::progress::Unobserved;
    use crate::sweep::testing::{FakeModel, swept};

    fn fit() -> (SteeringFit, FakeModel) {
        let (sweep, model) = swept();
        let attribute = attribute_index("note_density").unwrap();
        (SteeringFit::from_sweep(attribute, &sweep).unwrap(), model)
    }

    #[test]
    fn the_direction_of_rising_density_is_found() {
        let (fit, model) = fit();
        let length: f64 = fit.direction().iter().map(|u| u * u).sum();
        assert!((length - 1.0).abs() < 1e-9);
        let cosine: f64 = fit
            .direction()
            .iter()
            .enumerate()
            .map(|(d, u)| u * model.direction(d))
            .sum();
        assert!(cosine > 0.9, "{cosine}");
        assert!(
            (0.8..1.0).contains(&fit.cross_validated_r2),
            "{}",
            fit.cross_validated_r2
        );
    }

    #[test]
    fn moving_sets_the_score_and_keeps_orthogonal_components() {
        let (fit, _) = fit();
        let point = prior_point(24, 5, 5);
        let moved = fit.moved(&point, 2.5);
        assert!((fit.score(&moved) - 2.5).abs() < 1e-5);
        let step = 2.5 - fit.score(&point);
        assert!((moved.distance(&point) - step.abs()).abs() < 1e-5);
    }

    #[test]
    fn the_response_is_decoded_once_and_shared_by_clones() {
        let (fit, mut model) = fit();
        let clone = fit.clone();
        let narrow = fit.reach();
        fit.response(&mut model, &mut Unobserved).unwrap();
        let decoded = model.decoded;
        clone.response(&mut model, &mut Unobserved).unwrap();
        assert_eq!(model.decoded, decoded);
        // Far out there is more to reach than the sweep itself has shown.
        assert!(clone.reach().1 > narrow.1, "{narrow:?} {:?}", clone.reach());
    }

    #[test]
    fn too_little_data_is_an_error_with_the_reason() {
        let points: Vec<LatentPoint> = (0..40).map(|k| prior_point(8, 1, k)).collect();
        let regions: Vec<u32> = (0..40).map(|k| k / 4).collect();
        let say = |values: &[Option<f64>]| {
            SteeringFit::fit(0, &points, values, &regions)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            say(&[None; 40]),
            "Note density cannot be steered by this sweep: fewer than ten melodies have it; make a sweep with more regions or samples"
        );
        assert!(say(&[Some(0.25); 40]).contains("the same in every melody"));
        assert!(matches!(
            SteeringFit::fit(99, &points, &[None; 40], &regions),
            Err(SweepError::NoSuchAttribute { index: 99, .. })
        ));
    }
}
