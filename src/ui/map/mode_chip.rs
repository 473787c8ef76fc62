//! The chip that names the tool which waits for a click, what it waits for, and how to leave it.

use eframe::egui::{RichText, Ui};

use super::overlay_frame::chip;
use crate::ui::command::{Command, GenerateCommand};
use crate::ui::state::AppState;
use crate::ui::widgets::controls::palette;

/// Whether a tool waits. The path tool has the card of the path instead.
pub(super) fn is_shown(state: &AppState) -> bool {
    state.generate.blend_from.is_some()
}

/// Draws the chip.
pub(super) fn show(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let Some(from) = state.generate.blend_from else {
        return;
    };
    let c = palette(ui);
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Blend: click a melody").color(c.accent));
            let cancel = ui.button("Cancel").on_hover_text(format!(
                "The click chooses the other end of a blend from {}. Esc cancels it.",
                state.title(from)
            ));
            if cancel.clicked() {
                out.push(Command::Generate(GenerateCommand::BlendFrom(None)));
            }
        });
    });
}
