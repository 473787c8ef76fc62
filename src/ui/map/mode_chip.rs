//! The chip that is shown while a blend waits for its second melody, with a button that cancels it.

use eframe::egui::{RichText, Ui};

use super::overlay_frame::chip;
use crate::ui::command::{Command, GenerateCommand};
use crate::ui::state::AppState;
use crate::ui::widgets::controls::theme_colours;

/// Whether a blend waits for its second melody. The path tool has a card of its own.
pub(super) fn is_shown(state: &AppState) -> bool {
    state.generate.blend_from.is_some()
}

/// Draws the chip.
pub(super) fn show(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let Some(from) = state.generate.blend_from else {
        return;
    };
    let c = theme_colours(ui);
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
