//! The search: which latent points to decode in each round, and which melodies to accept.

use std::collections::HashSet;
use std::sync::Arc;

use super::basis::SteerBasis;
use super::candidate::{Candidate, CandidatePool};
use super::directions::Directions;
use super::keep::with_kept;
use super::objective::{Objective, Strictness};
use super::request::{KeptAspect, SteerRequest};
use super::scale_fit::{moved_into, notes_outside_scale};
use super::variation::Variation;
use crate::latent::LatentPoint;
use crate::melody::{Melody, transposition_key};
use crate::sweep::identity::MelodyId;
use crate::sweep::plan::SweepPlan;
use crate::sweep::steered_melody::{SteerRound, SteeredMelody};

/// Candidates of a round for each melody still to be found, and fewest and most in all.
const PER_MELODY: usize = 8;
const MIN_CANDIDATES: usize = 32;
const MAX_ROUND_CANDIDATES: usize = 512;
/// Melodies of the sweep that a search starts from, for each melody wanted; and fewest and most.
const STARTS_PER_MELODY: usize = 2;
const MIN_STARTS: usize = 32;
const MAX_STARTS_PER_ROUND: usize = 512;
/// Parents of a round for each melody still to be found, and fewest and most.
const PARENTS_PER_MELODY: usize = 2;
const MIN_PARENTS: usize = 12;
const MAX_PARENTS: usize = 128;
/// Share of the candidates after which half the tolerance is near enough for several values together.
const STRICT_FRACTION: f64 = 0.5;
/// Where several values are wanted, one in so many melodies is accepted as soon as all its values are within half the
/// tolerances, and the first round has at most so many candidates, so that the first melodies come soon.
const EARLY: usize = 4;
const FIRST_ROUND: usize = 64;
/// Limits of the factor of the deviations, and how it changes from round to round.
const SPREAD_LIMITS: (f64, f64) = (0.25, 3.0);
const WIDER: f64 = 1.4;
const NARROWER: f64 = 0.8;
/// Share of repeated melodies in a round from which on mutations grow, and of melodies that meet the goals below which they
/// shrink.
const MANY_REPEATED_FRACTION: f64 = 0.5;
const FEW_MET_FRACTION: f64 = 0.05;

/// A latent point to decode.
pub(super) struct Trial {
    /// Number of the candidate in the request, which seeds the sampling of its tokens.
    pub number: u64,
    pub latent: LatentPoint,
}

/// One melody of the request.
#[derive(Clone)]
struct Slot {
    shown: Option<Candidate>,
    accepted: bool,
}

/// The state of a request.
pub(super) struct Search<'a> {
    request: &'a SteerRequest,
    objective: Objective<'a>,
    pool: CandidatePool,
    slots: Vec<Slot>,
    /// Keys of all melodies looked at, of the source and of those that must not come out.
    seen: HashSet<Vec<u8>>,
    /// Candidates so far.
    tried: u64,
    /// Factor of the deviations of mutations.
    spread: f64,
    /// Dimensions of the latent space.
    dimensions: usize,
    round: u32,
}

impl<'a> Search<'a> {
    /// Starts from the melodies of the sweep that are nearest to what is asked, and from the source.
    pub fn new(request: &'a SteerRequest, basis: &SteerBasis, steps: usize) -> Self {
        let rows = basis.entries().iter().map(|entry| &entry.attributes);
        let objective = Objective::new(request, rows, steps);
        let except = request.except.iter();
        let mut seen: HashSet<Vec<u8>> = except.map(|m| transposition_key(m.tokens())).collect();
        let (mut starts, mut spread) = (Vec::new(), 1.0);
        if let Some(source) = request.source() {
            seen.insert(transposition_key(source.melody.tokens()));
            spread = 0.4 + (1.0 - source.closeness);
        }
        let wanted = STARTS_PER_MELODY * request.count as usize;
        let wanted = wanted.clamp(MIN_STARTS, MAX_STARTS_PER_ROUND);
        let mut slots = vec![
            Slot {
                shown: None,
                accepted: false
            };
            request.count as usize
        ];
        let mut open = slots.iter_mut();
        // A melody of the sweep has nothing of the source.
        let starting = if keeps(request) { 0 } else { 2 * wanted };
        for index in nearest(basis, &objective, starting) {
            let entry = &basis.entries()[index];
            let Some(latent) = basis.latent(entry.id) else {
                continue;
            };
            let start = Candidate::of_sweep(entry, latent, &objective);
            if starts.len() < wanted && seen.insert(start.key.clone()) {
                let fits = |scale| notes_outside_scale(scale, &start.melody) == 0;
                if request.scale.is_none_or(fits)
                    && let Some(slot) = open.next()
                {
                    slot.shown = Some(start.clone());
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
            seen,
            tried: 0,
            spread,
            dimensions: basis.plan().latent_size(),
            round: 0,
        }
    }

    /// Most candidates that are decoded.
    pub fn budget(&self) -> u64 {
        u64::from(self.request.count) * u64::from(self.request.max_candidates_per_melody)
    }

    fn remaining(&self) -> usize {
        self.slots.iter().filter(|slot| !slot.accepted).count()
    }

    /// The points of the next round: the best candidates so far moved by Gauss-Newton steps, recombined and mutated. None once every melody is found or the budget is used.
    pub fn trials(&mut self, directions: Option<&Directions>) -> Vec<Trial> {
        let remaining = self.remaining();
        let left = (self.budget() - self.tried) as usize;
        let most = if self.round == 0 && self.has_early() {
            FIRST_ROUND
        } else {
            MAX_ROUND_CANDIDATES
        };
        let size = (PER_MELODY * remaining)
            .clamp(MIN_CANDIDATES, most)
            .min(left);
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
            first_round: self.round == 1,
        };
        let trials: Vec<Trial> = (self.tried..)
            .take(size)
            .map(|number| Trial {
                number,
                latent: variation.offspring(number),
            })
            .collect();
        self.tried += trials.len() as u64;
        trials
    }

    /// Takes the decoded trials of a round, and settles for melodies that have what is asked. One that `is_known` is left out, as
    /// are those of the sweep. Returns the slots that changed.
    pub fn take(
        &mut self,
        decoded: Vec<(LatentPoint, Melody)>,
        basis: &SteerBasis,
        is_known: impl Fn(&Melody) -> bool,
    ) -> Vec<usize> {
        let size = decoded.len().max(1) as f64;
        let (mut repeated, mut met) = (0.0, 0.0);
        let mut fresh = Vec::new();
        for (latent, melody) in decoded {
            let melody = match self.request.source() {
                Some(source) => with_kept(&source.melody, &melody, source.keep),
                None => Some(match self.request.scale {
                    Some(scale) => moved_into(scale, melody, &self.request.goals),
                    None => melody,
                }),
            };
            let Some(melody) = melody.filter(|melody| !melody.is_empty()) else {
                continue;
            };
            let candidate = Candidate::new(latent, melody, &self.objective);
            if basis.has(&candidate.key)
                || !self.seen.insert(candidate.key.clone())
                || is_known(&candidate.melody)
            {
                repeated += 1.0;
                continue;
            }
            met += f64::from(u8::from(candidate.met.is_some()));
            fresh.push(candidate);
        }
        self.pool.add(fresh);
        if repeated / size > MANY_REPEATED_FRACTION {
            self.spread *= WIDER;
        } else if met / size < FEW_MET_FRACTION {
            self.spread *= NARROWER;
        }
        self.spread = self.spread.clamp(SPREAD_LIMITS.0, SPREAD_LIMITS.1);
        let single = self.is_single();
        let strict = single || (self.tried as f64) < STRICT_FRACTION * self.budget() as f64;
        let open = self.remaining();
        if !strict {
            return self.accept_candidates(Strictness::Half, open);
        }
        let mut changed = self.accept_candidates(Strictness::Nearest, open);
        let accepted = self.slots.len() - self.remaining();
        let early = (self.slots.len() / EARLY).saturating_sub(accepted);
        if self.has_early() && early > 0 {
            changed.extend(self.accept_candidates(Strictness::Half, early));
        }
        changed
    }

    /// Whether a single value is wanted, and nothing else: it is cheap to meet as nearly as it can be.
    fn is_single(&self) -> bool {
        self.request.goals.wanted_values().count() == 1 && self.request.source().is_none()
    }

    /// Whether the first melodies are accepted early: several values are wanted anywhere.
    fn has_early(&self) -> bool {
        !self.is_single() && self.request.source().is_none()
    }

    /// Accepts at most so many melodies that meet the criterion.
    fn accept_candidates(&mut self, strictness: Strictness, most: usize) -> Vec<usize> {
        let accepted = self.slots.iter().filter(|slot| slot.accepted);
        let before: Vec<Arc<Melody>> = accepted
            .filter_map(|slot| Some(Arc::clone(&slot.shown.as_ref()?.melody)))
            .collect();
        let open: Vec<usize> = (0..self.slots.len())
            .filter(|index| !self.slots[*index].accepted)
            .take(most)
            .collect();
        let chosen = self.pool.choose(open.len(), strictness, &before);
        let mut changed = Vec::new();
        for (index, candidate) in open.into_iter().zip(chosen) {
            self.slots[index] = Slot {
                shown: Some(candidate),
                accepted: true,
            };
            changed.push(index);
        }
        changed
    }

    /// Fills the slots that have not found what is asked with the best that there is: decoded melodies, unless the one of the
    /// sweep that a slot shows is nearer and they miss a goal. Returns the slots that changed.
    pub fn finish(&mut self) -> Vec<usize> {
        let mut changed = self.accept_candidates(Strictness::Half, self.slots.len());
        for index in 0..self.slots.len() {
            if self.slots[index].accepted {
                continue;
            }
            let Some(best) = self.pool.best() else {
                break;
            };
            let shown = self.slots[index].shown.as_ref();
            let nearer = shown.is_none_or(|shown| best.error <= shown.error);
            if nearer || self.request.goals.are_met(&best.attributes, 1.0) {
                best.chosen = true;
                self.slots[index].shown = Some(best.clone());
                changed.push(index);
            }
        }
        changed
    }

    /// The melodies that were changed after decoding, to keep a part of the source or to be in a scale: their points are not
    /// those that were decoded.
    pub fn changed_melodies(&self) -> Vec<(usize, Arc<Melody>)> {
        let made = keeps(self.request) || self.request.scale.is_some();
        let slots = self.slots.iter().enumerate().filter(|_| made);
        slots
            .filter_map(|(index, slot)| Some((index, slot.shown.as_ref()?)))
            .filter(|(_, shown)| shown.in_sweep.is_none())
            .map(|(index, shown)| (index, Arc::clone(&shown.melody)))
            .collect()
    }

    /// Gives the melody of a slot another latent point.
    pub fn set_latent(&mut self, index: usize, latent: LatentPoint) {
        if let Some(shown) = self
            .slots
            .get_mut(index)
            .and_then(|slot| slot.shown.as_mut())
        {
            shown.latent = latent;
        }
    }

    /// What these slots show.
    pub fn report(&self, slots: &[usize], plan: &SweepPlan) -> SteerRound {
        SteerRound {
            number: self.round,
            melodies: slots
                .iter()
                .filter_map(|slot| self.melody(*slot, plan))
                .collect(),
            accepted: self.slots.len() - self.remaining(),
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
    pub fn tried(&self) -> u64 {
        self.tried
    }

    fn melody(&self, slot: usize, plan: &SweepPlan) -> Option<SteeredMelody> {
        let shown = self.slots.get(slot)?.shown.as_ref()?;
        let steer = self.request.number;
        let index = slot as u32;
        Some(SteeredMelody {
            id: MelodyId::Steered { steer, index },
            position: match shown.in_sweep {
                Some((_, position)) => position,
                None => plan.place(&shown.latent),
            },
            latent: shown.latent.clone(),
            melody: Arc::clone(&shown.melody),
            attributes: shown.attributes.clone(),
            in_sweep: shown.in_sweep.map(|(id, _)| id),
        })
    }
}

/// Whether a part of the source stays as it is.
fn keeps(request: &SteerRequest) -> bool {
    request
        .source()
        .is_some_and(|s| s.keep != KeptAspect::Nothing)
}

/// Indices of the `count` melodies of the sweep nearest to what is asked, nearest first; empty ones never.
fn nearest(basis: &SteerBasis, objective: &Objective<'_>, count: usize) -> Vec<usize> {
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
