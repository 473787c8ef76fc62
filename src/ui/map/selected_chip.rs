//! The chip that says how many melodies are selected, and what can be done with all of them.

use eframe::egui::{Button, Popup, Ui};
use egui_material_icons::icons::{ICON_ARROW_DROP_DOWN, ICON_IOS_SHARE};

use super::overlay_frame::chip;
use crate::ui::command::{Command, ExportSelection, SelectedCommand};
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{icon_text_button, theme_colours};
use crate::ui::widgets::export_menu::export_menu;
use crate::ui::widgets::numbers::grouped;

/// Draws the chip.
pub(super) fn show(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            let text = format!("{} selected", grouped(state.selection.all.len() as u64));
            let label = (text.as_str(), ICON_ARROW_DROP_DOWN.rich_text().size(16.0));
            let button = ui.add(Button::new(label).frame(false));
            let button = button.accessible_name(&text);
            Popup::menu(&button).show(|ui| entries(ui, out));
            button.on_hover_text("What can be done with all of them. Escape selects nothing");
            let colour = theme_colours(ui).text;
            let button = icon_text_button(ui, ICON_IOS_SHARE, "Export all…", colour, None);
            export_menu(&button, ExportSelection::Selected, &state.settings, out);
            if ui.button("Clear").clicked() {
                out.push(Command::Deselect);
            }
        });
    });
}

/// What can be done with all selected melodies, besides exporting them.
pub(super) fn entries(ui: &mut Ui, out: &mut Vec<Command>) {
    for (text, command) in [
        ("Play in turn", SelectedCommand::Play),
        ("Keep all", SelectedCommand::Keep),
        ("Remove from the library", SelectedCommand::RemoveKept),
    ] {
        if ui.button(text).clicked() {
            out.push(Command::Selected(command));
            ui.close();
        }
    }
}
