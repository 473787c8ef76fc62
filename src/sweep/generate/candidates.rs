//! A blend: melodies on the way from one latent point to another.

use std::collections::HashSet;

use super::blend::Blend;
use super::crossing::{Parts, crossed, cut_once, stretches};
use super::decode_all;
use super::even_spacing::evenly;
use super::melody_distances::Apart;
use crate::latent::{Interpolation, LatentPoint, explored_point};
use crate::melody::{Melody, Tokens, edit_distance};
use crate::model::Decode;
use crate::sweep::observer::Rounds;
use crate::sweep::{Observer, Phase, SweepError};

/// Candidates between two steps of a blend that is to change evenly.
const FINER: u32 = 16;
/// Most candidates in all.
const MOST: usize = 4_096;
/// Most pairs of candidates, counted for each step of a blend: in each step each is compared with each.
const MOST_PAIRS: usize = 600_000_000;
/// Most melodies crossed in a round.
pub(super) const MOST_CROSSED: usize = 4_096;
/// Share of the whole progress that the way itself takes; the other rounds share the rest alike.
const FIRST_SHARE: f64 = 0.3;
/// Share of a round that decoding takes; the rest is choosing.
const DECODING_SHARE: f64 = 0.6;
/// Most candidates on the way itself.
const MOST_CANDIDATES: u32 = 769;
/// Most candidates on each way beside it.
const MOST_BESIDE: u32 = 193;
/// Rounds of crossing, at most: the first crosses the ends, each later one the ends of the steps that are still too long.
const CROSSINGS: u32 = 4;
/// Number of the last round in which only stretches are exchanged: there are two of them.
const LAST_EXCHANGE: u32 = CROSSINGS + 2;
/// Number of the last round that looks on the ways to what was crossed, too: there are three of them.
const LAST_APPROACH: u32 = LAST_EXCHANGE + 3;
/// Number of the last round of all: three look around what was crossed.
pub(super) const LAST_ROUND: u32 = LAST_APPROACH + 3;
/// Points around each crossed melody.
const AROUND: usize = 10;
/// Their standard deviation in the first round; it grows by as much in each.
const NEAR: f64 = 0.2;
/// Most crossed melodies that are approached, divided by the links whose ends they are approached from.
const MOST_AIMS: usize = 48;
/// Points of each such approach, its ends among them.
const LOOKS: u32 = 10;
/// How far from the farther end of a step that is too long a melody may lie to be of help, as a share of that step.
const ASIDE: f64 = 1.5;

/// A blend whose `steps` points lie at equal distances along the way.
pub(super) fn equal_steps(
    (from, to): (&LatentPoint, &LatentPoint),
    steps: u32,
    way: Interpolation,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Blend, SweepError> {
    let shares: Vec<f64> = shares(steps).collect();
    let points: Vec<LatentPoint> = shares.iter().map(|t| way.at(from, to, *t)).collect();
    let melodies = decode_all(decoder, observer, &points)?;
    Ok(Blend {
        shares,
        points,
        melodies,
    })
}

/// A blend whose `steps` points are chosen so that the melodies change evenly.
///
/// Candidates are points close together on the way itself. Where the best choice among them would still have a step
/// longer than half of the whole change, more candidates come in, and the choice is made anew: first points beside the
/// way, towards the other kind of way; then the posterior means of melodies crossed from the two ends, which begin
/// like one end and go on like the other; then of those in which a stretch is like the other end, points on the ways
/// there, and points around them. No round takes more than half of the room that is left for candidates. A jump that the decoder makes between two points is stepped over by such melodies, for
/// they lie between the ends by their notes.
pub(super) fn even_steps(
    ends: (&LatentPoint, &LatentPoint),
    steps: u32,
    way: Interpolation,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Blend, SweepError> {
    let mut observer = Rounds::new(observer, Phase::Blend);
    let observer = &mut observer;
    let finer = (steps - 1).saturating_mul(FINER).saturating_add(1);
    let finer = finer.min(MOST_CANDIDATES.max(steps));
    let most = (MOST_PAIRS / steps as usize).isqrt().min(MOST);
    observer.enter(0.0, DECODING_SHARE * FIRST_SHARE);
    let mut blend = equal_steps(ends, finer, way, decoder, observer)?;
    let mut apart = Apart::default();
    let mut attempts = 0..=LAST_ROUND;
    let (mut chosen_at, mut round_ends) = (DECODING_SHARE * FIRST_SHARE, FIRST_SHARE);
    loop {
        observer.enter(chosen_at, round_ends);
        let mut look = |share| observer.look(share);
        let (melodies, steps) = (&blend.melodies, steps as usize);
        let chosen = evenly(melodies, &blend.shares, steps, &mut apart, &mut look)?;
        let links = too_long(&chosen, &blend.melodies);
        let room = most.saturating_sub(blend.points.len()).div_ceil(2);
        let attempt = attempts.next().filter(|_| !links.is_empty() && room > 0);
        let Some(round) = attempt else {
            return Ok(blend.choose(&chosen));
        };
        let begins = round_ends;
        round_ends += (1.0 - FIRST_SHARE) / f64::from(LAST_ROUND + 1);
        chosen_at = begins + DECODING_SHARE * (round_ends - begins);
        observer.enter(begins, chosen_at);
        let more = match round {
            0 => beside(ends, finer, way, decoder, observer)?,
            1 => {
                let ends = [(0, blend.points.len() - 1)];
                crossed(&blend, &ends, (&cut_once, room), decoder, observer)?
            }
            2..=CROSSINGS => crossed(&blend, &links, (&cut_once, room), decoder, observer)?,
            _ => {
                let parts = (&stretches as &Parts, MOST_CROSSED);
                let mut more = crossed(&blend, &links, parts, decoder, observer)?;
                if round > LAST_APPROACH {
                    let sigma = NEAR * f64::from(round - LAST_APPROACH);
                    more = around(&more, sigma, decoder, observer)?;
                } else if round > LAST_EXCHANGE {
                    more.put_in(towards(&blend, &links, &more, decoder, observer)?);
                }
                inside(&blend, &links, more)
            }
        };
        blend.put_in(more.at_most(room));
    }
}

/// Those candidates that lie inside a link or a little aside; no melody twice. All
/// candidates are compared with each other, so that what cannot help must not stay.
fn inside(blend: &Blend, links: &[(usize, usize)], more: Blend) -> Blend {
    let mut seen: HashSet<&Tokens> = HashSet::new();
    let chosen: Vec<usize> = (0..more.melodies.len())
        .filter(|k| {
            let melody = &more.melodies[*k];
            let fits = |(a, b): &(usize, usize)| {
                let (a, b) = (&blend.melodies[*a], &blend.melodies[*b]);
                let (from, to) = (edit_distance(a, melody), edit_distance(melody, b));
                let whole = edit_distance(a, b);
                from.min(to) < whole && from.max(to) <= ASIDE * whole
            };
            links.iter().any(fits) && seen.insert(melody.tokens())
        })
        .collect();
    drop(seen);
    more.choose(&chosen)
}

/// Points on the straight ways from each end of each link to melodies crossed from its two.
fn towards(
    blend: &Blend,
    links: &[(usize, usize)],
    crossed: &Blend,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Blend, SweepError> {
    let (mut inner, mut points) = (Vec::new(), Vec::new());
    let every = (crossed.points.len() * links.len())
        .div_ceil(MOST_AIMS)
        .max(1);
    for (end, (share, aim)) in links.iter().flat_map(|(a, b)| [*a, *b]).flat_map(|end| {
        let aims = crossed.shares.iter().zip(&crossed.points).step_by(every);
        aims.map(move |aim| (end, aim))
    }) {
        for t in shares(LOOKS).filter(|t| *t > 0.0 && *t < 1.0) {
            inner.push(blend.shares[end] + t * (share - blend.shares[end]));
            points.push(Interpolation::Linear.at(&blend.points[end], aim, t));
        }
    }
    let melodies = decode_all(decoder, observer, &points)?;
    Ok(Blend {
        shares: inner,
        points,
        melodies,
    })
}

/// Points around those of melodies that were crossed, always the same ones.
fn around(
    crossed: &Blend,
    sigma: f64,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Blend, SweepError> {
    let every = crossed.points.len().div_ceil(MOST_AIMS).max(1);
    let centres = crossed.shares.iter().zip(&crossed.points).step_by(every);
    let (shares, points): (Vec<f64>, Vec<LatentPoint>) = centres
        .flat_map(|centre| std::iter::repeat_n(centre, AROUND))
        .zip(0..)
        .map(|((share, centre), index)| (*share, explored_point(centre, sigma, 0, index)))
        .unzip();
    let melodies = decode_all(decoder, observer, &points)?;
    Ok(Blend {
        shares,
        points,
        melodies,
    })
}

/// Shares of the way at `count` points at equal distances, from 0 to 1.
fn shares(count: u32) -> impl Iterator<Item = f64> {
    (0..count).map(move |k| f64::from(k) / f64::from(count.saturating_sub(1).max(1)))
}

/// The steps of the chosen melodies that are longer than half of the distance between the first and the last.
fn too_long(chosen: &[usize], melodies: &[Melody]) -> Vec<(usize, usize)> {
    let distance = |a: usize, b: usize| edit_distance(&melodies[a], &melodies[b]);
    let (Some(first), Some(last)) = (chosen.first(), chosen.last()) else {
        return Vec::new();
    };
    let ends = distance(*first, *last);
    chosen
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|(a, b)| distance(*a, *b) > ends / 2.0)
        .collect()
}

/// Points of the other kind of way, and of the middle between the two.
fn beside(
    (from, to): (&LatentPoint, &LatentPoint),
    finer: u32,
    way: Interpolation,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Blend, SweepError> {
    let other = match way {
        Interpolation::Linear => Interpolation::Spherical,
        Interpolation::Spherical => Interpolation::Linear,
    };
    let inner: Vec<f64> = shares(finer.min(MOST_BESIDE))
        .filter(|t| *t > 0.0 && *t < 1.0)
        .collect();
    let at = |t: &f64| {
        let there = other.at(from, to, *t);
        (
            Interpolation::Linear.at(&way.at(from, to, *t), &there, 0.5),
            there,
        )
    };
    let (mut points, there): (Vec<_>, Vec<_>) = inner.iter().map(at).unzip();
    points.extend(there);
    let melodies = decode_all(decoder, observer, &points)?;
    Ok(Blend {
        shares: inner.repeat(2),
        points,
        melodies,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::STEPS_PER_BAR;
    use crate::model::{ModelError, Posterior, Sampling};
    use crate::sweep::Unobserved;

    const STEPS: usize = 2 * STEPS_PER_BAR;

    /// One latent number per step: above a half, the note there is an octave higher. On the straight way from all
    /// zeros to all ones, all notes change at once.
    struct Switches {
        encodes: bool,
    }

    impl Decode for Switches {
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
            if !self.encodes {
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

    fn blend(encodes: bool, steps: u32) -> Blend {
        let ends = [0.0, 1.0].map(|z| LatentPoint::new(vec![z; STEPS]));
        even_steps(
            (&ends[0], &ends[1]),
            steps,
            Interpolation::Linear,
            &mut Switches { encodes },
            &mut Unobserved,
        )
        .unwrap()
    }

    fn changes(blend: &Blend) -> Vec<f64> {
        let pairs = blend.melodies.windows(2);
        pairs.map(|two| edit_distance(&two[0], &two[1])).collect()
    }

    #[test]
    fn a_jump_of_the_decoder_is_stepped_over_by_melodies_that_begin_like_one_end_and_go_on_like_the_other()
     {
        let blend = blend(true, 5);
        // All 32 notes change, a half each, in four equal steps.
        assert_eq!(changes(&blend), [4.0; 4]);
        assert_eq!((blend.shares[0], blend.shares[4]), (0.0, 1.0));
        assert!(blend.shares.windows(2).all(|two| two[0] < two[1]));
    }

    #[test]
    fn without_an_encoder_the_jump_stays_and_is_one_step() {
        let changes = changes(&blend(false, 5));
        assert_eq!(changes.iter().filter(|change| **change > 0.0).count(), 1);
        assert_eq!(changes.iter().sum::<f64>(), 16.0);
    }
}
