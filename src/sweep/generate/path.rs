//! A path through the latent space, and the selection of the points whose melodies are played ("stops").

use super::even_spacing::{Constraints, select_evenly_constrained};
use super::melody_distances::MelodyDistances;
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::Melody;
use crate::progress::ProgressFn;
use crate::sweep::error::SweepError;

/// Maximum number of melodies of a blend or a path.
pub const MAX_BLEND_MELODIES: u32 = 256;
/// Maximum number of points of a path: the melodies of all are compared with each other.
pub const MAX_PATH_POINTS: u32 = 769;
/// Points of a path per melody, from which the selection chooses.
const CANDIDATES_PER_MELODY: u32 = 8;
/// Longest gap between two melodies, in units of the mean gap, so that long stretches without a change get melodies too.
const MAX_GAP: f64 = 2.0;

/// A path of many points, of which those are selected whose melodies change evenly.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentPath {
    /// Points in the order of the path.
    pub points: Vec<LatentPoint>,
    /// Fraction of the path at each point, from 0 to 1, strictly rising.
    pub fractions: Vec<f64>,
    /// Indices of points that are always selected, unless there are more than `melody_count`; rising.
    pub required_points: Vec<usize>,
    /// Number of melodies; a path with fewer points gives one for each.
    pub melody_count: u32,
    /// Whether the path ends at its first point, which is then selected only once.
    pub is_closed: bool,
}

impl LatentPath {
    /// The path from each waypoint to the next, with `melody_count` melodies, one at every waypoint.
    ///
    /// # Errors
    /// [`SweepError::Setting`] for fewer than two waypoints, waypoints of different widths, or `melody_count` out of range.
    pub fn through(
        waypoints: &[LatentPoint],
        melody_count: u32,
        interpolation: Interpolation,
    ) -> Result<Self, SweepError> {
        if waypoints.len() < 2 {
            let setting = "the number of points of the path";
            return Err(SweepError::setting(
                setting,
                &waypoints.len(),
                "give at least 2",
            ));
        }
        let max = MAX_BLEND_MELODIES as usize;
        if waypoints.len() > max {
            let setting = "the number of points of the path";
            let advice = format!("give at most {max}");
            return Err(SweepError::setting(setting, &waypoints.len(), advice));
        }
        check_widths(waypoints)?;
        if !(waypoints.len()..=MAX_BLEND_MELODIES as usize).contains(&(melody_count as usize)) {
            let advice = format!("choose {} to {MAX_BLEND_MELODIES}", waypoints.len());
            return Err(SweepError::setting(
                "the number of melodies on the path",
                &melody_count,
                advice,
            ));
        }
        let distances = waypoints.windows(2).map(|pair| pair[0].distance(&pair[1]));
        let distances: Vec<f64> = distances.collect();
        let total_length: f64 = distances.iter().sum();
        // Equal consecutive waypoints still have a distance on the path.
        let min_length = if total_length > 0.0 {
            1e-6 * total_length
        } else {
            1.0
        };
        let lengths: Vec<f64> = distances
            .iter()
            .map(|length| length.max(min_length))
            .collect();
        let total_length: f64 = lengths.iter().sum();
        let inner_points =
            (CANDIDATES_PER_MELODY * melody_count).min(MAX_PATH_POINTS) as usize - waypoints.len();
        let (mut points, mut fractions, mut required_points) =
            (vec![waypoints[0].clone()], vec![0.0], vec![0]);
        let (mut start_fraction, mut unassigned_points) = (0.0, inner_points);
        for (pair, length) in waypoints.windows(2).zip(&lengths) {
            let fraction = length / total_length;
            let part_count = ((fraction * inner_points as f64) as usize).min(unassigned_points) + 1;
            unassigned_points -= part_count - 1;
            for part in 1..=part_count {
                let t = part as f64 / part_count as f64;
                points.push(interpolation.interpolate(&pair[0], &pair[1], t));
                fractions.push(start_fraction + fraction * t);
            }
            // The exact waypoint, without rounding.
            if let Some(last) = points.last_mut() {
                last.clone_from(&pair[1]);
            }
            start_fraction += fraction;
            required_points.push(points.len() - 1);
        }
        Ok(Self {
            points,
            fractions,
            required_points,
            melody_count,
            is_closed: false,
        })
    }

    /// Indices of the selected points, given the melodies at all of them.
    ///
    /// # Errors
    /// The error of `progress`.
    pub(super) fn select_stops<E>(
        &self,
        melodies: &[Melody],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Vec<usize>, E> {
        let stop_count = self.melody_count as usize + usize::from(self.is_closed);
        if stop_count < 2 {
            return Ok(vec![0]);
        }
        let total_length = self.fractions.last().copied().unwrap_or(1.0)
            - self.fractions.first().copied().unwrap_or(0.0);
        let constraints = Constraints {
            required: &self.required_points,
            max_gap: MAX_GAP * total_length / (stop_count - 1) as f64,
        };
        let mut chosen = select_evenly_constrained(
            melodies,
            &self.fractions,
            stop_count,
            constraints,
            &mut MelodyDistances::default(),
            progress,
        )?;
        if self.is_closed && chosen.len() > 1 {
            chosen.pop();
        }
        Ok(chosen)
    }

    /// Checks the path.
    ///
    /// # Errors
    /// [`SweepError::Setting`] names the first invalid property.
    pub(super) fn validate(&self) -> Result<(), SweepError> {
        if !(1..=MAX_BLEND_MELODIES).contains(&self.melody_count) {
            return Err(SweepError::setting(
                "the number of melodies on the path",
                &self.melody_count,
                format!("choose 1 to {MAX_BLEND_MELODIES}"),
            ));
        }
        if !(1..=MAX_PATH_POINTS as usize).contains(&self.points.len()) {
            return Err(SweepError::setting(
                "the number of points on the path",
                &self.points.len(),
                format!("choose 1 to {MAX_PATH_POINTS}"),
            ));
        }
        let is_rising = |pair: &[f64]| pair[0] < pair[1];
        if self.fractions.len() != self.points.len() || !self.fractions.windows(2).all(is_rising) {
            return Err(SweepError::setting(
                "the order of the points on the path",
                &self.fractions.len(),
                "each has to be farther along the path than the one before",
            ));
        }
        if self
            .required_points
            .iter()
            .any(|index| *index >= self.points.len())
        {
            return Err(SweepError::setting(
                "the required points of the path",
                &self.required_points.len(),
                "each has to be one of the path's points",
            ));
        }
        check_widths(&self.points)
    }
}

fn check_widths(points: &[LatentPoint]) -> Result<(), SweepError> {
    let width = points.first().map_or(0, LatentPoint::len);
    match points.iter().find(|point| point.len() != width) {
        Some(other) => Err(SweepError::setting(
            "the width of a point on the path",
            &other.len(),
            format!("all must be points of one model, with {width} numbers"),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::latent::prior_point;
    use crate::melody::edit_distance;
    use crate::model::{MelodyModel as _, Sampling};
    use crate::progress::Unobserved;
    use crate::sweep::testing::FakeModel;
    use crate::sweep::{GenerateKind, GenerateRequest, Generated, generate};

    fn waypoints() -> Vec<LatentPoint> {
        (0..4).map(|k| prior_point(24, 3, k)).collect()
    }

    fn generated(path: LatentPath) -> Result<Generated, SweepError> {
        let request = GenerateRequest {
            set: 2,
            kind: GenerateKind::Path(path),
        };
        generate(&request, &mut FakeModel::new(24), &mut Unobserved)
    }

    #[test]
    fn too_many_waypoints_are_refused_with_the_largest_number() {
        let waypoints = vec![LatentPoint::new(vec![0.0; 4]); MAX_BLEND_MELODIES as usize + 1];
        let error = LatentPath::through(&waypoints, 257, Interpolation::Linear).unwrap_err();
        assert!(error.to_string().contains("give at most 256"), "{error}");
    }

    #[test]
    fn a_path_passes_all_its_waypoints_in_order() {
        let waypoints = waypoints();
        let generated =
            generated(LatentPath::through(&waypoints, 13, Interpolation::Spherical).unwrap())
                .unwrap();
        assert_eq!(generated.melodies.len(), 13);
        assert_eq!(generated.melodies[4].id.slug(), "path2_04");
        let indices: Vec<usize> = waypoints
            .iter()
            .map(|waypoint| {
                let is_at_waypoint =
                    |melody: &crate::sweep::GeneratedMelody| melody.latent == *waypoint;
                generated.melodies.iter().position(is_at_waypoint).unwrap()
            })
            .collect();
        assert!(indices.is_sorted() && indices[0] == 0 && indices[3] == 12);
        assert!(generated.fractions.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((generated.fractions[12] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn its_melodies_change_more_evenly_than_at_equal_distances() {
        let waypoints = waypoints();
        let path = LatentPath::through(&waypoints, 25, Interpolation::Spherical).unwrap();
        let even = generated(path.clone()).unwrap();
        let largest_change = |melodies: &[&Melody]| {
            let steps = melodies
                .windows(2)
                .map(|pair| edit_distance(pair[0], pair[1]));
            steps.fold(0.0, f64::max)
        };
        let stride = (path.points.len() - 1) as f64 / 24.0;
        let points: Vec<LatentPoint> = (0..25)
            .map(|k| path.points[(k as f64 * stride).round() as usize].clone())
            .collect();
        let tokens = FakeModel::new(24)
            .decode(&points, &Sampling::Greedy)
            .unwrap();
        let equal: Vec<Melody> = tokens.into_iter().map(Melody::from_tokens).collect();
        let even: Vec<&Melody> = even
            .melodies
            .iter()
            .map(|generated| &*generated.melody)
            .collect();
        assert!(largest_change(&even) <= largest_change(&equal.iter().collect::<Vec<_>>()));
    }

    #[test]
    fn a_closed_path_has_its_start_once() {
        let mut waypoints = waypoints();
        waypoints.push(waypoints[0].clone());
        let path = LatentPath {
            is_closed: true,
            ..LatentPath::through(&waypoints, 12, Interpolation::Spherical).unwrap()
        };
        let generated = generated(path).unwrap();
        assert_eq!(generated.melodies.len(), 12);
        assert_eq!(generated.melodies[0].latent, waypoints[0]);
        assert!(
            generated.melodies[1..]
                .iter()
                .all(|melody| melody.latent != waypoints[0])
        );
    }

    #[test]
    fn an_invalid_path_is_refused_with_the_valid_values() {
        let waypoints = waypoints();
        let valid_path = LatentPath::through(&waypoints, 8, Interpolation::Linear).unwrap();
        let mixed_widths = [waypoints[0].clone(), LatentPoint::new(vec![0.0; 3])];
        for (error, advice) in [
            (
                LatentPath::through(&waypoints[..1], 8, Interpolation::Linear),
                "at least 2",
            ),
            (
                LatentPath::through(&waypoints, 3, Interpolation::Linear),
                "choose 4 to 256",
            ),
            (
                LatentPath::through(&mixed_widths, 8, Interpolation::Linear),
                "with 24 numbers",
            ),
        ] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(advice), "{error}");
        }
        for (path, advice) in [
            (
                LatentPath {
                    melody_count: 0,
                    ..valid_path.clone()
                },
                "choose 1 to 256",
            ),
            (
                LatentPath {
                    points: Vec::new(),
                    fractions: Vec::new(),
                    ..valid_path.clone()
                },
                "choose 1 to 769",
            ),
            (
                LatentPath {
                    fractions: vec![0.0; valid_path.points.len()],
                    ..valid_path.clone()
                },
                "farther along",
            ),
            (
                LatentPath {
                    required_points: vec![4_000],
                    ..valid_path.clone()
                },
                "one of the path's points",
            ),
        ] {
            let error = generated(path).unwrap_err().to_string();
            assert!(error.contains(advice), "{error}");
        }
        let many = vec![waypoints[0].clone(); 800];
        let fractions = (0..800).map(f64::from).collect();
        let error = generated(LatentPath {
            points: many,
            fractions,
            ..valid_path
        })
        .unwrap_err();
        assert!(error.to_string().contains("choose 1 to 769"));
    }
}
