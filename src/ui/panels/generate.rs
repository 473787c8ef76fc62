//! Generating from the selected melody: exploring around it, and blending to another one.

use eframe::egui::{DragValue, Popup, Slider, Ui};
use egui_material_icons::icons::{
    ICON_BLUR_ON, ICON_INSTANT_MIX, ICON_IOS_SHARE, ICON_LINE_END_CIRCLE, ICON_PLAY_ARROW,
};

use crate::latent::Interpolation;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::command::{Command, ExportSelection, GenerateCommand, ImportCommand, SteerCommand};
use crate::ui::state::{AppState, GenerationSource};
use crate::ui::widgets::controls::{
    caption, error_label, icon_text_button, separator_line, slider, theme_colours, title,
};
use crate::ui::widgets::export_menu::export_menu;

/// Draws the controls of exploring and blending.
pub fn generate_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    ui.add_space(2.0);
    separator_line(ui);
    title(ui, "From here");
    steer_row(ui, entry, out);
    let mut emit = |command| out.push(Command::Generate(command));
    let generate = &state.generate;
    ui.horizontal(|ui| {
        ui.label("Closeness");
        let mut closeness = (100.0 * generate.closeness).round();
        ui.spacing_mut().slider_width = (ui.available_width() - 52.0).max(60.0);
        let rail = Slider::new(&mut closeness, 0.0..=100.0).show_value(false);
        let response = slider(ui, rail)
            .accessible_name("Closeness")
            .on_hover_text(format!(
                "How near new melodies stay: a spread of {:.2} per latent dimension. \
                 At 100 % hardly a note changes; 0 % is as varied as the sweep of the whole space.",
                generate.sigma()
            ));
        if response.changed() {
            emit(GenerateCommand::SetCloseness(closeness / 100.0));
        }
        caption(ui, format!("{closeness:.0} %"));
    });
    explore_row(ui, state, entry, out);
    blend_row(ui, state, entry, out);
    match generate.running.last().map(|running| running.source) {
        Some(GenerationSource::Explore(_) | GenerationSource::Variation(_)) => {
            caption(ui, "Exploring…");
        }
        Some(GenerationSource::Blend(..) | GenerationSource::Bridge(_)) => {
            caption(ui, "Blending…");
        }
        Some(GenerationSource::Encode(_)) => {
            caption(ui, "Encoding…");
        }
        None => {}
    }
    if let Some(text) = &generate.error {
        error_label(ui, text);
    }
    blend_ui(ui, state, entry, out);
}

/// Draws the button that shows the sliders, for melodies like this one.
fn steer_row(ui: &mut Ui, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let has_notes = !entry.melody.is_empty();
    let steer = ui.add_enabled_ui(has_notes, |ui| {
        icon_text_button(ui, ICON_INSTANT_MIX, "Steer like this…", c.text, None)
    });
    let hint = "Variants of this melody with the values of the sliders (L)";
    if steer.inner.on_hover_text(hint).clicked() {
        out.push(Command::Steer(SteerCommand::LikeThis(entry.id)));
    }
}

/// Draws the button of an exploration, and its size.
fn explore_row(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let mut emit = |command| out.push(Command::Generate(command));
    let generate = &state.generate;
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        let explore = icon_text_button(ui, ICON_BLUR_ON, "Explore around it", c.text, None);
        if explore
            .on_hover_text("New melodies like this one, placed around it on the map")
            .clicked()
        {
            emit(GenerateCommand::Explore(entry.id));
        }
        let mut count = generate.count;
        let drag = DragValue::new(&mut count).range(1..=256).suffix(" new");
        let drag = ui.add(drag).accessible_name("Number of explored melodies");
        if drag.on_hover_text("How many").changed() {
            emit(GenerateCommand::SetCount(count));
        }
    });
}

/// Draws the button of a blend, its number of melodies and its interpolation.
fn blend_row(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let mut emit = |command| out.push(Command::Generate(command));
    let generate = &state.generate;
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        let pair = pair(state);
        match (generate.blend_from, pair) {
            (Some(_), _) => {
                let blend =
                    icon_text_button(ui, ICON_LINE_END_CIRCLE, "Blend to…", c.accent, None);
                if blend
                    .on_hover_text("Click the melody to blend to, or here to cancel")
                    .clicked()
                {
                    emit(GenerateCommand::BlendFrom(None));
                }
            }
            (None, Some((from, to))) => {
                let blend =
                    icon_text_button(ui, ICON_LINE_END_CIRCLE, "Blend the two", c.text, None);
                if blend.clicked() {
                    emit(GenerateCommand::Blend(from, to));
                }
            }
            (None, None) => {
                let blend = icon_text_button(ui, ICON_LINE_END_CIRCLE, "Blend to…", c.text, None);
                if blend
                    .on_hover_text("Then click another melody: the map shows the melodies of the blend")
                    .clicked()
                {
                    emit(GenerateCommand::BlendFrom(Some(entry.id)));
                }
            }
        }
        let mut count = generate.blend_count;
        let drag = DragValue::new(&mut count).range(2..=64).suffix(" melodies");
        let drag = ui.add(drag).accessible_name("Melodies of a blend");
        if drag
            .on_hover_text("Melodies of a blend, both ends included")
            .changed()
        {
            emit(GenerateCommand::SetBlendCount(count));
        }
        let name = match generate.interpolation {
            Interpolation::Spherical => "Arc",
            Interpolation::Linear => "Straight",
        };
        let menu = ui.button(name).on_hover_text(
            "Interpolation in the latent space: along the arc, at the distance from the origin that the model was trained on, or straight",
        );
        Popup::menu(&menu).show(|ui| {
            for (choice, name) in [
                (Interpolation::Spherical, "Along the arc (spherical)"),
                (Interpolation::Linear, "Straight (linear)"),
            ] {
                if ui.selectable_label(generate.interpolation == choice, name).clicked() {
                    emit(GenerateCommand::SetInterpolation(choice));
                }
            }
        });
    });
}

/// The two selected melodies, if there are exactly two.
fn pair(state: &AppState) -> Option<(MelodyId, MelodyId)> {
    let mut all = state.selection.all.iter().copied();
    match (all.next(), all.next(), all.next()) {
        (Some(from), Some(to), None) => Some((from, to)),
        _ => None,
    }
}

/// Draws buttons that play, select and export the whole blend of a melody.
fn blend_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let MelodyId::Generated {
        method: GenerateMethod::Blended,
        set,
        ..
    } = entry.id
    else {
        return;
    };
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        let play = icon_text_button(ui, ICON_PLAY_ARROW, "Play the blend", c.text, None);
        if play.on_hover_text("One melody after another").clicked() {
            out.push(Command::Generate(GenerateCommand::PlaySet(set)));
        }
        let ids: Vec<MelodyId> = state
            .melodies
            .generated_set(entry.id)
            .map(|set| set.entries.iter().map(|entry| entry.id).collect())
            .unwrap_or_default();
        if state.selection.all.iter().copied().eq(ids.iter().copied()) {
            let export = icon_text_button(ui, ICON_IOS_SHARE, "Export blend…", c.text, None);
            export_menu(&export, ExportSelection::Selected, &state.settings, out);
        } else if ui.button("Select all of it").clicked() {
            out.push(Command::SelectMany(ids));
        }
    });
}

/// Draws the choice between the original and the reconstruction of an imported melody.
pub fn imported_versions_ui(
    ui: &mut Ui,
    state: &AppState,
    entry: &MelodyEntry,
    out: &mut Vec<Command>,
) {
    let Some(versions) = state.melodies.imported_versions(entry.id) else {
        return;
    };
    ui.horizontal(|ui| {
        let on = state.generate.reconstructed;
        for (reconstructed, name) in [(false, "Original"), (true, "Reconstruction")] {
            if ui.selectable_label(on == reconstructed, name).clicked() {
                out.push(Command::Import(ImportCommand::ShowReconstructions(
                    reconstructed,
                )));
            }
        }
    });
    let text = format!(
        "Filled: yours. Outlined: the model's, red where it differs; {:.0} % of note beginnings are the same.",
        100.0 * versions.quality.onset_accuracy
    );
    caption(ui, text);
}
