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

/// Of more melodies, this many evenly spaced ones are used for the directions.
const MAX_FITTED: usize = 20_000;

/// The melodies of a sweep, finished or not, and what steering has computed from them.
#[derive(Clone, Debug)]
pub struct SteerBasis {
    plan: Arc<SweepPlan>,
    entries: Vec<MelodyEntry>,
    /// Fitted when first needed; stays valid when more melodies come.
    directions: Option<Directions>,
    /// Keys up to transposition of the first melodies, and of how many.
    keys: HashSet<Vec<u8>>,
    keyed: usize,
}

impl SteerBasis {
    /// A basis without melodies yet.
    #[must_use]
    pub fn new(plan: Arc<SweepPlan>) -> Self {
        Self {
            plan,
            entries: Vec::new(),
            directions: None,
            keys: HashSet::new(),
            keyed: 0,
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

    /// The mean of an attribute over the melodies that are not empty: what it is held at when no melody is selected.
    #[must_use]
    pub fn mean(&self, attribute: usize) -> Option<f64> {
        mean(&self.values(attribute))
    }

    /// Lowest and highest value of an attribute in the sweep.
    #[must_use]
    pub fn range(&self, attribute: usize) -> Option<(f64, f64)> {
        let values = self.values(attribute);
        let low = values.iter().copied().min_by(f64::total_cmp)?;
        let high = values.iter().copied().max_by(f64::total_cmp)?;
        Some((low, high))
    }

    fn values(&self, attribute: usize) -> Vec<f64> {
        let values = self.entries.iter();
        values
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
        self.fitted(attribute, |directions| directions.r2(attribute), observer)
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
        self.fitted(attribute, weights, observer)
    }

    /// What `value` takes from the directions, which are fitted if they are not yet.
    fn fitted<T>(
        &mut self,
        attribute: usize,
        value: impl Fn(&Directions) -> Option<T>,
        observer: &mut dyn Observer,
    ) -> Result<T, SweepError> {
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
        let measured = self.entries.iter().filter(|e| !e.attributes.is_empty());
        if measured.take(MIN_MELODIES).count() < MIN_MELODIES {
            return Err(error("fewer than ten melodies have it"));
        }
        let directions = match self.directions.take() {
            Some(known) => known,
            None => self.fit(observer)?,
        };
        let found = value(self.directions.insert(directions));
        found.ok_or_else(|| error("it is the same in every melody"))
    }

    /// Fits the directions, if they are not yet, and lists the melodies, so that the search can ask for both.
    ///
    /// # Errors
    /// As [`SteerBasis::r2`] for each attribute of `goals`.
    pub(super) fn prepare(
        &mut self,
        goals: &SteerGoals,
        observer: &mut dyn Observer,
    ) -> Result<(), SweepError> {
        for (attribute, _) in goals.wanted_values() {
            self.r2(attribute, observer)?;
        }
        let new = self.entries.iter().skip(self.keyed);
        self.keys
            .extend(new.map(|entry| transposition_key(entry.melody.tokens())));
        self.keyed = self.entries.len();
        Ok(())
    }

    /// The directions of all attributes; `None` before they are needed.
    pub(super) fn directions(&self) -> Option<&Directions> {
        self.directions.as_ref()
    }

    /// Whether the sweep has a melody with this key, up to transposition.
    pub(super) fn has(&self, key: &[u8]) -> bool {
        self.keys.contains(key)
    }

    fn fit(&self, observer: &mut dyn Observer) -> Result<Directions, SweepError> {
        let every = self.entries.len().div_ceil(MAX_FITTED).max(1);
        let mut rows: Vec<&AttributeRow> = Vec::new();
        let (mut latents, mut regions) = (Vec::new(), Vec::new());
        for entry in self.entries.iter().step_by(every) {
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
    use crate::sweep::testing::swept;

    #[test]
    fn directions_stay_when_more_melodies_come_and_means_do_not() {
        let (sweep, _) = swept();
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
        let say = |notes: &[(u8, u32, u32)]| {
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
            say(&[]),
            "Note density cannot be steered by this sweep: fewer than ten melodies have it; make a sweep with more regions or samples"
        );
        assert!(say(&[(60, 0, 4)]).contains("the same in every melody"));
        let mut basis = SteerBasis::new(plan);
        assert!(matches!(
            basis.r2(99, &mut Unobserved),
            Err(SweepError::NoSuchAttribute { index: 99, .. })
        ));
    }
}
