//! The correlation of an attribute with every latent dimension, as stems.

use kuva::render::color::Color;
use kuva::render::render::TextAnchor;

use super::axes::Axes;
use super::canvas::{ACCENT, ACCENT_2, FOREGROUND, Figure, MUTED};
use crate::study::dimensions::{CorrelationUnit, DimensionCorrelations};
use crate::study::results::{AttributeResults, StudyResults};

/// The correlation with each dimension as a stem, the two strongest highlighted, and the chance level.
pub(super) fn stem(
    results: &StudyResults,
    attribute: &AttributeResults,
    unit: CorrelationUnit,
) -> Figure {
    let correlations = attribute.correlations(unit);
    let (slug, text) = match unit {
        CorrelationUnit::Samples => ("samples", format!("{} samples", correlations.n)),
        CorrelationUnit::Regions => ("regions", format!("{} region means", correlations.n)),
    };
    // One scale for all attributes, so that figures can be compared.
    let max_abs_r = results
        .attributes
        .iter()
        .map(|attribute| {
            let correlations = attribute.correlations(unit);
            let chance = correlations
                .chance
                .as_ref()
                .map_or(0.0, |chance| chance.upper_5_percent);
            correlations.max_abs_r().max(chance)
        })
        .fold(0.05, f64::max);
    let top = ((max_abs_r * 1.2) * 20.0).ceil() / 20.0;
    let name = attribute.attribute.name;
    let caption = caption(name, &text, correlations);
    let title = format!("{name}: correlation with each latent dimension, {text}");
    let mut figure = Figure::for_attribute(
        attribute.attribute.id,
        &format!("stem_{slug}"),
        title,
        caption,
        (720.0, 282.0),
    );
    let axes = Axes {
        left: 62.0,
        top: 32.0,
        width: 640.0,
        height: 200.0,
        x: (-1.5, correlations.pearson.len() as f64 + 0.5),
        y: (-top, top),
    };
    axes.grid(&mut figure, "latent dimension", "Pearson's r", false);
    chance_lines(&mut figure, &axes, correlations);
    stems(&mut figure, &axes, correlations);
    highlight(&mut figure, &axes, correlations);
    axes.axis_lines(&mut figure);
    figure
}

fn caption(name: &str, text: &str, correlations: &DimensionCorrelations) -> String {
    let dashed = correlations.chance.as_ref().map_or(String::new(), |chance| {
        format!(
            " Dashed: what the largest of all dimensions exceeds in one of twenty random orders of the regions (n = {}).",
            chance.n
        )
    });
    format!(
        "Pearson's correlation of {} with each latent dimension over {text}. The two strongest are marked.{dashed} All attributes \
         share the scale.",
        name.to_lowercase()
    )
}

/// Dashed lines at the chance level, if there is one, with a label.
fn chance_lines(figure: &mut Figure, axes: &Axes, correlations: &DimensionCorrelations) {
    let Some(chance) = &correlations.chance else {
        return;
    };
    let level = chance.upper_5_percent.min(axes.y.1);
    for level in [level, -level] {
        let ends = (
            axes.to_figure(axes.x.0, level),
            axes.to_figure(axes.x.1, level),
        );
        figure.dashed_line(ends.0, ends.1, MUTED, 1.0);
    }
    chance_label(figure, axes, correlations, level);
}

/// A stem for each dimension, and the line of no correlation.
fn stems(figure: &mut Figure, axes: &Axes, correlations: &DimensionCorrelations) {
    let stem_color = Color::Rgb(130, 140, 150);
    let tips: Vec<(f64, f64)> = correlations
        .pearson
        .iter()
        .enumerate()
        .filter_map(|(d, r)| r.map(|r| axes.to_figure(d as f64, r)))
        .collect();
    let zero = axes.to_figure(0.0, 0.0).1;
    for tip in &tips {
        figure.line((tip.0, zero), *tip, stem_color.clone(), 1.0);
    }
    figure.points(&tips, 1.6, stem_color, 1.0);
    figure.line(
        axes.to_figure(axes.x.0, 0.0),
        axes.to_figure(axes.x.1, 0.0),
        FOREGROUND,
        1.0,
    );
}

/// Highlights and labels the two strongest dimensions.
fn highlight(figure: &mut Figure, axes: &Axes, correlations: &DimensionCorrelations) {
    let zero = axes.to_figure(0.0, 0.0).1;
    for (rank, (strong, color)) in correlations
        .strongest
        .iter()
        .zip([ACCENT, ACCENT_2])
        .enumerate()
    {
        let tip = axes.to_figure(strong.dimension as f64, strong.r);
        figure.line((tip.0, zero), tip, color.clone(), 2.0);
        figure.points(&[tip], 4.0, color.clone(), 1.0);
        // The label above or below the tip.
        let offset_y = if strong.r < 0.0 { 16.0 } else { -8.0 };
        let number = strong.dimension.to_string();
        figure.bold_text(
            (tip.0, tip.1 + offset_y),
            &number,
            TextAnchor::Middle,
            color.clone(),
        );
        // A second label above the axes, where nothing covers it.
        let label = format!("dimension {number}: r = {:.2}", strong.r).replace('-', "−");
        let right = axes.left + axes.width - 190.0 * (1 - rank) as f64;
        figure.bold_text((right, axes.top - 11.0), &label, TextAnchor::End, color);
    }
}

/// Labels one of the dashed lines, at an end without a highlighted stem.
fn chance_label(
    figure: &mut Figure,
    axes: &Axes,
    correlations: &DimensionCorrelations,
    level: f64,
) {
    /// Minimum horizontal and vertical distance of the label's corner from the tips of highlighted stems.
    const LABEL_CLEARANCE: (f64, f64) = (190.0, 34.0);
    let corners = [
        (axes.x.1, level, TextAnchor::End),
        (axes.x.1, -level, TextAnchor::End),
        (axes.x.0, level, TextAnchor::Start),
        (axes.x.0, -level, TextAnchor::Start),
    ];
    let free_corner = corners.iter().find(|(x, y, _)| {
        let corner = axes.to_figure(*x, *y);
        correlations.strongest.iter().all(|strong| {
            let tip = axes.to_figure(strong.dimension as f64, strong.r);
            (tip.0 - corner.0).abs() > LABEL_CLEARANCE.0
                || (tip.1 - corner.1).abs() > LABEL_CLEARANCE.1
        })
    });
    let (x, y, anchor) = free_corner.unwrap_or(&corners[0]);
    let position = axes.to_figure(*x, *y);
    // The label is on the outer side of the line, where there are fewer stems.
    let offset_y = if *y < 0.0 { 14.0 } else { -4.0 };
    let n = correlations
        .chance
        .as_ref()
        .map_or(correlations.n, |chance| chance.n);
    let label = format!("5 % chance level, n = {n}");
    figure.text((position.0, position.1 + offset_y), &label, *anchor, MUTED);
}
