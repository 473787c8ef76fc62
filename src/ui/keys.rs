//! The keyboard. Letters mean nothing while someone types in a field.

use eframe::egui::{Context, Key, Modifiers, ViewportCommand};

use super::command::{
    Command, ExportShape, ExportWhat, GenerateCommand, ImportCommand, PathCommand, SimilarCommand,
};
use super::map::MapView;
use super::state::AppState;

/// Turns keys into commands. While a file dialog of the window is open the keys are its own, but for the one that closes
/// the window.
pub fn keys(
    ctx: &Context,
    state: &AppState,
    map: &mut MapView,
    dialog_open: bool,
    out: &mut Vec<Command>,
) {
    if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Q)) {
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }
    if dialog_open {
        return;
    }
    let mut shortcut = |key, command: Command| {
        if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, key)) {
            out.push(command);
        }
    };
    shortcut(Key::K, Command::ShowSearch(!state.search));
    if state.search || ctx.text_edit_focused() {
        return;
    }
    shortcut(Key::O, Command::Import(ImportCommand::ChooseFile));
    shortcut(Key::Z, Command::Undo);
    // The newest map is on top of the list.
    shortcut(Key::PageUp, Command::StepMap(1));
    shortcut(Key::PageDown, Command::StepMap(-1));
    let what = if state.selection.is_many() {
        ExportWhat::Selected
    } else if state.selection.focus.is_some() {
        ExportWhat::Shown
    } else {
        ExportWhat::Kept
    };
    shortcut(Key::E, Command::Export(what, ExportShape::Folder));

    // Space presses whatever button has the focus; without one it is ours.
    let map_id = map.id();
    let elsewhere = ctx
        .memory(|memory| memory.focused())
        .is_some_and(|id| Some(id) != map_id);
    let (plain, released, escape) = ctx.input(|input| {
        (
            !input.modifiers.any(),
            input.key_released(Key::Space),
            input.key_pressed(Key::Escape),
        )
    });
    if released {
        // Space with a drag moved the map instead.
        if !elsewhere && plain && !map.panned_by_space() {
            out.push(Command::PlayStop);
        }
        map.reset_panned_by_space();
    }
    if !plain {
        return;
    }
    if escape && state.help {
        out.push(Command::ShowHelp(false));
    } else if escape && state.imported_song.is_none() && !ctx.any_popup_open() {
        out.push(if state.similar.reference.is_some() {
            Command::Similar(SimilarCommand::Close)
        } else if state.path.tool_active {
            Command::Path(PathCommand::SetTool(false))
        } else {
            Command::Deselect
        });
    }
    ctx.input(|input| {
        if input.key_pressed(Key::F) {
            out.push(Command::ToggleKept);
        }
        if let (true, Some(id)) = (input.key_pressed(Key::B), state.selection.focus) {
            out.push(Command::Generate(GenerateCommand::BlendFrom(Some(id))));
        }
        if let (true, Some(id)) = (input.key_pressed(Key::S), state.selection.focus) {
            out.push(Command::Similar(SimilarCommand::Find(id)));
        }
        if input.key_pressed(Key::D) {
            out.push(Command::Path(PathCommand::SetTool(!state.path.tool_active)));
        }
        if input.key_pressed(Key::P) {
            out.push(Command::Panic);
        }
        if input.key_pressed(Key::F1) {
            out.push(Command::ShowHelp(!state.help));
        }
    });
}
