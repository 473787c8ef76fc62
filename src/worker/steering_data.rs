//! The data of a sweep that steering needs.

use std::sync::Arc;

use super::message::RestoredSweep;
use crate::sweep::{MelodyEntry, SteerBasis, SweepPlan};

/// The melodies of a sweep, finished or not, and the model that decoded them.
pub(super) struct SteeringData {
    pub(super) basis: SteerBasis,
    /// Weights hash of the model.
    pub(super) weights_hash: String,
}

impl SteeringData {
    /// Creates the data of a sweep without melodies yet.
    pub(super) fn new(plan: Arc<SweepPlan>, weights_hash: &str) -> Self {
        Self {
            basis: SteerBasis::new(plan),
            weights_hash: weights_hash.to_owned(),
        }
    }

    /// Creates the data from a sweep of a session.
    pub(super) fn from_restored(sweep: &RestoredSweep) -> Self {
        let mut data = Self::new(Arc::clone(&sweep.plan), &sweep.weights_hash);
        data.add(&sweep.entries);
        data
    }

    /// Adds decoded melodies.
    pub(super) fn add(&mut self, batch: &[MelodyEntry]) {
        self.basis.add(batch);
    }
}
