//! The melodies that steering found, and how near they come to the goals.

use std::collections::HashSet;

use super::basis::SteerBasis;
use super::feasibility::Feasibility;
use super::goals::{SteerGoal, is_within};
use super::request::SteerRequest;
use crate::attributes::ATTRIBUTES;
use crate::melody::{edit_distance, transposition_key};
use crate::progress::Observer;
use crate::statistics::{mean, standard_deviation};
use crate::sweep::error::SweepError;
use crate::sweep::layout::SweepLayout;
use crate::sweep::plan::SweepPlan;
use crate::sweep::steered_melody::SteeredMelody;

/// The result for one attribute. Values are in attribute units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteerOutcome {
    /// Index into the attribute table.
    pub attribute: usize,
    /// The goal for it.
    pub goal: SteerGoal,
    /// Mean over the melodies; NaN without any.
    pub mean: f64,
    /// Sample standard deviation over the melodies; 0 for a single one.
    pub sd: f64,
    /// Fraction of the melodies within the attribute's tolerance; `None` for a free one.
    pub fraction_within: Option<f64>,
    /// Lowest and highest value in the sweep.
    pub range: (f64, f64),
}

/// The result of a [`SteerRequest`].
#[derive(Clone, Debug)]
pub struct Steered {
    /// The melodies, in order, no two of them equal up to transposition. As many as were asked for, unless the model has
    /// no more.
    pub entries: Vec<SteeredMelody>,
    /// The result for each attribute, in the table's order.
    pub outcomes: Vec<SteerOutcome>,
    /// Fraction of the melodies with every value within its tolerance.
    pub fraction_within: f64,
    /// Fraction of the melodies with every value within half its tolerance.
    pub fraction_within_half: f64,
    /// Fraction of the melodies that differ from all before them, up to transposition.
    pub distinct_fraction: f64,
    /// Mean edit distance from the melody that they are like, in notes; `None` without one.
    pub changed_notes: Option<f64>,
    /// Mean edit distance between pairs of the melodies, in notes; `None` for fewer than two.
    pub mean_pairwise_distance: Option<f64>,
    /// How many melodies of the sweep meet the goals.
    pub feasibility: Feasibility,
    /// Number of candidates decoded.
    pub decoded: u64,
}

/// Maximum number of melodies, evenly spaced, that are compared with each other.
const MAX_COMPARED: usize = 64;

impl Steered {
    /// Measures the melodies.
    pub(super) fn new(
        entries: Vec<SteeredMelody>,
        request: &SteerRequest,
        basis: &SteerBasis,
        decoded: u64,
    ) -> Self {
        let count = entries.len().max(1) as f64;
        let fraction_within = |tolerances: f64| {
            let met = entries
                .iter()
                .filter(|entry| request.goals.are_met(&entry.attributes, tolerances));
            met.count() as f64 / count
        };
        let keys: HashSet<Vec<u8>> = entries
            .iter()
            .map(|entry| transposition_key(entry.melody.tokens()))
            .collect();
        let changed_notes = request.source().map(|source| {
            let distances = entries
                .iter()
                .map(|entry| edit_distance(&source.melody, &entry.melody));
            distances.sum::<f64>() / count
        });
        Self {
            outcomes: outcomes(&entries, request, basis),
            fraction_within: fraction_within(1.0),
            fraction_within_half: fraction_within(0.5),
            distinct_fraction: keys.len() as f64 / count,
            changed_notes,
            mean_pairwise_distance: mean_pairwise_distance(&entries),
            feasibility: basis.feasibility(&request.goals),
            decoded,
            entries,
        }
    }

    /// The result for an attribute.
    #[must_use]
    pub fn outcome(&self, attribute: usize) -> Option<&SteerOutcome> {
        self.outcomes.get(attribute)
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
            let placement = layout.place(plan, &melody.latent, &melody.melody, &melody.attributes);
            if let Some(placement) = placement {
                melody.position = placement.position;
            }
        }
        Ok(())
    }
}

fn outcomes(
    entries: &[SteeredMelody],
    request: &SteerRequest,
    basis: &SteerBasis,
) -> Vec<SteerOutcome> {
    let measured = ATTRIBUTES.iter().enumerate().map(|(index, attribute)| {
        let value = |entry: &SteeredMelody| entry.attributes.value(index);
        let values: Vec<f64> = entries.iter().filter_map(value).collect();
        let goal = request.goals.get(index);
        let fraction_within = goal.value().map(|target| {
            let is_near =
                |value: &&f64| is_within((**value - target) / attribute.tolerance_in_files(), 1.0);
            values.iter().filter(is_near).count() as f64 / entries.len().max(1) as f64
        });
        SteerOutcome {
            attribute: index,
            goal,
            mean: mean(&values).unwrap_or(f64::NAN),
            sd: standard_deviation(&values).unwrap_or(0.0),
            fraction_within,
            range: basis.range(index).unwrap_or((f64::NAN, f64::NAN)),
        }
    });
    measured.collect()
}

/// Mean edit distance over the pairs of at most [`MAX_COMPARED`] evenly spaced melodies, in notes.
fn mean_pairwise_distance(entries: &[SteeredMelody]) -> Option<f64> {
    let stride = entries.len().div_ceil(MAX_COMPARED).max(1);
    let compared: Vec<&SteeredMelody> = entries.iter().step_by(stride).collect();
    let mut distances = Vec::new();
    for (index, one) in compared.iter().enumerate() {
        let others = compared[..index].iter();
        distances.extend(others.map(|other| edit_distance(&one.melody, &other.melody)));
    }
    mean(&distances)
}
