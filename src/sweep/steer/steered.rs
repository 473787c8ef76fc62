//! The melodies that steering found, and how near they come to the target.

use std::collections::HashSet;
use std::sync::Arc;

use super::request::SteerRequest;
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::progress::Observer;
use crate::statistics::{mean, standard_deviation};
use crate::sweep::entry::MelodyEntry;
use crate::sweep::error::SweepError;
use crate::sweep::identity::MelodyId;
use crate::sweep::layout::SweepLayout;
use crate::sweep::plan::SweepPlan;

/// A melody found by steering.
#[derive(Clone, Debug)]
pub struct SteeredMelody {
    /// Its id.
    pub id: MelodyId,
    /// Its latent point.
    pub latent: LatentPoint,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
    /// Its position on the map.
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

/// The result of a [`SteerRequest`].
#[derive(Clone, Debug)]
pub struct Steered {
    /// The melodies, in order.
    pub entries: Vec<SteeredMelody>,
    /// The target value, in attribute units like all that follow.
    pub target: f64,
    /// Mean over the melodies that are not empty; NaN if all are.
    pub obtained_mean: f64,
    /// Sample standard deviation over the melodies that are not empty; 0 for a single one.
    pub obtained_sd: f64,
    /// Fraction of the melodies within one unit of the target, as musicians see units: one note per bar for note density,
    /// one semitone for range.
    pub within_one: f64,
    /// Fraction of the melodies that sound different from all before them.
    pub distinct: f64,
    /// Melodies without a note.
    pub empty: usize,
    /// Lowest and highest mean along the direction: a target outside is met as well as possible.
    pub reach: (f64, f64),
    /// Number of candidates decoded.
    pub decoded: u64,
}

impl Steered {
    /// Measures the melodies. `unit` is one shown unit in attribute units.
    pub(super) fn new(
        entries: Vec<SteeredMelody>,
        request: &SteerRequest,
        unit: f64,
        reach: (f64, f64),
        decoded: u64,
    ) -> Self {
        let value = |e: &SteeredMelody| e.attributes.value(request.attribute);
        let values: Vec<f64> = entries.iter().filter_map(value).collect();
        let count = entries.len().max(1) as f64;
        let near = |v: &&f64| (**v - request.target).abs() <= unit + 1e-9;
        let sounds = entries.iter().map(|e| e.melody.tokens().canonical());
        let sounds: HashSet<Tokens> = sounds.collect();
        Self {
            target: request.target,
            obtained_mean: mean(&values).unwrap_or(f64::NAN),
            obtained_sd: standard_deviation(&values).unwrap_or(0.0),
            within_one: values.iter().filter(near).count() as f64 / count,
            distinct: sounds.len() as f64 / count,
            empty: entries.len() - values.len(),
            reach,
            decoded,
            entries,
        }
    }

    /// Moves the melodies to their positions on a map of the sweep, in the layout's own unit.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`].
    pub fn place_on(
        &mut self,
        layout: &SweepLayout,
        plan: &SweepPlan,
        observer: &mut dyn Observer,
    ) -> Result<(), SweepError> {
        for melody in &mut self.entries {
            observer.check()?;
            let placed = layout.place(plan, &melody.latent, &melody.melody, &melody.attributes);
            if let Some(placed) = placed {
                melody.position = placed.position;
            }
        }
        Ok(())
    }
}
