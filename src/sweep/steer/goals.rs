//! The goals of steering for each attribute, and the deviation of a melody from them.

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::sweep::error::SweepError;

/// The goal for one attribute. Values are in attribute units, as in files.
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

/// The goals for all attributes of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SteerGoals(Vec<SteerGoal>);

impl SteerGoals {
    /// Goals that leave every attribute free.
    #[must_use]
    pub fn free() -> Self {
        Self::default()
    }

    /// Goals with a wanted value for one attribute; the others are free.
    #[must_use]
    pub fn wanted(attribute: usize, value: f64) -> Self {
        Self::free().with_goal(attribute, SteerGoal::Wanted(value))
    }

    /// These goals with another one for an attribute, an index of the attribute table.
    #[must_use]
    pub fn with_goal(mut self, attribute: usize, goal: SteerGoal) -> Self {
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
    pub fn target_values(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let all = self.0.iter().enumerate();
        all.filter_map(|(attribute, goal)| Some((attribute, goal.value()?)))
    }

    /// Whether every attribute is free.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.target_values().next().is_none()
    }

    /// Signed deviation of a melody from each target value, obtained less wanted, in tolerances of the attribute table. `None` for an
    /// empty melody.
    #[must_use]
    pub fn deviations(&self, row: &AttributeRow) -> Option<Vec<f64>> {
        self.target_values()
            .map(|(attribute, value)| {
                let tolerance = ATTRIBUTES.get(attribute)?.tolerance_in_files();
                Some((row.value(attribute)? - value) / tolerance)
            })
            .collect::<Option<Vec<f64>>>()
            .filter(|_| !row.is_empty())
    }

    /// Root mean square of [`SteerGoals::deviations`], 0 without goals; infinite for an empty melody.
    #[must_use]
    pub fn error(&self, row: &AttributeRow) -> f64 {
        self.deviations(row).map_or(f64::INFINITY, |deviations| {
            let squares: f64 = deviations
                .iter()
                .map(|deviation| deviation * deviation)
                .sum();
            (squares / deviations.len().max(1) as f64).sqrt()
        })
    }

    /// Whether every deviation is within `fraction` of the attribute's tolerance: 1 is the tolerance itself.
    #[must_use]
    pub fn are_met(&self, row: &AttributeRow, fraction: f64) -> bool {
        self.deviations(row).is_some_and(|deviations| {
            deviations
                .iter()
                .all(|deviation| is_within(*deviation, fraction))
        })
    }

    /// Checks that attributes exist and values are numbers.
    pub(super) fn validate(&self) -> Result<(), SweepError> {
        for (attribute, value) in self.target_values() {
            if attribute >= ATTRIBUTES.len() {
                let attribute_count = ATTRIBUTES.len();
                return Err(SweepError::NoSuchAttribute {
                    index: attribute,
                    attribute_count,
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

/// Whether a deviation, in tolerances, is within `fraction`, allowing for the rounding of attribute units.
pub(super) fn is_within(deviation: f64, fraction: f64) -> bool {
    deviation.abs() <= fraction + 1e-6
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::testing::melody;

    #[test]
    fn a_deviation_is_in_tolerances_and_an_empty_melody_meets_nothing() {
        let (density, range) = (
            attribute_index("note_density").unwrap(),
            attribute_index("pitch_range").unwrap(),
        );
        // Two notes in two bars are 1 note per bar; a fifth is 7 semitones.
        let row = AttributeRow::measure(&melody(&[(60, 0, 4), (67, 16, 20)], 32));
        let goals =
            SteerGoals::wanted(density, 1.5 / 16.0).with_goal(range, SteerGoal::Held(6.0 / 88.0));
        let deviations = goals.deviations(&row).unwrap();
        assert!((deviations[0] + 1.0).abs() < 1e-9 && (deviations[1] - 0.5).abs() < 1e-9);
        assert!(goals.are_met(&row, 1.0) && !goals.are_met(&row, 0.5));
        assert!((goals.error(&row) - (1.25_f64 / 2.0).sqrt()).abs() < 1e-9);
        let silent = AttributeRow::measure(&melody(&[], 32));
        assert_eq!(goals.deviations(&silent), None);
        assert_eq!(goals.error(&silent), f64::INFINITY);
        assert!(!SteerGoals::free().are_met(&silent, 1.0));
        assert!(SteerGoals::free().are_met(&row, 0.0));
    }

    #[test]
    fn unknown_attributes_and_values_that_are_no_numbers_are_refused() {
        let error_text = |goals: SteerGoals| goals.validate().unwrap_err().to_string();
        assert!(
            error_text(SteerGoals::wanted(0, f64::NAN))
                .starts_with("the wanted value cannot be NaN")
        );
        assert!(error_text(SteerGoals::wanted(99, 1.0)).contains("attribute number 99"));
        let held = SteerGoals::free().with_goal(3, SteerGoal::Held(0.5));
        assert!(held.validate().is_ok() && !held.is_free());
        assert_eq!(held.target_values().collect::<Vec<_>>(), [(3, 0.5)]);
    }
}
