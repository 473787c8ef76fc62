//! The axes layout: two attributes as x and y.

use std::collections::HashMap;

use crate::attributes::AttributeRow;

/// Scaling of an attribute along an axis.
#[derive(Clone, Copy, Debug)]
struct Axis {
    attribute: usize,
    mean: f64,
    /// Standard deviation.
    unit: f64,
    /// Smallest difference of two values, in map units.
    step: f64,
}

/// Where the values of an attribute lie along an axis of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisScale {
    /// The attribute, by its index in the table.
    pub attribute: usize,
    /// Position of the value 0.
    pub zero: f64,
    /// Difference of the positions of two values that differ by 1.
    pub per_unit: f64,
}

impl AxisScale {
    /// Position of a value.
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        self.zero + self.per_unit * value
    }

    /// The value at a position.
    #[must_use]
    pub fn value(&self, position: f64) -> f64 {
        (position - self.zero) / self.per_unit
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
        let unit = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        let step = values
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .filter(|gap| *gap > 1e-9 * unit)
            .fold(unit, f64::min);
        Self {
            attribute,
            mean,
            unit,
            step: step / unit,
        }
    }

    /// Position along the axis; empty melodies lie below all others.
    fn place(&self, row: &AttributeRow) -> f64 {
        row.value(self.attribute)
            .map_or(-4.0, |value| (value - self.mean) / self.unit)
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
            zero: -axis.mean / axis.unit,
            per_unit: 1.0 / axis.unit,
        })
    }

    /// Exact position of a melody.
    pub(super) fn place(&self, row: &AttributeRow) -> [f64; 2] {
        [0, 1].map(|axis| self.0[axis].place(row))
    }

    /// Positions of all melodies. Many have equal attributes, which are whole notes and semitones: these are spread in a
    /// sunflower pattern over less than half the distance to the next value, in the order given.
    pub(super) fn spread(&self, rows: &[&AttributeRow]) -> Vec<[f64; 2]> {
        let exact: Vec<[f64; 2]> = rows.iter().map(|row| self.place(row)).collect();
        let key = |at: &[f64; 2]| at.map(f64::to_bits);
        let mut counts: HashMap<[u64; 2], (usize, usize)> = HashMap::new();
        for at in &exact {
            counts.entry(key(at)).or_default().0 += 1;
        }
        let max = counts.values().map(|(count, _)| *count).max().unwrap_or(1) as f64;
        let reach = [0, 1].map(|axis| 0.45 * self.0[axis].step.min(0.5));
        exact
            .iter()
            .map(|at| {
                let Some((_, placed)) = counts.get_mut(&key(at)) else {
                    return *at;
                };
                let number = *placed as f64;
                *placed += 1;
                let (sine, cosine) = (number * 2.399_963_229_728_653).sin_cos();
                let far = (number / max).sqrt();
                [
                    at[0] + reach[0] * far * cosine,
                    at[1] + reach[1] * far * sine,
                ]
            })
            .collect()
    }
}
