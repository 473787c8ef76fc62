//! The map of the regions with filled contours of an attribute.

use kuva::plot::colormap::ColorMap;
use kuva::render::color::Color;
use kuva::render::render::TextAnchor;

use super::axes::{Axes, limits, ticks};
use super::canvas::{FOREGROUND, Figure, MUTED, colormap_color};
use super::field::{FIELD_BANDS, Field};
use super::scatter::axis_label;
use crate::study::data::StudyData;
use crate::study::results::{AttributeResults, StudyResults};

/// The map of the regions with an attribute; `None` with fewer than three regions that have a mean, or equal means.
pub(super) fn map(results: &StudyResults, data: &StudyData, index: usize) -> Option<Figure> {
    let attribute_results = results.attributes.get(index)?;
    let attribute = attribute_results.attribute;
    let field = Field::compute(data, index)?;
    let points: Vec<(f64, f64)> = field.regions.iter().map(|region| region.1).collect();
    let mut figure = Figure::for_attribute(
        attribute_results.attribute.id,
        "map",
        format!("{} on the map", attribute.name),
        caption(
            results,
            attribute_results,
            points.len(),
            data.region_centres.len(),
        ),
        (540.0, 466.0),
    );
    // The same scale for both axes.
    let (x, y) = (
        limits(points.iter().map(|p| p.0)),
        limits(points.iter().map(|p| p.1)),
    );
    let (width, height) = (400.0, 380.0);
    let scale = ((x.1 - x.0) / width).max((y.1 - y.0) / height);
    let centred_range = |ends: (f64, f64), size: f64| {
        let middle = (ends.0 + ends.1) / 2.0;
        (middle - scale * size / 2.0, middle + scale * size / 2.0)
    };
    let axes = Axes {
        left: 62.0,
        top: 32.0,
        width,
        height,
        x: centred_range(x, width),
        y: centred_range(y, height),
    };
    axes.grid(
        &mut figure,
        "first axis (latent distance)",
        "second axis (latent distance)",
        true,
    );
    for (band, polygons) in field.bands.iter().enumerate() {
        let figure_polygons: Vec<Vec<(f64, f64)>> = polygons
            .iter()
            .map(|shape| shape.iter().map(|(x, y)| axes.to_figure(*x, *y)).collect())
            .collect();
        if !figure_polygons.is_empty() {
            // A thin edge in the same colour closes the seams between triangles.
            figure.polygons(&figure_polygons, band_colour(band), 1.0, 0.7);
        }
    }
    let radius = if points.len() > 300 { 1.2 } else { 2.6 };
    for (x, y) in &points {
        figure.circle(
            axes.to_figure(*x, *y),
            radius,
            Color::Rgb(255, 255, 255),
            FOREGROUND,
            0.9,
        );
    }
    mark_groups(&mut figure, &axes, attribute_results, data);
    axes.outline(&mut figure);
    colour_bar(
        &mut figure,
        &axes,
        &field,
        &format!("mean {}", axis_label(attribute)),
    );
    Some(figure)
}

/// The caption of a map on which `drawn_count` of `region_count` regions are drawn.
fn caption(
    results: &StudyResults,
    attribute_results: &AttributeResults,
    drawn_count: usize,
    region_count: usize,
) -> String {
    let moran = attribute_results
        .autocorrelation
        .map_or(String::new(), |map| {
            format!(
                " Moran's I = {:.2} (chance {:.2}).",
                map.moran_i, map.expected
            )
        });
    let drawn_regions = if drawn_count < region_count {
        format!(" {drawn_count} of {region_count} regions are drawn.")
    } else {
        String::new()
    };
    format!(
        "Mean {} of the regions on the map by metric multidimensional scaling, straight between neighbouring regions (Delaunay). Dots are \
         regions; low, mid and high are those that the groups were taken from.{drawn_regions} Stress {:.2}; {:.1} % of nearest neighbours kept \
         (chance {:.1} %).{moran}",
        attribute_results.attribute.name.to_lowercase(),
        results.map.stress,
        100.0 * results.map.neighbours_kept,
        100.0 * results.map.neighbours_chance
    )
}

/// Marks the low, mid and high regions with their names.
fn mark_groups(
    figure: &mut Figure,
    axes: &Axes,
    attribute_results: &AttributeResults,
    data: &StudyData,
) {
    if let Some(groups) = &attribute_results.groups {
        for group in &groups.groups {
            let Some(point) = data.map.points.get(group.region) else {
                continue;
            };
            let position = axes.to_figure(point[0], point[1]);
            figure.circle(position, 5.5, Color::Rgb(255, 255, 255), FOREGROUND, 2.0);
            let (dx, anchor) = if position.0 > axes.left + 0.8 * axes.width {
                (-10.0, TextAnchor::End)
            } else {
                (10.0, TextAnchor::Start)
            };
            // A light outline, so that the text is readable on any colour.
            for (outline_x, outline_y) in [
                (-1.2, 0.0),
                (1.2, 0.0),
                (0.0, -1.2),
                (0.0, 1.2),
                (-0.9, -0.9),
                (0.9, 0.9),
                (-0.9, 0.9),
                (0.9, -0.9),
            ] {
                figure.bold_text(
                    (position.0 + dx + outline_x, position.1 + 4.0 + outline_y),
                    group.name,
                    anchor,
                    Color::Rgb(255, 255, 255),
                );
            }
            figure.bold_text(
                (position.0 + dx, position.1 + 4.0),
                group.name,
                anchor,
                FOREGROUND,
            );
        }
    }
}

/// Draws the colour scale at the right of the map.
fn colour_bar(figure: &mut Figure, axes: &Axes, field: &Field, label: &str) {
    let (bar_left, top) = (axes.left + axes.width + 18.0, axes.top);
    let height = axes.height;
    let (low, high) = (field.low, field.high);
    let step = height / FIELD_BANDS as f64;
    for band in 0..FIELD_BANDS {
        let y = top + height - step * (band as f64 + 1.0);
        figure.rectangle((bar_left, y), (14.0, step + 0.4), band_colour(band), 1.0);
    }
    for (value, label) in ticks((low, high), 6) {
        let y = top + height * (high - value) / (high - low);
        figure.line((bar_left + 14.0, y), (bar_left + 18.0, y), MUTED, 1.0);
        figure.text((bar_left + 21.0, y + 4.0), &label, TextAnchor::Start, MUTED);
    }
    figure.text(
        (bar_left + 50.0, top - 11.0),
        label,
        TextAnchor::End,
        FOREGROUND,
    );
}

/// The colour of a band of the field.
fn band_colour(band: usize) -> Color {
    colormap_color(ColorMap::Viridis, (band as f64 + 0.5) / FIELD_BANDS as f64)
}
