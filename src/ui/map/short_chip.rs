//! The chip in the top row of a narrow map, where chips below that row would cover its melodies.

use eframe::egui::{Button, Popup, PopupCloseBehavior, RichText, Ui};
use egui_material_icons::icons::{ICON_ARROW_DROP_DOWN, ICON_CLOSE};

use super::overlay_frame::chip;
use super::{highlight_chip, mode_chip, selected_chip};
use crate::ui::command::{Command, ExportSelection, GenerateCommand};
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{caption, row_icon_button, theme_colours};
use crate::ui::widgets::export_menu::export_entries;
use crate::ui::widgets::numbers::grouped;

/// Height of the chip's content, points.
const HEIGHT: f32 = 22.0;

/// Whether the chip is shown: a tool waits, or melodies are selected or highlighted.
pub(super) fn is_shown(state: &AppState) -> bool {
    mode_chip::is_shown(state) || state.selection.is_many() || state.highlights_targets()
}

/// Draws the chip: what a tool waits for, else a menu of what is selected and of the `highlighted` melodies.
pub(super) fn show(ui: &mut Ui, state: &AppState, highlighted: usize, out: &mut Vec<Command>) {
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.set_min_height(HEIGHT);
            if mode_chip::is_shown(state) {
                let colour = theme_colours(ui).accent;
                ui.label(RichText::new("Click a melody").color(colour))
                    .on_hover_text("The click chooses the other end of the blend");
                if row_icon_button(ui, ICON_CLOSE, "Cancel", HEIGHT).clicked() {
                    out.push(Command::Generate(GenerateCommand::BlendFrom(None)));
                }
            } else {
                menu(ui, state, highlighted, out);
            }
        });
    });
}

fn menu(ui: &mut Ui, state: &AppState, highlighted: usize, out: &mut Vec<Command>) {
    let many = state.selection.is_many();
    let text = if many {
        format!("{} selected", grouped(state.selection.all.len() as u64))
    } else {
        format!("{} lit", grouped(highlighted as u64))
    };
    let label = (text.as_str(), ICON_ARROW_DROP_DOWN.rich_text().size(16.0));
    let button = Button::new(label)
        .frame(false)
        .min_size([0.0, HEIGHT].into());
    let button = ui.add(button).accessible_name(&text);
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            if many {
                selected_chip::entries(ui, out);
                ui.separator();
                caption(ui, "Export all");
                export_entries(ui, ExportSelection::Selected, &state.settings, out);
                ui.separator();
                if ui.button("Clear").clicked() {
                    out.push(Command::Deselect);
                    ui.close();
                }
            }
            if state.highlights_targets() {
                if many {
                    ui.separator();
                }
                caption(ui, highlight_chip::text(&state.targets(), highlighted));
                if ui.button("Light all melodies again").clicked() {
                    out.push(Command::ClearHighlight);
                    ui.close();
                }
            }
        });
}
