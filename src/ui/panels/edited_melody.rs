//! Where an edited melody comes from, and the button that encodes it.

use eframe::egui::{Align, Label, Layout, RichText, Ui};
use egui_material_icons::icons::ICON_ADD_LOCATION;

use super::note_editor::focus_editor;
use crate::sweep::MelodyEntry;
use crate::ui::command::{Command, NotesCommand};
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{icon_text_button, theme_colours};
use crate::ui::widgets::numbers::grouped_with_noun;

/// Draws the line of an edited melody; nothing for others.
pub(super) fn edited_melody_ui(
    ui: &mut Ui,
    state: &AppState,
    entry: &MelodyEntry,
    out: &mut Vec<Command>,
) {
    let set = state.melodies.generated_set(entry.id);
    let Some((set, origin)) = set.and_then(|set| Some((set, set.edit.as_ref()?))) else {
        return;
    };
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if set.versions.is_empty() {
                encode_button(ui, state, entry, out);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let edits = grouped_with_noun(origin.edits as usize, "edit");
                let text = format!("From {}, {edits}", origin.name);
                let text = RichText::new(text).size(CAPTION).color(c.muted);
                ui.add(Label::new(text).truncate())
                    .on_hover_text(format!("Edited from {}", origin.provenance));
            });
        });
    });
}

fn encode_button(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let obstacle = if state.encodes(entry.id) {
        Some("The melody is being encoded")
    } else {
        state.encode_obstacle()
    };
    let button = ui.add_enabled_ui(obstacle.is_none(), |ui| {
        icon_text_button(ui, ICON_ADD_LOCATION, "Encode", c.text, None)
    });
    let hint = "Find the place on the map that the model gives this melody, and what it decodes there; then explore or blend from it";
    let button = button
        .inner
        .on_hover_text(hint)
        .on_disabled_hover_text(obstacle.unwrap_or_default());
    if button.clicked() {
        out.push(Command::Notes(NotesCommand::Encode));
        if state.notes.editing {
            focus_editor(ui);
        }
    }
}
