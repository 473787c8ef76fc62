//! Statistics of the map's melodies per attribute: histogram, slider range, colour limits.

use super::map_melodies::MapMelodies;
use crate::attributes::ATTRIBUTES;

/// Bars of a histogram.
pub const HISTOGRAM_BINS: usize = 40;

/// Statistics of one attribute, in display units.
#[derive(Clone, Debug)]
pub struct AttributeSummary {
    /// Ends of the slider.
    pub range: (f64, f64),
    /// Ends of the colour bar.
    pub limits: (f64, f64),
    /// Share of melodies per bar, the tallest bar being 1.
    pub histogram: [f32; HISTOGRAM_BINS],
    /// Mean over the decoded melodies.
    pub mean: Option<f64>,
}

/// Statistics of every attribute.
#[derive(Clone, Debug)]
pub struct Summary {
    version: u64,
    attributes: Vec<AttributeSummary>,
}

impl Default for Summary {
    fn default() -> Self {
        let attributes = ATTRIBUTES
            .iter()
            .map(|attribute| {
                let range = if attribute.id == "note_density" {
                    DENSITY_RANGE
                } else {
                    (0.0, 24.0)
                };
                AttributeSummary {
                    range,
                    limits: range,
                    histogram: [0.0; HISTOGRAM_BINS],
                    mean: None,
                }
            })
            .collect();
        Self {
            version: 0,
            attributes,
        }
    }
}

/// Range of the density slider, notes per bar, whatever the sweep contains.
const DENSITY_RANGE: (f64, f64) = (0.0, 16.0);

impl Summary {
    /// One attribute, by index.
    pub fn get(&self, attribute: usize) -> Option<&AttributeSummary> {
        self.attributes.get(attribute)
    }

    /// Computes the statistics again if the melodies changed. Returns whether it did.
    pub fn refresh(&mut self, melodies: &MapMelodies) -> bool {
        if self.version == melodies.version() {
            return false;
        }
        self.version = melodies.version();
        for (index, (attribute, summary)) in ATTRIBUTES.iter().zip(&mut self.attributes).enumerate()
        {
            let mut values: Vec<f64> = melodies
                .swept()
                .filter_map(|entry| entry.attributes.value(index))
                .map(attribute.to_display_unit)
                .filter(|value| value.is_finite())
                .collect();
            if values.is_empty() {
                continue;
            }
            values.sort_by(f64::total_cmp);
            let quantile = |fraction: f64| {
                let rank = fraction * (values.len() - 1) as f64;
                values.get(rank.round() as usize).copied().unwrap_or(0.0)
            };
            summary.range = if attribute.id == "note_density" {
                DENSITY_RANGE
            } else {
                nice_range(quantile(0.005), quantile(0.995))
            };
            summary.limits = fine_range(quantile(0.03), quantile(0.97));
            summary.mean = Some(values.iter().sum::<f64>() / values.len() as f64);
            summary.histogram = histogram(&values, summary.range);
        }
        true
    }
}

fn histogram(values: &[f64], (low, high): (f64, f64)) -> [f32; HISTOGRAM_BINS] {
    let mut counts = [0.0f32; HISTOGRAM_BINS];
    for value in values {
        let bin = (value - low) / (high - low) * HISTOGRAM_BINS as f64;
        if (0.0..=HISTOGRAM_BINS as f64).contains(&bin)
            && let Some(count) = counts.get_mut((bin as usize).min(HISTOGRAM_BINS - 1))
        {
            *count += 1.0;
        }
    }
    let tallest = counts.iter().copied().fold(1.0, f32::max);
    counts.map(|count| count / tallest)
}

/// The range extended to round numbers, so that labels are short and the ends do not move with every melody. Never empty.
pub fn nice_range(low: f64, high: f64) -> (f64, f64) {
    rounded_range(low, high, 6.0)
}

/// The range extended to round numbers in finer steps, for colours.
fn fine_range(low: f64, high: f64) -> (f64, f64) {
    rounded_range(low, high, 14.0)
}

fn rounded_range(low: f64, high: f64, max_steps: f64) -> (f64, f64) {
    let span = (high - low).max(1e-9);
    let magnitude = 10f64.powf((span / max_steps).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * magnitude)
        .find(|step| span / step <= max_steps)
        .unwrap_or(magnitude * 10.0);
    let from = (low / step).floor() * step;
    let to = (high / step).ceil() * step;
    if to > from {
        (from, to)
    } else {
        (from, from + step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_rounded_outwards_to_round_numbers() {
        assert_eq!(nice_range(1.3, 11.2), (0.0, 12.0));
        assert_eq!(nice_range(-3.1, 30.0), (-10.0, 30.0));
    }

    #[test]
    fn a_range_of_one_value_is_not_empty() {
        let (low, high) = nice_range(7.0, 7.0);
        assert!(low < high && low <= 7.0 && 7.0 <= high);
    }
}
