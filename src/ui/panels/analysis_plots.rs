//! The plots of the Analysis tab. A click on a point plays its melody.

use eframe::egui::{Color32, PointerButton, Rangef, Ui, Vec2};
use egui_plot::{
    AxisHints, Bar, BarChart, HLine, Legend, Line, Plot, PlotPoint, PlotPoints, PlotResponse,
    Points,
};

use crate::statistics::{Histogram, KernelDensity};
use crate::study::AttributeStudy;
use crate::sweep::MelodyId;
use crate::ui::command::Command;
use crate::ui::map::place;
use crate::ui::state::{AppState, Found};
use crate::ui::widgets::controls::{caption, palette};
use crate::ui::widgets::numbers::short_unit;

/// How near a click must be to a point, in points of screen.
const REACH: f32 = 12.0;
/// Most samples drawn in the scatter.
const MOST_DOTS: usize = 1_500;
/// Colours of low, mid and high: they differ for all eyes (Okabe and Ito 2008).
const GROUPS: [Color32; 3] = [
    Color32::from_rgb(0x56, 0xb4, 0xe9),
    Color32::from_rgb(0x99, 0x99, 0x99),
    Color32::from_rgb(0xe6, 0x9f, 0x00),
];

/// A plot that keeps its limits where the data are, with these words at its axes.
fn plot<'a>(name: &'a str, size: Vec2, x: String, y: String) -> Plot<'a> {
    // Labels nearer to each other than by default: the plots are small.
    let near = Rangef::new(34.0, 60.0);
    Plot::new(name)
        .custom_x_axes(vec![AxisHints::new_x().label(x).label_spacing(near)])
        .custom_y_axes(vec![AxisHints::new_y().label(y).label_spacing(near)])
        .grid_spacing(Rangef::new(24.0, 200.0))
        .width(size.x)
        .height(size.y)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
}

/// Plays the melody of the point that was clicked, if one was.
fn click<R>(
    ui: &Ui,
    drawn: &PlotResponse<R>,
    points: impl Iterator<Item = ([f64; 2], MelodyId)>,
    out: &mut Vec<Command>,
) {
    let pointer = drawn
        .response
        .interact_pointer_pos()
        .or(drawn.response.hover_pos());
    let Some(pointer) = pointer else { return };
    let nearest = points
        .map(|([x, y], id)| {
            let at = drawn.transform.position_from_point(&PlotPoint::new(x, y));
            (at.distance(pointer), id)
        })
        .filter(|(distance, _)| *distance <= REACH)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, id)) = nearest {
        ui.ctx()
            .set_cursor_icon(eframe::egui::CursorIcon::PointingHand);
        if drawn.response.clicked_by(PointerButton::Primary) {
            out.push(Command::Select(id));
        }
    }
}

/// The regions on the map, coloured by their mean.
pub(super) fn map_plot(
    ui: &mut Ui,
    state: &AppState,
    found: &Found,
    index: usize,
    size: Vec2,
    out: &mut Vec<Command>,
) {
    caption(ui, "Regions on the map, coloured by their mean");
    let means = found.material.region_means(index);
    let (low, high) = means
        .iter()
        .flatten()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| {
            (low.min(*mean), high.max(*mean))
        });
    let c = palette(ui);
    let points = &found.material.map.points;
    let drawn = plot("analysis map", size, String::new(), String::new())
        .data_aspect(1.0)
        .show_grid(false)
        .show_axes(false)
        .show(ui, |plot| {
            for (point, mean) in points.iter().zip(&means) {
                let colour = mean.map_or(c.line, |mean| {
                    state.settings.palette.at(place(mean, (low, high)))
                });
                let dot = Points::new("", PlotPoints::from(vec![*point]));
                plot.points(dot.radius(5.0).color(colour).allow_hover(false));
            }
            if let Some(groups) = found
                .study
                .attributes
                .get(index)
                .and_then(|a| a.groups.as_ref())
            {
                for (group, colour) in groups.groups.iter().zip(GROUPS) {
                    if let Some(point) = points.get(group.region) {
                        let ring = Points::new(group.name, PlotPoints::from(vec![*point]));
                        let ring = ring.radius(8.0).filled(false).color(colour);
                        plot.points(ring.allow_hover(false));
                    }
                }
            }
        });
    let all = points.iter().zip(0..);
    let all = all.map(|(point, region)| (*point, MelodyId::Centre { region }));
    click(ui, &drawn, all, out);
}

/// The attribute of single samples against the dimension that it goes with most, and the line.
pub(super) fn scatter_plot(
    ui: &mut Ui,
    found: &Found,
    index: usize,
    size: Vec2,
    out: &mut Vec<Command>,
) {
    let Some(study) = found.study.attributes.get(index) else {
        return;
    };
    let Some(strong) = study.over_samples.strongest.first() else {
        caption(ui, "No latent dimension goes with it yet");
        return;
    };
    let attribute = study.attribute();
    caption(
        ui,
        format!(
            "Single samples against latent dimension {}, r = {:.2}",
            strong.dimension, strong.r
        ),
    );
    let (places, _) = found.material.evenly(MOST_DOTS);
    let dots: Vec<([f64; 2], MelodyId)> = places
        .into_iter()
        .filter_map(|at| {
            let value = (attribute.display_scale)(found.material.columns[index][at]?);
            let z = *found
                .material
                .latent(at)?
                .as_slice()
                .get(strong.dimension)?;
            Some(([f64::from(z), value], found.sample(at)?))
        })
        .collect();
    let c = palette(ui);
    let drawn = plot(
        "analysis scatter",
        size,
        format!("dimension {}", strong.dimension),
        short_unit(attribute).to_owned(),
    )
    .show(ui, |plot| {
        let points: Vec<[f64; 2]> = dots.iter().map(|(point, _)| *point).collect();
        let colour = c.accent.gamma_multiply(0.6);
        plot.points(
            Points::new("samples", PlotPoints::from(points))
                .radius(1.8)
                .color(colour)
                .allow_hover(false),
        );
        if let Some(line) = &strong.line {
            let ends = dots.iter().map(|(point, _)| point[0]);
            let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| {
                (a.min(x), b.max(x))
            });
            let at = |x: f64| [x, (attribute.display_scale)(line.at(x))];
            let ends = PlotPoints::from(vec![at(low), at(high)]);
            plot.line(
                Line::new("fit", ends)
                    .color(c.text)
                    .width(2.0)
                    .allow_hover(false),
            );
        }
    });
    click(ui, &drawn, dots.into_iter(), out);
}

/// Histograms and densities of the low, mid and high regions.
pub(super) fn groups_plot(ui: &mut Ui, study: &AttributeStudy, size: Vec2) {
    let attribute = study.attribute();
    let Some(groups) = &study.groups else {
        caption(ui, "Low, mid and high need three regions");
        return;
    };
    caption(ui, "Low, mid and high regions: histogram and density");
    plot(
        "analysis groups",
        size,
        short_unit(attribute).to_owned(),
        String::new(),
    )
    .legend(Legend::default().follow_insertion_order(true))
    .show(ui, |plot| {
        for (group, colour) in groups.groups.iter().zip(GROUPS) {
            let values: Vec<f64> = group
                .values
                .iter()
                .map(|v| (attribute.display_scale)(*v))
                .collect();
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
                // Without a name it stays out of the legend, where the curve stands for both.
                let chart = BarChart::new("", bars);
                plot.bar_chart(chart.color(colour.gamma_multiply(0.35)).allow_hover(false));
            }
            if let Ok(density) = KernelDensity::new(&values) {
                let reach = 3.0 * density.bandwidth();
                let low = values.iter().copied().fold(f64::INFINITY, f64::min) - reach;
                let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + reach;
                let curve: Vec<[f64; 2]> = (0..=200)
                    .map(|k| low + (high - low) * f64::from(k) / 200.0)
                    .map(|x| [x, density.density(x)])
                    .collect();
                let line = Line::new(group.name, PlotPoints::from(curve));
                plot.line(line.color(colour).width(2.0).allow_hover(false));
            }
        }
    });
}

/// The correlation of the region means with every latent dimension.
pub(super) fn stem_plot(ui: &mut Ui, study: &AttributeStudy, size: Vec2) {
    caption(
        ui,
        format!(
            "Correlation of {} region means with each latent dimension",
            study.over_regions.n
        ),
    );
    let c = palette(ui);
    let found = &study.over_regions;
    plot(
        "analysis stems",
        size,
        "latent dimension".to_owned(),
        "Pearson's r".to_owned(),
    )
    .show(ui, |plot| {
        let heads: Vec<[f64; 2]> = found
            .pearson
            .iter()
            .enumerate()
            .filter_map(|(d, r)| Some([d as f64, (*r)?]))
            .collect();
        let stems = Points::new("r", PlotPoints::from(heads))
            .stems(0.0)
            .radius(1.5);
        plot.points(stems.color(c.muted).allow_hover(false));
        if let Some(chance) = &found.chance {
            for level in [chance.upper_5_percent, -chance.upper_5_percent] {
                let line = HLine::new("5 % chance level", level).color(c.muted);
                plot.hline(
                    line.style(egui_plot::LineStyle::dashed_loose())
                        .allow_hover(false),
                );
            }
        }
        for (strong, colour) in found.strongest.iter().zip([GROUPS[2], GROUPS[0]]) {
            let head = PlotPoints::from(vec![[strong.dimension as f64, strong.r]]);
            let name = format!("dimension {}", strong.dimension);
            let point = Points::new(name, head).stems(0.0).radius(4.0).color(colour);
            plot.points(point);
        }
    });
}
