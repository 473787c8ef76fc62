//! Melodies crossed from two others: one of them, with a part of the other in its place.

use std::ops::Range;

use super::blend::Blend;
use super::{BATCH, decode_all};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{Decode, ModelError};
use crate::sweep::{Observer, SweepError};

/// Most places at which two melodies are crossed once.
const MOST_CUTS: usize = 64;
/// Most places between which a stretch of one melody takes the place of the other's.
const MOST_CUTS_OF_STRETCHES: usize = 16;

/// The beginnings of a melody, by its steps.
pub(super) fn cut_once(steps: usize) -> Vec<Range<usize>> {
    (1..steps)
        .step_by(steps.div_ceil(MOST_CUTS).max(1))
        .map(|at| 0..at)
        .collect()
}

/// The stretches of a melody that leave something at both sides.
pub(super) fn stretches(steps: usize) -> Vec<Range<usize>> {
    let every = steps.div_ceil(MOST_CUTS_OF_STRETCHES).max(1);
    (every..steps)
        .step_by(every)
        .flat_map(|from| (from + every..steps).step_by(every).map(move |to| from..to))
        .collect()
}

/// Parts of a melody of so many steps that another's take the place of.
pub(super) type Parts = dyn Fn(usize) -> Vec<Range<usize>>;

/// Posterior means of melodies crossed from the two melodies of each link: one of them, with the other's steps in one of
/// the `parts`; at most so many, evenly taken. None where the model has no encoder.
pub(super) fn crossed(
    blend: &Blend,
    links: &[(usize, usize)],
    (parts, most): (&Parts, usize),
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Blend, SweepError> {
    let tokens = |k: usize| blend.melodies[k].tokens().as_slice();
    let cuts: Vec<(usize, usize, Range<usize>)> = links
        .iter()
        .flat_map(|(a, b)| {
            let steps = tokens(*a).len().min(tokens(*b).len());
            parts(steps).into_iter().map(|part| (*a, *b, part))
        })
        .collect();
    // Each cut gives two melodies.
    let some = (most / 2).min(cuts.len());
    let mut shares = Vec::new();
    let mut melodies: Vec<Tokens> = Vec::new();
    for (a, b, part) in (0..some).map(|k| &cuts[k * cuts.len() / some]) {
        let (first, last) = (tokens(*a), tokens(*b));
        let share = part.len() as f64 / first.len().min(last.len()) as f64;
        for (share, own, other) in [(share, first, last), (1.0 - share, last, first)] {
            let ids = [&own[..part.start], &other[part.clone()], &own[part.end..]].concat();
            if let Ok(tokens) = Tokens::new(ids) {
                shares.push(blend.shares[*a] + share * (blend.shares[*b] - blend.shares[*a]));
                // Crossing may leave a note-off without a note; the encoder has not seen such.
                melodies.push(tokens.canonical());
            }
        }
    }
    let mut points = Vec::with_capacity(melodies.len());
    for batch in melodies.chunks(BATCH) {
        if observer.cancelled() {
            return Err(SweepError::Cancelled);
        }
        let posteriors = match decoder.encode(batch) {
            Err(ModelError::NoEncoder) => return Ok(Blend::default()),
            posteriors => posteriors?,
        };
        let means = posteriors.into_iter().map(|posterior| posterior.mu);
        points.extend(means.map(LatentPoint::new));
    }
    let melodies = decode_all(decoder, observer, &points)?;
    Ok(Blend {
        shares,
        points,
        melodies,
    })
}
