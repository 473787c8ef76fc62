//! A set of generated melodies.

use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Reconstruction};
use crate::model::Posterior;
use crate::sweep::entry::MelodyEntry;
use crate::sweep::identity::{GenerateMethod, MelodyId};

/// A generated melody.
#[derive(Clone, Debug)]
pub struct GeneratedMelody {
    /// Its id.
    pub id: MelodyId,
    /// Its latent point.
    pub latent: LatentPoint,
    /// What the model decodes there.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
}

impl GeneratedMelody {
    /// The same with a position on a map and without its latent point.
    #[must_use]
    pub fn entry(&self, position: [f64; 2]) -> MelodyEntry {
        MelodyEntry {
            id: self.id,
            melody: Arc::clone(&self.melody),
            attributes: self.attributes.clone(),
            position,
        }
    }
}

/// The result of a [`GenerateRequest`](super::GenerateRequest).
#[derive(Clone, Debug)]
pub struct Generated {
    /// Number of the set.
    pub set: u32,
    /// The method.
    pub method: GenerateMethod,
    /// The melodies, in order.
    pub melodies: Vec<GeneratedMelody>,
    /// For encoded melodies: each original and how well it was reconstructed, in the same order.
    pub originals: Vec<(Arc<Melody>, Reconstruction)>,
    /// For encoded melodies: their posteriors.
    pub posteriors: Vec<Posterior>,
    /// For a blend or a path: the fraction of the path at each melody, from 0 to 1.
    pub fractions: Vec<f64>,
    /// For a path: the index of the point of each melody.
    pub path_point_indices: Vec<usize>,
}

impl Generated {
    /// Dimensions of the latent points; 0 without melodies.
    #[must_use]
    pub fn latent_size(&self) -> usize {
        self.melodies
            .first()
            .map_or(0, |melody| melody.latent.len())
    }
}
