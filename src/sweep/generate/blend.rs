//! A blend: melodies from one latent point to another, at equal distances or changing evenly.

use std::collections::HashSet;

use super::candidate_list::CandidateList;
use super::crossover::{Segments, crossover_candidates, inner_segments, prefixes};
use super::even_spacing::select_evenly;
use super::melody_distances::MelodyDistances;
use crate::latent::{Interpolation, LatentPoint, explored_point};
use crate::melody::{Melody, Tokens, edit_distance};
use crate::model::MelodyModel;
use crate::progress::{Observer, Phase, PhaseProgress};
use crate::sweep::error::SweepError;

/// Candidates on the path per melody of the blend.
const CANDIDATES_PER_MELODY: u32 = 16;
/// Maximum number of candidates on the path.
const MAX_ON_PATH_CANDIDATES: u32 = 769;
/// Maximum number of candidates on each path next to it.
const MAX_OFF_PATH_CANDIDATES: u32 = 193;
/// Maximum number of candidates in all.
const MAX_CANDIDATES: usize = 4_096;
/// Maximum number of comparisons of a selection, which compares each pair of candidates for each melody of the blend.
const MAX_PAIR_COMPARISONS: usize = 600_000_000;
/// Maximum number of crossovers of a round by inner segments.
pub(super) const MAX_CROSSOVERS: usize = 4_096;
/// The gap between consecutive melodies is too long if their edit distance exceeds this fraction of the distance between the ends.
const MAX_GAP: f64 = 0.5;
/// Largest distance of a candidate from the more distant end of a long gap, as a fraction of that gap.
const MAX_DETOUR: f64 = 1.5;
/// Maximum number of crossovers that are approached or perturbed in a round (approached: divided by the number of long gaps).
const MAX_TARGETS: usize = 48;
/// Points on each line to a crossover, both ends included.
const APPROACH_POINTS: u32 = 10;
/// Points around each crossover.
const PERTURBED_POINTS: usize = 10;
/// Standard deviation of these points in the first such round; it grows by the same amount in each.
const PERTURBATION: f64 = 0.2;
/// Fraction of the progress that the candidates on the path take; the rounds share the rest equally.
const ON_PATH_PROGRESS: f64 = 0.3;
/// Fraction of a round's progress that decoding takes; the rest is selection.
const DECODING_PROGRESS: f64 = 0.6;

/// How a round finds more candidates.
#[derive(Clone, Copy)]
enum Round {
    /// Points off the path, towards the other interpolation.
    OffPath,
    /// Crossovers of the ends of the path by prefixes.
    EndPrefixes,
    /// Crossovers of the ends of each long gap by prefixes.
    GapPrefixes,
    /// Crossovers of the ends of each long gap by inner segments.
    GapSegments,
    /// The same, and points on the lines to them.
    Approach,
    /// Points around these crossovers, with this standard deviation.
    Perturb(f64),
}

/// The rounds, in order, until no gap is too long. Rounds of one kind repeat because every selection has other long gaps.
const ROUNDS: [Round; 13] = [
    Round::OffPath,
    Round::EndPrefixes,
    Round::GapPrefixes,
    Round::GapPrefixes,
    Round::GapPrefixes,
    Round::GapSegments,
    Round::GapSegments,
    Round::Approach,
    Round::Approach,
    Round::Approach,
    Round::Perturb(PERTURBATION),
    Round::Perturb(PERTURBATION * 2.0),
    Round::Perturb(PERTURBATION * 3.0),
];
pub(super) const ROUND_COUNT: usize = ROUNDS.len();

/// A blend of `count` points at equal distances.
pub(super) fn blend_at_equal_distances(
    (from, to): (&LatentPoint, &LatentPoint),
    count: u32,
    interpolation: Interpolation,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let fractions: Vec<f64> = equal_fractions(count).collect();
    let point = |t: &f64| interpolation.interpolate(from, to, *t);
    let points = fractions.iter().map(point).collect();
    CandidateList::decode(fractions, points, model, observer)
}

/// A blend of `count` points that are chosen so that the melodies change evenly.
///
/// Candidates are closely spaced points on the path. While the best selection has a gap longer than half of the whole
/// change, the next of the [`ROUNDS`] adds candidates, and the selection is repeated. Crossovers of two melodies lie
/// between them by their notes, so they can bridge a jump that the decoder makes between two adjacent points. No round adds
/// more than half of the remaining capacity.
pub(super) fn blend_evenly(
    ends: (&LatentPoint, &LatentPoint),
    count: u32,
    interpolation: Interpolation,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let phase = &mut PhaseProgress::new(observer, Phase::Blend);
    let on_path_count = (count - 1)
        .saturating_mul(CANDIDATES_PER_MELODY)
        .saturating_add(1)
        .min(MAX_ON_PATH_CANDIDATES.max(count));
    let capacity = (MAX_PAIR_COMPARISONS / count as usize)
        .isqrt()
        .min(MAX_CANDIDATES);
    let (mut begin, mut end) = (0.0, ON_PATH_PROGRESS);
    let mut decoding_end = DECODING_PROGRESS * ON_PATH_PROGRESS;
    phase.begin_range(begin, decoding_end);
    let mut candidates =
        blend_at_equal_distances(ends, on_path_count, interpolation, model, phase)?;
    let mut distances = MelodyDistances::default();
    let mut rounds = ROUNDS.iter();
    loop {
        phase.begin_range(decoding_end, end);
        let (melodies, fractions) = (&candidates.melodies, &candidates.fractions);
        let progress = &mut |fraction| phase.report(fraction);
        let selected = select_evenly(
            melodies,
            fractions,
            count as usize,
            &mut distances,
            progress,
        )?;
        let long_gaps = long_gaps(&selected, melodies);
        let remaining_capacity = capacity.saturating_sub(candidates.points.len()).div_ceil(2);
        let round = rounds
            .next()
            .filter(|_| !long_gaps.is_empty() && remaining_capacity > 0);
        let Some(round) = round else {
            return Ok(candidates.select(&selected));
        };
        begin = end;
        end += (1.0 - ON_PATH_PROGRESS) / ROUND_COUNT as f64;
        decoding_end = begin + DECODING_PROGRESS * (end - begin);
        phase.begin_range(begin, decoding_end);
        let by_prefixes = (&prefixes as &Segments, remaining_capacity);
        let by_segments = (&inner_segments as &Segments, MAX_CROSSOVERS);
        let new_candidates = match round {
            Round::OffPath => {
                off_path_candidates(ends, on_path_count, interpolation, model, phase)?
            }
            Round::EndPrefixes => {
                let ends = [(0, candidates.points.len() - 1)];
                crossover_candidates(&candidates, &ends, by_prefixes, model, phase)?
            }
            Round::GapPrefixes => {
                crossover_candidates(&candidates, &long_gaps, by_prefixes, model, phase)?
            }
            Round::GapSegments | Round::Approach | Round::Perturb(_) => {
                let mut new_candidates =
                    crossover_candidates(&candidates, &long_gaps, by_segments, model, phase)?;
                if let Round::Perturb(sigma) = round {
                    new_candidates = perturbed_candidates(&new_candidates, *sigma, model, phase)?;
                } else if let Round::Approach = round {
                    let lines = approach_candidates(
                        &candidates,
                        &long_gaps,
                        &new_candidates,
                        model,
                        phase,
                    )?;
                    new_candidates.insert_before_last(lines);
                }
                filter_useful(&candidates, &long_gaps, new_candidates)
            }
        };
        candidates.insert_before_last(new_candidates.evenly_spaced(remaining_capacity));
    }
}

/// Indices of consecutive selected melodies whose gap is too long.
fn long_gaps(selected: &[usize], melodies: &[Melody]) -> Vec<(usize, usize)> {
    let distance = |a: usize, b: usize| edit_distance(&melodies[a], &melodies[b]);
    let (Some(first), Some(last)) = (selected.first(), selected.last()) else {
        return Vec::new();
    };
    let max_distance = distance(*first, *last) * MAX_GAP;
    let pairs = selected.windows(2).map(|pair| (pair[0], pair[1]));
    pairs
        .filter(|(a, b)| distance(*a, *b) > max_distance)
        .collect()
}

/// Points on the path of the other interpolation, and halfway to it.
fn off_path_candidates(
    (from, to): (&LatentPoint, &LatentPoint),
    on_path_count: u32,
    interpolation: Interpolation,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let other = match interpolation {
        Interpolation::Linear => Interpolation::Spherical,
        Interpolation::Spherical => Interpolation::Linear,
    };
    let fractions: Vec<f64> = inner_fractions(on_path_count.min(MAX_OFF_PATH_CANDIDATES)).collect();
    let pair = |t: &f64| {
        let other_point = other.interpolate(from, to, *t);
        let path_point = interpolation.interpolate(from, to, *t);
        (
            Interpolation::Linear.interpolate(&path_point, &other_point, 0.5),
            other_point,
        )
    };
    let (mut points, other_points): (Vec<_>, Vec<_>) = fractions.iter().map(pair).unzip();
    points.extend(other_points);
    CandidateList::decode(fractions.repeat(2), points, model, observer)
}

/// Points on the straight lines from both ends of each long gap to crossovers.
fn approach_candidates(
    candidates: &CandidateList,
    long_gaps: &[(usize, usize)],
    crossovers: &CandidateList,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let stride = (crossovers.points.len() * long_gaps.len())
        .div_ceil(MAX_TARGETS)
        .max(1);
    let (mut fractions, mut points) = (Vec::new(), Vec::new());
    for end in long_gaps.iter().flat_map(|(a, b)| [*a, *b]) {
        let targets = crossovers.fractions.iter().zip(&crossovers.points);
        for (fraction, target) in targets.step_by(stride) {
            for t in inner_fractions(APPROACH_POINTS) {
                fractions
                    .push(candidates.fractions[end] + t * (fraction - candidates.fractions[end]));
                points.push(Interpolation::Linear.interpolate(&candidates.points[end], target, t));
            }
        }
    }
    CandidateList::decode(fractions, points, model, observer)
}

/// Points around crossovers, with fixed random numbers.
fn perturbed_candidates(
    crossovers: &CandidateList,
    sigma: f64,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let stride = crossovers.points.len().div_ceil(MAX_TARGETS).max(1);
    let centres = crossovers.fractions.iter().zip(&crossovers.points);
    let (fractions, points) = centres
        .step_by(stride)
        .flat_map(|centre| std::iter::repeat_n(centre, PERTURBED_POINTS))
        .zip(0..)
        .map(|((fraction, centre), index)| (*fraction, explored_point(centre, sigma, 0, index)))
        .unzip();
    CandidateList::decode(fractions, points, model, observer)
}

/// The candidates that lie within a long gap or a short detour from it, each melody once. The others cannot shorten a gap, and the
/// selection compares all candidates with each other.
fn filter_useful(
    candidates: &CandidateList,
    long_gaps: &[(usize, usize)],
    new_candidates: CandidateList,
) -> CandidateList {
    let mut seen: HashSet<&Tokens> = HashSet::new();
    let is_useful = |melody: &Melody| {
        long_gaps.iter().any(|(a, b)| {
            let (a, b) = (&candidates.melodies[*a], &candidates.melodies[*b]);
            let (from, to) = (edit_distance(a, melody), edit_distance(melody, b));
            let gap_distance = edit_distance(a, b);
            from.min(to) < gap_distance && from.max(to) <= MAX_DETOUR * gap_distance
        })
    };
    let kept: Vec<usize> = (0..new_candidates.melodies.len())
        .filter(|k| {
            is_useful(&new_candidates.melodies[*k])
                && seen.insert(new_candidates.melodies[*k].tokens())
        })
        .collect();
    new_candidates.select(&kept)
}

/// `count` equally spaced fractions of the path, from 0 to 1.
fn equal_fractions(count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(move |k| f64::from(k) / f64::from(count.saturating_sub(1).max(1)))
}

/// The same without the ends.
fn inner_fractions(count: u32) -> impl Iterator<Item = f64> {
    equal_fractions(count).filter(|t| *t > 0.0 && *t < 1.0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::STEPS_PER_BAR;
    use crate::model::{ModelError, Posterior, Sampling};
    use crate::progress::Unobserved;

    const STEPS: usize = 2 * STEPS_PER_BAR;

    /// One latent dimension per step: above 0.5, its note is an octave higher. On the straight line from all zeros to all
    /// ones, all notes change at once.
    struct Switches {
        has_encoder: bool,
    }

    impl MelodyModel for Switches {
        fn latent_size(&self) -> usize {
            STEPS
        }

        fn steps(&self) -> usize {
            STEPS
        }

        fn decode(
            &mut self,
            latents: &[LatentPoint],
            _: &Sampling,
        ) -> Result<Vec<Tokens>, ModelError> {
            let melody = |point: &LatentPoint| {
                let ids = point.as_slice().iter();
                Tokens::new(ids.map(|z| if *z > 0.5 { 53 } else { 41 }).collect()).unwrap()
            };
            Ok(latents.iter().map(melody).collect())
        }

        fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
            if !self.has_encoder {
                return Err(ModelError::NoEncoder);
            }
            let posterior = |melody: &Tokens| {
                let ids = melody.as_slice().iter();
                Posterior {
                    mu: ids.map(|id| f32::from(u8::from(*id == 53))).collect(),
                    sigma: vec![0.1; STEPS],
                }
            };
            Ok(melodies.iter().map(posterior).collect())
        }

        fn device_name(&self) -> String {
            "switches".to_owned()
        }

        fn weights_hash(&self) -> &str {
            "0123456789ab"
        }
    }

    fn blend(has_encoder: bool, count: u32) -> CandidateList {
        let ends = [0.0, 1.0].map(|z| LatentPoint::new(vec![z; STEPS]));
        blend_evenly(
            (&ends[0], &ends[1]),
            count,
            Interpolation::Linear,
            &mut Switches { has_encoder },
            &mut Unobserved,
        )
        .unwrap()
    }

    fn distances(blend: &CandidateList) -> Vec<f64> {
        let pairs = blend.melodies.windows(2);
        pairs
            .map(|pair| edit_distance(&pair[0], &pair[1]))
            .collect()
    }

    #[test]
    fn a_jump_of_the_decoder_is_bridged_by_crossovers_of_the_ends() {
        let blend = blend(true, 5);
        // All 32 notes change, a distance of 0.5 each, in four equal steps.
        assert_eq!(distances(&blend), [4.0; 4]);
        assert_eq!((blend.fractions[0], blend.fractions[4]), (0.0, 1.0));
        assert!(blend.fractions.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn without_an_encoder_the_jump_is_one_step() {
        let distances = distances(&blend(false, 5));
        assert_eq!(distances.iter().filter(|change| **change > 0.0).count(), 1);
        assert_eq!(distances.iter().sum::<f64>(), 16.0);
    }
}
