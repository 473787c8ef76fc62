//! Histograms and densities of the low, mid and high groups.

use kuva::plot::colormap::ColorMap;
use kuva::render::color::Color;
use kuva::render::render::TextAnchor;

use super::axes::{Axes, limits};
use super::canvas::{FOREGROUND, Figure, mapped};
use super::scatter::unit;
use crate::statistics::{Histogram, KernelDensity};
use crate::study::results::AttributeStudy;

/// Three panels with a shared horizontal scale.
pub(super) fn groups(found: &AttributeStudy) -> Option<Figure> {
    let study = found.groups.as_ref()?;
    let attribute = found.attribute();
    let shown: Vec<Vec<f64>> = study
        .groups
        .iter()
        .map(|group| {
            group
                .values
                .iter()
                .map(|v| (attribute.display_scale)(*v))
                .collect()
        })
        .collect();
    let drawn: Vec<(Option<Histogram>, Option<KernelDensity>)> = shown
        .iter()
        .map(|values| {
            (
                Histogram::auto(values).ok(),
                KernelDensity::new(values).ok(),
            )
        })
        .collect();
    // Room for the tails of the densities.
    let reach = |(values, (_, density)): (&Vec<f64>, &(_, Option<KernelDensity>))| -> Vec<f64> {
        let tail = density.as_ref().map_or(0.0, |d| 2.0 * d.bandwidth());
        values.iter().flat_map(|v| [v - tail, v + tail]).collect()
    };
    let x = limits(shown.iter().zip(&drawn).flat_map(reach));
    let grid: Vec<f64> = (0..=480)
        .map(|k| x.0 + (x.1 - x.0) * f64::from(k) / 480.0)
        .collect();
    let tops: Vec<f64> = drawn
        .iter()
        .map(|(histogram, density)| {
            let bars = histogram.iter().flat_map(|histogram| {
                let bars = histogram.counts.iter().enumerate();
                bars.map(|(bin, count)| height(histogram, *count, bin))
            });
            let curve = density
                .iter()
                .flat_map(|d| grid.iter().map(|x| d.density(*x)));
            bars.chain(curve).fold(0.0, f64::max)
        })
        .collect();
    if tops.iter().all(|top| *top <= 0.0) {
        return None;
    }
    let origin = if study.new_samples {
        "new samples around"
    } else {
        "the samples of"
    };
    let caption = format!(
        "{} of {origin} the low, mid and high regions: histogram (NumPy's automatic bins), Gaussian kernel density (Scott's bandwidth), and \
         the mean as a dashed line. The panels share the horizontal scale.",
        attribute.name
    );
    let mut figure = Figure::new(
        format!("{}_groups", found.id),
        format!("{}: low, mid and high regions", attribute.name),
        caption,
        (560.0, 474.0),
    );
    figure.attribute = Some(found.id);
    let panel = 108.0;
    for (k, ((group, values), (histogram, density))) in
        study.groups.iter().zip(&shown).zip(&drawn).enumerate()
    {
        let axes = Axes {
            left: 70.0,
            top: 32.0 + (panel + 34.0) * k as f64,
            width: 470.0,
            height: panel,
            x,
            y: (0.0, if tops[k] > 0.0 { tops[k] * 1.1 } else { 1.0 }),
        };
        let color = color(k);
        let last = k + 1 == study.groups.len();
        // Only the lowest panel has labels below it.
        if last {
            axes.grid(&mut figure, &unit(attribute), "density", true);
        } else {
            axes.lines(&mut figure, "density");
        }
        if let Some(histogram) = histogram {
            bars(&mut figure, &axes, histogram, &color);
        }
        if let Some(density) = density {
            let curve = grid
                .iter()
                .map(|x| axes.at(*x, density.density(*x)))
                .collect();
            figure.curve(curve, color.clone(), 2.0);
        }
        if let Some(mean) = crate::statistics::mean(values) {
            figure.dashed(
                axes.at(mean, 0.0),
                axes.at(mean, axes.y.1),
                color.clone(),
                1.4,
            );
        }
        let right = axes.left + axes.width;
        let mean = group.mean.map_or(String::new(), |mean| {
            let shown = (attribute.display_scale)(mean);
            format!(", mean {shown:.2} {}", attribute.unit).replace('-', "−")
        });
        let text = format!(
            "{}: region {}, n = {}{mean}",
            group.name, group.region, group.n
        );
        figure.bold((right, axes.top - 11.0), &text, TextAnchor::End, FOREGROUND);
        axes.frame(&mut figure);
    }
    Some(figure)
}

/// Dark to light of cividis, short of the lightest.
fn color(group: usize) -> Color {
    mapped(ColorMap::Cividis, [0.05, 0.5, 0.82][group.min(2)])
}

/// Draws the bars of a histogram.
fn bars(figure: &mut Figure, axes: &Axes, histogram: &Histogram, color: &Color) {
    for (bin, count) in histogram.counts.iter().enumerate() {
        let (left, right) = (
            histogram.edges[bin].max(axes.x.0),
            histogram.edges[bin + 1].min(axes.x.1),
        );
        let (from, to) = (
            axes.at(left, height(histogram, *count, bin)),
            axes.at(right, 0.0),
        );
        if *count > 0 {
            figure.rectangle(
                from,
                ((to.0 - from.0 - 1.0).max(0.8), to.1 - from.1),
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
