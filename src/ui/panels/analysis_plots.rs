//! The plots of the Analysis tab. A click on a point plays its melody.

use eframe::egui::{Color32, PointerButton, Rangef, Role, Ui, Vec2, WidgetInfo};
use egui_plot::{
    AxisHints, Bar, BarChart, GridInput, HLine, Legend, Line, Plot, PlotPoint, PlotPoints,
    PlotResponse, Points, uniform_grid_spacer,
};

use crate::attributes::Attribute;
use crate::statistics::{Histogram, KernelDensity};
use crate::study::{AttributeResults, CorrelationUnit};
use crate::sweep::MelodyId;
use crate::ui::command::Command;
use crate::ui::palette::GROUP_COLOURS;
use crate::ui::state::AnalysisResult;
use crate::ui::theme::Colours;
use crate::ui::widgets::controls::{caption, theme_colours};

/// Largest distance of a click from a point, in screen points.
pub(super) const MAX_CLICK_DISTANCE: f32 = 12.0;
/// Maximum number of samples drawn in a scatter plot.
const MAX_SCATTER_POINTS: usize = 1_500;
/// Opacity of the grid, which is fainter than any data.
const GRID_OPACITY: f32 = 0.1;

/// A fixed plot with these axis labels.
fn plot<'a>(name: &'a str, size: Vec2, x: String, y: String, c: &Colours) -> Plot<'a> {
    // Labels closer than by default: the plots are small.
    let (x_spacing, y_spacing) = (Rangef::new(22.0, 40.0), Rangef::new(14.0, 24.0));
    Plot::new(name)
        .custom_x_axes(vec![AxisHints::new_x().label(x).label_spacing(x_spacing)])
        .custom_y_axes(vec![AxisHints::new_y().label(y).label_spacing(y_spacing)])
        .x_grid_spacer(uniform_grid_spacer(|input| grid_steps(input, 5.0)))
        .y_grid_spacer(uniform_grid_spacer(|input| grid_steps(input, 4.0)))
        .grid_spacing(Rangef::new(14.0, 200.0))
        .grid_color(c.text.gamma_multiply(GRID_OPACITY))
        .grid_fade(0.0)
        .width(size.x)
        .height(size.y)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
}

/// Grid steps: a round one for about this many parts of the visible range, and two coarser ones for stronger lines.
fn grid_steps(input: GridInput, parts: f64) -> [f64; 3] {
    let min_step = ((input.bounds.1 - input.bounds.0) / parts).max(1e-9);
    let power = 10.0_f64.powf(min_step.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().rfind(|k| k * power <= min_step);
    let step = factor.unwrap_or(1.0) * power;
    [step, 10.0 * step, 100.0 * step]
}

/// Sets the accessible name of a plot.
fn set_accessible_name<R>(plot_response: &PlotResponse<R>, name: &str) {
    plot_response
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
}

/// Selects the melody of a clicked point.
fn select_clicked<R>(
    ui: &Ui,
    plot_response: &PlotResponse<R>,
    points: impl Iterator<Item = ([f64; 2], MelodyId)>,
    out: &mut Vec<Command>,
) {
    let pointer = plot_response
        .response
        .interact_pointer_pos()
        .or(plot_response.response.hover_pos());
    let Some(pointer) = pointer else { return };
    let nearest = points
        .map(|([x, y], id)| {
            let at = plot_response
                .transform
                .position_from_point(&PlotPoint::new(x, y));
            (at.distance(pointer), id)
        })
        .filter(|(distance, _)| *distance <= MAX_CLICK_DISTANCE)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, id)) = nearest {
        ui.ctx()
            .set_cursor_icon(eframe::egui::CursorIcon::PointingHand);
        if plot_response.response.clicked_by(PointerButton::Primary) {
            out.push(Command::Select(id));
        }
    }
}

/// The attribute of single samples against the dimension with the strongest or second strongest correlation, with the
/// regression line and its confidence band.
pub(super) fn scatter_plot(
    ui: &mut Ui,
    analysis: &AnalysisResult,
    (index, rank): (usize, usize),
    size: Vec2,
    out: &mut Vec<Command>,
) {
    let Some(results) = analysis.results.attributes.get(index) else {
        return;
    };
    let Some(correlation) = results.over_samples.strongest.get(rank) else {
        caption(ui, "No latent dimension is correlated with it yet");
        return;
    };
    let attribute = results.attribute;
    let ordinal = if rank == 0 { "strongest" } else { "second" };
    caption(
        ui,
        format!(
            "Single samples against latent dimension {}, the {ordinal} one: r = {:.2}",
            correlation.dimension, correlation.r
        ),
    );
    let sample_indices = analysis.data.even_indices(MAX_SCATTER_POINTS);
    let samples: Vec<([f64; 2], MelodyId)> = sample_indices
        .into_iter()
        .filter_map(|sample_index| {
            let value =
                (attribute.to_display_unit)(analysis.data.columns.get(index)?[sample_index]?);
            let point = analysis.data.latent(sample_index)?;
            let z = *point.as_slice().get(correlation.dimension)?;
            Some(([f64::from(z), value], analysis.sample(sample_index)?))
        })
        .collect();
    let c = theme_colours(ui);
    let plot_response = plot(
        ["analysis scatter", "analysis second scatter"][rank.min(1)],
        size,
        format!("latent dimension {}", correlation.dimension),
        axis_label(attribute),
        c,
    )
    .show(ui, |plot| {
        plot.points(scatter_points(&samples, c.accent));
        if let Some(line) = &correlation.line {
            let ends = samples.iter().map(|(point, _)| point[0]);
            let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| {
                (a.min(x), b.max(x))
            });
            let xs: Vec<f64> = (0..=60)
                .map(|k| low + (high - low) * f64::from(k) / 60.0)
                .collect();
            let band = line.band_half_widths(&xs, analysis.results.settings.level);
            for (side, width) in [(0.0, 2.0), (1.0, 0.8), (-1.0, 0.8)] {
                let curve: Vec<[f64; 2]> = xs
                    .iter()
                    .zip(&band)
                    .map(|(x, half)| {
                        [
                            *x,
                            (attribute.to_display_unit)(line.value_at(*x) + side * half),
                        ]
                    })
                    .collect();
                let curve = Line::new("fit", PlotPoints::from(curve));
                plot.line(curve.color(c.text).width(width).allow_hover(false));
            }
        }
    });
    set_accessible_name(
        &plot_response,
        ["Strongest dimension", "Second strongest dimension"][rank.min(1)],
    );
    select_clicked(ui, &plot_response, samples.into_iter(), out);
}

/// The attribute against the prediction of a linear model, in regions that it was not fitted to.
pub(super) fn held_out_plot(
    ui: &mut Ui,
    analysis: &AnalysisResult,
    results: &AttributeResults,
    size: Vec2,
    out: &mut Vec<Command>,
) {
    let Some(linear) = &results.linear else {
        caption(
            ui,
            "The prediction along the best direction comes when the sweep is complete",
        );
        return;
    };
    let attribute = results.attribute;
    caption(
        ui,
        format!(
            "Against the prediction along the best direction, in regions that it was not fitted to: R² = {:.2}",
            linear.r2
        ),
    );
    let stride = linear.held_out.len().div_ceil(MAX_SCATTER_POINTS).max(1);
    let samples: Vec<([f64; 2], MelodyId)> = linear
        .held_out
        .iter()
        .step_by(stride)
        .filter_map(|held| {
            let at = [held.predicted, held.value].map(attribute.to_display_unit);
            Some((at, analysis.sample(held.index)?))
        })
        .collect();
    let c = theme_colours(ui);
    let label = format!("predicted, {}", attribute.unit);
    let plot_response =
        plot("analysis direction", size, label, axis_label(attribute), c).show(ui, |plot| {
            plot.points(scatter_points(&samples, c.accent));
            let (low, high) = samples
                .iter()
                .flat_map(|(at, _)| *at)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| {
                    (a.min(x), b.max(x))
                });
            let diagonal = PlotPoints::from(vec![[low, low], [high, high]]);
            let line = Line::new("prediction is value", diagonal).color(c.muted);
            plot.line(
                line.style(egui_plot::LineStyle::dashed_loose())
                    .allow_hover(false),
            );
        });
    set_accessible_name(&plot_response, "Best direction");
    select_clicked(ui, &plot_response, samples.into_iter(), out);
}

fn scatter_points(samples: &[([f64; 2], MelodyId)], colour: Color32) -> Points<'static> {
    let points: Vec<[f64; 2]> = samples.iter().map(|(point, _)| *point).collect();
    Points::new("samples", PlotPoints::from(points))
        .radius(1.8)
        .color(colour.gamma_multiply(0.6))
        .allow_hover(false)
}

fn axis_label(attribute: &Attribute) -> String {
    format!("{} ({})", attribute.name.to_lowercase(), attribute.unit)
}

/// Histograms and densities of the low, mid and high regions.
pub(super) fn groups_plot(ui: &mut Ui, results: &AttributeResults, size: Vec2) {
    let attribute = results.attribute;
    let Some(groups) = &results.groups else {
        caption(ui, "Low, mid and high need three regions");
        return;
    };
    caption(ui, "Low, mid and high regions: histogram and density");
    let plot_response = plot(
        "analysis groups",
        size,
        axis_label(attribute),
        "density".to_owned(),
        theme_colours(ui),
    )
    .legend(Legend::default().follow_insertion_order(true))
    .show(ui, |plot| {
        for (group, colour) in groups.groups.iter().zip(GROUP_COLOURS) {
            let values = group.values.iter().copied();
            let values: Vec<f64> = values.map(attribute.to_display_unit).collect();
            let total = values.len().max(1) as f64;
            if let Ok(histogram) = Histogram::auto(&values) {
                let bars = histogram.counts.iter().zip(histogram.edges.windows(2));
                let bars = bars
                    .map(|(count, edges)| {
                        let width = edges[1] - edges[0];
                        let height = *count as f64 / (total * width);
                        Bar::new(edges[0] + width / 2.0, height).width(width)
                    })
                    .collect();
                // Without a name it is not in the legend, which has the curve.
                let chart = BarChart::new("", bars);
                plot.bar_chart(chart.color(colour.gamma_multiply(0.35)).allow_hover(false));
            }
            if let Ok(density) = KernelDensity::new(&values) {
                let curve = density_curve(attribute, &values, &density);
                let line = Line::new(group.name, PlotPoints::from(curve));
                plot.line(line.color(colour).width(2.0).allow_hover(false));
            }
        }
    });
    set_accessible_name(&plot_response, "Low, mid and high regions");
}

/// The curve of a density over the values, in shown units, that a melody can have.
fn density_curve(attribute: &Attribute, values: &[f64], density: &KernelDensity) -> Vec<[f64; 2]> {
    let margin = 3.0 * density.bandwidth();
    let (lowest, highest) = attribute.displayed_range();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min) - margin;
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + margin;
    let (low, high) = (low.max(lowest), high.min(highest));
    (0..=200)
        .map(|k| low + (high - low) * f64::from(k) / 200.0)
        .map(|x| [x, density.density(x)])
        .collect()
}

/// The correlation of the attribute with every latent dimension; the two strongest are marked.
pub(super) fn stem_plot(
    ui: &mut Ui,
    results: &AttributeResults,
    unit: CorrelationUnit,
    size: Vec2,
) {
    let c = theme_colours(ui);
    let correlations = results.correlations(unit);
    let (id, unit_text) = match unit {
        CorrelationUnit::Regions => ("analysis stems", "region means"),
        CorrelationUnit::Samples => ("analysis sample stems", "single samples"),
    };
    let strongest: Vec<String> = correlations
        .strongest
        .iter()
        .map(|correlation| format!("{} (r = {:.2})", correlation.dimension, correlation.r))
        .collect();
    caption(
        ui,
        format!(
            "Correlation of {} {unit_text} with each latent dimension, most with {}{}",
            correlations.n,
            strongest.join(" and "),
            correlations
                .chance
                .as_ref()
                .map_or(String::new(), |chance| format!(
                    "; dashed: 5 % chance level of the largest (n = {})",
                    chance.n
                ))
        ),
    );
    let plot_response = plot(
        id,
        size,
        "latent dimension".to_owned(),
        "Pearson's r".to_owned(),
        c,
    )
    .show(ui, |plot| {
        let heads: Vec<[f64; 2]> = correlations
            .pearson
            .iter()
            .enumerate()
            .filter_map(|(d, r)| Some([d as f64, (*r)?]))
            .collect();
        let stems = Points::new("r", PlotPoints::from(heads))
            .stems(0.0)
            .radius(1.5);
        plot.points(stems.color(c.muted).allow_hover(false));
        if let Some(chance) = &correlations.chance {
            for level in [chance.upper_5_percent, -chance.upper_5_percent] {
                let line = HLine::new("5 % chance level", level).color(c.muted);
                plot.hline(
                    line.style(egui_plot::LineStyle::dashed_loose())
                        .allow_hover(false),
                );
            }
        }
        for (correlation, colour) in correlations
            .strongest
            .iter()
            .zip([GROUP_COLOURS[2], GROUP_COLOURS[0]])
        {
            let head = PlotPoints::from(vec![[correlation.dimension as f64, correlation.r]]);
            let name = format!("dimension {}", correlation.dimension);
            let point = Points::new(name, head).stems(0.0).radius(4.0).color(colour);
            plot.points(point);
        }
    });
    let name = match unit {
        CorrelationUnit::Regions => "Correlation over region means",
        CorrelationUnit::Samples => "Correlation over samples",
    };
    set_accessible_name(&plot_response, name);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::attribute;

    #[test]
    fn a_density_curve_ends_at_the_least_value_that_is_possible() {
        let curve = |id: &str, values: &[f64]| {
            let density = KernelDensity::new(values).unwrap();
            density_curve(attribute(id).unwrap(), values, &density)
        };
        let notes_per_bar = [0.5, 1.0, 1.5, 4.0];
        let density = curve("note_density", &notes_per_bar);
        assert_eq!(density[0][0], 0.0);
        assert!(density.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        assert!(density[200][0] > 4.0);
        // A melody may fall.
        assert!(curve("signed_contour", &notes_per_bar)[0][0] < 0.0);
    }
}
