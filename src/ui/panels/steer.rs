//! Steering: decoding melodies with a wanted value of an attribute.

use eframe::egui::{DragValue, Ui};

use crate::attributes::{ATTRIBUTES, Attribute};
use crate::ui::command::Command;
use crate::ui::options::MAX_STEER_COUNT;
use crate::ui::panels::obtained_plot::obtained_plot;
use crate::ui::state::AppState;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{
    caption, error_label, link, main_button, progress_bar, theme_colours, title,
};
use crate::ui::widgets::numbers::{counted, format_number, short_unit};
use crate::ui::widgets::steer_slider::SteerSlider;

/// Draws the sliders and their results.
pub fn steer_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    title(ui, "Steer");
    let steer = &state.steer;
    for (index, attribute) in ATTRIBUTES.iter().enumerate() {
        let Some(summary) = state.summary.get(index) else {
            continue;
        };
        let result = steer.result(index);
        let slider = SteerSlider {
            name: attribute.name,
            unit: short_unit(attribute),
            decimals: attribute.decimals,
            target: steer.target(index).filter(|_| index == steer.attribute),
            default_value: summary
                .mean
                .unwrap_or((summary.range.0 + summary.range.1) / 2.0),
            range: summary.range,
            histogram: &summary.histogram,
            obtained: result.map(|result| result.mean),
            highlighted: state
                .target_range()
                .filter(|target_range| target_range.attribute == index)
                .map(|target_range| (target_range.low, target_range.high)),
            hint: attribute.description,
        };
        let (response, event) = slider.show(ui);
        record_rect(ui.ctx(), attribute.id, response.rect);
        if let Some(value) = event.moved {
            out.push(Command::SetTarget {
                attribute: index,
                value,
            });
        }
        if event.settled {
            out.push(Command::Steer(index));
        }
        if index == steer.attribute {
            steering_result(ui, state, index, attribute, out);
        }
    }
    let count = state.settings.steer_count;
    ui.horizontal(|ui| {
        let label = counted(count as usize, "new melody");
        let width = ui.available_width() - 64.0;
        let button = main_button(ui, label, width)
            .on_hover_text("Decode new melodies with the wanted value; they appear on the map");
        if button.clicked() {
            out.push(Command::Steer(steer.attribute));
        }
        let mut wanted = count;
        let field = DragValue::new(&mut wanted)
            .range(1..=MAX_STEER_COUNT)
            .speed(0.5);
        let response = ui
            .add_sized([48.0, 30.0], field)
            .accessible_name("Number of new melodies");
        if response.on_hover_text("How many").changed() {
            out.push(Command::SetSteerCount(wanted));
        }
    });
}

/// Draws, below the slider used last, the progress or result of its steering, and how well its attribute can be predicted from
/// latent points.
fn steering_result(
    ui: &mut Ui,
    state: &AppState,
    index: usize,
    attribute: &Attribute,
    out: &mut Vec<Command>,
) {
    let steer = &state.steer;
    ui.spacing_mut().item_spacing.y = 3.0;
    if let Some(text) = &steer.error {
        error_label(ui, text);
    } else if steer.waiting == Some(index) {
        caption(ui, "New melodies follow when the sweep is done");
    } else if steer.running.is_some_and(|(_, running)| running == index) {
        let width = ui.available_width();
        progress_bar(
            ui,
            steer.progress.unwrap_or(0.0),
            theme_colours(ui).accent,
            width,
            4.0,
            "Steering progress",
        );
        if link(ui, "Stop steering").clicked() {
            out.push(Command::Cancel);
        }
    } else if let Some(result) = steer.result(index) {
        let decimals = attribute.decimals;
        let mut line = format!(
            "wanted {}, got {} ± {}",
            format_number(result.target, decimals),
            format_number(result.mean, decimals),
            format_number(result.sd, decimals.max(1)),
        );
        line.push_str(&format!(
            ", {} of {} within 1",
            result.within_one, result.count
        ));
        caption(ui, line);
    }
    if let Some(r2) = steer.r2.get(index).copied().flatten() {
        caption(ui, format!("fit R² {r2:.2} (cross-validated)")).on_hover_text(
            "Variance of this attribute that a linear direction of the latent space explains, \
             measured on melodies that it was not fitted to. 1 is all of it, 0 is none.",
        );
    } else if let Some(mean) = state.summary.get(index).and_then(|summary| summary.mean) {
        let mean = format_number(mean, attribute.decimals);
        caption(
            ui,
            format!("this sweep: {mean} {} on average", short_unit(attribute)),
        );
    }
    obtained_plot(ui, state, index);
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.add_space(6.0);
}
