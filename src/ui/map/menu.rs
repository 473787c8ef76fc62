//! The menu of a right click: what can be done with the melody below the pointer.

use eframe::egui::{Button, Key, KeyboardShortcut, Modifiers, Response, RichText, Ui};

use super::pointer::Points;
use crate::sweep::MelodyId;
use crate::ui::command::{Command, ExportShape, ExportWhat, GenerateCommand, SimilarCommand};
use crate::ui::drawn::drawn;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::palette;

/// A right click a little beside a point or spot still means it, points.
const NEAR: f32 = 24.0;

/// Opens the menu on a right click and draws it while it is open. `meant` remembers what was clicked.
pub(super) fn show(
    response: &Response,
    state: &AppState,
    points: &Points<'_>,
    meant: &mut Option<MelodyId>,
    out: &mut Vec<Command>,
) {
    if response.secondary_clicked() {
        let at = response.interact_pointer_pos();
        *meant = at.and_then(|at| {
            points
                .at(at)
                .or_else(|| points.spot_at(state, response.rect, at, NEAR))
                .or_else(|| points.nearest(at, NEAR))
        });
    }
    response.context_menu(|ui| {
        drawn(ui.ctx(), "menu", ui.max_rect());
        match *meant {
            Some(id) if state.library.get(id).is_some() => items(ui, state, id, out),
            _ => {
                ui.label(
                    RichText::new("No melody here")
                        .size(CAPTION)
                        .color(palette(ui).muted),
                );
                if ui.button("Show the whole map").clicked() {
                    out.push(Command::FitMap);
                }
            }
        }
    });
}

fn items(ui: &mut Ui, state: &AppState, id: MelodyId, out: &mut Vec<Command>) {
    let title = RichText::new(state.title(id))
        .size(CAPTION)
        .color(palette(ui).muted);
    ui.label(title);
    let mut item = |ui: &mut Ui, text: &str, key: Option<Key>, commands: Vec<Command>| {
        let mut button = Button::new(text);
        if let Some(key) = key {
            let shortcut = KeyboardShortcut::new(Modifiers::NONE, key);
            button = button.shortcut_text(ui.ctx().format_shortcut(&shortcut));
        }
        if ui.add(button).clicked() {
            out.extend(commands);
        }
    };
    let find = Command::Similar(SimilarCommand::Find(id));
    item(ui, "Find similar", Some(Key::S), vec![find]);
    let name = if state.is_kept(id) { "Remove" } else { "Keep" };
    // What is kept or exported is what is selected, and so heard.
    item(
        ui,
        name,
        Some(Key::F),
        vec![Command::Select(id), Command::ToggleKept],
    );
    let export = Command::Export(ExportWhat::Shown, ExportShape::Folder);
    item(ui, "Export…", None, vec![Command::Select(id), export]);
    ui.separator();
    let explore = Command::Generate(GenerateCommand::Explore(id));
    item(ui, "Explore around it", None, vec![explore]);
    let blend = Command::Generate(GenerateCommand::BlendFrom(Some(id)));
    item(
        ui,
        "Blend to…",
        Some(Key::B),
        vec![Command::Select(id), blend],
    );
}
