//! A melody that a search has looked at, and the pool of the best ones.

use std::sync::Arc;

use super::objective::{Objective, Strictness};
use super::scale_fit::notes_outside_best_scale;
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, edit_distance, transposition_key};
use crate::sweep::entry::MelodyEntry;
use crate::sweep::identity::MelodyId;

/// Candidates kept from one round to the next.
const POOL_SIZE: usize = 1_024;
/// Distance of a candidate, in notes, while no other melody is chosen: more than any two melodies can have.
const MAX_DISTANCE: f64 = 1_024.0;
/// Number of the last chosen melodies that a candidate is compared with.
const MAX_COMPARED: usize = 64;

/// A melody with its error and the criterion that it meets.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub latent: LatentPoint,
    pub melody: Arc<Melody>,
    pub attributes: AttributeRow,
    /// By [`Objective::error`].
    pub error: f64,
    /// The strictest criterion that it meets.
    pub met_strictness: Option<Strictness>,
    /// Id and map position, if it is one of the sweep's melodies.
    pub in_sweep: Option<(MelodyId, [f64; 2])>,
    /// Whether it was chosen for a slot.
    pub is_chosen: bool,
    /// Notes outside the nearest major scale.
    notes_outside_scale: f64,
    /// Equal for melodies that are the same up to transposition.
    pub key: Vec<u8>,
}

impl Candidate {
    pub fn new(latent: LatentPoint, melody: Melody, objective: &Objective<'_>) -> Self {
        let attributes = AttributeRow::measure(&melody);
        Self::with_attributes(latent, Arc::new(melody), attributes, objective)
    }

    /// A melody of the sweep.
    pub fn from_sweep(entry: &MelodyEntry, latent: LatentPoint, objective: &Objective<'_>) -> Self {
        let melody = Arc::clone(&entry.melody);
        Self {
            in_sweep: Some((entry.id, entry.position)),
            ..Self::with_attributes(latent, melody, entry.attributes.clone(), objective)
        }
    }

    fn with_attributes(
        latent: LatentPoint,
        melody: Arc<Melody>,
        attributes: AttributeRow,
        objective: &Objective<'_>,
    ) -> Self {
        let met = |strictness| objective.is_met(&melody, &attributes, strictness);
        Self {
            error: objective.error(&melody, &attributes),
            met_strictness: [Strictness::Nearest, Strictness::Half]
                .into_iter()
                .find(|strictness| met(*strictness)),
            key: transposition_key(melody.tokens()),
            notes_outside_scale: notes_outside_best_scale(&melody) as f64,
            latent,
            melody,
            attributes,
            in_sweep: None,
            is_chosen: false,
        }
    }

    /// Whether it can be a result of the search: newly decoded and not chosen yet.
    pub fn is_available(&self) -> bool {
        self.in_sweep.is_none() && !self.is_chosen
    }
}

/// The best candidates so far, in the order of their errors.
#[derive(Default)]
pub(super) struct CandidatePool(Vec<Candidate>);

impl CandidatePool {
    pub fn candidates(&self) -> &[Candidate] {
        &self.0
    }

    /// Adds candidates, and drops the worst of too many.
    pub fn add(&mut self, candidates: Vec<Candidate>) {
        self.0.extend(candidates);
        // The sort is stable: of equally good ones the older comes first.
        self.0.sort_by(|a, b| a.error.total_cmp(&b.error));
        self.0.truncate(POOL_SIZE);
    }

    /// Chooses at most `count` available candidates that meet the criterion: each time the one of greatest novelty among those chosen
    /// before; of equal ones that of least error.
    pub fn choose(
        &mut self,
        count: usize,
        strictness: Strictness,
        earlier: &[Arc<Melody>],
    ) -> Vec<Candidate> {
        let fits = |candidate: &Candidate| {
            let met = candidate.met_strictness;
            candidate.is_available()
                && met.is_some_and(|met| met == Strictness::Nearest || met == strictness)
        };
        let compared = &earlier[earlier.len().saturating_sub(MAX_COMPARED)..];
        let mut available: Vec<(usize, f64)> = (0..self.0.len())
            .filter(|index| fits(&self.0[*index]))
            .map(|index| {
                let melody = &self.0[index].melody;
                let distances = compared.iter().map(|other| edit_distance(other, melody));
                (index, distances.fold(MAX_DISTANCE, f64::min))
            })
            .collect();
        let mut chosen: Vec<Candidate> = Vec::new();
        while chosen.len() < count {
            // The pool is sorted, so the first of equals is the best.
            let farthest = available
                .iter()
                .enumerate()
                .rev()
                .max_by(|(_, a), (_, b)| self.novelty(a).total_cmp(&self.novelty(b)));
            let Some((available_index, (index, _))) =
                farthest.map(|(available_index, entry)| (available_index, *entry))
            else {
                break;
            };
            available.remove(available_index);
            self.0[index].is_chosen = true;
            let melody = Arc::clone(&self.0[index].melody);
            for (other, distance) in &mut available {
                *distance = distance.min(edit_distance(&self.0[*other].melody, &melody));
            }
            chosen.push(self.0[index].clone());
        }
        chosen
    }

    /// Distance of a candidate from the chosen ones, less its notes outside the nearest major scale.
    fn novelty(&self, (index, distance): &(usize, f64)) -> f64 {
        distance - self.0[*index].notes_outside_scale
    }

    /// The available candidate of least error.
    pub fn best_available(&mut self) -> Option<&mut Candidate> {
        self.0.iter_mut().find(|candidate| candidate.is_available())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing::melody;
    use crate::sweep::steer::goals::SteerGoals;
    use crate::sweep::steer::request::SteerRequest;

    #[test]
    fn the_most_different_of_those_that_meet_the_goals_are_chosen() {
        let request = SteerRequest {
            goals: SteerGoals::wanted(0, 3.0 / 32.0),
            ..SteerRequest::default()
        };
        let objective = Objective::new(&request, std::iter::empty(), 32);
        let candidate = |pitches: &[u8]| {
            let notes: Vec<(u8, u32, u32)> = (0..)
                .zip(pitches)
                .map(|(k, pitch)| (*pitch, 4 * k, 4 * k + 2))
                .collect();
            Candidate::new(LatentPoint::new(vec![0.0]), melody(&notes, 32), &objective)
        };
        let mut pool = CandidatePool::default();
        pool.add(vec![
            candidate(&[60, 62, 64, 65]),
            candidate(&[60, 62, 64]),
            candidate(&[60, 62, 65]),
            candidate(&[70, 71, 73]),
        ]);
        let chosen = pool.choose(2, Strictness::Nearest, &[]);
        let first = |candidate: &Candidate| candidate.melody.notes()[0].pitch;
        assert_eq!(chosen.iter().map(first).collect::<Vec<_>>(), [60, 70]);
        // The third differs in one note, the one with too many notes does not meet the goal.
        let earlier: Vec<Arc<Melody>> = chosen.into_iter().map(|c| c.melody).collect();
        assert_eq!(pool.choose(9, Strictness::Half, &earlier).len(), 1);
        assert_eq!(
            pool.best_available().map(|best| best.melody.notes().len()),
            Some(4)
        );
    }
}
