//! The melodies of a sweep that steering starts from, and the directions fitted to them.

use std::collections::HashSet;
use std::sync::Arc;

use super::directions::{Directions, MIN_MELODIES};
use super::feasibility::Feasibility;
use super::goals::SteerGoals;
use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::latent::LatentPoint;
use crate::melody::transposition_key;
use crate::progress::Observer;
use crate::statistics::mean;
use crate::sweep::entry::MelodyEntry;
use crate::sweep::error::SweepError;
use crate::sweep::identity::MelodyId;
use crate::sweep::plan::SweepPlan;
use crate::sweep::result::Sweep;

/// Maximum number of melodies, evenly spaced, that the directions are fitted to.
const MAX_FITTED_MELODIES: usize = 20_000;

/// The melodies of a sweep, finished or not, and what steering has computed from them.
#[derive(Clone, Debug)]
pub struct SteerBasis {
    plan: Arc<SweepPlan>,
    entries: Vec<MelodyEntry>,
    /// Fitted when first needed; stays valid when more melodies come.
    directions: Option<Directions>,
    /// Transposition keys of the first `keyed_count` melodies.
    transposition_keys: HashSet<Vec<u8>>,
    /// Number of melodies whose keys are in `transposition_keys`.
    keyed_count: usize,
}

impl SteerBasis {
    /// A basis without melodies yet.
    #[must_use]
    pub fn new(plan: Arc<SweepPlan>) -> Self {
        Self {
            plan,
            entries: Vec::new(),
            directions: None,
            transposition_keys: HashSet::new(),
            keyed_count: 0,
        }
    }

    /// The samples of a finished sweep.
    #[must_use]
    pub fn from_sweep(sweep: &Sweep) -> Self {
        let mut basis = Self::new(Arc::clone(&sweep.plan));
        basis.add(&sweep.samples);
        basis
    }

    /// Adds melodies of the sweep.
    pub fn add(&mut self, batch: &[MelodyEntry]) {
        self.entries.extend_from_slice(batch);
    }

    /// The plan of the sweep.
    #[must_use]
    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// The melodies, in the order in which they were added.
    #[must_use]
    pub fn entries(&self) -> &[MelodyEntry] {
        &self.entries
    }

    /// The mean of an attribute over the melodies that are not empty, which is its held value while no melody is selected.
    #[must_use]
    pub fn mean(&self, attribute: usize) -> Option<f64> {
        mean(&self.attribute_values(attribute))
    }

    /// Lowest and highest value of an attribute in the sweep.
    #[must_use]
    pub fn range(&self, attribute: usize) -> Option<(f64, f64)> {
        let attribute_values = self.attribute_values(attribute);
        let low = attribute_values.iter().copied().min_by(f64::total_cmp)?;
        let high = attribute_values.iter().copied().max_by(f64::total_cmp)?;
        Some((low, high))
    }

    fn attribute_values(&self, attribute: usize) -> Vec<f64> {
        let entries = self.entries.iter();
        entries
            .filter_map(|entry| entry.attributes.value(attribute))
            .collect()
    }

    /// How many of the melodies have all wanted values, and which is nearest.
    #[must_use]
    pub fn feasibility(&self, goals: &SteerGoals) -> Feasibility {
        let rows = self.entries.iter();
        Feasibility::measure(goals, rows.map(|entry| (entry.id, &entry.attributes)))
    }

    /// Fraction of an attribute's variance, after its power transform, that a direction of the latent space explains in regions
    /// that it was not fitted to; at most 1.
    ///
    /// # Errors
    /// [`SweepError::NoSuchAttribute`], [`SweepError::Cancelled`]; [`SweepError::NoSteeringDirection`] if fewer than ten
    /// melodies have the attribute or all have the same value of it.
    pub fn r2(&mut self, attribute: usize, observer: &mut dyn Observer) -> Result<f64, SweepError> {
        self.with_directions(attribute, |directions| directions.r2(attribute), observer)
    }

    /// The gradient of an attribute, after its power transform, over the latent space: one number per dimension, in standard
    /// deviations of the transformed attribute per latent unit.
    ///
    /// # Errors
    /// As [`SteerBasis::r2`].
    pub fn direction(
        &mut self,
        attribute: usize,
        observer: &mut dyn Observer,
    ) -> Result<Vec<f64>, SweepError> {
        let weights = |directions: &Directions| Some(directions.weights(attribute)?.to_vec());
        self.with_directions(attribute, weights, observer)
    }

    /// Calls `value` with the directions, which are fitted first if needed.
    fn with_directions<T>(
        &mut self,
        attribute: usize,
        value: impl Fn(&Directions) -> Option<T>,
        observer: &mut dyn Observer,
    ) -> Result<T, SweepError> {
        let attribute_count = ATTRIBUTES.len();
        let entry = ATTRIBUTES
            .get(attribute)
            .ok_or(SweepError::NoSuchAttribute {
                index: attribute,
                attribute_count,
            })?;
        let error = |reason| SweepError::NoSteeringDirection {
            attribute: entry.name,
            reason,
        };
        let measured = self.entries.iter().filter(|e| !e.attributes.is_empty());
        if measured.take(MIN_MELODIES).count() < MIN_MELODIES {
            return Err(error("fewer than ten melodies have it"));
        }
        let directions = match self.directions.take() {
            Some(directions) => directions,
            None => self.fit(observer)?,
        };
        let extracted = value(self.directions.insert(directions));
        extracted.ok_or_else(|| error("it is the same in every melody"))
    }

    /// Fits the directions, if they are not yet, and indexes the transposition keys of the melodies, before a search.
    ///
    /// # Errors
    /// As [`SteerBasis::r2`] for each attribute of `goals`.
    pub(super) fn prepare(
        &mut self,
        goals: &SteerGoals,
        observer: &mut dyn Observer,
    ) -> Result<(), SweepError> {
        for (attribute, _) in goals.target_values() {
            self.r2(attribute, observer)?;
        }
        let new = self.entries.iter().skip(self.keyed_count);
        self.transposition_keys
            .extend(new.map(|entry| transposition_key(entry.melody.tokens())));
        self.keyed_count = self.entries.len();
        Ok(())
    }

    /// The directions of all attributes; `None` before they are needed.
    pub(super) fn directions(&self) -> Option<&Directions> {
        self.directions.as_ref()
    }

    /// Whether the sweep has a melody with this key, up to transposition.
    pub(super) fn has_transposition_key(&self, key: &[u8]) -> bool {
        self.transposition_keys.contains(key)
    }

    fn fit(&self, observer: &mut dyn Observer) -> Result<Directions, SweepError> {
        let stride = self.entries.len().div_ceil(MAX_FITTED_MELODIES).max(1);
        let mut rows: Vec<&AttributeRow> = Vec::new();
        let (mut latents, mut regions) = (Vec::new(), Vec::new());
        for entry in self.entries.iter().step_by(stride) {
            // All entries are of this plan, so each has a latent point.
            if let (Some(latent), false) = (self.plan.latent(entry.id), entry.attributes.is_empty())
            {
                latents.push(latent);
                rows.push(&entry.attributes);
                regions.push(entry.id.region().unwrap_or(0));
            }
        }
        Directions::fit(&latents, &rows, &regions, observer)
    }

    /// The latent point of a melody of the sweep.
    pub(super) fn latent(&self, id: MelodyId) -> Option<LatentPoint> {
        self.plan.latent(id)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::testing::melody;
    use crate::progress::Unobserved;
    use crate::sweep::SweepConfig;
    use crate::sweep::testing::small_sweep;

    #[test]
    fn directions_stay_when_more_melodies_come_and_means_do_not() {
        let (sweep, _) = small_sweep();
        let mut basis = SteerBasis::new(Arc::clone(&sweep.plan));
        basis.add(&sweep.samples[..480]);
        let (r2, mean) = (
            basis.r2(0, &mut Unobserved).unwrap(),
            basis.mean(0).unwrap(),
        );
        let direction = basis.direction(0, &mut Unobserved).unwrap();
        basis.add(&sweep.samples[480..]);
        assert_eq!(basis.r2(0, &mut Unobserved).unwrap(), r2);
        assert_eq!(basis.direction(0, &mut Unobserved).unwrap(), direction);
        assert_ne!(basis.mean(0).unwrap(), mean);
        let (low, high) = basis.range(0).unwrap();
        assert!(low < mean && mean < high);
    }

    #[test]
    fn too_little_data_is_an_error_with_the_reason() {
        let config = SweepConfig {
            regions: 10,
            samples: 4,
            ..SweepConfig::default()
        };
        let plan = Arc::new(SweepPlan::new(&config, 8).unwrap());
        let error_text = |notes: &[(u8, u32, u32)]| {
            let melody = Arc::new(melody(notes, 32));
            let mut basis = SteerBasis::new(Arc::clone(&plan));
            let entry = |id| MelodyEntry {
                id,
                attributes: AttributeRow::measure(&melody),
                melody: Arc::clone(&melody),
                position: [0.0; 2],
            };
            basis.add(&plan.sample_ids().map(entry).collect::<Vec<_>>());
            basis.r2(0, &mut Unobserved).unwrap_err().to_string()
        };
        assert_eq!(
            error_text(&[]),
            "Note density cannot be steered by this sweep: fewer than ten melodies have it; make a sweep with more regions or samples"
        );
        assert!(error_text(&[(60, 0, 4)]).contains("the same in every melody"));
        let mut basis = SteerBasis::new(plan);
        assert!(matches!(
            basis.r2(99, &mut Unobserved),
            Err(SweepError::NoSuchAttribute { index: 99, .. })
        ));
    }
}
