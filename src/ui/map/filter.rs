//! The filter: a scale and a range per attribute, outside of which melodies are dimmed on the map.

use eframe::egui::{
    DragValue, Grid, Label, Popup, PopupCloseBehavior, RichText, Role, ScrollArea, Ui, WidgetInfo,
};
use egui_material_icons::icons::ICON_FILTER_ALT;

use crate::attributes::{ATTRIBUTES, ValueFormat};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{caption, icon_only, link, theme_colours};
use crate::ui::widgets::numbers::{grouped, short_unit, without_unit};
use crate::ui::widgets::scale_choice::scale_choice;

/// Height of what is above and below the list of ranges, with the top bar of the window, points.
const OTHER_HEIGHT: f32 = 190.0;

/// Draws the button that opens the filter.
pub fn button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let colour = if state.filter.is_on() {
        c.accent
    } else {
        c.muted
    };
    let response = ui
        .add(icon_only(ICON_FILTER_ALT, colour))
        .on_hover_text("Let only some melodies stand out, by their attributes and their scale");
    record_rect(ui.ctx(), "filter", response.rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Filter the map"));
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            caption(ui, "Melodies outside of these are dimmed.");
            scale(ui, state, out);
            // All of it fits into the lowest window.
            let height = ui.ctx().content_rect().height() - OTHER_HEIGHT;
            ScrollArea::vertical()
                .max_height(height)
                .show(ui, |ui| ranges(ui, state, out));
        });
}

/// The scale, and how many melodies are in it.
fn scale(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let scale = state.filter.scale();
    ui.horizontal(|ui| {
        ui.label("Scale")
            .on_hover_text("Only melodies that have all their notes in this scale stand out");
        if let Some(chosen) = scale_choice(ui, "Scale of the filter", "Any", scale) {
            out.push(Command::SetScaleFilter(chosen));
        }
    });
    if let Some(scale) = scale {
        let melodies = || state.melodies.swept().chain(state.melodies.steered());
        let in_scale = melodies().filter(|entry| state.filter.passes_scale(&entry.melody));
        let (in_scale_count, total) = (in_scale.count() as u64, melodies().count() as u64);
        let text = format!(
            "{} of {} in {scale}",
            grouped(in_scale_count),
            grouped(total)
        );
        caption(ui, text);
    }
}

fn ranges(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    Grid::new("filter").num_columns(4).show(ui, |ui| {
        for (index, attribute) in ATTRIBUTES.iter().enumerate() {
            let Some(summary) = state.summary.get(index) else {
                continue;
            };
            let chosen = state.filter.get(index);
            let (mut low, mut high) = chosen.unwrap_or(summary.range);
            let speed = (summary.range.1 - summary.range.0) / 200.0;
            ui.label(attribute.name)
                .on_hover_text(attribute.description);
            let end = |ui: &mut Ui, value: &mut f64, which: &str| {
                let drag = DragValue::new(value)
                    .speed(speed)
                    .fixed_decimals(attribute.decimals)
                    .custom_parser(|text| attribute.parse(text));
                let drag = match attribute.value_format {
                    ValueFormat::Number => drag,
                    ValueFormat::NoteName => {
                        drag.custom_formatter(|value, _| without_unit(attribute, value))
                    }
                };
                let name = format!("{which} {}", attribute.name);
                let response = ui.add(drag);
                record_rect(ui.ctx(), &name, response.rect);
                response.accessible_name(name).changed()
            };
            let changed_low = end(ui, &mut low, "Lowest");
            let changed_high = end(ui, &mut high, "Highest");
            if changed_low {
                out.push(Command::SetFilter(index, Some((low, high.max(low)))));
            } else if changed_high {
                out.push(Command::SetFilter(index, Some((low.min(high), high))));
            }
            if chosen.is_some() {
                let any = link(ui, "Any");
                record_rect(ui.ctx(), &format!("Any {}", attribute.name), any.rect);
                if any.clicked() {
                    out.push(Command::SetFilter(index, None));
                }
            } else {
                let unit = RichText::new(short_unit(attribute)).size(CAPTION);
                ui.add(Label::new(unit.color(theme_colours(ui).muted)).extend());
            }
            ui.end_row();
        }
    });
}
