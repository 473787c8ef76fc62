//! The layout switch in the corner of the map, and the quality of the layout in the other.

use eframe::egui::{self, Button, Grid, Popup, RichText, Sense, Ui, WidgetInfo, vec2};

use super::overlays::chip;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{Layout, LayoutQuality};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::palette;

/// One button for each layout; the axes' own has a menu of attributes.
pub(super) fn switch(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for layout in Layout::ALL {
                let wanted = match layout {
                    Layout::Axes { .. } => state.settings.axes,
                    other => other,
                };
                let on = state.settings.layout == wanted;
                let button =
                    ui.add(Button::selectable(on, layout.name()).min_size(vec2(0.0, 22.0)));
                let name = format!("Layout: {}", layout.name());
                button
                    .widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, on, &name));
                let button = button.on_hover_text(wanted.description());
                if let Layout::Axes { x, y } = wanted {
                    axes_menu(&button, x, y, out);
                }
                if button.clicked() && !on {
                    out.push(Command::SetLayout(wanted));
                }
            }
            let told = match state.layout.running {
                Some(done) => Some(format!("laying out {:.0} %", 100.0 * done)),
                None if state.layout.shown != state.settings.layout => {
                    Some("when the sweep is done".to_owned())
                }
                None => None,
            };
            if let Some(text) = told {
                ui.add_space(6.0);
                ui.label(RichText::new(text).size(CAPTION).color(palette(ui).muted));
            }
        });
    });
}

fn axes_menu(button: &egui::Response, x: usize, y: usize, out: &mut Vec<Command>) {
    Popup::menu(button).show(|ui| {
        for (title, across) in [("From left to right", true), ("Upwards", false)] {
            ui.label(RichText::new(title).size(CAPTION).color(palette(ui).muted));
            for (index, attribute) in ATTRIBUTES.iter().enumerate() {
                let on = index == if across { x } else { y };
                if ui.selectable_label(on, attribute.name).clicked() {
                    let (x, y) = if across { (index, y) } else { (x, index) };
                    out.push(Command::SetLayout(Layout::Axes { x, y }));
                }
            }
        }
    });
}

/// One number in the corner; a click opens the rest.
pub(super) fn quality(ui: &mut Ui, state: &AppState) {
    let c = palette(ui);
    let Some(quality) = &state.layout.quality else {
        return;
    };
    let response = chip(ui, |ui| {
        let near = quality.times_nearer();
        let text = format!("neighbours sound {near:.1}× nearer than strangers");
        ui.horizontal(|ui| {
            let text = RichText::new(text).size(CAPTION).color(c.muted);
            ui.add(egui::Label::new(text).extend());
        });
    });
    let response = ui.interact(response.rect, ui.scope_id().with("quality"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Map quality"));
    let response = response.on_hover_text(
        "How far this map can be trusted: the mean distance in sound of two melodies drawn at random, over that of a melody and its \
         five nearest on the map. 1 is a map without meaning. Click for every figure.",
    );
    Popup::menu(&response).show(|ui| figures(ui, quality));
}

fn figures(ui: &mut Ui, quality: &LayoutQuality) {
    ui.set_min_width(330.0);
    ui.label(
        RichText::new(format!(
            "{}: {}",
            quality.layout.name(),
            quality.layout.description()
        ))
        .size(CAPTION),
    );
    ui.separator();
    Grid::new("quality figures")
        .num_columns(3)
        .spacing(vec2(16.0, 3.0))
        .show(ui, |ui| {
            let row = |ui: &mut Ui, name: &str, value: String, chance: String| {
                let c = palette(ui);
                ui.label(RichText::new(name).size(CAPTION));
                ui.label(RichText::new(value).size(CAPTION).color(c.text));
                ui.label(RichText::new(chance).size(CAPTION).color(c.muted));
                ui.end_row();
            };
            let own = &quality.own;
            row(ui, "", "measured".to_owned(), "chance".to_owned());
            row(
                ui,
                "Stress-1",
                format!("{:.2}", own.stress),
                format!("{:.2}", own.stress_chance),
            );
            row(
                ui,
                "Trustworthiness",
                format!("{:.3}", own.trustworthiness),
                format!("{:.2}", own.trustworthiness_chance),
            );
            row(
                ui,
                "Continuity",
                format!("{:.3}", own.continuity),
                format!("{:.2}", own.continuity_chance),
            );
            row(
                ui,
                "Five neighbours kept",
                format!("{:.0} %", 100.0 * own.neighbours_kept),
                format!("{:.1} %", 100.0 * own.neighbours_chance),
            );
            let near = &quality.melody_distance;
            row(
                ui,
                "Distance in sound, map neighbours",
                format!("{:.2}", near.map_neighbours),
                format!("{:.2}", near.random_pairs),
            );
            row(
                ui,
                "the least there can be",
                format!("{:.2}", near.true_neighbours),
                String::new(),
            );
            for entry in &quality.smoothness {
                let name = ATTRIBUTES
                    .iter()
                    .find(|a| a.id == entry.id)
                    .map_or(entry.id.as_str(), |a| a.name);
                if let Some(value) = entry.morans_i {
                    row(
                        ui,
                        &format!("Moran's I, {name}"),
                        format!("{value:.2}"),
                        format!("{:.2}", entry.chance),
                    );
                }
            }
        });
    ui.separator();
    ui.label(
        RichText::new(format!(
            "Measured on {} of {} melodies.",
            quality.measured_on, quality.points
        ))
        .size(CAPTION),
    );
}
