//! The search for melodies near the target: which latent points to decode in each round, and which melody to choose.

use std::collections::HashSet;
use std::sync::Arc;

use super::calibration::{MAX_SCORE, Response};
use super::fit::SteeringFit;
use super::request::SteerRequest;
use super::steered::SteeredMelody;
use crate::attributes::AttributeRow;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{Melody, Tokens};
use crate::sweep::identity::MelodyId;
use crate::sweep::plan::SweepPlan;

/// Largest change of a candidate's score from one round to the next.
const MAX_SCORE_STEP: f64 = 1.5;
/// Smallest cross-validated R2 of a direction along which candidates are moved on; below, they are only varied.
const MIN_USEFUL_R2: f64 = 0.1;
/// Fraction of a new draw's variance in a varied candidate.
const FRESH_VARIANCE: f64 = 0.15;
/// Number of the last chosen melodies that a candidate should differ from.
const MAX_COMPARED: usize = 128;

/// A latent point to decode for a slot.
pub(super) struct Trial {
    pub(super) slot: u32,
    pub(super) stream: u32,
    pub(super) latent: LatentPoint,
}

/// A decoded trial.
pub(super) struct DecodedTrial {
    latent: LatentPoint,
    melody: Arc<Melody>,
    canonical_tokens: Tokens,
    attributes: AttributeRow,
    /// Value less target; `None` for an empty melody.
    excess: Option<f64>,
}

impl DecodedTrial {
    pub(super) fn new(latent: LatentPoint, melody: Melody, request: &SteerRequest) -> Self {
        let attributes = AttributeRow::measure(&melody);
        Self {
            latent,
            canonical_tokens: melody.tokens().canonical(),
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

/// A melody of the request: its candidates and the chosen one.
#[derive(Default)]
struct Slot {
    candidates: Vec<DecodedTrial>,
    choice: Option<usize>,
}

/// The state of a request.
pub(super) struct Search<'a> {
    fit: &'a SteeringFit,
    request: &'a SteerRequest,
    response: &'a Response,
    /// One shown unit, in attribute units.
    unit: f64,
    slots: Vec<Slot>,
    /// Canonical tokens of the chosen melodies, in order and as a set.
    chosen: Vec<Tokens>,
    chosen_set: HashSet<Tokens>,
    /// Sum of the chosen melodies' value less target.
    excess_sum: f64,
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
            chosen: Vec::new(),
            chosen_set: HashSet::new(),
            excess_sum: 0.0,
        }
    }

    pub(super) fn add(&mut self, slot: u32, candidate: DecodedTrial) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.candidates.push(candidate);
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.slots.iter().all(|slot| slot.choice.is_some())
    }

    /// The trials of a round: in the first, new draws for every slot; later, for slots without a choice, a quarter new
    /// draws and the rest derived from the best candidates so far.
    pub(super) fn trials(&self, round: u32) -> Vec<Trial> {
        let candidates = self.request.candidates;
        let target = self.response.score_for(self.request.target, self.unit);
        // The mean excess of all candidates is the calibration's error at this score.
        let candidates_so_far = self.slots.iter().flat_map(|s| &s.candidates);
        let excesses: Vec<f64> = candidates_so_far.filter_map(|c| c.excess).collect();
        let bias = excesses.iter().sum::<f64>() / excesses.len().max(1) as f64;
        let start = if self.is_useful() {
            self.corrected_score(target, bias)
        } else {
            target
        };
        let mut trials = Vec::new();
        for (slot, state) in (0..).zip(&self.slots) {
            if state.choice.is_some() {
                continue;
            }
            let mut best: Vec<&DecodedTrial> = state
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
                // In pairs: each good candidate once moved and once varied.
                let parent = best.get(if self.is_useful() { k / 2 } else { k } as usize);
                let latent = match parent.filter(|_| (k as usize) < best.len()) {
                    Some(candidate) if self.is_useful() && k % 2 == 0 => {
                        self.moved_candidate(candidate)
                    }
                    Some(candidate) => mixed_with_draw(&candidate.latent, &draw),
                    None => self.fit.moved(&draw, start),
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

    /// Whether the direction is worth following.
    fn is_useful(&self) -> bool {
        self.fit.cross_validated_r2 >= MIN_USEFUL_R2
    }

    /// A candidate's point, moved to where it should meet the target.
    fn moved_candidate(&self, candidate: &DecodedTrial) -> LatentPoint {
        let score = self.corrected_score(
            self.fit.score(&candidate.latent),
            candidate.excess.unwrap_or(0.0),
        );
        self.fit.moved(&candidate.latent, score)
    }

    /// The score at which a melody that exceeds the target by `excess` at `score` should meet it.
    fn corrected_score(&self, score: f64, excess: f64) -> f64 {
        let slope = self.response.curve.slope(score);
        let step = if slope > 0.0 { -excess / slope } else { 0.0 };
        (score + step.clamp(-MAX_SCORE_STEP, MAX_SCORE_STEP)).clamp(-MAX_SCORE, MAX_SCORE)
    }

    /// Chooses a candidate for each slot that has a good one; in the last round, for each that has any. Returns these slots.
    pub(super) fn choose(&mut self, last_round: bool) -> Vec<u32> {
        let mut newly_chosen = Vec::new();
        for slot in 0..self.slots.len() {
            if self.slots[slot].choice.is_some() {
                continue;
            }
            let Some(best) = self.best(slot) else {
                continue;
            };
            let candidate = &self.slots[slot].candidates[best];
            let good = candidate.error() <= 0.5 * self.unit + 1e-9
                && !self.chosen_set.contains(&candidate.canonical_tokens);
            if good || last_round {
                self.excess_sum += candidate.excess.unwrap_or(0.0);
                self.chosen_set.insert(candidate.canonical_tokens.clone());
                self.chosen.push(candidate.canonical_tokens.clone());
                self.slots[slot].choice = Some(best);
                newly_chosen.push(slot as u32);
            }
        }
        newly_chosen
    }

    /// The best candidate: near the target and not chosen before, then on the side that balances the mean, then different
    /// from the others.
    fn best(&self, slot: usize) -> Option<usize> {
        let rank = |candidate: &DecodedTrial| {
            let repeated = self.chosen_set.contains(&candidate.canonical_tokens);
            // A repeat costs as much as missing by one unit.
            let error = candidate.error() / self.unit + f64::from(u8::from(repeated));
            let nearness = if error.is_finite() {
                (error * 4.0).round()
            } else {
                f64::MAX
            };
            let adds_to_excess = candidate
                .excess
                .is_some_and(|excess| excess * self.excess_sum > 0.0);
            (
                nearness,
                adds_to_excess,
                -(self.difference(&candidate.canonical_tokens) as i64),
            )
        };
        let ranked = self.slots[slot].candidates.iter().map(rank).enumerate();
        ranked
            .min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)))
            .map(|(index, _)| index)
    }

    /// Number of steps at which the most similar of the last chosen melodies differs.
    fn difference(&self, canonical_tokens: &Tokens) -> usize {
        let differs = |other: &Tokens| {
            let (a, b) = (canonical_tokens.as_slice(), other.as_slice());
            a.iter().zip(b).filter(|(x, y)| x != y).count() + a.len().abs_diff(b.len())
        };
        self.chosen
            .iter()
            .rev()
            .take(MAX_COMPARED)
            .map(differs)
            .min()
            .unwrap_or(0)
    }

    /// The chosen melody of a slot.
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

/// A point near `point`, and as likely under the prior.
fn mixed_with_draw(point: &LatentPoint, draw: &LatentPoint) -> LatentPoint {
    let (kept, added) = (
        (1.0 - FRESH_VARIANCE).sqrt() as f32,
        FRESH_VARIANCE.sqrt() as f32,
    );
    let pairs = point.as_slice().iter().zip(draw.as_slice());
    LatentPoint::new(pairs.map(|(old, new)| kept * old + added * new).collect())
}
