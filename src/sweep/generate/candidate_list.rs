//! Melodies along a path with their latent points: candidates for a blend, or the chosen ones.

use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::MelodyModel;
use crate::progress::Observer;
use crate::sweep::decode::decode_greedy;
use crate::sweep::error::SweepError;

/// Melodies along a path, in no particular order unless said so.
#[derive(Debug, Default)]
pub(super) struct CandidateList {
    /// Fraction of the path at each melody, from 0 to 1.
    pub fractions: Vec<f64>,
    pub points: Vec<LatentPoint>,
    pub melodies: Vec<Melody>,
}

impl CandidateList {
    /// Decodes the points.
    pub(super) fn decode(
        fractions: Vec<f64>,
        points: Vec<LatentPoint>,
        model: &mut dyn MelodyModel,
        observer: &mut dyn Observer,
    ) -> Result<Self, SweepError> {
        let melodies = decode_greedy(model, observer, &points)?;
        Ok(Self {
            fractions,
            points,
            melodies,
        })
    }

    /// At most `max` evenly spaced candidates.
    pub(super) fn evenly_spaced(self, max: usize) -> Self {
        let count = self.points.len();
        if count <= max {
            return self;
        }
        let kept: Vec<usize> = (0..max).map(|k| k * count / max).collect();
        self.select(&kept)
    }

    /// Inserts candidates before the last one, which stays the end of the path.
    pub(super) fn insert_before_last(&mut self, more: Self) {
        let last = self.points.len().saturating_sub(1);
        self.fractions.splice(last..last, more.fractions);
        self.points.splice(last..last, more.points);
        self.melodies.splice(last..last, more.melodies);
    }

    /// The candidates with these indices.
    pub(super) fn select(self, indices: &[usize]) -> Self {
        Self {
            fractions: pick(&self.fractions, indices),
            points: pick(&self.points, indices),
            melodies: pick(&self.melodies, indices),
        }
    }
}

/// The elements with these indices.
pub(super) fn pick<T: Clone>(all: &[T], indices: &[usize]) -> Vec<T> {
    let found = indices.iter().filter_map(|k| all.get(*k));
    found.cloned().collect()
}
