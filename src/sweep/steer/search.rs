//! Choosing among candidates: which latent points to try for each wanted melody, and which melody to keep.

use std::collections::HashSet;
use std::sync::Arc;

use super::calibration::{FARTHEST, Response};
use crate::attributes::AttributeRow;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{Melody, Tokens};
use crate::sweep::{MelodyId, SteerRequest, SteeredMelody, SteeringFit, SweepPlan};

/// A candidate's score changes by no more than this from one round to the next.
const LONGEST_STEP: f64 = 1.5;
/// A direction that explains a smaller share of the attribute's variance is not worth following.
const WORTH_FOLLOWING: f64 = 0.1;
/// Share of a fresh draw's variance in a candidate that is varied instead.
const VARIATION: f64 = 0.15;

/// A latent point to decode for a melody.
pub(super) struct Trial {
    pub(super) slot: u32,
    pub(super) stream: u32,
    pub(super) latent: LatentPoint,
}

pub(super) struct Candidate {
    latent: LatentPoint,
    melody: Arc<Melody>,
    sound: Tokens,
    attributes: AttributeRow,
    /// Value less target; `None` for an empty melody.
    excess: Option<f64>,
}

impl Candidate {
    pub(super) fn new(latent: LatentPoint, melody: Melody, request: &SteerRequest) -> Self {
        let attributes = AttributeRow::measure(&melody);
        Self {
            latent,
            sound: melody.tokens().canonical(),
            excess: attributes
                .value(request.attribute)
                .map(|value| value - request.target),
            attributes,
            melody: Arc::new(melody),
        }
    }

    fn error(&self) -> f64 {
        self.excess.map_or(f64::INFINITY, f64::abs)
    }
}

/// One wanted melody.
#[derive(Default)]
struct Slot {
    candidates: Vec<Candidate>,
    choice: Option<usize>,
}

pub(super) struct Search<'a> {
    fit: &'a SteeringFit,
    request: &'a SteerRequest,
    response: &'a Response,
    unit: f64,
    slots: Vec<Slot>,
    /// What the chosen melodies sound like: none is to be chosen twice.
    kept: HashSet<Tokens>,
    chosen: Vec<Tokens>,
    /// Sum of what the chosen ones exceed the target by.
    balance: f64,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        fit: &'a SteeringFit,
        request: &'a SteerRequest,
        response: &'a Response,
        unit: f64,
    ) -> Self {
        Self {
            fit,
            request,
            response,
            unit,
            slots: (0..request.count).map(|_| Slot::default()).collect(),
            kept: HashSet::new(),
            chosen: Vec::new(),
            balance: 0.0,
        }
    }

    pub(super) fn add(&mut self, slot: u32, candidate: Candidate) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.candidates.push(candidate);
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.slots.iter().all(|slot| slot.choice.is_some())
    }

    /// The candidates of a round. In the first, fresh draws for every melody; later, for those without a good
    /// one, a quarter fresh draws and the rest made from the best so far.
    pub(super) fn trials(&self, round: u32) -> Vec<Trial> {
        let candidates = self.request.candidates;
        let target = self.response.score_for(self.request.target, self.unit);
        // What all candidates together miss the target by: the calibration's error here.
        let misses: Vec<f64> = self
            .slots
            .iter()
            .flat_map(|s| &s.candidates)
            .filter_map(|c| c.excess)
            .collect();
        let miss = misses.iter().sum::<f64>() / misses.len().max(1) as f64;
        let usual = if self.follows() {
            self.moved_on(target, miss)
        } else {
            target
        };
        let mut trials = Vec::new();
        for (slot, state) in (0..).zip(&self.slots) {
            if state.choice.is_some() {
                continue;
            }
            let mut best: Vec<&Candidate> = state
                .candidates
                .iter()
                .filter(|c| c.excess.is_some())
                .collect();
            best.sort_by(|a, b| a.error().total_cmp(&b.error()));
            best.truncate((candidates - candidates / 4) as usize);
            for k in 0..candidates {
                let stream = round * candidates + k;
                let index = (u64::from(slot) << 32) | u64::from(stream);
                let draw = prior_point(self.fit.direction().len(), self.request.seed, index);
                // In pairs: the same good candidate moved on and varied.
                let parent = best.get(if self.follows() { k / 2 } else { k } as usize);
                let latent = match parent.filter(|_| (k as usize) < best.len()) {
                    Some(candidate) if self.follows() && k % 2 == 0 => {
                        self.moved_candidate(candidate)
                    }
                    Some(candidate) => varied(&candidate.latent, &draw),
                    None => self.fit.moved(&draw, usual),
                };
                trials.push(Trial {
                    slot,
                    stream,
                    latent,
                });
            }
        }
        trials
    }

    fn follows(&self) -> bool {
        self.fit.cross_validated_r2 >= WORTH_FOLLOWING
    }

    /// A candidate moved to where it should meet the target.
    fn moved_candidate(&self, candidate: &Candidate) -> LatentPoint {
        let score = self.moved_on(
            self.fit.score(&candidate.latent),
            candidate.excess.unwrap_or(0.0),
        );
        self.fit.moved(&candidate.latent, score)
    }

    /// The score at which a melody that exceeds the target by `excess` at `score` should meet it.
    fn moved_on(&self, score: f64, excess: f64) -> f64 {
        let slope = self.response.curve.slope(score);
        let step = if slope > 0.0 { -excess / slope } else { 0.0 };
        (score + step.clamp(-LONGEST_STEP, LONGEST_STEP)).clamp(-FARTHEST, FARTHEST)
    }

    /// Chooses for every melody that has a good candidate; at last, for every one that has any. Returns the
    /// melodies chosen for.
    pub(super) fn choose(&mut self, at_last: bool) -> Vec<u32> {
        let mut settled = Vec::new();
        for slot in 0..self.slots.len() {
            if self.slots[slot].choice.is_some() {
                continue;
            }
            let Some(best) = self.best(slot) else {
                continue;
            };
            let candidate = &self.slots[slot].candidates[best];
            let good = candidate.error() <= 0.5 * self.unit + 1e-9
                && !self.kept.contains(&candidate.sound);
            if good || at_last {
                self.balance += candidate.excess.unwrap_or(0.0);
                self.kept.insert(candidate.sound.clone());
                self.chosen.push(candidate.sound.clone());
                self.slots[slot].choice = Some(best);
                settled.push(slot as u32);
            }
        }
        settled
    }

    /// The best candidate: new rather than chosen before, then near, then on the side that evens out the mean,
    /// then unlike the others.
    fn best(&self, slot: usize) -> Option<usize> {
        let rank = |candidate: &Candidate| {
            let repeated = self.kept.contains(&candidate.sound);
            // A repeat costs as much as missing by one unit.
            let error = candidate.error() / self.unit + f64::from(u8::from(repeated));
            let nearness = if error.is_finite() {
                (error * 4.0).round()
            } else {
                f64::MAX
            };
            let sided = candidate
                .excess
                .is_some_and(|excess| excess * self.balance > 0.0);
            (nearness, sided, -(self.unlikeness(&candidate.sound) as i64))
        };
        let ranked = self.slots[slot].candidates.iter().map(rank).enumerate();
        ranked
            .min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)))
            .map(|(index, _)| index)
    }

    /// Steps at which the nearest of the melodies chosen lately differs.
    fn unlikeness(&self, sound: &Tokens) -> usize {
        const LATELY: usize = 128;
        let differs = |other: &Tokens| {
            let (a, b) = (sound.as_slice(), other.as_slice());
            a.iter().zip(b).filter(|(x, y)| x != y).count() + a.len().abs_diff(b.len())
        };
        self.chosen
            .iter()
            .rev()
            .take(LATELY)
            .map(differs)
            .min()
            .unwrap_or(0)
    }

    pub(super) fn steered(&self, slot: u32, plan: &SweepPlan) -> Option<SteeredMelody> {
        let state = self.slots.get(slot as usize)?;
        let candidate = state.candidates.get(state.choice?)?;
        Some(SteeredMelody {
            id: MelodyId::Steered {
                steer: self.request.number,
                index: slot,
            },
            position: plan.place(&candidate.latent),
            latent: candidate.latent.clone(),
            melody: Arc::clone(&candidate.melody),
            attributes: candidate.attributes.clone(),
        })
    }
}

/// A point much like `point` and as likely under the prior.
fn varied(point: &LatentPoint, draw: &LatentPoint) -> LatentPoint {
    let (stays, comes) = ((1.0 - VARIATION).sqrt() as f32, VARIATION.sqrt() as f32);
    let pairs = point.as_slice().iter().zip(draw.as_slice());
    LatentPoint::new(pairs.map(|(old, new)| stays * old + comes * new).collect())
}
