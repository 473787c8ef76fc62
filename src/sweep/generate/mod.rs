//! Melodies with their own latent points: encoded, near a point, between two points, or along a path.
//!
//! - `request`, `generated`: the input and the result
//! - `path`: [`LatentPath`], a path and the selection of its stops
//! - `blend`, `crossover`, `candidate_list`: blends, and the search for candidates that make them even
//! - `explore`: melodies near a point, nearest first
//! - `slice`: [`latent_slice`], melodies on a grid in a plane
//! - `even_spacing`, `melody_distances`: selecting melodies that change evenly

mod blend;
#[cfg(test)]
mod blend_tests;
mod candidate_list;
mod crossover;
mod even_spacing;
mod explore;
mod generated;
mod melody_distances;
mod path;
mod request;
mod slice;

use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Reconstruction, Tokens};
use crate::model::MelodyModel;
use crate::progress::{Observer, RateMeter};
use crate::sweep::decode::{GREEDY, MIN_BATCH, decode};
use crate::sweep::error::SweepError;
use crate::sweep::identity::MelodyId;
use blend::{blend_at_equal_distances, blend_evenly};
use candidate_list::CandidateList;
use explore::explore;
pub use generated::{Generated, GeneratedMelody};
pub use path::{LatentPath, MAX_BLEND_MELODIES, MAX_PATH_POINTS};
pub use request::{GenerateKind, GenerateRequest, MAX_GENERATED};
pub use slice::{LatentSlice, latent_slice};

/// Generates melodies; decoding is greedy. The result depends on the request and the model alone.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Setting`] for an invalid request, [`SweepError::Model`] if the model fails on
/// every device or has no encoder.
pub fn generate(
    request: &GenerateRequest,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<Generated, SweepError> {
    request.kind.validate()?;
    let mut generated = Generated {
        set: request.set,
        method: request.kind.method(),
        melodies: Vec::new(),
        originals: Vec::new(),
        posteriors: Vec::new(),
        fractions: Vec::new(),
        path_point_indices: Vec::new(),
    };
    let candidates = match &request.kind {
        GenerateKind::Encode(melodies) => encode(melodies, &mut generated, model, observer)?,
        GenerateKind::Explore {
            centre,
            sigma,
            count,
            seed,
        } => explore(centre, *sigma, *count, *seed, model, observer)?,
        GenerateKind::Path(path) => {
            let (fractions, points) = (path.fractions.clone(), path.points.clone());
            let candidates = CandidateList::decode(fractions, points, model, observer)?;
            generated.path_point_indices =
                path.select_stops(&candidates.melodies, &mut |_| observer.check())?;
            candidates.select(&generated.path_point_indices)
        }
        GenerateKind::Blend {
            from,
            to,
            count,
            interpolation,
            even,
        } => {
            let blend = if *even {
                blend_evenly
            } else {
                blend_at_equal_distances
            };
            blend((from, to), *count, *interpolation, model, observer)?
        }
    };
    let melody = |((latent, melody), index): ((LatentPoint, Melody), u32)| GeneratedMelody {
        id: MelodyId::Generated {
            method: generated.method,
            set: request.set,
            index,
        },
        latent,
        attributes: AttributeRow::measure(&melody),
        melody: Arc::new(melody),
    };
    let pairs = candidates.points.into_iter().zip(candidates.melodies);
    generated.melodies = pairs.zip(0..).map(melody).collect();
    generated.fractions = candidates.fractions;
    Ok(generated)
}

/// Encodes melodies and decodes the means of their posteriors; adds originals and posteriors to `generated`.
fn encode(
    melodies: &[Melody],
    generated: &mut Generated,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let mut meter = RateMeter::for_melodies(melodies.len() as u64);
    let mut candidates = CandidateList::default();
    for batch in melodies.chunks(MIN_BATCH) {
        observer.check()?;
        let tokens: Vec<Tokens> = batch.iter().map(|m| m.tokens().clone()).collect();
        let posteriors = model.encode(&tokens)?;
        let means = posteriors.iter().map(|posterior| posterior.mu.clone());
        let means: Vec<LatentPoint> = means.map(LatentPoint::new).collect();
        let decoded = decode(model, observer, GREEDY, &means, &[])?;
        candidates.melodies.extend(decoded);
        candidates.points.extend(means);
        generated.posteriors.extend(posteriors);
        observer.progress(meter.add(batch.len()));
    }
    generated.originals = melodies
        .iter()
        .zip(&candidates.melodies)
        .map(|(original, reconstruction)| {
            (
                Arc::new(original.clone()),
                Reconstruction::measure(original, reconstruction),
            )
        })
        .collect();
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::{Interpolation, prior_point};
    use crate::melody::edit_distance;
    use crate::progress::Unobserved;
    use crate::sweep::decode::decode_greedy;
    use crate::sweep::testing::FakeModel;

    fn generated(kind: GenerateKind) -> Result<Generated, SweepError> {
        let request = GenerateRequest { set: 5, kind };
        generate(&request, &mut FakeModel::new(24), &mut Unobserved)
    }

    #[test]
    fn a_blend_starts_and_ends_at_its_ends_and_changes_more_evenly() {
        let mut model = FakeModel::new(24);
        let (from, to) = (prior_point(24, 1, 0), prior_point(24, 1, 1));
        let blend = |even| {
            generated(GenerateKind::Blend {
                from: from.clone(),
                to: to.clone(),
                count: 7,
                interpolation: Interpolation::Spherical,
                even,
            })
            .unwrap()
        };
        let ends = [from.clone(), to.clone()];
        let ends = decode_greedy(&mut model, &mut Unobserved, &ends).unwrap();
        let largest_change = |generated: &Generated| {
            generated
                .melodies
                .windows(2)
                .map(|pair| edit_distance(&pair[0].melody, &pair[1].melody))
                .fold(0.0, f64::max)
        };
        let (plain, even) = (blend(false), blend(true));
        for blend in [&plain, &even] {
            assert_eq!(blend.melodies.len(), 7);
            assert_eq!((*blend.melodies[0].melody).clone(), ends[0]);
            assert_eq!((*blend.melodies[6].melody).clone(), ends[1]);
            assert_eq!((blend.fractions[0], blend.fractions[6]), (0.0, 1.0));
            assert!(blend.fractions.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert!(largest_change(&even) <= largest_change(&plain));
        assert_eq!(plain.melodies[3].id.slug(), "blend5_03");
    }

    #[test]
    fn explored_melodies_lie_at_the_requested_distance_and_are_reproducible() {
        let centre = prior_point(24, 3, 0);
        let explore = |sigma| {
            generated(GenerateKind::Explore {
                centre: centre.clone(),
                sigma,
                count: 200,
                seed: 9,
            })
            .unwrap()
        };
        let mean = |generated: &Generated| {
            generated
                .melodies
                .iter()
                .map(|m| m.latent.distance(&centre))
                .sum::<f64>()
                / 200.0
        };
        // Mean length of a Gaussian in 24 dimensions: nearly sigma * sqrt(24 - 1/2).
        let wide = explore(0.8);
        assert!(
            (mean(&wide) - 0.8 * 23.5_f64.sqrt()).abs() < 0.15,
            "{}",
            mean(&wide)
        );
        assert!((mean(&explore(0.1)) - 0.1 * 23.5_f64.sqrt()).abs() < 0.02);
        let again = explore(0.8);
        assert!(
            wide.melodies
                .iter()
                .zip(&again.melodies)
                .all(|(a, b)| a.melody == b.melody)
        );
    }

    #[test]
    fn invalid_requests_are_refused_with_the_valid_values() {
        let point = || LatentPoint::new(vec![0.0; 24]);
        let blend = |count, to: LatentPoint| GenerateKind::Blend {
            from: point(),
            to,
            count,
            interpolation: Interpolation::Linear,
            even: false,
        };
        let explore = |sigma, count| GenerateKind::Explore {
            centre: point(),
            sigma,
            count,
            seed: 0,
        };
        for (kind, advice) in [
            (blend(1, point()), "choose 2 to 256"),
            (blend(3, LatentPoint::new(vec![0.0; 3])), "with 24 numbers"),
            (explore(0.0, 4), "above 0"),
            (explore(f64::NAN, 4), "above 0"),
            (explore(0.5, 0), "choose 1 to"),
        ] {
            let error = generated(kind).unwrap_err().to_string();
            assert!(error.contains(advice), "{error}");
        }
        // This decoder has no encoder.
        let original = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
        let error = generated(GenerateKind::Encode(vec![original]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("only decodes"), "{error}");
    }
}
