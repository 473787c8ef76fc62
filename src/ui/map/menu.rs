//! The context menu of a melody.

use eframe::egui::{Button, Key, KeyboardShortcut, Modifiers, Response, RichText, Ui};

use super::pointer::PointerTargets;
use crate::sweep::MelodyId;
use crate::ui::command::{Command, ExportShape, ExportWhat, GenerateCommand, SimilarCommand};
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::theme_colours;

/// Distance within which a right click selects a point or probe, points.
const HIT_DISTANCE: f32 = 24.0;

/// Opens the menu on a right click and draws it while it is open. `clicked` is the melody it belongs to.
pub(super) fn show(
    response: &Response,
    state: &AppState,
    targets: &PointerTargets<'_>,
    clicked: &mut Option<MelodyId>,
    out: &mut Vec<Command>,
) {
    if response.secondary_clicked() {
        let at = response.interact_pointer_pos();
        *clicked = at.and_then(|at| {
            targets
                .melody_at(at)
                .or_else(|| targets.probe_at(state, response.rect, at, HIT_DISTANCE))
                .or_else(|| targets.nearest(at, HIT_DISTANCE))
        });
    }
    response.context_menu(|ui| {
        record_rect(ui.ctx(), "menu", ui.max_rect());
        match *clicked {
            Some(id) if state.melodies.get(id).is_some() => items(ui, state, id, out),
            _ => {
                ui.label(
                    RichText::new("No melody here")
                        .size(CAPTION)
                        .color(theme_colours(ui).muted),
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
        .color(theme_colours(ui).muted);
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
    // Keep and export apply to the selected melody.
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
