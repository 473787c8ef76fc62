//! Wanted against obtained values, over the steers of this sweep.

use eframe::egui::{CollapsingHeader, Ui};
use egui_plot::{Line, Plot, PlotPoints, Points};

use crate::attributes::ATTRIBUTES;
use crate::ui::state::{AppState, SteerResult};
use crate::ui::widgets::controls::theme_colours;
use crate::ui::widgets::numbers::short_unit;

/// Steers that the plot needs at least.
const MIN_STEERS: usize = 2;
const HEIGHT: f32 = 140.0;

/// A foldable plot with a point per steer of an attribute, its standard deviation as a vertical line, and the diagonal of
/// equal values. Nothing before the second steer.
pub fn obtained_plot(ui: &mut Ui, state: &AppState, attribute: usize) {
    let finished = state.steer.finished.iter();
    let results: Vec<SteerResult> = finished
        .filter_map(|finished| {
            let mut results = finished.results.iter();
            results.find(|result| result.attribute == attribute)
        })
        .copied()
        .collect();
    if results.len() < MIN_STEERS {
        return;
    }
    let unit = ATTRIBUTES.get(attribute).map_or("", short_unit);
    let (line, obtained) = (theme_colours(ui).line, theme_colours(ui).accent);
    CollapsingHeader::new("Wanted against obtained").show(ui, |ui| {
        let ends = results
            .iter()
            .flat_map(|r| [r.target, r.mean - r.sd, r.mean + r.sd]);
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        Plot::new("wanted against obtained")
            .height(HEIGHT)
            .x_axis_label(format!("wanted, {unit}"))
            .y_axis_label("obtained")
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .show(ui, |plot| {
                let diagonal = PlotPoints::from(vec![[low, low], [high, high]]);
                plot.line(Line::new("met", diagonal).color(line));
                for result in &results {
                    let spread = vec![
                        [result.target, result.mean - result.sd],
                        [result.target, result.mean + result.sd],
                    ];
                    plot.line(Line::new("spread", PlotPoints::from(spread)).color(obtained));
                }
                let means: Vec<[f64; 2]> = results.iter().map(|r| [r.target, r.mean]).collect();
                let points = Points::new("obtained", PlotPoints::from(means));
                plot.points(points.radius(3.0).color(obtained));
            });
    });
}
