//! A path through the latent space: where it leads, and which of its points become melodies.
//!
//! Where the points come from, such as a line drawn on a map, is not known here.

use super::MAX_BLEND_STEPS;
use super::even_spacing::{Rules, evenly_through};
use super::melody_distances::Apart;
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::Melody;
use crate::statistics::ProgressFn;
use crate::sweep::SweepError;

/// Most points of a path: the melodies of all are compared with each other.
pub const MAX_PATH_POINTS: u32 = 769;
/// Points between two melodies of a path that is to change evenly.
const FINER: u32 = 8;
/// Longest way between two melodies, in parts of an even one: where nothing changes for long there is still a melody,
/// so that whoever goes along the path hears how it is there.
const WIDEST: f64 = 2.0;

/// A path: many points, of which those are taken where the melodies change evenly.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentPath {
    /// Points in the order in which the path leads over them.
    pub points: Vec<LatentPoint>,
    /// How far along the path each point is, from 0 to 1, each farther than the one before.
    pub shares: Vec<f64>,
    /// Indices of points that are taken in any case, if there are no more of them than `steps`; growing.
    pub kept: Vec<usize>,
    /// Melodies to take; a path with fewer points gives one for each.
    pub steps: u32,
    /// The path ends where it began: its last point is its first, and is not taken twice.
    pub closed: bool,
}

impl LatentPath {
    /// The path from one end to the next and so on, `steps` melodies in all; every end is one of them.
    ///
    /// # Errors
    /// [`SweepError::Setting`] for fewer than two ends, ends of different widths, or `steps` out of range.
    pub fn through(
        ends: &[LatentPoint],
        steps: u32,
        way: Interpolation,
    ) -> Result<Self, SweepError> {
        if ends.len() < 2 {
            return Err(refusal(
                "the number of points of the path",
                ends.len(),
                "give at least 2",
            ));
        }
        check_widths(ends)?;
        if !(ends.len()..=MAX_BLEND_STEPS as usize).contains(&(steps as usize)) {
            return Err(refusal(
                "the number of steps",
                steps as usize,
                &format!("choose {} to {MAX_BLEND_STEPS}", ends.len()),
            ));
        }
        let between: Vec<f64> = ends
            .windows(2)
            .map(|two| two[0].distance(&two[1]))
            .collect();
        let whole: f64 = between.iter().sum();
        // The same end twice is still two places on the path.
        let least = if whole > 0.0 { 1e-6 * whole } else { 1.0 };
        let lengths: Vec<f64> = between.iter().map(|length| length.max(least)).collect();
        let whole: f64 = lengths.iter().sum();
        let wanted = (FINER * steps).min(MAX_PATH_POINTS) as usize - ends.len();
        let (mut points, mut shares, mut kept) = (vec![ends[0].clone()], vec![0.0], vec![0]);
        let (mut before, mut rest) = (0.0, wanted);
        for (two, length) in ends.windows(2).zip(&lengths) {
            let share = length / whole;
            let parts = ((share * wanted as f64) as usize).min(rest) + 1;
            rest -= parts - 1;
            for part in 1..=parts {
                let t = part as f64 / parts as f64;
                points.push(way.at(&two[0], &two[1], t));
                shares.push(before + share * t);
            }
            // The end itself, without what rounding makes of it.
            if let Some(last) = points.last_mut() {
                last.clone_from(&two[1]);
            }
            before += share;
            kept.push(points.len() - 1);
        }
        Ok(Self {
            points,
            shares,
            kept,
            steps,
            closed: false,
        })
    }

    /// Indices of the points that are taken, given the melodies at all of them.
    ///
    /// # Errors
    /// What `look` stops with.
    pub(super) fn stations<E>(
        &self,
        melodies: &[Melody],
        look: &mut ProgressFn<'_, E>,
    ) -> Result<Vec<usize>, E> {
        let steps = self.steps as usize + usize::from(self.closed);
        if steps < 2 {
            return Ok(vec![0]);
        }
        let whole = self.shares.last().copied().unwrap_or(1.0)
            - self.shares.first().copied().unwrap_or(0.0);
        let rules = Rules {
            kept: &self.kept,
            widest: WIDEST * whole / (steps - 1) as f64,
        };
        let mut chosen = evenly_through(
            melodies,
            &self.shares,
            steps,
            rules,
            &mut Apart::default(),
            look,
        )?;
        if self.closed && chosen.len() > 1 {
            chosen.pop();
        }
        Ok(chosen)
    }

    pub(super) fn check(&self) -> Result<(), SweepError> {
        if !(1..=MAX_BLEND_STEPS).contains(&self.steps) {
            return Err(refusal(
                "the number of melodies on the path",
                self.steps as usize,
                &format!("choose 1 to {MAX_BLEND_STEPS}"),
            ));
        }
        if !(1..=MAX_PATH_POINTS as usize).contains(&self.points.len()) {
            return Err(refusal(
                "the number of points on the path",
                self.points.len(),
                &format!("choose 1 to {MAX_PATH_POINTS}"),
            ));
        }
        let growing = |pair: &[f64]| pair[0] < pair[1];
        if self.shares.len() != self.points.len() || !self.shares.windows(2).all(growing) {
            return Err(refusal(
                "the order of the points on the path",
                self.shares.len(),
                "each has to be farther along the path than the one before",
            ));
        }
        if self.kept.iter().any(|index| *index >= self.points.len()) {
            return Err(refusal(
                "the points to keep on the path",
                self.kept.len(),
                "each has to be one of the path's points",
            ));
        }
        check_widths(&self.points)
    }
}

fn check_widths(points: &[LatentPoint]) -> Result<(), SweepError> {
    let width = points.first().map_or(0, LatentPoint::len);
    match points.iter().find(|point| point.len() != width) {
        Some(other) => Err(refusal(
            "the width of a point on the path",
            other.len(),
            &format!("all must be points of one model, with {width} numbers"),
        )),
        None => Ok(()),
    }
}

fn refusal(setting: &'static str, found: usize, advice: &str) -> SweepError {
    SweepError::Setting {
        setting,
        found: found.to_string(),
        advice: advice.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::latent::prior_point;
    use crate::melody::edit_distance;
    use crate::model::{Decode as _, Sampling};
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{GenerateKind, GenerateRequest, Generated, Unobserved, generate};

    fn ends() -> Vec<LatentPoint> {
        (0..4).map(|k| prior_point(24, 3, k)).collect()
    }

    fn made(along: LatentPath) -> Result<Generated, SweepError> {
        let request = GenerateRequest {
            set: 2,
            kind: GenerateKind::Path(along),
        };
        generate(&request, &mut FakeDecoder::new(24), &mut Unobserved)
    }

    #[test]
    fn a_path_leads_through_all_its_ends_in_order() {
        let ends = ends();
        let made = made(LatentPath::through(&ends, 13, Interpolation::Spherical).unwrap()).unwrap();
        assert_eq!(made.melodies.len(), 13);
        assert_eq!(made.melodies[4].id.slug(), "path2_04");
        let places: Vec<usize> = ends
            .iter()
            .map(|end| {
                let here = |melody: &crate::sweep::GeneratedMelody| melody.latent == *end;
                made.melodies.iter().position(here).unwrap()
            })
            .collect();
        assert!(places.is_sorted() && places[0] == 0 && places[3] == 12);
        assert!(made.shares.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((made.shares[12] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn its_melodies_change_more_evenly_than_at_equal_distances() {
        let ends = ends();
        let path = LatentPath::through(&ends, 25, Interpolation::Spherical).unwrap();
        let even = made(path.clone()).unwrap();
        let largest = |melodies: &[&Melody]| {
            let steps = melodies.windows(2).map(|two| edit_distance(two[0], two[1]));
            steps.fold(0.0, f64::max)
        };
        let every = (path.points.len() - 1) as f64 / 24.0;
        let points: Vec<LatentPoint> = (0..25)
            .map(|k| path.points[(k as f64 * every).round() as usize].clone())
            .collect();
        let tokens = FakeDecoder::new(24)
            .decode(&points, &Sampling::Greedy)
            .unwrap();
        let equal: Vec<Melody> = tokens.into_iter().map(Melody::from_tokens).collect();
        let even: Vec<&Melody> = even.melodies.iter().map(|made| &*made.melody).collect();
        assert!(largest(&even) <= largest(&equal.iter().collect::<Vec<_>>()));
    }

    #[test]
    fn a_closed_path_has_its_beginning_once() {
        let mut ends = ends();
        ends.push(ends[0].clone());
        let path = LatentPath {
            closed: true,
            ..LatentPath::through(&ends, 12, Interpolation::Spherical).unwrap()
        };
        let made = made(path).unwrap();
        assert_eq!(made.melodies.len(), 12);
        assert_eq!(made.melodies[0].latent, ends[0]);
        assert!(
            made.melodies[1..]
                .iter()
                .all(|melody| melody.latent != ends[0])
        );
    }

    #[test]
    fn a_path_that_cannot_be_is_refused_in_a_sentence() {
        let ends = ends();
        let good = LatentPath::through(&ends, 8, Interpolation::Linear).unwrap();
        let odd = [ends[0].clone(), LatentPoint::new(vec![0.0; 3])];
        for (error, told) in [
            (
                LatentPath::through(&ends[..1], 8, Interpolation::Linear),
                "at least 2",
            ),
            (
                LatentPath::through(&ends, 3, Interpolation::Linear),
                "choose 4 to 256",
            ),
            (
                LatentPath::through(&odd, 8, Interpolation::Linear),
                "with 24 numbers",
            ),
        ] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        for (path, told) in [
            (
                LatentPath {
                    steps: 0,
                    ..good.clone()
                },
                "choose 1 to 256",
            ),
            (
                LatentPath {
                    points: Vec::new(),
                    shares: Vec::new(),
                    ..good.clone()
                },
                "choose 1 to 769",
            ),
            (
                LatentPath {
                    shares: vec![0.0; good.points.len()],
                    ..good.clone()
                },
                "farther along",
            ),
            (
                LatentPath {
                    kept: vec![4_000],
                    ..good.clone()
                },
                "one of the path's points",
            ),
        ] {
            let error = made(path).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let many = vec![ends[0].clone(); 800];
        let shares = (0..800).map(f64::from).collect();
        let error = made(LatentPath {
            points: many,
            shares,
            ..good
        })
        .unwrap_err();
        assert!(error.to_string().contains("choose 1 to 769"));
    }
}
