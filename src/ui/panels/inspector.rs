//! The inspector: the selected melody in full.

use eframe::egui::{Align, CursorIcon, Label, Layout, RichText, Sense, Ui, Vec2, vec2};
use egui_material_icons::icons::{
    ICON_CHEVRON_LEFT, ICON_CHEVRON_RIGHT, ICON_EDIT, ICON_FAVORITE, ICON_HEARING, ICON_IOS_SHARE,
    ICON_LINK, ICON_PLAYLIST_ADD,
};

use super::copies::copies_ui;
use super::edited_melody::edited_melody_ui;
use super::generate::{generate_ui, imported_versions_ui};
use super::note_editor::note_editor_ui;
use super::similar::similar_ui;
use super::taste::taste_reason_ui;
use crate::attributes::ATTRIBUTES;
use crate::melody::{
    KeyEstimate, Performance, chord_fit, estimate_key, estimate_performed_key, perform,
};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::actions::input_text_of;
use crate::ui::command::{
    Command, ExportGrouping, ExportSelection, NotesCommand, ShareCommand, SimilarCommand,
    TimelineCommand, TimelineSource,
};
use crate::ui::dragged_melody;
use crate::ui::palette::normalize;
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, TITLE, font};
use crate::ui::widgets::compare_roll;
use crate::ui::widgets::controls::{
    caption, card_frame, fold, icon_button, icon_only, icon_text_button, progress_bar,
    separator_line, short_text, theme_colours,
};
use crate::ui::widgets::numbers::{grouped_with_noun, with_unit};
use crate::ui::widgets::piano_roll::{self, RollStyle};

/// Height of the piano roll, points.
const ROLL_HEIGHT: f32 = 168.0;
/// Most lines of a melody's name; the whole name is shown on hover where it is cut.
const NAME_LINES: usize = 2;

/// Draws the selected melody, or a hint.
pub fn inspector_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let Some(entry) = state.inspector_melody() else {
        if state.notes.editing {
            out.push(Command::Notes(NotesCommand::SetTool(false)));
        }
        crate::ui::widgets::controls::title(ui, "Nothing selected");
        caption(
            ui,
            "Click a point on the map: its notes, its attributes and the actions on it appear here.",
        );
        ui.add_space(4.0);
        similar_ui(ui, state, out);
        return;
    };
    heading(ui, state, entry, out);
    taste_reason_ui(ui, state, entry);
    if state.notes.editing {
        note_editor_ui(ui, state, entry, ROLL_HEIGHT, out);
    } else {
        roll_ui(ui, state, entry);
    }
    edited_melody_ui(ui, state, entry, out);
    imported_versions_ui(ui, state, entry, out);
    copies_ui(ui, state, entry);
    attributes(ui, state, entry);
    key_ui(ui, state, entry);
    actions_ui(ui, state, entry, out);
    if state.similar.reference.is_some() {
        ui.add_space(2.0);
        separator_line(ui);
        similar_ui(ui, state, out);
    }
    generate_ui(ui, state, entry, out);
}

fn heading(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let (number_in_set, set_size) = match entry.id {
        MelodyId::Centre { .. } => (None, state.melodies.samples_per_region()),
        MelodyId::Sample { sample, .. } => (
            Some(sample as usize + 1),
            state.melodies.samples_per_region(),
        ),
        MelodyId::Steered { steer, index } => {
            (Some(index as usize + 1), state.melodies.steer_len(steer))
        }
        MelodyId::Generated { index, .. } => {
            let set = state.melodies.generated_set(entry.id);
            (
                Some(index as usize + 1),
                set.map_or(0, |set| set.entries.len()),
            )
        }
    };
    let title = state.title(entry.id);
    // As high as two lines of a name whether it needs them or not, so that what is below never moves.
    let line_height = ui.fonts_mut(|fonts| fonts.row_height(&font(TITLE)));
    let size = vec2(
        ui.available_width(),
        (NAME_LINES as f32 * line_height).ceil(),
    );
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(size.y);
        ui.spacing_mut().item_spacing.x = 2.0;
        let share = icon_button(ui, ICON_LINK, "Copy share text");
        if share.on_hover_text(share_hint(ui)).clicked() {
            out.push(Command::Share(ShareCommand::Copy(entry.id)));
        }
        let add = icon_button(ui, ICON_PLAYLIST_ADD, "Add to timeline");
        let key = input_text_of(ui.ctx(), "Add the selected melody to the timeline");
        if add
            .on_hover_text(format!("As a block of the piece below ({key})"))
            .clicked()
        {
            let add = TimelineCommand::Add(TimelineSource::Melody(entry.id));
            out.push(Command::Timeline(add));
        }
        edit_button(ui, state, out);
        // A probe between the points belongs to no set, and a melody alone in its set has no other to go to.
        let is_alone = set_size == 1 && matches!(entry.id, MelodyId::Generated { .. });
        if set_size > 0 && !is_alone {
            if icon_button(ui, ICON_CHEVRON_RIGHT, "Next sample").clicked() {
                out.push(Command::StepSample(1));
            }
            if icon_button(ui, ICON_CHEVRON_LEFT, "Previous sample").clicked() {
                out.push(Command::StepSample(-1));
            }
            let text = number_in_set.map_or_else(
                || format!("centre of {set_size}"),
                |number| format!("{number} of {set_size}"),
            );
            // Some names say it themselves, and long ones need the width.
            let width = |text: &str, size: f32| {
                let font = font(size);
                let galley =
                    ui.painter()
                        .layout_no_wrap(text.to_owned(), font, theme_colours(ui).text);
                galley.size().x
            };
            let needed = width(&title, TITLE) + width(&text, CAPTION) + 12.0;
            if !title.ends_with(&text) && needed <= ui.available_width() {
                caption(ui, text);
            }
            ui.add_space(6.0);
        }
        // The name takes the rest of the width: imported files may have any name.
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let colour = theme_colours(ui).text;
            short_text(ui, title, TITLE, colour, NAME_LINES);
        });
    });
}

/// The pencil, in the colour of what is active while notes are edited.
fn edit_button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let editing = state.notes.editing;
    let colour = if editing { c.accent } else { c.muted };
    let name = if editing {
        "Stop editing notes"
    } else {
        "Edit notes"
    };
    let key = input_text_of(ui.ctx(), "Edit the notes of the selected melody");
    let hint = if editing {
        format!("Leave the notes as they are now ({key} or Esc)")
    } else {
        format!(
            "Draw, move, stretch and erase notes; the edited melody is a melody of its own ({key})"
        )
    };
    let pencil = ui.add(icon_only(ICON_EDIT, colour)).accessible_name(name);
    if pencil.on_hover_text(hint).clicked() {
        out.push(Command::Notes(NotesCommand::SetTool(!editing)));
    }
}

fn roll_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry) {
    let c = theme_colours(ui);
    // A finger that is dragged scrolls.
    let sense = if ui.input(eframe::egui::InputState::any_touches) {
        Sense::hover()
    } else {
        Sense::DRAG
    };
    let size = Vec2::new(ui.available_width(), ROLL_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let source = TimelineSource::Melody(entry.id);
    dragged_melody::begin(&response, source, &entry.melody);
    let response = response.on_hover_cursor(CursorIcon::Grab).on_hover_text(
        "Drag it to the timeline or the kept melodies; on Windows and macOS, to another program too",
    );
    response.widget_info(|| {
        let name = format!(
            "Piano roll, {}",
            grouped_with_noun(entry.melody.notes().len(), "note")
        );
        eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Image, true, name)
    });
    let painter = ui.painter().with_clip_rect(rect);
    card_frame(&painter, rect, c.background, (1.0, c.line));
    let playhead = state.playback.step_in(&entry.melody);
    if let Some(versions) = state.melodies.imported_versions(entry.id) {
        let (original, reconstruction) = (&versions.original.0, &versions.reconstruction.0);
        compare_roll::paint(
            &painter,
            rect.shrink(8.0),
            original,
            Some(reconstruction),
            playhead,
            c,
        );
        return;
    }
    let style = RollStyle {
        note: c.accent,
        grid: true,
        playhead,
    };
    piano_roll::paint(&painter, rect.shrink(8.0), &entry.melody, &style, c);
    if entry.melody.is_empty() {
        painter.text(
            rect.center(),
            eframe::egui::Align2::CENTER_CENTER,
            "This melody is silent",
            crate::ui::theme::font(12.0),
            c.muted,
        );
    }
}

/// The attributes, those that are not asked for behind a fold.
fn attributes(ui: &mut Ui, state: &AppState, entry: &MelodyEntry) {
    ui.spacing_mut().item_spacing.y = 5.0;
    // Rows as high as their text: nothing in them is clicked.
    let height = std::mem::replace(&mut ui.spacing_mut().interact_size.y, 17.0);
    let (shown, more): (Vec<usize>, Vec<usize>) =
        (0..ATTRIBUTES.len()).partition(|index| state.shows_value(*index));
    for index in shown {
        attribute_row(ui, state, entry, index);
    }
    if !more.is_empty() {
        fold(ui, "More values", None, |ui| {
            for index in more {
                attribute_row(ui, state, entry, index);
            }
        });
    }
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.spacing_mut().interact_size.y = height;
}

fn attribute_row(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, index: usize) {
    let c = theme_colours(ui);
    let Some(attribute) = ATTRIBUTES.get(index) else {
        return;
    };
    let shown = entry
        .attributes
        .value(index)
        .map(|value| (attribute.to_display_unit)(value));
    let limits = state
        .summary
        .get(index)
        .map_or((0.0, 1.0), |summary| summary.range);
    ui.horizontal(|ui| {
        let (rect, response) = ui.allocate_exact_size(Vec2::new(126.0, 17.0), Sense::hover());
        ui.painter().text(
            rect.left_center(),
            eframe::egui::Align2::LEFT_CENTER,
            attribute.name,
            crate::ui::theme::font(13.0),
            c.text,
        );
        response.on_hover_text(attribute.description);
        let t = shown.map_or(0.0, |value| normalize(value, limits));
        let width = (ui.available_width() - 92.0).max(20.0);
        let colour = if index == state.colour_attribute() {
            state.settings.palette.colour(t)
        } else {
            c.accent.gamma_multiply(0.55)
        };
        progress_bar(ui, t as f32, colour, width, 6.0, attribute.name);
        let text = shown.map_or_else(|| "none".to_owned(), |v| with_unit(attribute, v));
        caption(ui, text);
    });
}

/// The key as it is written and as it is heard, and what a snap to a scale changes.
fn key_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry) {
    let Some(written) = estimate_key(&entry.melody) else {
        return;
    };
    let c = theme_colours(ui);
    let feel = &state.settings.feel;
    let performance = perform(&entry.melody, feel);
    let name = |estimate: KeyEstimate| {
        let key = estimate.clear_key();
        key.map_or_else(|| "no clear key".to_owned(), |key| key.to_string())
    };
    let mut text = name(written);
    if let Some(performed_key) = estimate_performed_key(&performance).map(name)
        && performed_key != text
    {
        text = format!("{text}, heard: {performed_key}");
    }
    let ((best, fit), (second, next_fit)) = (written.best, written.second);
    let hint = format!(
        "Estimated from how long each pitch sounds, by the profiles of Temperley (2007). Best fit {best} ({fit:.2}), then \
         {second} ({next_fit:.2}); 1 is perfect"
    );
    ui.horizontal(|ui| {
        ui.label(RichText::new("Key").color(c.text));
        caption(ui, text);
    })
    .response
    .on_hover_text(hint);
    if let Some(scale) = feel.snap {
        let (changed, all) = (performance.snapped_count(), performance.notes().len());
        let text = format!(
            "Snapped to {scale}: {changed} of {} changed",
            grouped_with_noun(all, "note")
        );
        ui.add(Label::new(RichText::new(text).size(CAPTION).color(c.accent)).wrap());
    }
    chord_fit_ui(ui, state, &performance);
}

/// How much of the melody, as it is heard, lies on the notes of the chords.
fn chord_fit_ui(ui: &mut Ui, state: &AppState, performance: &Performance) {
    let Some(backing) = state.settings.chords.backing() else {
        return;
    };
    let transpose = state.settings.feel.transpose;
    let progression = backing.progression.transposed(transpose);
    let fit = chord_fit(performance, &progression);
    let text = fit.map_or_else(
        || "never with the melody".to_owned(),
        |fit| format!("{:.0} % on their notes", 100.0 * fit),
    );
    let colour = theme_colours(ui).text;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Chords").color(colour));
        caption(ui, text);
    })
    .response
    .on_hover_text(format!(
        "Share of the time of the notes that is on a note of the chord below: {progression}"
    ));
}

fn share_hint(ui: &Ui) -> String {
    let key = input_text_of(ui.ctx(), "Copy the melody as a share text");
    format!("One line that gives this melody on another machine; Ctrl+V there ({key})")
}

fn actions_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let kept = state.kept(entry);
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let (text, fill, colour) = match kept {
            Some(kept) if kept.saved => ("Kept", c.raised, c.accent),
            Some(_) => ("Not saved", c.raised, c.error),
            None => ("Keep", c.accent, c.on_accent),
        };
        let keep = icon_text_button(ui, ICON_FAVORITE, text, colour, Some(fill));
        if keep
            .on_hover_text(if kept.is_some() {
                "Remove it from the library (F)"
            } else {
                "Keep it in the library below (F)"
            })
            .clicked()
        {
            out.push(Command::ToggleKept);
        }
        let export = icon_text_button(ui, ICON_IOS_SHARE, "Export…", c.text, None);
        if export
            .on_hover_text(format!(
                "Write it as a MIDI file ({})",
                input_text_of(ui.ctx(), "Export the selected melody…")
            ))
            .clicked()
        {
            out.push(Command::Export(
                ExportSelection::Shown,
                ExportGrouping::Folder,
            ));
        }
        let similar = icon_text_button(ui, ICON_HEARING, "Similar", c.text, None);
        if similar
            .on_hover_text("Find the melodies that are most like this one (S)")
            .clicked()
        {
            out.push(Command::Similar(SimilarCommand::Find(entry.id)));
        }
    });
}
