//! The axes layout: two attributes as x and y.

use std::collections::HashMap;

use crate::attributes::AttributeRow;

/// The golden angle, radians: the turn from one point of a sunflower pattern to the next.
const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;

/// An axis of the map: the standardisation of an attribute.
#[derive(Clone, Copy, Debug)]
struct Axis {
    attribute: usize,
    mean: f64,
    /// In attribute units, as the mean; 1 if all values are equal.
    standard_deviation: f64,
    /// Smallest difference of two values, in standard deviations.
    min_gap: f64,
}

/// Linear scale that gives the position of an attribute's values along an axis of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisScale {
    /// The attribute, by its index in the table.
    pub attribute: usize,
    /// Position of the value 0 along the axis, in map units.
    pub zero_position: f64,
    /// Map units per attribute unit.
    pub scale: f64,
}

impl AxisScale {
    /// Position of a value in attribute units, in map units.
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        self.zero_position + self.scale * value
    }

    /// The value, in attribute units, at a position in map units.
    #[must_use]
    pub fn value(&self, position: f64) -> f64 {
        (position - self.zero_position) / self.scale
    }
}

/// Both axes. One map unit is a standard deviation.
#[derive(Clone, Copy, Debug)]
pub(super) struct AttributeAxes([Axis; 2]);

impl Axis {
    fn new<'a>(attribute: usize, rows: impl Iterator<Item = &'a AttributeRow>) -> Self {
        let mut values: Vec<f64> = rows
            .filter_map(|row| row.value(attribute))
            .filter(|x| x.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let standard_deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        let min_gap = values
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|gap| *gap > 1e-9 * standard_deviation)
            .fold(standard_deviation, f64::min);
        Self {
            attribute,
            mean,
            standard_deviation,
            min_gap: min_gap / standard_deviation,
        }
    }

    /// Position along the axis: standard deviations from the mean; -4 for a melody that has no value.
    fn position(&self, row: &AttributeRow) -> f64 {
        row.value(self.attribute)
            .map_or(-4.0, |value| (value - self.mean) / self.standard_deviation)
    }
}

impl AttributeAxes {
    pub(super) fn new(x: usize, y: usize, rows: &[&AttributeRow]) -> Self {
        Self([x, y].map(|attribute| Axis::new(attribute, rows.iter().copied())))
    }

    /// The scales of both axes, in map units.
    pub(super) fn scales(&self) -> [AxisScale; 2] {
        self.0.map(|axis| AxisScale {
            attribute: axis.attribute,
            zero_position: -axis.mean / axis.standard_deviation,
            scale: 1.0 / axis.standard_deviation,
        })
    }

    /// Exact position of a melody.
    pub(super) fn position(&self, row: &AttributeRow) -> [f64; 2] {
        [0, 1].map(|axis| self.0[axis].position(row))
    }

    /// Positions of all melodies. Many have equal attributes, which are whole numbers of notes or semitones: these are
    /// spread in a sunflower pattern over less than half the distance to the next value, in the order given.
    pub(super) fn spread(&self, rows: &[&AttributeRow]) -> Vec<[f64; 2]> {
        let exact_positions: Vec<[f64; 2]> = rows.iter().map(|row| self.position(row)).collect();
        let key = |position: &[f64; 2]| position.map(f64::to_bits);
        let mut counts: HashMap<[u64; 2], (usize, usize)> = HashMap::new();
        for position in &exact_positions {
            counts.entry(key(position)).or_default().0 += 1;
        }
        let max = counts.values().map(|(count, _)| *count).max().unwrap_or(1) as f64;
        let spread_radius = [0, 1].map(|axis| 0.45 * self.0[axis].min_gap.min(0.5));
        exact_positions
            .iter()
            .map(|position| {
                let Some((_, placed_count)) = counts.get_mut(&key(position)) else {
                    return *position;
                };
                let index = *placed_count as f64;
                *placed_count += 1;
                let (sine, cosine) = (index * GOLDEN_ANGLE).sin_cos();
                let radius = (index / max).sqrt();
                [
                    position[0] + spread_radius[0] * radius * cosine,
                    position[1] + spread_radius[1] * radius * sine,
                ]
            })
            .collect()
    }
}
