//! The keyboard: starts the actions of [`super::actions`].

use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{
    Context, Event, Key, KeyboardShortcut, Modifiers, PointerButton, Popup, ViewportCommand,
};

use super::actions::{ACTIONS, Input, Scope, copy_selected};
use super::apply::NOTHING_TO_PASTE;
use super::command::{Command, HistoryCommand, ShareCommand};
use super::key_events::was_pressed;
use super::map::MapView;
use super::paste_key::is_paste_without_text;
use super::state::AppState;

/// Number of frames in which a requested text may come: it comes before the next one.
const MAX_ANSWER_FRAMES: u8 = 2;

/// Turns keys into commands. While the window draws a file dialog, that gets all keys except the shortcut that closes the window.
pub fn handle_keys(
    ctx: &Context,
    state: &AppState,
    map: &mut MapView,
    dialog_open: bool,
    out: &mut Vec<Command>,
) {
    let is_typing = state.search || ctx.text_edit_focused();
    let is_paste_without_text = is_paste_without_text(ctx);
    let mut space_released = false;
    for action in ACTIONS {
        let Input::Key(shortcut, _) = action.input else {
            continue;
        };
        let is_active = match action.scope {
            Scope::Always => true,
            Scope::OutsideDialogs => !dialog_open,
            Scope::OutsideText => !dialog_open && !is_typing,
        };
        if !is_active {
            continue;
        }
        let is_triggered = match shortcut.logical_key {
            Key::Space => {
                space_released = ctx.input(|input| input.key_released(Key::Space));
                space_released && space_is_active(ctx, map)
            }
            // A held key repeats.
            Key::T => is_pressed(ctx, shortcut) && !is_repeated(ctx, shortcut.logical_key),
            Key::Escape => is_pressed(ctx, shortcut) && escape_is_active(ctx, state),
            _ => is_pressed(ctx, shortcut),
        };
        if is_triggered {
            out.extend((action.command)(state));
        }
    }
    if !dialog_open && !is_typing {
        out.extend(paste_command(ctx, is_paste_without_text));
        out.extend(copy_command(ctx, state));
        out.extend(mouse_button_command(ctx));
    }
    if space_released {
        map.reset_panned_by_space();
    }
}

/// The command of the mouse buttons for back and forward.
fn mouse_button_command(ctx: &Context) -> Option<Command> {
    let pressed = |button| ctx.input(|input| input.pointer.button_pressed(button));
    let offset = match () {
        () if pressed(PointerButton::Extra1) => -1,
        () if pressed(PointerButton::Extra2) => 1,
        () => return None,
    };
    Some(Command::History(HistoryCommand::Step(offset)))
}

/// The command of a paste outside a text field: of its text, or of the files on the clipboard if it has no text.
fn paste_command(ctx: &Context, is_paste_without_text: bool) -> Option<Command> {
    let text = |event: &Event| match event {
        Event::Paste(text) => Some(Command::Share(ShareCommand::Paste(text.clone()))),
        _ => None,
    };
    let text = ctx.input(|input| input.events.iter().find_map(text));
    text.or_else(|| is_paste_without_text.then_some(Command::Share(ShareCommand::PasteFiles)))
}

/// Requests the text on the clipboard, if the command to paste was given, once no text field would take it: the command search
/// still has the focus in the frame after it is closed. Tells the user if no text comes.
pub fn request_paste(ctx: &Context, state: &mut AppState) {
    let share = &mut state.share;
    if share.paste_requested {
        ctx.request_repaint();
        if !ctx.text_edit_focused() {
            share.paste_requested = false;
            share.answer_frames_left = MAX_ANSWER_FRAMES;
            ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
        }
        return;
    }
    if share.answer_frames_left == 0 {
        return;
    }
    let is_text = |event: &Event| matches!(event, Event::Paste(_));
    let has_text = ctx.input(|input| input.events.iter().any(is_text));
    share.answer_frames_left = if has_text {
        0
    } else {
        share.answer_frames_left - 1
    };
    if share.answer_frames_left > 0 {
        ctx.request_repaint();
    } else if !has_text {
        state.notices.info(NOTHING_TO_PASTE);
    }
}

/// The command of Ctrl+C if no text is selected: copies the selected melodies, else the marked ones, as files.
fn copy_command(ctx: &Context, state: &AppState) -> Option<Command> {
    let has_copy_event = ctx.input(|input| {
        input
            .events
            .iter()
            .any(|event| matches!(event, Event::Copy))
    });
    let labels = ctx.plugin_opt::<LabelSelectionState>();
    if !has_copy_event || labels.is_some_and(|labels| labels.lock().has_selection()) {
        return None;
    }
    copy_selected(state)
}

/// Whether a shortcut was pressed. One with modifiers is consumed; a plain key stays in the input for the widgets.
fn is_pressed(ctx: &Context, shortcut: KeyboardShortcut) -> bool {
    if shortcut.modifiers.is_none() {
        ctx.input(|input| was_pressed(input, Modifiers::NONE, shortcut.logical_key))
    } else {
        ctx.input_mut(|input| input.consume_shortcut(&shortcut))
    }
}

fn is_repeated(ctx: &Context, key: Key) -> bool {
    let repeats = |event: &Event| matches!(event, Event::Key { key: event_key, repeat: true, .. } if *event_key == key);
    ctx.input(|input| input.events.iter().any(repeats))
}

/// Whether Space plays: it does not if it presses a focused button, or has moved the map in a drag.
fn space_is_active(ctx: &Context, map: &MapView) -> bool {
    let map_id = map.id();
    let focus = ctx.memory(|memory| memory.focused());
    let focus_elsewhere = focus.is_some_and(|id| Some(id) != map_id);
    !focus_elsewhere && !map.panned_by_space() && ctx.input(|input| !input.modifiers.any())
}

/// Whether Escape starts its action: an open song and an open menu handle it themselves.
fn escape_is_active(ctx: &Context, state: &AppState) -> bool {
    state.help || (state.imported_song.is_none() && !state.learn.open && !Popup::is_any_open(ctx))
}

/// Removes the keys and typed text from this frame's input, and returns them.
pub fn take_keys(ctx: &Context) -> Vec<Event> {
    ctx.input_mut(|input| {
        let events = std::mem::take(&mut input.events);
        let (keys, other_events) = events
            .into_iter()
            .partition(|event| matches!(event, Event::Key { .. } | Event::Text(_)));
        input.events = other_events;
        keys
    })
}
