//! Scatter plots of an attribute: against its strongest dimensions, and against a linear model's prediction.

use kuva::render::color::Color;

use super::axes::{Axes, limits};
use super::canvas::{ACCENT, ACCENT_2, Figure, MUTED};
use crate::attributes::Attribute;
use crate::statistics::Line;
use crate::study::data::StudyData;
use crate::study::results::{AttributeResults, StudyResults};

/// Maximum number of samples that are drawn: more cover each other and make a large file.
const MAX_POINTS: usize = 1_500;

/// An attribute against the two dimensions that it correlates most with over samples, side by side, with line and band.
pub(super) fn strongest(results: &StudyResults, data: &StudyData, index: usize) -> Option<Figure> {
    let attribute_results = results.attributes.get(index)?;
    let attribute = attribute_results.attribute;
    let samples = data.even_indices(MAX_POINTS);
    let drawn: Vec<(usize, f64)> = samples
        .iter()
        .filter_map(|sample| Some((*sample, data.columns[index][*sample]?)))
        .collect();
    let points: Vec<_> = drawn
        .iter()
        .filter_map(|(sample, _)| data.latent(*sample))
        .collect();
    let y_limits = limits(
        drawn
            .iter()
            .map(|(_, value)| (attribute.to_display_unit)(*value)),
    );
    let caption = format!(
        "{} against the two latent dimensions that it correlates with most over single samples. {} samples are drawn; the line is \
         fitted to {} and lies in its pointwise {:.0} % confidence band, which takes samples as independent; r is Pearson's correlation, ρ Spearman's.",
        attribute.name,
        drawn.len(),
        attribute_results
            .over_samples
            .strongest
            .first()
            .and_then(|s| s.line)
            .map_or(0, |line| line.n),
        100.0 * results.settings.level
    );
    let mut figure = Figure::for_attribute(
        attribute_results.attribute.id,
        "strongest_dimensions",
        format!("{}: the two strongest latent dimensions", attribute.name),
        caption,
        (720.0, 320.0),
    );
    for (panel, (strong, color)) in attribute_results
        .over_samples
        .strongest
        .iter()
        .zip([ACCENT, ACCENT_2])
        .enumerate()
    {
        let pairs: Vec<(f64, f64)> = points
            .iter()
            .zip(&drawn)
            .filter_map(|(point, (_, value))| {
                let z = f64::from(*point.as_slice().get(strong.dimension)?);
                Some((z, (attribute.to_display_unit)(*value)))
            })
            .collect();
        let axes = Axes {
            left: 62.0 + 355.0 * panel as f64,
            top: 30.0,
            width: 285.0,
            height: 240.0,
            x: limits(pairs.iter().map(|pair| pair.0)),
            y: y_limits,
        };
        let label = format!(
            "latent dimension {} (standard deviations)",
            strong.dimension
        );
        axes.grid(&mut figure, &label, &axis_label(attribute), true);
        draw_points(&mut figure, &axes, &pairs);
        if let Some(line) = &strong.line {
            let level = results.settings.level;
            draw_fit(&mut figure, &axes, line, attribute, level, color);
        }
        let rank = strong
            .spearman
            .map_or(String::new(), |r| format!(", ρ = {r:.2}"));
        let heading = format!("r = {:.2}{rank}", strong.r).replace('-', "−");
        axes.heading(&mut figure, &heading);
        axes.axis_lines(&mut figure);
    }
    Some(figure)
}

/// The attribute against the held-out prediction of a linear model.
pub(super) fn held_out(attribute_results: &AttributeResults) -> Option<Figure> {
    let linear = attribute_results.linear.as_ref()?;
    let attribute = attribute_results.attribute;
    let stride = linear.held_out.len().div_ceil(MAX_POINTS).max(1);
    let pairs: Vec<(f64, f64)> = linear
        .held_out
        .iter()
        .step_by(stride)
        .map(|prediction| {
            (
                (attribute.to_display_unit)(prediction.predicted),
                (attribute.to_display_unit)(prediction.value),
            )
        })
        .collect();
    let caption = format!(
        "{} against its held-out prediction by a line along the best single direction of the latent space (ridge regression, five folds \
         that cut no region): cross-validated R² = {:.2}, in regions that it was not fitted to. {} of {} samples are drawn. Dashed: prediction and value are equal.",
        attribute.name,
        linear.r2,
        pairs.len(),
        linear.n
    );
    let mut figure = Figure::for_attribute(
        attribute_results.attribute.id,
        "best_direction",
        format!("{}: along the best direction", attribute.name),
        caption,
        (380.0, 320.0),
    );
    let axes = Axes {
        left: 62.0,
        top: 30.0,
        width: 300.0,
        height: 240.0,
        x: limits(pairs.iter().map(|pair| pair.0)),
        y: limits(pairs.iter().map(|pair| pair.1)),
    };
    let label = format!("predicted, {}", attribute.unit);
    axes.grid(&mut figure, &label, &axis_label(attribute), true);
    draw_points(&mut figure, &axes, &pairs);
    let (low, high) = (axes.x.0.max(axes.y.0), axes.x.1.min(axes.y.1));
    if low < high {
        figure.dashed_line(
            axes.to_figure(low, low),
            axes.to_figure(high, high),
            MUTED,
            1.2,
        );
    }
    let heading = format!("R² = {:.2}", linear.r2).replace('-', "−");
    axes.heading(&mut figure, &heading);
    axes.axis_lines(&mut figure);
    Some(figure)
}

/// Name and unit for an axis.
pub(super) fn axis_label(attribute: &Attribute) -> String {
    format!("{} ({})", attribute.name.to_lowercase(), attribute.unit)
}

fn draw_points(figure: &mut Figure, axes: &Axes, pairs: &[(f64, f64)]) {
    let points: Vec<(f64, f64)> = pairs
        .iter()
        .filter(|(x, y)| axes.contains_pair(*x, *y))
        .map(|(x, y)| axes.to_figure(*x, *y))
        .collect();
    figure.points(&points, 1.9, Color::Rgb(70, 80, 95), 0.28);
}

/// Draws a line with its confidence band at `level`.
fn draw_fit(
    figure: &mut Figure,
    axes: &Axes,
    line: &Line,
    attribute: &Attribute,
    level: f64,
    color: Color,
) {
    let steps = 200;
    let xs: Vec<f64> = (0..=steps)
        .map(|k| axes.x.0 + (axes.x.1 - axes.x.0) * f64::from(k) / f64::from(steps))
        .collect();
    // Only where the line is inside the axes.
    let is_inside =
        |x: &f64| axes.contains_pair(*x, (attribute.to_display_unit)(line.value_at(*x)));
    let xs: Vec<f64> = xs.into_iter().filter(is_inside).collect();
    let band = line.band_half_widths(&xs, level);
    let point = |x: f64, offset: f64| {
        let y = (attribute.to_display_unit)(line.value_at(x) + offset);
        axes.to_figure(x, y.clamp(axes.y.0, axes.y.1))
    };
    let above = xs
        .iter()
        .zip(&band)
        .map(|(x, half_width)| point(*x, *half_width));
    let below = xs
        .iter()
        .zip(&band)
        .rev()
        .map(|(x, half_width)| point(*x, -half_width));
    figure.polygons(&[above.chain(below).collect()], color.clone(), 0.3, 0.0);
    figure.curve(xs.iter().map(|x| point(*x, 0.0)).collect(), color, 2.0);
}
