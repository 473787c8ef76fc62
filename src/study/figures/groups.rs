//! Histograms and densities of the low, mid and high groups.

use kuva::plot::colormap::ColorMap;
use kuva::render::color::Color;
use kuva::render::render::TextAnchor;

use super::axes::{Axes, limits};
use super::canvas::{FOREGROUND, Figure, colormap_color};
use super::scatter::axis_label;
use crate::attributes::Attribute;
use crate::statistics::{Histogram, KernelDensity};
use crate::study::groups::SampleGroup;
use crate::study::results::AttributeResults;

/// Height of a panel, points.
const PANEL_HEIGHT: f64 = 108.0;
/// Number of intervals of the curve of a density.
const CURVE_INTERVALS: i32 = 480;

/// The values of a group in display units, with the estimates that are drawn of them.
struct Panel<'a> {
    group: &'a SampleGroup,
    values: Vec<f64>,
    histogram: Option<Histogram>,
    density: Option<KernelDensity>,
    /// Smallest and largest value that a melody can have.
    possible_range: (f64, f64),
    color: Color,
}

impl<'a> Panel<'a> {
    fn new(attribute: &Attribute, index: usize, group: &'a SampleGroup) -> Self {
        let values = group.values.iter().copied();
        let values: Vec<f64> = values.map(attribute.to_display_unit).collect();
        Self {
            group,
            histogram: Histogram::auto(&values).ok(),
            density: KernelDensity::new(&values).ok(),
            values,
            possible_range: attribute.displayed_range(),
            color: group_color(index),
        }
    }

    /// Values that the horizontal scale must show: the values of the group and the tails of the density, within the possible range.
    fn values_with_tails(&self) -> Vec<f64> {
        let tail = self.density.as_ref().map_or(0.0, |d| 2.0 * d.bandwidth());
        self.values
            .iter()
            .flat_map(|v| [v - tail, v + tail])
            .map(|value| value.clamp(self.possible_range.0, self.possible_range.1))
            .collect()
    }

    /// The largest height of a bar or of the curve at `xs`.
    fn max_height(&self, xs: &[f64]) -> f64 {
        let bars = self.histogram.iter().flat_map(|histogram| {
            let bars = histogram.counts.iter().enumerate();
            bars.map(|(bin, count)| height(histogram, *count, bin))
        });
        let curve = self
            .density
            .iter()
            .flat_map(|d| xs.iter().map(|x| d.density(*x)));
        bars.chain(curve).fold(0.0, f64::max)
    }

    /// Draws the histogram, the density at `xs`, the mean and the title.
    fn draw(&self, figure: &mut Figure, axes: &Axes, xs: &[f64], attribute: &Attribute) {
        if let Some(histogram) = &self.histogram {
            bars(figure, axes, histogram, &self.color);
        }
        if let Some(density) = &self.density {
            let curve = xs
                .iter()
                .map(|x| axes.to_figure(*x, density.density(*x)))
                .collect();
            figure.curve(curve, self.color.clone(), 2.0);
        }
        if let Some(mean) = crate::statistics::mean(&self.values) {
            figure.dashed_line(
                axes.to_figure(mean, 0.0),
                axes.to_figure(mean, axes.y.1),
                self.color.clone(),
                1.4,
            );
        }
        let group = self.group;
        let mean = group.mean.map_or(String::new(), |mean| {
            let displayed_mean = (attribute.to_display_unit)(mean);
            format!(", mean {displayed_mean:.2} {}", attribute.unit).replace('-', "−")
        });
        let text = format!(
            "{}: region {}, n = {}{mean}",
            group.name, group.region, group.n
        );
        let right = axes.left + axes.width;
        figure.bold_text((right, axes.top - 11.0), &text, TextAnchor::End, FOREGROUND);
        axes.axis_lines(figure);
    }
}

/// Three panels, one per group, with a shared horizontal scale; `None` if the attribute has no groups or none has a spread.
pub(super) fn groups(attribute_results: &AttributeResults) -> Option<Figure> {
    let comparison = attribute_results.groups.as_ref()?;
    let attribute = attribute_results.attribute;
    let panels: Vec<Panel<'_>> = comparison
        .groups
        .iter()
        .enumerate()
        .map(|(index, group)| Panel::new(attribute, index, group))
        .collect();
    let possible_range = attribute.displayed_range();
    let x = limits(panels.iter().flat_map(Panel::values_with_tails));
    let xs: Vec<f64> = (0..=CURVE_INTERVALS)
        .map(|k| x.0 + (x.1 - x.0) * f64::from(k) / f64::from(CURVE_INTERVALS))
        .filter(|x| (possible_range.0..=possible_range.1).contains(x))
        .collect();
    let heights: Vec<f64> = panels.iter().map(|panel| panel.max_height(&xs)).collect();
    if heights.iter().all(|height| *height <= 0.0) {
        return None;
    }
    let origin = if comparison.new_samples {
        "new samples around"
    } else {
        "the samples of"
    };
    let caption = format!(
        "{} of {origin} the low, mid and high regions: histogram (NumPy's automatic bins), Gaussian kernel density (Scott's bandwidth), and \
         the mean as a dashed line. The panels share the horizontal scale.",
        attribute.name
    );
    let mut figure = Figure::for_attribute(
        attribute_results.attribute.id,
        "groups",
        format!("{}: low, mid and high regions", attribute.name),
        caption,
        (560.0, 474.0),
    );
    for (k, (panel, height)) in panels.iter().zip(heights).enumerate() {
        let axes = Axes {
            left: 70.0,
            top: 32.0 + (PANEL_HEIGHT + 34.0) * k as f64,
            width: 470.0,
            height: PANEL_HEIGHT,
            x,
            y: (0.0, if height > 0.0 { height * 1.1 } else { 1.0 }),
        };
        // Only the lowest panel has labels below it.
        if k + 1 == panels.len() {
            axes.grid(&mut figure, &axis_label(attribute), "density", true);
        } else {
            axes.grid_without_x_labels(&mut figure, "density");
        }
        panel.draw(&mut figure, &axes, &xs, attribute);
    }
    Some(figure)
}

/// Colour of a group: from dark to light in the colour map cividis, without its lightest colours.
fn group_color(group: usize) -> Color {
    colormap_color(ColorMap::Cividis, [0.05, 0.5, 0.82][group.min(2)])
}

/// Draws the bars of a histogram.
fn bars(figure: &mut Figure, axes: &Axes, histogram: &Histogram, color: &Color) {
    for (bin, count) in histogram.counts.iter().enumerate() {
        let (left, right) = (
            histogram.edges[bin].max(axes.x.0),
            histogram.edges[bin + 1].min(axes.x.1),
        );
        let (top_left, bottom_right) = (
            axes.to_figure(left, height(histogram, *count, bin)),
            axes.to_figure(right, 0.0),
        );
        if *count > 0 {
            figure.rectangle(
                top_left,
                (
                    (bottom_right.0 - top_left.0 - 1.0).max(0.8),
                    bottom_right.1 - top_left.1,
                ),
                color.clone(),
                0.35,
            );
        }
    }
}

/// Height of a bar, as a probability density.
fn height(histogram: &Histogram, count: usize, bin: usize) -> f64 {
    let total: usize = histogram.counts.iter().sum();
    count as f64 / (total.max(1) as f64 * (histogram.edges[bin + 1] - histogram.edges[bin]))
}
