//! Data of a sweep to steer by.

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
    pub(super) fn new(plan: Arc<SweepPlan>, weights_hash: &str) -> Self {
        Self {
            basis: SteerBasis::new(plan),
            weights_hash: weights_hash.to_owned(),
        }
    }

    /// The data of a sweep of an earlier run of the program.
    pub(super) fn restored(sweep: &RestoredSweep) -> Self {
        let mut data = Self::new(Arc::clone(&sweep.plan), &sweep.weights_hash);
        data.add(&sweep.entries);
        data
    }

    /// Adds decoded melodies.
    pub(super) fn add(&mut self, batch: &[MelodyEntry]) {
        self.basis.add(batch);
    }
}
