//! What is asked of each attribute, and how far a melody is from it.

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::sweep::error::SweepError;

/// What is asked of one attribute. Values are in attribute units, as in files.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SteerGoal {
    /// Any value will do.
    #[default]
    Free,
    /// This value is wanted.
    Wanted(f64),
    /// The value stays this one: that of the selected melody, or the sweep's mean.
    Held(f64),
}

impl SteerGoal {
    /// The value to reach; `None` for [`SteerGoal::Free`].
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Free => None,
            Self::Wanted(value) | Self::Held(value) => Some(value),
        }
    }
}

/// What is asked of every attribute of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SteerGoals(Vec<SteerGoal>);

impl SteerGoals {
    /// Goals that leave every attribute free.
    #[must_use]
    pub fn free() -> Self {
        Self::default()
    }

    /// One value for one attribute, the others free.
    #[must_use]
    pub fn wanted(attribute: usize, value: f64) -> Self {
        Self::free().with(attribute, SteerGoal::Wanted(value))
    }

    /// The same with another goal for an attribute, an index of the attribute table.
    #[must_use]
    pub fn with(mut self, attribute: usize, goal: SteerGoal) -> Self {
        self.set(attribute, goal);
        self
    }

    /// Sets the goal of an attribute, an index of the attribute table.
    pub fn set(&mut self, attribute: usize, goal: SteerGoal) {
        if self.0.len() <= attribute {
            self.0.resize(attribute + 1, SteerGoal::Free);
        }
        self.0[attribute] = goal;
    }

    /// The goal of an attribute.
    #[must_use]
    pub fn get(&self, attribute: usize) -> SteerGoal {
        self.0.get(attribute).copied().unwrap_or_default()
    }

    /// The attributes that are not free, with their values.
    pub fn wanted_values(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let all = self.0.iter().enumerate();
        all.filter_map(|(attribute, goal)| Some((attribute, goal.value()?)))
    }

    /// Whether every attribute is free.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.wanted_values().next().is_none()
    }

    /// How far a melody is from the value of each attribute that is not free, in tolerances of the attribute table, with the sign
    /// of obtained less wanted. `None` for an empty melody.
    #[must_use]
    pub fn misses(&self, row: &AttributeRow) -> Option<Vec<f64>> {
        self.wanted_values()
            .map(|(attribute, value)| {
                let tolerance = ATTRIBUTES.get(attribute)?.tolerance_in_files();
                Some((row.value(attribute)? - value) / tolerance)
            })
            .collect::<Option<Vec<f64>>>()
            .filter(|_| !row.is_empty())
    }

    /// Root mean square of [`SteerGoals::misses`], 0 without goals; infinite for an empty melody.
    #[must_use]
    pub fn error(&self, row: &AttributeRow) -> f64 {
        self.misses(row).map_or(f64::INFINITY, |misses| {
            let squares: f64 = misses.iter().map(|miss| miss * miss).sum();
            (squares / misses.len().max(1) as f64).sqrt()
        })
    }

    /// Whether a melody has every value within `fraction` of its attribute's tolerance: 1 is the tolerance itself.
    #[must_use]
    pub fn are_met(&self, row: &AttributeRow, fraction: f64) -> bool {
        self.misses(row)
            .is_some_and(|misses| misses.iter().all(|miss| is_within(*miss, fraction)))
    }

    /// Checks that attributes exist and values are numbers.
    pub(super) fn validate(&self) -> Result<(), SweepError> {
        for (attribute, value) in self.wanted_values() {
            if attribute >= ATTRIBUTES.len() {
                let known = ATTRIBUTES.len();
                return Err(SweepError::NoSuchAttribute {
                    index: attribute,
                    known,
                });
            }
            if !value.is_finite() {
                let advice = "choose a number";
                return Err(SweepError::setting("the wanted value", &value, advice));
            }
        }
        Ok(())
    }
}

/// Whether a miss in tolerances is within a fraction of the tolerance, with the rounding of attribute units allowed for.
pub(super) fn is_within(miss: f64, fraction: f64) -> bool {
    miss.abs() <= fraction + 1e-6
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::testing::melody;

    #[test]
    fn a_miss_is_counted_in_tolerances_and_an_empty_melody_meets_nothing() {
        let (density, range) = (
            attribute_index("note_density").unwrap(),
            attribute_index("pitch_range").unwrap(),
        );
        // Two notes in two bars are 1 note per bar; a fifth is 7 semitones.
        let row = AttributeRow::measure(&melody(&[(60, 0, 4), (67, 16, 20)], 32));
        let goals =
            SteerGoals::wanted(density, 1.5 / 16.0).with(range, SteerGoal::Held(6.0 / 88.0));
        let misses = goals.misses(&row).unwrap();
        assert!((misses[0] + 1.0).abs() < 1e-9 && (misses[1] - 0.5).abs() < 1e-9);
        assert!(goals.are_met(&row, 1.0) && !goals.are_met(&row, 0.5));
        assert!((goals.error(&row) - (1.25_f64 / 2.0).sqrt()).abs() < 1e-9);
        let silent = AttributeRow::measure(&melody(&[], 32));
        assert_eq!(goals.misses(&silent), None);
        assert_eq!(goals.error(&silent), f64::INFINITY);
        assert!(!SteerGoals::free().are_met(&silent, 1.0));
        assert!(SteerGoals::free().are_met(&row, 0.0));
    }

    #[test]
    fn goals_name_what_is_not_there_or_no_number() {
        let say = |goals: SteerGoals| goals.validate().unwrap_err().to_string();
        assert!(say(SteerGoals::wanted(0, f64::NAN)).starts_with("the wanted value cannot be NaN"));
        assert!(say(SteerGoals::wanted(99, 1.0)).contains("attribute number 99"));
        let held = SteerGoals::free().with(3, SteerGoal::Held(0.5));
        assert!(held.validate().is_ok() && !held.is_free());
        assert_eq!(held.wanted_values().collect::<Vec<_>>(), [(3, 0.5)]);
    }
}
