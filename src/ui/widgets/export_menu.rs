//! The menu of ways to export several melodies.

use eframe::egui::{Popup, Response};

use crate::ui::command::{Command, ExportShape, ExportWhat};

const MELODIES: [(&str, ExportShape); 3] = [
    ("As a folder of files…", ExportShape::Folder),
    ("As one piece, one after another…", ExportShape::Piece),
    ("As one file with a track each…", ExportShape::Tracks),
];

const PATH: [(&str, ExportShape); 3] = [
    ("As one long piece, as it is heard…", ExportShape::Piece),
    ("As separate files, numbered…", ExportShape::Folder),
    ("As one file with a track each…", ExportShape::Tracks),
];

/// Opens the menu below a button.
pub fn export_menu(button: &Response, what: ExportWhat, out: &mut Vec<Command>) {
    let ways = if what == ExportWhat::Path {
        PATH
    } else {
        MELODIES
    };
    Popup::menu(button).show(|ui| {
        for (label, shape) in ways {
            if ui.button(label).clicked() {
                out.push(Command::Export(what, shape));
            }
        }
        ui.separator();
        let record = ui.button("As sound (WAV)…");
        if record
            .on_hover_text("With the sound and tempo of the built-in synth")
            .clicked()
        {
            out.push(Command::Record(what));
        }
    });
}
