//! The menu of ways to export several melodies.

use eframe::egui::{Popup, PopupCloseBehavior, Response, Ui};

use crate::playback::AudioFormat;
use crate::ui::command::{Command, ExportGrouping, ExportSelection};
use crate::ui::settings::Settings;

const SCORE_ENTRY: (&str, ExportGrouping) = ("As a score (MusicXML)…", ExportGrouping::Score);

/// Entries of a menu: the label and the grouping of each.
type MenuEntries = &'static [(&'static str, ExportGrouping)];

const MELODY_ENTRIES: MenuEntries = &[
    ("As a folder of files…", ExportGrouping::Folder),
    ("As one piece, one after another…", ExportGrouping::Piece),
    ("As one file with a track each…", ExportGrouping::Tracks),
    SCORE_ENTRY,
];

const PATH_ENTRIES: MenuEntries = &[
    ("As one long piece, as it is heard…", ExportGrouping::Piece),
    ("As separate files, numbered…", ExportGrouping::Folder),
    ("As one file with a track each…", ExportGrouping::Tracks),
    SCORE_ENTRY,
];

const TIMELINE_ENTRIES: MenuEntries = &[
    ("As one file with markers…", ExportGrouping::Blocks),
    (
        "As a folder, a file for each block…",
        ExportGrouping::Folder,
    ),
];

/// Opens the menu below a button.
pub fn export_menu(
    button: &Response,
    selection: ExportSelection,
    settings: &Settings,
    out: &mut Vec<Command>,
) {
    Popup::menu(button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| export_entries(ui, selection, settings, out));
}

/// Draws the entries of the menu.
pub fn export_entries(
    ui: &mut Ui,
    selection: ExportSelection,
    settings: &Settings,
    out: &mut Vec<Command>,
) {
    let entries = match selection {
        ExportSelection::Path => PATH_ENTRIES,
        ExportSelection::Timeline => TIMELINE_ENTRIES,
        _ => MELODY_ENTRIES,
    };
    for &(label, grouping) in entries {
        if ui.button(label).clicked() {
            out.push(Command::Export(selection, grouping));
            ui.close();
        }
    }
    ui.separator();
    for format in AudioFormat::ALL {
        let record = ui.button(format!("As sound ({})…", format.name()));
        if record
            .on_hover_text("With the sound and tempo of the built-in synth")
            .clicked()
        {
            out.push(Command::Record(selection, format));
            ui.close();
        }
    }
    let mut raw = settings.export_raw;
    let raw_notes = ui.checkbox(&mut raw, "Raw notes");
    let hint = "The notes as the model wrote them, without swing, transposition and what else is set under Feel";
    if raw_notes.on_hover_text(hint).changed() {
        out.push(Command::SetExportRaw(raw));
    }
}
