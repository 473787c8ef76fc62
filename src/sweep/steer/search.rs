//! The search: which latent points to decode in each round, and which melodies to accept.

use std::collections::HashSet;
use std::sync::Arc;

use super::basis::SteerBasis;
use super::candidate::{Candidate, CandidatePool};
use super::directions::Directions;
use super::keep::apply_kept_aspect;
use super::objective::{Objective, Strictness};
use super::request::{KeptAspect, SteerRequest};
use super::scale_fit::{notes_outside_scale, transpose_into_scale};
use super::variation::Variation;
use crate::latent::LatentPoint;
use crate::melody::{Melody, transposition_key};
use crate::sweep::identity::MelodyId;
use crate::sweep::plan::SweepPlan;
use crate::sweep::steered_melody::{SteerRound, SteeredMelody};

/// Candidates of a round for each melody still to be found, and the limits of their total.
const CANDIDATES_PER_MELODY: usize = 8;
const MIN_CANDIDATES: usize = 32;
const MAX_ROUND_CANDIDATES: usize = 512;
/// Melodies of the sweep that a search starts from, for each melody wanted, and the limits of their total.
const STARTS_PER_MELODY: usize = 2;
const MIN_STARTS: usize = 32;
const MAX_STARTS: usize = 512;
/// Parents of a round for each melody still to be found, and the limits of their total.
const PARENTS_PER_MELODY: usize = 2;
const MIN_PARENTS: usize = 12;
const MAX_PARENTS: usize = 128;
/// Fraction of the budget after which several values together need only be within half their tolerances.
const STRICT_FRACTION: f64 = 0.5;
/// Where several values are wanted, one in `EARLY_DIVISOR` melodies is accepted as soon as all its values are within half the
/// tolerances, and the first round has at most [`MAX_FIRST_ROUND_CANDIDATES`] candidates, so that the first melodies come soon.
const EARLY_DIVISOR: usize = 4;
const MAX_FIRST_ROUND_CANDIDATES: usize = 64;
/// Limits of `Search::spread`, and the factors by which it changes from round to round.
const SPREAD_LIMITS: (f64, f64) = (0.25, 3.0);
const SPREAD_GROWTH: f64 = 1.4;
const SPREAD_SHRINKAGE: f64 = 0.8;
/// Mutations grow when more than this fraction of a round's melodies is repeated, and shrink when less than [`FEW_MET_FRACTION`]
/// of them meets a criterion.
const MANY_REPEATED_FRACTION: f64 = 0.5;
const FEW_MET_FRACTION: f64 = 0.05;

/// A latent point to decode.
pub(super) struct Trial {
    /// Number of the candidate in the request, which seeds the sampling of its tokens.
    pub number: u64,
    pub latent: LatentPoint,
}

/// The current melody at one place of the result.
#[derive(Clone)]
struct Slot {
    candidate: Option<Candidate>,
    is_accepted: bool,
}

/// The state of a steering search.
pub(super) struct Search<'a> {
    request: &'a SteerRequest,
    objective: Objective<'a>,
    pool: CandidatePool,
    slots: Vec<Slot>,
    /// Transposition keys of the source, of excluded melodies and of all candidates so far.
    seen_keys: HashSet<Vec<u8>>,
    /// Number of candidates so far.
    trial_count: u64,
    /// Factor of the deviations of mutations.
    spread: f64,
    /// Dimensions of the latent space.
    dimensions: usize,
    round: u32,
}

impl<'a> Search<'a> {
    /// Starts from the melodies of the sweep of least error, and from the source.
    pub fn new(request: &'a SteerRequest, basis: &SteerBasis, steps: usize) -> Self {
        let rows = basis.entries().iter().map(|entry| &entry.attributes);
        let objective = Objective::new(request, rows, steps);
        let excluded = request.excluded.iter();
        let mut seen_keys: HashSet<Vec<u8>> =
            excluded.map(|m| transposition_key(m.tokens())).collect();
        let (mut starts, mut spread) = (Vec::new(), 1.0);
        if let Some(source) = request.source() {
            seen_keys.insert(transposition_key(source.melody.tokens()));
            spread = 0.4 + (1.0 - source.closeness);
        }
        let start_limit = STARTS_PER_MELODY * request.count as usize;
        let start_limit = start_limit.clamp(MIN_STARTS, MAX_STARTS);
        let mut slots = vec![
            Slot {
                candidate: None,
                is_accepted: false
            };
            request.count as usize
        ];
        let mut open_slots = slots.iter_mut();
        // A melody of the sweep does not keep the aspect of the source.
        let nearest_count = if keeps_aspect(request) {
            0
        } else {
            2 * start_limit
        };
        for index in nearest_indices(basis, &objective, nearest_count) {
            let entry = &basis.entries()[index];
            let Some(latent) = basis.latent(entry.id) else {
                continue;
            };
            let start = Candidate::from_sweep(entry, latent, &objective);
            if starts.len() < start_limit && seen_keys.insert(start.key.clone()) {
                let fits = |scale| notes_outside_scale(scale, &start.melody) == 0;
                if request.scale.is_none_or(fits)
                    && let Some(slot) = open_slots.next()
                {
                    slot.candidate = Some(start.clone());
                }
                starts.push(start);
            }
        }
        let mut pool = CandidatePool::default();
        pool.add(starts);
        Self {
            request,
            objective,
            pool,
            slots,
            seen_keys,
            trial_count: 0,
            spread,
            dimensions: basis.plan().latent_size(),
            round: 0,
        }
    }

    /// Maximum number of candidates that are decoded.
    pub fn budget(&self) -> u64 {
        u64::from(self.request.count) * u64::from(self.request.max_candidates_per_melody)
    }

    /// Number of slots without an accepted melody.
    fn remaining_count(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.is_accepted).count()
    }

    /// The points of the next round: the best candidates so far moved by Gauss-Newton steps, recombined and mutated. Empty once every
    /// melody is found or the budget is used.
    pub fn trials(&mut self, directions: Option<&Directions>) -> Vec<Trial> {
        let remaining = self.remaining_count();
        let budget_left = (self.budget() - self.trial_count) as usize;
        let limit = if self.round == 0 && self.accepts_early() {
            MAX_FIRST_ROUND_CANDIDATES
        } else {
            MAX_ROUND_CANDIDATES
        };
        let size = (CANDIDATES_PER_MELODY * remaining)
            .clamp(MIN_CANDIDATES, limit)
            .min(budget_left);
        if remaining == 0 || size == 0 {
            return Vec::new();
        }
        self.round += 1;
        let parents = (PARENTS_PER_MELODY * remaining).clamp(MIN_PARENTS, MAX_PARENTS);
        let parents = &self.pool.candidates()[..parents.min(self.pool.candidates().len())];
        let variation = Variation {
            request: self.request,
            directions,
            dimensions: self.dimensions,
            parents,
            spread: self.spread,
            is_first_round: self.round == 1,
        };
        let trials: Vec<Trial> = (self.trial_count..)
            .take(size)
            .map(|number| Trial {
                number,
                latent: variation.offspring(number),
            })
            .collect();
        self.trial_count += trials.len() as u64;
        trials
    }

    /// Adds the decoded trials of a round to the pool and accepts melodies that meet the goals. Leaves out melodies that `is_known`
    /// returns true for and those of the sweep. Returns the slots that changed.
    pub fn take_decoded(
        &mut self,
        decoded: Vec<(LatentPoint, Melody)>,
        basis: &SteerBasis,
        is_known: impl Fn(&Melody) -> bool,
    ) -> Vec<usize> {
        let size = decoded.len().max(1) as f64;
        let (mut repeated_count, mut met_count) = (0.0, 0.0);
        let mut new_candidates = Vec::new();
        for (latent, melody) in decoded {
            let melody = match self.request.source() {
                Some(source) => apply_kept_aspect(&source.melody, &melody, source.keep),
                None => Some(match self.request.scale {
                    Some(scale) => transpose_into_scale(scale, melody, &self.request.goals),
                    None => melody,
                }),
            };
            let Some(melody) = melody.filter(|melody| !melody.is_empty()) else {
                continue;
            };
            let candidate = Candidate::new(latent, melody, &self.objective);
            if basis.has_transposition_key(&candidate.key)
                || !self.seen_keys.insert(candidate.key.clone())
                || is_known(&candidate.melody)
            {
                repeated_count += 1.0;
                continue;
            }
            met_count += f64::from(u8::from(candidate.met_strictness.is_some()));
            new_candidates.push(candidate);
        }
        self.pool.add(new_candidates);
        if repeated_count / size > MANY_REPEATED_FRACTION {
            self.spread *= SPREAD_GROWTH;
        } else if met_count / size < FEW_MET_FRACTION {
            self.spread *= SPREAD_SHRINKAGE;
        }
        self.spread = self.spread.clamp(SPREAD_LIMITS.0, SPREAD_LIMITS.1);
        let is_single = self.is_single();
        let is_strict =
            is_single || (self.trial_count as f64) < STRICT_FRACTION * self.budget() as f64;
        let remaining = self.remaining_count();
        if !is_strict {
            return self.accept_candidates(Strictness::Half, remaining);
        }
        let mut changed = self.accept_candidates(Strictness::Nearest, remaining);
        let accepted = self.slots.len() - self.remaining_count();
        let early_count = (self.slots.len() / EARLY_DIVISOR).saturating_sub(accepted);
        if self.accepts_early() && early_count > 0 {
            changed.extend(self.accept_candidates(Strictness::Half, early_count));
        }
        changed
    }

    /// Whether a single value is the only goal: it is cheap to meet as nearly as possible.
    fn is_single(&self) -> bool {
        self.request.goals.target_values().count() == 1 && self.request.source().is_none()
    }

    /// Whether the first melodies are accepted early: there are several goals and no source.
    fn accepts_early(&self) -> bool {
        !self.is_single() && self.request.source().is_none()
    }

    /// Accepts at most `limit` melodies that meet the criterion.
    fn accept_candidates(&mut self, strictness: Strictness, limit: usize) -> Vec<usize> {
        let accepted = self.slots.iter().filter(|slot| slot.is_accepted);
        let accepted_melodies: Vec<Arc<Melody>> = accepted
            .filter_map(|slot| Some(Arc::clone(&slot.candidate.as_ref()?.melody)))
            .collect();
        let open_slots: Vec<usize> = (0..self.slots.len())
            .filter(|index| !self.slots[*index].is_accepted)
            .take(limit)
            .collect();
        let chosen = self
            .pool
            .choose(open_slots.len(), strictness, &accepted_melodies);
        let mut changed = Vec::new();
        for (index, candidate) in open_slots.into_iter().zip(chosen) {
            self.slots[index] = Slot {
                candidate: Some(candidate),
                is_accepted: true,
            };
            changed.push(index);
        }
        changed
    }

    /// Fills the slots without an accepted melody with the best decoded ones, unless the melody of the sweep in the slot is nearer and
    /// the decoded one misses a goal. Returns the slots that changed.
    pub fn finish(&mut self) -> Vec<usize> {
        let mut changed = self.accept_candidates(Strictness::Half, self.slots.len());
        for index in 0..self.slots.len() {
            if self.slots[index].is_accepted {
                continue;
            }
            let Some(best) = self.pool.best_available() else {
                break;
            };
            let candidate = self.slots[index].candidate.as_ref();
            let is_nearer = candidate.is_none_or(|candidate| best.error <= candidate.error);
            if is_nearer || self.request.goals.are_met(&best.attributes, 1.0) {
                best.is_chosen = true;
                self.slots[index].candidate = Some(best.clone());
                changed.push(index);
            }
        }
        changed
    }

    /// The melodies that were changed after decoding, to keep a part of the source or to be in a scale: their points are not
    /// those that were decoded.
    pub fn changed_melodies(&self) -> Vec<(usize, Arc<Melody>)> {
        let is_changed = keeps_aspect(self.request) || self.request.scale.is_some();
        let slots = self.slots.iter().enumerate().filter(|_| is_changed);
        slots
            .filter_map(|(index, slot)| Some((index, slot.candidate.as_ref()?)))
            .filter(|(_, candidate)| candidate.in_sweep.is_none())
            .map(|(index, candidate)| (index, Arc::clone(&candidate.melody)))
            .collect()
    }

    /// Gives the melody of a slot another latent point.
    pub fn set_latent(&mut self, index: usize, latent: LatentPoint) {
        if let Some(candidate) = self
            .slots
            .get_mut(index)
            .and_then(|slot| slot.candidate.as_mut())
        {
            candidate.latent = latent;
        }
    }

    /// A report on the melodies of these slots.
    pub fn report(&self, slots: &[usize], plan: &SweepPlan) -> SteerRound {
        SteerRound {
            number: self.round,
            melodies: slots
                .iter()
                .filter_map(|slot| self.melody(*slot, plan))
                .collect(),
            accepted_count: self.slots.len() - self.remaining_count(),
        }
    }

    /// The melodies of all slots.
    pub fn melodies(&self, plan: &SweepPlan) -> Vec<SteeredMelody> {
        (0..self.slots.len())
            .filter_map(|slot| self.melody(slot, plan))
            .collect()
    }

    /// All slots, in order.
    pub fn slots(&self) -> Vec<usize> {
        (0..self.slots.len()).collect()
    }

    /// Candidates decoded so far.
    pub fn trial_count(&self) -> u64 {
        self.trial_count
    }

    fn melody(&self, slot: usize, plan: &SweepPlan) -> Option<SteeredMelody> {
        let candidate = self.slots.get(slot)?.candidate.as_ref()?;
        let steer = self.request.number;
        let index = slot as u32;
        Some(SteeredMelody {
            id: MelodyId::Steered { steer, index },
            position: match candidate.in_sweep {
                Some((_, position)) => position,
                None => plan.place(&candidate.latent),
            },
            latent: candidate.latent.clone(),
            melody: Arc::clone(&candidate.melody),
            attributes: candidate.attributes.clone(),
            in_sweep: candidate.in_sweep.map(|(id, _)| id),
        })
    }
}

/// Whether an aspect of the source is kept exactly.
fn keeps_aspect(request: &SteerRequest) -> bool {
    request
        .source()
        .is_some_and(|s| s.keep != KeptAspect::Nothing)
}

/// Indices of the `count` melodies of the sweep of least error, least first, without empty ones.
fn nearest_indices(basis: &SteerBasis, objective: &Objective<'_>, count: usize) -> Vec<usize> {
    let mut ranked: Vec<(f64, usize)> = basis
        .entries()
        .iter()
        .map(|entry| objective.error(&entry.melody, &entry.attributes))
        .zip(0..)
        .filter(|(error, _)| error.is_finite())
        .collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if ranked.len() > count {
        ranked.select_nth_unstable_by(count.saturating_sub(1), order);
        ranked.truncate(count);
    }
    ranked.sort_unstable_by(order);
    ranked.into_iter().map(|(_, index)| index).collect()
}
