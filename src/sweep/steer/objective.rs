//! The criterion of a steering request: the error of a melody, and whether it meets the request.

use super::goals::is_within;
use super::request::{SteerRequest, SteerSource};
use super::scale_fit::{notes_outside_best_scale, notes_outside_scale};
use crate::attributes::{AttributeRow, attribute_index};
use crate::melody::{Melody, edit_distance};

/// Smallest fraction of its tolerance within which a value must be for [`Strictness::Nearest`].
const MIN_NEAREST_FRACTION: f64 = 0.25;
/// Error of a note outside the nearest major scale, in tolerances: of melodies that are equally near, one in a key is better.
const OUTSIDE_SCALE_COST: f64 = 0.1;
/// Fraction of its tolerance within which a value must be for a melody to be accepted.
const HALF_TOLERANCE: f64 = 0.5;

/// How strictly melodies are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Each value as near as in the nearest melody of the sweep: density comes in halves of a note per bar, so no melody is
    /// nearer to 6.2 than one with 6.
    Nearest,
    /// Half the tolerance of each attribute.
    Half,
}

/// The criterion of a request.
pub(super) struct Objective<'a> {
    request: &'a SteerRequest,
    /// For each goal the smallest deviation in the sweep, in tolerances.
    min_deviations: Vec<f64>,
    /// Notes of the source that may change; `None` without a source.
    allowed_changes: Option<f64>,
}

impl<'a> Objective<'a> {
    /// `rows` are the attributes of the sweep's melodies, all of `steps` steps.
    pub fn new<'r>(
        request: &'a SteerRequest,
        rows: impl Iterator<Item = &'r AttributeRow>,
        steps: usize,
    ) -> Self {
        let mut min_deviations = vec![f64::INFINITY; request.goals.target_values().count()];
        for deviations in rows.filter_map(|row| request.goals.deviations(row)) {
            for (min_deviation, deviation) in min_deviations.iter_mut().zip(deviations) {
                *min_deviation = min_deviation.min(deviation.abs());
            }
        }
        let allowed_changes = request
            .source()
            .map(|source| allowed_changes(request, source, steps));
        Self {
            request,
            min_deviations,
            allowed_changes,
        }
    }

    /// Distance of a melody from the request, in tolerances (root of the sum of squares). Each changed note beyond the allowed ones
    /// counts as one tolerance, and so does each note outside a wanted scale. Infinite for an empty melody.
    pub fn error(&self, melody: &Melody, row: &AttributeRow) -> f64 {
        let Some(deviations) = self.request.goals.deviations(row) else {
            return f64::INFINITY;
        };
        let squares: f64 = deviations
            .iter()
            .map(|deviation| deviation * deviation)
            .sum();
        let excess_changes = self.excess_changes(melody);
        let outside = self.notes_outside_wanted_scale(melody);
        (squares + excess_changes * excess_changes + outside * outside).sqrt()
            + OUTSIDE_SCALE_COST * notes_outside_best_scale(melody) as f64
    }

    /// Whether a melody meets the request.
    pub fn is_met(&self, melody: &Melody, row: &AttributeRow, strictness: Strictness) -> bool {
        let Some(deviations) = self.request.goals.deviations(row) else {
            return false;
        };
        let are_near =
            deviations
                .iter()
                .zip(&self.min_deviations)
                .all(|(deviation, min_deviation)| {
                    let fraction = match strictness {
                        Strictness::Nearest => {
                            min_deviation.clamp(MIN_NEAREST_FRACTION, HALF_TOLERANCE)
                        }
                        Strictness::Half => HALF_TOLERANCE,
                    };
                    is_within(*deviation, fraction)
                });
        are_near
            && self.excess_changes(melody) <= 0.0
            && self.notes_outside_wanted_scale(melody) <= 0.0
    }

    /// Notes outside the wanted scale.
    fn notes_outside_wanted_scale(&self, melody: &Melody) -> f64 {
        let scale = self.request.scale;
        scale.map_or(0.0, |scale| notes_outside_scale(scale, melody) as f64)
    }

    /// Notes changed more than the closeness allows.
    fn excess_changes(&self, melody: &Melody) -> f64 {
        match (self.request.source(), self.allowed_changes) {
            (Some(source), Some(allowed)) => {
                (edit_distance(&source.melody, melody) - allowed).max(0.0)
            }
            _ => 0.0,
        }
    }
}

/// The largest edit distance, in notes, that a melody of this request may have from its source: at least half a note, as it would
/// be the source otherwise.
fn allowed_changes(request: &SteerRequest, source: &SteerSource, steps: usize) -> f64 {
    let notes = source.melody.notes().len() as f64;
    let density_change = attribute_index("note_density").and_then(|index| {
        let value = request.goals.get(index).value()?;
        Some((value * steps as f64 - notes).abs())
    });
    let free_notes = (1.0 - source.closeness) * notes;
    (free_notes + density_change.unwrap_or(0.0)).max(0.5)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::latent::LatentPoint;
    use crate::melody::testing::melody;
    use crate::sweep::steer::goals::SteerGoals;
    use crate::sweep::steer::request::{KeptAspect, SteerOrigin};

    fn tune(notes: u32) -> Melody {
        let notes: Vec<(u8, u32, u32)> = (0..notes).map(|k| (60, 3 * k, 3 * k + 1)).collect();
        melody(&notes, 32)
    }

    fn is_met(objective: &Objective<'_>, melody: &Melody, strictness: Strictness) -> bool {
        objective.is_met(melody, &AttributeRow::measure(melody), strictness)
    }

    #[test]
    fn the_nearest_available_value_comes_before_half_the_tolerance() {
        let request = SteerRequest {
            goals: SteerGoals::wanted(0, 2.2 / 16.0),
            ..SteerRequest::default()
        };
        // Of 2.2 notes per bar 4 notes in two bars are 0.2 away, 5 are 0.3; half the tolerance is 0.25.
        let sweep = [2, 4, 5].map(|notes| AttributeRow::measure(&tune(notes)));
        let objective = Objective::new(&request, sweep.iter(), 32);
        assert!(is_met(&objective, &tune(4), Strictness::Nearest));
        assert!(!is_met(&objective, &tune(5), Strictness::Half));
        let error = objective.error(&tune(5), &AttributeRow::measure(&tune(5)));
        assert!((error - 0.6).abs() < 1e-9, "{error}");

        // Of 5 semitones 6 are half a tolerance away: enough only where nothing nearer is known.
        let interval = |semitones: u8| melody(&[(60, 0, 4), (60 + semitones, 4, 8)], 32);
        let range = attribute_index("pitch_range").unwrap_or_default();
        let request = SteerRequest {
            goals: SteerGoals::wanted(range, 5.0 / 88.0),
            ..SteerRequest::default()
        };
        let near = [AttributeRow::measure(&interval(5))];
        let objective = Objective::new(&request, near.iter(), 32);
        assert!(is_met(&objective, &interval(5), Strictness::Nearest));
        assert!(!is_met(&objective, &interval(6), Strictness::Nearest));
        assert!(is_met(&objective, &interval(6), Strictness::Half));
        let far = [AttributeRow::measure(&interval(9))];
        let objective = Objective::new(&request, far.iter(), 32);
        assert!(is_met(&objective, &interval(6), Strictness::Nearest));
    }

    #[test]
    fn closeness_limits_how_many_notes_change_beyond_those_wanted() {
        let source = SteerSource {
            latent: LatentPoint::new(vec![0.0; 4]),
            melody: Arc::new(tune(8)),
            closeness: 0.75,
            keep: KeptAspect::Nothing,
        };
        let request = |notes: f64| SteerRequest {
            goals: SteerGoals::wanted(0, notes / 32.0),
            origin: SteerOrigin::Like(source.clone()),
            ..SteerRequest::default()
        };
        let rows = [AttributeRow::measure(&tune(8))];
        let (same, fewer) = (request(8.0), request(5.0));
        let same = Objective::new(&same, rows.iter(), 32);
        assert_eq!(same.allowed_changes, Some(2.0));
        let fewer = Objective::new(&fewer, rows.iter(), 32);
        assert_eq!(fewer.allowed_changes, Some(5.0));
        assert!(is_met(&fewer, &tune(5), Strictness::Nearest));
        assert!(!is_met(&same, &tune(5), Strictness::Nearest));
        assert!(is_met(&same, &tune(8), Strictness::Nearest));
    }
}
