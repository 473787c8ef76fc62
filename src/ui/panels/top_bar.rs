//! Top bar: which model, on which device, and the window's own switches.

use eframe::egui::{Align, Button, Layout, Popup, Response, RichText, Ui};
use egui_material_icons::icons::{
    ICON_ANALYTICS, ICON_DARK_MODE, ICON_DOCK_TO_BOTTOM, ICON_DOCK_TO_LEFT, ICON_DOCK_TO_RIGHT,
    ICON_HELP, ICON_LIGHT_MODE, ICON_SEARCH, ICON_UPLOAD_FILE,
};

use crate::melody::STEPS_PER_BAR;
use crate::model::DeviceChoice;
use crate::ui::command::{Command, ImportCommand, Panel};
use crate::ui::options::ThemeChoice;
use crate::ui::state::{AppState, ModelState};
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{icon_button, icon_text_button, palette, toggle};

/// Draws the top bar.
pub fn top_bar_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new("Tunescape").size(16.0).strong());
        ui.add_space(4.0);
        model_chip(ui, state, out);
        device_chip(ui, state, out);
        let c = palette(ui);
        let open = icon_text_button(ui, ICON_UPLOAD_FILE, "Open melody…", c.text, None);
        if open
            .on_hover_text("Find a melody of your own on the map: choose a MIDI file, or drop one on the window")
            .clicked()
        {
            out.push(Command::Import(ImportCommand::ChooseFile));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if icon_button(ui, ICON_HELP, "Help").clicked() {
                out.push(Command::ShowHelp(true));
            }
            let dark = ui.visuals().dark_mode;
            let (icon, name, next) = if dark {
                (ICON_LIGHT_MODE, "Light theme", ThemeChoice::Light)
            } else {
                (ICON_DARK_MODE, "Dark theme", ThemeChoice::Dark)
            };
            if icon_button(ui, icon, name).clicked() {
                out.push(Command::SetTheme(next));
            }
            for (icon, name, panel) in [
                (
                    ICON_DOCK_TO_LEFT,
                    "Show or hide the inspector",
                    Panel::Right,
                ),
                (
                    ICON_DOCK_TO_BOTTOM,
                    "Show or hide the transport",
                    Panel::Bottom,
                ),
                (ICON_DOCK_TO_RIGHT, "Show or hide steering", Panel::Left),
            ] {
                if icon_button(ui, icon, name).clicked() {
                    out.push(Command::TogglePanel(panel));
                }
            }
            ui.add_space(6.0);
            let open = state.analysis.open;
            let analysis = toggle(ui, open, ICON_ANALYTICS, "Analysis");
            if analysis
                .on_hover_text("The sweep's statistics and figures in place of the map")
                .clicked()
            {
                out.push(Command::ShowAnalysis(!open));
            }
            ui.add_space(6.0);
            let c = palette(ui);
            let search =
                icon_text_button(ui, ICON_SEARCH, "Ctrl K  search commands", c.muted, None);
            if search.clicked() {
                out.push(Command::ShowSearch(true));
            }
        });
    });
}

/// A chip whose first word is muted.
fn chip(ui: &mut Ui, kind: &str, text: &str) -> Response {
    let c = palette(ui);
    let label = (
        RichText::new(kind).size(CAPTION).color(c.muted),
        RichText::new(text).size(CAPTION).color(c.text),
    );
    ui.add(Button::new(label))
}

fn model_chip(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let response = match &state.model {
        ModelState::Opening => chip(ui, "Model", "opening…"),
        ModelState::Failed(text) => chip(ui, "Model", "none").on_hover_text(text),
        ModelState::Ready(info) => {
            let bars = info.steps as f64 / STEPS_PER_BAR as f64;
            let size = format!("{bars:.0} bars, {}-D", info.latent_size);
            chip(ui, &info.name, &size).on_hover_text(format!(
                "Weights {}: decodes a point of {} numbers into {} sixteenth steps",
                info.weights_hash, info.latent_size, info.steps
            ))
        }
    };
    Popup::menu(&response).show(|ui| {
        if ui.button("Open a model…").clicked() {
            out.push(Command::ChooseModel);
        }
        if ui.button("Default model").clicked() {
            out.push(Command::OpenModel(None));
        }
    });
}

fn device_chip(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let text = state.model.info().map_or_else(
        || state.settings.device.to_string(),
        |info| info.device.clone(),
    );
    let response = chip(ui, "Runs on", &text).on_hover_text("Choose where melodies are decoded");
    Popup::menu(&response).show(|ui| {
        let choices = [
            (
                DeviceChoice::Auto,
                "Automatic: the GPU if it proves itself".to_owned(),
            ),
            (DeviceChoice::Gpu, "GPU".to_owned()),
            (DeviceChoice::Cpu, "CPU".to_owned()),
        ]
        .into_iter()
        .chain(
            state
                .devices
                .iter()
                .map(|name| (DeviceChoice::Named(name.clone()), name.clone())),
        );
        for (choice, name) in choices {
            let on = state.settings.device == choice;
            if ui.add(Button::selectable(on, name)).clicked() && !on {
                out.push(Command::SetDevice(choice));
            }
        }
    });
}
