//! Where a steer searches: anywhere, or near the selected melody.

use eframe::egui::{ComboBox, Label, RichText, Slider, Ui};

use crate::sweep::{KeptAspect, MelodyEntry};
use crate::ui::command::{Command, SteerCommand};
use crate::ui::options::SearchScope;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{caption, slider, theme_colours};

/// Draws the choice, and for the selected melody how much of it may change.
pub(super) fn scope_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let scope = state.steer.scope;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (choice, name, hint) in [
            (
                SearchScope::Anywhere,
                "Anywhere",
                "New melodies from all over the map, as different from each other as they can be",
            ),
            (
                SearchScope::LikeSelected,
                "Like the selected",
                "Variants of the selected melody: like this one, but with the values of the sliders",
            ),
        ] {
            let button = ui.selectable_label(scope == choice, name);
            if button.on_hover_text(hint).clicked() {
                out.push(Command::Steer(SteerCommand::SetScope(choice)));
            }
        }
    });
    if scope == SearchScope::LikeSelected {
        source_ui(ui, state, out);
    }
}

fn source_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let source = state.steer_source().and_then(|id| state.melodies.get(id));
    let Some(entry) = source.filter(|entry| !entry.melody.is_empty()) else {
        caption(
            ui,
            "Click a melody on the map: the new ones will be like it",
        );
        return;
    };
    let text = RichText::new(format!("Like {}", state.title(entry.id)));
    let colour = theme_colours(ui).muted;
    ui.add(Label::new(text.size(CAPTION).color(colour)).truncate());
    change_slider(ui, state, entry, out);
    ui.horizontal(|ui| {
        ui.label("Unchanged");
        let keep = state.steer.keep;
        let menu = ComboBox::from_id_salt("unchanged part")
            .selected_text(keep_text(keep))
            .width(ui.available_width() - 8.0)
            .show_ui(ui, |ui| {
                for choice in KeptAspect::ALL {
                    if ui
                        .selectable_label(keep == choice, keep_text(choice))
                        .clicked()
                    {
                        out.push(Command::Steer(SteerCommand::SetKeep(choice)));
                    }
                }
            });
        menu.response
            .accessible_name("Unchanged part")
            .on_hover_text("What of the melody stays exactly as it is");
    });
}

/// The slider of the notes that may change.
fn change_slider(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let notes = entry.melody.notes().len();
    let may_change = (1.0 - state.steer.closeness) * notes as f64;
    let mut changed = (may_change.round() as usize).clamp(1, notes);
    ui.horizontal(|ui| {
        ui.label("May change");
        ui.spacing_mut().slider_width = (ui.available_width() - 84.0).max(48.0);
        // With a single note there is nothing to choose: it may change.
        let rail = Slider::new(&mut changed, 1..=notes.max(2)).show_value(false);
        let response = ui
            .add_enabled_ui(notes > 1, |ui| slider(ui, rail))
            .inner
            .accessible_name("Notes that may change")
            .on_hover_text(
                "Notes that may be added, removed or moved. A wanted density may change more.",
            );
        if response.changed() {
            let closeness = 1.0 - changed as f64 / notes as f64;
            out.push(Command::Steer(SteerCommand::SetCloseness(closeness)));
        }
        caption(ui, format!("{changed} of {notes} notes"));
    });
}

fn keep_text(keep: KeptAspect) -> &'static str {
    match keep {
        KeptAspect::Nothing => "nothing",
        KeptAspect::Rhythm => "rhythm",
        KeptAspect::Pitches => "pitches",
        KeptAspect::FirstBar => "first bar",
    }
}
