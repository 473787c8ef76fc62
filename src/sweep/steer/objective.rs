//! What a melody of a request is worth: how far it is from the goals and from the melody that it should be like.

use super::goals::is_within;
use super::request::{SteerRequest, SteerSource};
use super::scale_fit::{notes_outside_best_scale, notes_outside_scale};
use crate::attributes::{AttributeRow, attribute_index};
use crate::melody::{Melody, edit_distance};

/// Share of its tolerance within which a value is as good as met, where the sweep has values so near.
const NEAR: f64 = 0.25;
/// What a note outside the nearest major scale costs, in tolerances: of melodies that are equally near, one in a key is better.
const OUTSIDE: f64 = 0.1;
/// Share of its tolerance within which a value must be before a search settles for it.
const HALF: f64 = 0.5;

/// How strictly melodies are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// As near to each value as the sweep's nearest melody: density comes in halves of a note per bar, so no melody is
    /// nearer to 6.2 than one with 6.
    Nearest,
    /// Half the tolerance of each attribute.
    Half,
}

/// The criterion of a request.
pub(super) struct Objective<'a> {
    request: &'a SteerRequest,
    /// For each aim the least miss in the sweep, in tolerances.
    least: Vec<f64>,
    /// Notes of the source that may change; `None` without a source.
    free_notes: Option<f64>,
}

impl<'a> Objective<'a> {
    /// `rows` are the attributes of the sweep's melodies, all of `steps` steps.
    pub fn new<'r>(
        request: &'a SteerRequest,
        rows: impl Iterator<Item = &'r AttributeRow>,
        steps: usize,
    ) -> Self {
        let mut least = vec![f64::INFINITY; request.goals.wanted_values().count()];
        for misses in rows.filter_map(|row| request.goals.misses(row)) {
            for (least, miss) in least.iter_mut().zip(misses) {
                *least = least.min(miss.abs());
            }
        }
        let free_notes = request
            .source()
            .map(|source| free_notes(request, source, steps));
        Self {
            request,
            least,
            free_notes,
        }
    }

    /// How far a melody is from what is asked, in tolerances (root of the sum of squares); a note changed too many counts as
    /// one tolerance, and so does one outside a wanted scale. Infinite for an empty melody.
    pub fn error(&self, melody: &Melody, row: &AttributeRow) -> f64 {
        let Some(misses) = self.request.goals.misses(row) else {
            return f64::INFINITY;
        };
        let squares: f64 = misses.iter().map(|miss| miss * miss).sum();
        let excess = self.excess(melody);
        let outside = self.outside(melody);
        (squares + excess * excess + outside * outside).sqrt()
            + OUTSIDE * notes_outside_best_scale(melody) as f64
    }

    /// Whether a melody has what is asked.
    pub fn is_met(&self, melody: &Melody, row: &AttributeRow, strictness: Strictness) -> bool {
        let Some(misses) = self.request.goals.misses(row) else {
            return false;
        };
        let near = misses.iter().zip(&self.least).all(|(miss, least)| {
            let fraction = match strictness {
                Strictness::Nearest => least.clamp(NEAR, HALF),
                Strictness::Half => HALF,
            };
            is_within(*miss, fraction)
        });
        near && self.excess(melody) <= 0.0 && self.outside(melody) <= 0.0
    }

    /// Notes outside the wanted scale.
    fn outside(&self, melody: &Melody) -> f64 {
        let scale = self.request.scale;
        scale.map_or(0.0, |scale| notes_outside_scale(scale, melody) as f64)
    }

    /// Notes changed more than the closeness allows.
    fn excess(&self, melody: &Melody) -> f64 {
        match (self.request.source(), self.free_notes) {
            (Some(source), Some(free)) => (edit_distance(&source.melody, melody) - free).max(0.0),
            _ => 0.0,
        }
    }
}

/// The edit distance from its source that a melody of this request may have: at least half a note, as it would be the source
/// otherwise.
fn free_notes(request: &SteerRequest, source: &SteerSource, steps: usize) -> f64 {
    let notes = source.melody.notes().len() as f64;
    let density = attribute_index("note_density").and_then(|index| {
        let value = request.goals.get(index).value()?;
        Some((value * steps as f64 - notes).abs())
    });
    let changed = (1.0 - source.closeness) * notes;
    (changed + density.unwrap_or(0.0)).max(0.5)
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

    fn met(objective: &Objective<'_>, melody: &Melody, strictness: Strictness) -> bool {
        objective.is_met(melody, &AttributeRow::measure(melody), strictness)
    }

    #[test]
    fn the_nearest_value_that_there_is_comes_before_half_the_tolerance() {
        let request = SteerRequest {
            goals: SteerGoals::wanted(0, 2.2 / 16.0),
            ..SteerRequest::default()
        };
        // Of 2.2 notes per bar 4 notes in two bars are 0.2 away, 5 are 0.3; half the tolerance is 0.25.
        let sweep = [2, 4, 5].map(|notes| AttributeRow::measure(&tune(notes)));
        let objective = Objective::new(&request, sweep.iter(), 32);
        assert!(met(&objective, &tune(4), Strictness::Nearest));
        assert!(!met(&objective, &tune(5), Strictness::Half));
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
        assert!(met(&objective, &interval(5), Strictness::Nearest));
        assert!(!met(&objective, &interval(6), Strictness::Nearest));
        assert!(met(&objective, &interval(6), Strictness::Half));
        let far = [AttributeRow::measure(&interval(9))];
        let objective = Objective::new(&request, far.iter(), 32);
        assert!(met(&objective, &interval(6), Strictness::Nearest));
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
            from: SteerOrigin::Like(source.clone()),
            ..SteerRequest::default()
        };
        let rows = [AttributeRow::measure(&tune(8))];
        let (same, fewer) = (request(8.0), request(5.0));
        let same = Objective::new(&same, rows.iter(), 32);
        assert_eq!(same.free_notes, Some(2.0));
        let fewer = Objective::new(&fewer, rows.iter(), 32);
        assert_eq!(fewer.free_notes, Some(5.0));
        assert!(met(&fewer, &tune(5), Strictness::Nearest));
        assert!(!met(&same, &tune(5), Strictness::Nearest));
        assert!(met(&same, &tune(8), Strictness::Nearest));
    }
}
