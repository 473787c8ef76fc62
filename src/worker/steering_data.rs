//! Data of a sweep to steer by.

use std::sync::Arc;

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::latent::LatentPoint;
use crate::sweep::{MelodyEntry, MelodyId, SteeringFit, SweepError, SweepPlan};

/// Plan and attributes of a sweep, finished or not, and the directions fitted to it.
pub(super) struct SteeringData {
    pub(super) plan: Arc<SweepPlan>,
    /// Weights hash of the model that decoded it.
    pub(super) weights_hash: String,
    rows: Vec<(MelodyId, AttributeRow)>,
    /// Latent points of the first rows, generated again when first needed.
    latents: Vec<LatentPoint>,
    fits: Vec<Option<SteeringFit>>,
}

impl SteeringData {
    pub(super) fn new(plan: Arc<SweepPlan>, weights_hash: &str) -> Self {
        Self {
            plan,
            weights_hash: weights_hash.to_owned(),
            rows: Vec::new(),
            latents: Vec::new(),
            fits: ATTRIBUTES.iter().map(|_| None).collect(),
        }
    }

    /// Adds decoded melodies. Directions fitted to fewer melodies stay valid.
    pub(super) fn add(&mut self, batch: &[MelodyEntry]) {
        self.rows.extend(
            batch
                .iter()
                .map(|entry| (entry.id, entry.attributes.clone())),
        );
    }

    /// The direction of an attribute, fitted at the first call.
    pub(super) fn fit(&mut self, attribute: usize) -> Result<SteeringFit, SweepError> {
        if let Some(Some(fit)) = self.fits.get(attribute) {
            return Ok(fit.clone());
        }
        for (id, _) in self.rows.iter().skip(self.latents.len()) {
            // All rows are of this plan, so each has a latent point.
            self.latents.extend(self.plan.latent(*id));
        }
        let (values, regions): (Vec<Option<f64>>, Vec<u32>) = self
            .rows
            .iter()
            .map(|(id, row)| (row.value(attribute), id.region().unwrap_or(0)))
            .unzip();
        let fit = SteeringFit::fit(attribute, &self.latents, &values, &regions)?;
        if let Some(slot) = self.fits.get_mut(attribute) {
            *slot = Some(fit.clone());
        }
        Ok(fit)
    }
}
