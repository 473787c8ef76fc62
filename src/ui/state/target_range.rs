//! What the sliders and the key ask for, as it is highlighted on the map.

use super::filter::is_in_scale;
use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::melody::Scale;
use crate::sweep::MelodyEntry;

/// Everything that a highlighted melody has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Targets {
    /// A range for each attribute that is not free.
    pub ranges: Vec<TargetRange>,
    /// The scale that every note is in.
    pub scale: Option<Scale>,
}

impl Targets {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.scale.is_none()
    }

    /// Whether a melody, as it is written, has all values and is in the scale.
    pub fn contains(&self, entry: &MelodyEntry) -> bool {
        let mut ranges = self.ranges.iter();
        ranges.all(|range| range.contains_melody(&entry.attributes))
            && self
                .scale
                .is_none_or(|scale| is_in_scale(&entry.melody, scale))
    }
}

/// A range of values of an attribute, in display units, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetRange {
    /// Index into the attribute table.
    pub attribute: usize,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

/// What is allowed for rounding at the ends of a range, as a fraction of the tolerance.
const ROUNDING: f64 = 1e-6;

impl TargetRange {
    /// The values within the tolerance of an attribute (an index of the table) around a target.
    pub fn within_tolerance(attribute: usize, target: f64) -> Option<Self> {
        let tolerance = ATTRIBUTES.get(attribute)?.tolerance;
        Some(Self {
            attribute,
            low: target - tolerance,
            high: target + tolerance,
        })
    }

    /// The shown value of a melody; `None` for an empty one.
    pub fn value(&self, row: &AttributeRow) -> Option<f64> {
        let scale = ATTRIBUTES.get(self.attribute)?.to_display_unit;
        row.value(self.attribute).map(scale)
    }

    /// Whether a shown value is in the range.
    pub fn contains(&self, value: f64) -> bool {
        let rounding = ROUNDING * (self.high - self.low);
        (self.low - rounding..=self.high + rounding).contains(&value)
    }

    /// Whether a melody's value is in the range.
    pub fn contains_melody(&self, row: &AttributeRow) -> bool {
        self.value(row).is_some_and(|value| self.contains(value))
    }
}
