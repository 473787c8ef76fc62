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
use super::paste_key::pasted_no_text;
use super::state::AppState;

/// Frames within which a clipboard answers with its text: it does so before the next one.
const ANSWER_FRAMES: u8 = 2;

/// Turns keys into commands. An open file dialog of the window receives all keys but the one that closes the window.
pub fn keys(
    ctx: &Context,
    state: &AppState,
    map: &mut MapView,
    dialog_open: bool,
    out: &mut Vec<Command>,
) {
    let typing = state.search || ctx.text_edit_focused();
    let pasted_no_text = pasted_no_text(ctx);
    let mut space_released = false;
    for action in ACTIONS {
        let Input::Key(shortcut, _) = action.input else {
            continue;
        };
        let acts = match action.scope {
            Scope::Always => true,
            Scope::OutsideDialogs => !dialog_open,
            Scope::OutsideText => !dialog_open && !typing,
        };
        if !acts {
            continue;
        }
        let pressed = match shortcut.logical_key {
            Key::Space => {
                space_released = ctx.input(|input| input.key_released(Key::Space));
                space_released && space_acts(ctx, map)
            }
            // A held key repeats.
            Key::T => pressed(ctx, shortcut) && !is_repeated(ctx, shortcut.logical_key),
            Key::Escape => pressed(ctx, shortcut) && escape_acts(ctx, state),
            _ => pressed(ctx, shortcut),
        };
        if pressed {
            out.extend((action.command)(state));
        }
    }
    if !dialog_open && !typing {
        out.extend(pasted(ctx, pasted_no_text));
        out.extend(copied(ctx, state));
        out.extend(mouse_step(ctx));
    }
    if space_released {
        map.reset_panned_by_space();
    }
}

/// The buttons of a mouse that go back and forward.
fn mouse_step(ctx: &Context) -> Option<Command> {
    let pressed = |button| ctx.input(|input| input.pointer.button_pressed(button));
    let by = match () {
        () if pressed(PointerButton::Extra1) => -1,
        () if pressed(PointerButton::Extra2) => 1,
        () => return None,
    };
    Some(Command::History(HistoryCommand::Step(by)))
}

/// A text that was pasted into no text field, or Ctrl+V without one.
fn pasted(ctx: &Context, pasted_no_text: bool) -> Option<Command> {
    let text = |event: &Event| match event {
        Event::Paste(text) => Some(Command::Share(ShareCommand::Paste(text.clone()))),
        _ => None,
    };
    let text = ctx.input(|input| input.events.iter().find_map(text));
    text.or_else(|| pasted_no_text.then_some(Command::Share(ShareCommand::PasteFiles)))
}

/// Asks for the text on the clipboard, if that is wanted, once no text field takes it: the command search still has the keyboard
/// in the frame after it is closed.
pub fn request_paste(ctx: &Context, state: &mut AppState) {
    let share = &mut state.share;
    if share.paste_requested {
        ctx.request_repaint();
        if !ctx.text_edit_focused() {
            share.paste_requested = false;
            share.text_awaited = ANSWER_FRAMES;
            ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
        }
        return;
    }
    if share.text_awaited == 0 {
        return;
    }
    let is_text = |event: &Event| matches!(event, Event::Paste(_));
    let came = ctx.input(|input| input.events.iter().any(is_text));
    share.text_awaited = if came { 0 } else { share.text_awaited - 1 };
    if share.text_awaited > 0 {
        ctx.request_repaint();
    } else if !came {
        state.notices.info(NOTHING_TO_PASTE);
    }
}

/// Ctrl+C where no text is selected: copies the selected melodies, else the marked ones, as files.
fn copied(ctx: &Context, state: &AppState) -> Option<Command> {
    let copies = ctx.input(|input| {
        input
            .events
            .iter()
            .any(|event| matches!(event, Event::Copy))
    });
    let labels = ctx.plugin_opt::<LabelSelectionState>();
    if !copies || labels.is_some_and(|labels| labels.lock().has_selection()) {
        return None;
    }
    copy_selected(state)
}

/// A key with the command modifier is consumed; a plain one acts without any modifier and stays for the widgets.
fn pressed(ctx: &Context, shortcut: KeyboardShortcut) -> bool {
    if shortcut.modifiers.is_none() {
        ctx.input(|input| was_pressed(input, Modifiers::NONE, shortcut.logical_key))
    } else {
        ctx.input_mut(|input| input.consume_shortcut(&shortcut))
    }
}

fn is_repeated(ctx: &Context, key: Key) -> bool {
    let repeats =
        |event: &Event| matches!(event, Event::Key { key: of, repeat: true, .. } if *of == key);
    ctx.input(|input| input.events.iter().any(repeats))
}

/// Space presses the button that has the focus, and with a drag it moves the map; else it plays.
fn space_acts(ctx: &Context, map: &MapView) -> bool {
    let map_id = map.id();
    let focus = ctx.memory(|memory| memory.focused());
    let focus_elsewhere = focus.is_some_and(|id| Some(id) != map_id);
    !focus_elsewhere && !map.panned_by_space() && ctx.input(|input| !input.modifiers.any())
}

/// A song that is open and a menu close with Escape themselves.
fn escape_acts(ctx: &Context, state: &AppState) -> bool {
    state.help || (state.imported_song.is_none() && !state.learn.open && !Popup::is_any_open(ctx))
}

/// Removes the keys and typed text from this frame's input, and returns them.
pub fn take_keys(ctx: &Context) -> Vec<Event> {
    ctx.input_mut(|input| {
        let events = std::mem::take(&mut input.events);
        let (keys, rest) = events
            .into_iter()
            .partition(|event| matches!(event, Event::Key { .. } | Event::Text(_)));
        input.events = rest;
        keys
    })
}
