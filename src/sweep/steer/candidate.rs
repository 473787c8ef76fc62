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
const KEPT: usize = 1_024;
/// Distance from no melody at all, in notes: more than any two can have.
const FARTHEST: f64 = 1_024.0;
/// Number of the last chosen melodies that a candidate should differ from.
const COMPARED: usize = 64;

/// A melody with what it is worth.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub latent: LatentPoint,
    pub melody: Arc<Melody>,
    pub attributes: AttributeRow,
    /// By [`Objective::error`].
    pub error: f64,
    /// The strictest criterion that it meets.
    pub met: Option<Strictness>,
    /// Id and map position, if it is one of the sweep's melodies.
    pub in_sweep: Option<(MelodyId, [f64; 2])>,
    /// Whether a slot has it.
    pub chosen: bool,
    /// Notes outside the nearest major scale.
    outside: f64,
    /// Equal for melodies that are the same up to transposition.
    pub key: Vec<u8>,
}

impl Candidate {
    pub fn new(latent: LatentPoint, melody: Melody, objective: &Objective<'_>) -> Self {
        let attributes = AttributeRow::measure(&melody);
        Self::measured(latent, Arc::new(melody), attributes, objective)
    }

    /// A melody of the sweep.
    pub fn of_sweep(entry: &MelodyEntry, latent: LatentPoint, objective: &Objective<'_>) -> Self {
        let melody = Arc::clone(&entry.melody);
        Self {
            in_sweep: Some((entry.id, entry.position)),
            ..Self::measured(latent, melody, entry.attributes.clone(), objective)
        }
    }

    fn measured(
        latent: LatentPoint,
        melody: Arc<Melody>,
        attributes: AttributeRow,
        objective: &Objective<'_>,
    ) -> Self {
        let met = |strictness| objective.is_met(&melody, &attributes, strictness);
        Self {
            error: objective.error(&melody, &attributes),
            met: [Strictness::Nearest, Strictness::Half]
                .into_iter()
                .find(|strictness| met(*strictness)),
            key: transposition_key(melody.tokens()),
            outside: notes_outside_best_scale(&melody) as f64,
            latent,
            melody,
            attributes,
            in_sweep: None,
            chosen: false,
        }
    }

    /// Whether it can be the result of a search: decoded, not on the map before, not taken.
    pub fn is_available(&self) -> bool {
        self.in_sweep.is_none() && !self.chosen
    }
}

/// The best candidates so far, nearest to what is asked first.
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
        self.0.truncate(KEPT);
    }

    /// Chooses at most `count` available candidates that meet the criterion: each time the one that differs most from all
    /// chosen before, less its notes outside the nearest major scale; of equal ones the nearer to what is asked.
    pub fn choose(
        &mut self,
        count: usize,
        strictness: Strictness,
        before: &[Arc<Melody>],
    ) -> Vec<Candidate> {
        let fits = |candidate: &Candidate| {
            let met = candidate.met;
            candidate.is_available()
                && met.is_some_and(|met| met == Strictness::Nearest || met == strictness)
        };
        let compared = &before[before.len().saturating_sub(COMPARED)..];
        let mut open: Vec<(usize, f64)> = (0..self.0.len())
            .filter(|index| fits(&self.0[*index]))
            .map(|index| {
                let melody = &self.0[index].melody;
                let distances = compared.iter().map(|other| edit_distance(other, melody));
                (index, distances.fold(FARTHEST, f64::min))
            })
            .collect();
        let mut chosen: Vec<Candidate> = Vec::new();
        while chosen.len() < count {
            // The pool is sorted, so the first of equals is the best.
            let farthest = open
                .iter()
                .enumerate()
                .rev()
                .max_by(|(_, a), (_, b)| self.gain(a).total_cmp(&self.gain(b)));
            let Some((place, (index, _))) = farthest.map(|(place, open)| (place, *open)) else {
                break;
            };
            open.remove(place);
            self.0[index].chosen = true;
            let melody = Arc::clone(&self.0[index].melody);
            for (other, distance) in &mut open {
                *distance = distance.min(edit_distance(&self.0[*other].melody, &melody));
            }
            chosen.push(self.0[index].clone());
        }
        chosen
    }

    /// What a candidate adds to the chosen ones, given its distance from them.
    fn gain(&self, (index, distance): &(usize, f64)) -> f64 {
        distance - self.0[*index].outside
    }

    /// The best available candidate, whatever it is worth.
    pub fn best(&mut self) -> Option<&mut Candidate> {
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
        let before: Vec<Arc<Melody>> = chosen.into_iter().map(|c| c.melody).collect();
        assert_eq!(pool.choose(9, Strictness::Half, &before).len(), 1);
        assert_eq!(pool.best().map(|best| best.melody.notes().len()), Some(4));
    }
}
