//! Crossover of melodies: one melody with a segment of another.

use std::ops::Range;

use super::candidate_list::CandidateList;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{MelodyModel, ModelError};
use crate::progress::Observer;
use crate::sweep::decode::MIN_BATCH;
use crate::sweep::error::SweepError;

/// Maximum number of crossover points for prefixes.
const MAX_PREFIXES: usize = 64;
/// Maximum number of crossover points for inner segments, which lie between any two of them.
const MAX_INNER_CUTS: usize = 16;

/// The prefixes of a melody of `steps` steps.
pub(super) fn prefixes(steps: usize) -> Vec<Range<usize>> {
    (1..steps)
        .step_by(steps.div_ceil(MAX_PREFIXES).max(1))
        .map(|at| 0..at)
        .collect()
}

/// The segments of a melody of `steps` steps that touch neither end.
pub(super) fn inner_segments(steps: usize) -> Vec<Range<usize>> {
    let stride = steps.div_ceil(MAX_INNER_CUTS).max(1);
    (stride..steps)
        .step_by(stride)
        .flat_map(|from| {
            (from + stride..steps)
                .step_by(stride)
                .map(move |to| from..to)
        })
        .collect()
}

/// Segments to exchange in a melody, given its number of steps.
pub(super) type Segments = dyn Fn(usize) -> Vec<Range<usize>>;

/// Posterior means of crossovers of the two melodies of each link: one melody with the other's steps in one of the
/// segments. At most `max`, evenly spaced; none if the model has no encoder.
pub(super) fn crossover_candidates(
    candidates: &CandidateList,
    links: &[(usize, usize)],
    (segments, max): (&Segments, usize),
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let tokens = |k: usize| candidates.melodies[k].tokens().as_slice();
    let cuts: Vec<(usize, usize, Range<usize>)> = links
        .iter()
        .flat_map(|(a, b)| {
            let steps = tokens(*a).len().min(tokens(*b).len());
            segments(steps).into_iter().map(|segment| (*a, *b, segment))
        })
        .collect();
    // Each cut gives two melodies.
    let cut_count = (max / 2).min(cuts.len());
    let mut fractions = Vec::new();
    let mut melodies: Vec<Tokens> = Vec::new();
    for (a, b, segment) in (0..cut_count).map(|k| &cuts[k * cuts.len() / cut_count]) {
        let (tokens_a, tokens_b) = (tokens(*a), tokens(*b));
        let fraction = segment.len() as f64 / tokens_a.len().min(tokens_b.len()) as f64;
        for (fraction, own_tokens, other_tokens) in [
            (fraction, tokens_a, tokens_b),
            (1.0 - fraction, tokens_b, tokens_a),
        ] {
            let ids = [
                &own_tokens[..segment.start],
                &other_tokens[segment.clone()],
                &own_tokens[segment.end..],
            ]
            .concat();
            if let Ok(tokens) = Tokens::new(ids) {
                fractions.push(
                    candidates.fractions[*a]
                        + fraction * (candidates.fractions[*b] - candidates.fractions[*a]),
                );
                // A crossover may have a note-off without a note, which the encoder was not trained on.
                melodies.push(tokens.canonical());
            }
        }
    }
    let mut points = Vec::with_capacity(melodies.len());
    for batch in melodies.chunks(MIN_BATCH) {
        observer.check()?;
        let posteriors = match model.encode(batch) {
            Err(ModelError::NoEncoder) => return Ok(CandidateList::default()),
            posteriors => posteriors?,
        };
        let means = posteriors.into_iter().map(|posterior| posterior.mu);
        points.extend(means.map(LatentPoint::new));
    }
    CandidateList::decode(fractions, points, model, observer)
}
