//! Melodies with latent points of their own: somebody's, those around a point, and those between two points.

mod blend;
#[cfg(test)]
mod blend_tests;
mod candidates;
mod crossing;
mod even_spacing;
mod melody_distances;
mod path;

use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::latent::{Interpolation, LatentPoint, explored_point};
use crate::melody::{Melody, Reconstruction, Tokens};
use crate::model::{Decode, Posterior};
use crate::sweep::decode::{SamplingParams, decode};
use crate::sweep::observer::Meter;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId, Observer, SweepError};
use candidates::{equal_steps, even_steps};
pub use path::{LatentPath, MAX_PATH_POINTS};

/// Most melodies of one set.
pub const MAX_GENERATED: u32 = 4_096;
/// Most steps of a blend.
pub const MAX_BLEND_STEPS: u32 = 256;
pub(super) const BATCH: usize = 64;

/// What to make.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateRequest {
    /// Number of the set, in the melodies' names.
    pub set: u32,
    /// Kind of generation with its inputs.
    pub kind: GenerateKind,
}

/// The things that can be made.
#[derive(Clone, Debug, PartialEq)]
pub enum GenerateKind {
    /// Encode melodies of the model's length: each lies at the mean of its posterior.
    Encode(Vec<Melody>),
    /// Melodies near a point.
    Explore {
        /// The point.
        centre: LatentPoint,
        /// Standard deviation of the cloud per dimension.
        sigma: f64,
        /// How many.
        count: u32,
        /// Seed of the draws.
        seed: u64,
    },
    /// Melodies on a path over a map.
    Path(LatentPath),
    /// A way from one point to another.
    Blend {
        /// First end.
        from: LatentPoint,
        /// Last end.
        to: LatentPoint,
        /// Melodies, both ends included; at least 2.
        steps: u32,
        /// Along the arc or straight.
        way: Interpolation,
        /// Choose the points so that the melodies change as evenly as the way allows, instead of at equal distances;
        /// where a step would still be longer than half of the whole change, points off the way may be chosen too.
        even: bool,
    },
}

impl GenerateKind {
    /// What kind of making it is.
    #[must_use]
    pub fn method(&self) -> GenerateMethod {
        match self {
            Self::Encode(_) => GenerateMethod::Imported,
            Self::Explore { .. } => GenerateMethod::Explored,
            Self::Blend { .. } => GenerateMethod::Blended,
            Self::Path(_) => GenerateMethod::Path,
        }
    }
}

/// One made melody.
#[derive(Clone, Debug)]
pub struct GeneratedMelody {
    /// Its name.
    pub id: MelodyId,
    /// Where it lies in the latent space.
    pub latent: LatentPoint,
    /// What the model decodes there.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
}

impl GeneratedMelody {
    /// As an entry of a map, at a place.
    #[must_use]
    pub fn entry(&self, position: [f64; 2]) -> MelodyEntry {
        MelodyEntry {
            id: self.id,
            melody: Arc::clone(&self.melody),
            attributes: self.attributes.clone(),
            position,
        }
    }
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Number of the set.
    pub set: u32,
    /// What kind of making it was.
    pub by: GenerateMethod,
    /// The melodies, in order.
    pub melodies: Vec<GeneratedMelody>,
    /// Of encoded melodies: what was encoded, and how well it came back, in the same order.
    pub originals: Vec<(Arc<Melody>, Reconstruction)>,
    /// Of encoded melodies: their posteriors.
    pub posteriors: Vec<Posterior>,
    /// Of a blend or a path: the share of the way at each melody, from 0 to 1.
    pub shares: Vec<f64>,
    /// Of a path: which of its points each melody lies at.
    pub chosen: Vec<usize>,
}

/// Makes melodies; decoding is greedy. Depends on the request and the model alone.
///
/// # Errors
/// [`SweepError::Cancelled`] if the observer says so, [`SweepError::Setting`] for a request that cannot be met,
/// [`SweepError::Model`] if the model fails for good or cannot encode.
pub fn generate(
    request: &GenerateRequest,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Generated, SweepError> {
    check(&request.kind)?;
    let mut made = Generated {
        set: request.set,
        by: request.kind.method(),
        melodies: Vec::new(),
        originals: Vec::new(),
        posteriors: Vec::new(),
        shares: Vec::new(),
        chosen: Vec::new(),
    };
    let (points, melodies) = match &request.kind {
        GenerateKind::Encode(melodies) => {
            let mut meter = Meter::start(melodies.len() as u64);
            let (mut points, mut decoded) = (Vec::new(), Vec::new());
            for batch in melodies.chunks(BATCH) {
                if observer.cancelled() {
                    return Err(SweepError::Cancelled);
                }
                let tokens: Vec<Tokens> = batch.iter().map(|m| m.tokens().clone()).collect();
                let posteriors = decoder.encode(&tokens)?;
                let means: Vec<LatentPoint> = posteriors
                    .iter()
                    .map(|posterior| LatentPoint::new(posterior.mu.clone()))
                    .collect();
                decoded.extend(greedy(decoder, observer, &means)?);
                points.extend(means);
                made.posteriors.extend(posteriors);
                observer.progress(meter.add(batch.len()));
            }
            made.originals = melodies
                .iter()
                .zip(&decoded)
                .map(|(own, found)| (Arc::new(own.clone()), Reconstruction::measure(own, found)))
                .collect();
            (points, decoded)
        }
        GenerateKind::Explore {
            centre,
            sigma,
            count,
            seed,
        } => {
            let points: Vec<LatentPoint> = (0..u64::from(*count))
                .map(|index| explored_point(centre, *sigma, *seed, index))
                .collect();
            let melodies = decode_all(decoder, observer, &points)?;
            (points, melodies)
        }
        GenerateKind::Path(along) => {
            let melodies = decode_all(decoder, observer, &along.points)?;
            made.chosen = along.stations(&melodies, &mut |_| {
                if observer.cancelled() {
                    return Err(SweepError::Cancelled);
                }
                Ok(())
            })?;
            made.shares = pick(&along.shares, &made.chosen);
            (
                pick(&along.points, &made.chosen),
                pick(&melodies, &made.chosen),
            )
        }
        GenerateKind::Blend {
            from,
            to,
            steps,
            way,
            even,
        } => {
            let find = if *even { even_steps } else { equal_steps };
            let blend = find((from, to), *steps, *way, decoder, observer)?;
            made.shares = blend.shares;
            (blend.points, blend.melodies)
        }
    };
    made.melodies = points
        .into_iter()
        .zip(melodies)
        .zip(0..)
        .map(|((latent, melody), index)| GeneratedMelody {
            id: MelodyId::Generated {
                by: made.by,
                set: request.set,
                index,
            },
            latent,
            attributes: AttributeRow::measure(&melody),
            melody: Arc::new(melody),
        })
        .collect();
    Ok(made)
}

fn pick<T: Clone>(all: &[T], chosen: &[usize]) -> Vec<T> {
    chosen.iter().filter_map(|k| all.get(*k).cloned()).collect()
}

pub(super) fn decode_all(
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
    points: &[LatentPoint],
) -> Result<Vec<Melody>, SweepError> {
    let mut meter = Meter::start(points.len() as u64);
    let mut melodies = Vec::with_capacity(points.len());
    for batch in points.chunks(BATCH) {
        if observer.cancelled() {
            return Err(SweepError::Cancelled);
        }
        melodies.extend(greedy(decoder, observer, batch)?);
        observer.progress(meter.add(batch.len()));
    }
    Ok(melodies)
}

pub(super) fn greedy(
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
    points: &[LatentPoint],
) -> Result<Vec<Melody>, SweepError> {
    let sampling_params = SamplingParams {
        temperature: 0.0,
        seed: 0,
    };
    decode(decoder, observer, sampling_params, points, &[])
}

fn check(kind: &GenerateKind) -> Result<(), SweepError> {
    let refuse = |setting, found: String, advice: String| {
        Err(SweepError::Setting {
            setting,
            found,
            advice,
        })
    };
    match kind {
        GenerateKind::Encode(melodies) if melodies.len() > MAX_GENERATED as usize => refuse(
            "the number of melodies",
            melodies.len().to_string(),
            format!("choose at most {MAX_GENERATED}"),
        ),
        GenerateKind::Explore { count, .. } if !(1..=MAX_GENERATED).contains(count) => refuse(
            "the number of melodies",
            count.to_string(),
            format!("choose 1 to {MAX_GENERATED}"),
        ),
        GenerateKind::Explore { sigma, .. } if !(sigma.is_finite() && *sigma > 0.0) => refuse(
            "sigma",
            sigma.to_string(),
            "choose a number above 0".to_owned(),
        ),
        GenerateKind::Blend { steps, .. } if !(2..=MAX_BLEND_STEPS).contains(steps) => refuse(
            "the number of steps",
            steps.to_string(),
            format!("choose 2 to {MAX_BLEND_STEPS}, both ends included"),
        ),
        GenerateKind::Blend { from, to, .. } if from.len() != to.len() => refuse(
            "the width of the second end",
            to.len().to_string(),
            format!(
                "both ends must be points of one model, with {} numbers",
                from.len()
            ),
        ),
        GenerateKind::Path(along) => along.check(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;
    use crate::melody::edit_distance;
    use crate::sweep::Unobserved;
    use crate::sweep::testing::FakeDecoder;

    fn made(kind: GenerateKind) -> Result<Generated, SweepError> {
        let request = GenerateRequest { set: 5, kind };
        generate(&request, &mut FakeDecoder::new(24), &mut Unobserved)
    }

    #[test]
    fn a_blend_begins_and_ends_at_its_ends_and_evens_out_the_changes() {
        let mut decoder = FakeDecoder::new(24);
        let (from, to) = (prior_point(24, 1, 0), prior_point(24, 1, 1));
        let blend = |even| {
            made(GenerateKind::Blend {
                from: from.clone(),
                to: to.clone(),
                steps: 7,
                way: Interpolation::Spherical,
                even,
            })
            .unwrap()
        };
        let ends = greedy(&mut decoder, &mut Unobserved, &[from.clone(), to.clone()]).unwrap();
        let largest = |made: &Generated| {
            made.melodies
                .windows(2)
                .map(|pair| edit_distance(&pair[0].melody, &pair[1].melody))
                .fold(0.0, f64::max)
        };
        let (plain, even) = (blend(false), blend(true));
        for blend in [&plain, &even] {
            assert_eq!(blend.melodies.len(), 7);
            assert_eq!((*blend.melodies[0].melody).clone(), ends[0]);
            assert_eq!((*blend.melodies[6].melody).clone(), ends[1]);
            assert_eq!((blend.shares[0], blend.shares[6]), (0.0, 1.0));
            assert!(blend.shares.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert!(largest(&even) <= largest(&plain));
        assert_eq!(plain.melodies[3].id.slug(), "blend5_03");
    }

    #[test]
    fn a_cloud_lies_around_its_centre_as_near_as_asked_and_the_same_every_time() {
        let centre = prior_point(24, 3, 0);
        let cloud = |sigma| {
            made(GenerateKind::Explore {
                centre: centre.clone(),
                sigma,
                count: 200,
                seed: 9,
            })
            .unwrap()
        };
        let mean = |made: &Generated| {
            made.melodies
                .iter()
                .map(|m| m.latent.distance(&centre))
                .sum::<f64>()
                / 200.0
        };
        // Mean length of a Gaussian in 24 dimensions: nearly sigma * sqrt(24 - 1/2).
        let wide = cloud(0.8);
        assert!(
            (mean(&wide) - 0.8 * 23.5_f64.sqrt()).abs() < 0.15,
            "{}",
            mean(&wide)
        );
        assert!((mean(&cloud(0.1)) - 0.1 * 23.5_f64.sqrt()).abs() < 0.02);
        let again = cloud(0.8);
        assert!(
            wide.melodies
                .iter()
                .zip(&again.melodies)
                .all(|(a, b)| a.melody == b.melody)
        );
    }

    #[test]
    fn wishes_that_cannot_be_met_are_refused_in_a_sentence() {
        let point = || LatentPoint::new(vec![0.0; 24]);
        let between = |steps, to: LatentPoint| GenerateKind::Blend {
            from: point(),
            to,
            steps,
            way: Interpolation::Linear,
            even: false,
        };
        let around = |sigma, count| GenerateKind::Explore {
            centre: point(),
            sigma,
            count,
            seed: 0,
        };
        for (what, told) in [
            (between(1, point()), "choose 2 to 256"),
            (
                between(3, LatentPoint::new(vec![0.0; 3])),
                "with 24 numbers",
            ),
            (around(0.0, 4), "above 0"),
            (around(f64::NAN, 4), "above 0"),
            (around(0.5, 0), "choose 1 to"),
        ] {
            let error = made(what).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        // This decoder has no encoder.
        let own = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
        let error = made(GenerateKind::Encode(vec![own]))
            .unwrap_err()
            .to_string();
        assert!(error.contains("only decodes"), "{error}");
    }
}
