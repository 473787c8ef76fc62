//! An action of the window.

use eframe::egui::{Key, KeyboardShortcut, ModifierNames, Modifiers};

use crate::ui::command::Command;
use crate::ui::state::AppState;

/// The input that starts an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// Nothing.
    None,
    /// A key, and the text of the input that follows it, such as ", then click"; empty if none does.
    Key(KeyboardShortcut, &'static str),
    /// The pointer, or keys that the map handles. "Ctrl" is replaced by the platform's name.
    Other(&'static str),
}

/// When the key of an action is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Always.
    Always,
    /// Unless a file dialog is open.
    OutsideDialogs,
    /// Unless a file dialog or the command search is open, or a text field has the focus.
    OutsideText,
}

/// An action of the window.
pub struct Action {
    /// Name in the command search; empty if it is not listed there.
    pub name: &'static str,
    /// Its key or pointer gesture.
    pub input: Input,
    /// Description in the list of keys; empty if it is not listed there.
    pub help: &'static str,
    /// When its key acts.
    pub scope: Scope,
    /// Its command, if the action is possible.
    pub command: fn(&AppState) -> Option<Command>,
}

const NO_COMMAND: fn(&AppState) -> Option<Command> = |_| None;

/// An action with this name and command, without a key.
pub(super) const fn named(name: &'static str, command: fn(&AppState) -> Option<Command>) -> Action {
    Action {
        name,
        input: Input::None,
        help: "",
        scope: Scope::OutsideText,
        command,
    }
}

/// An action of the pointer, or of keys that the map handles itself. It is only listed.
pub(super) const fn gesture(input: &'static str, help: &'static str) -> Action {
    Action {
        help,
        input: Input::Other(input),
        ..named("", NO_COMMAND)
    }
}

impl Action {
    pub(super) const fn shortcut(
        mut self,
        modifiers: Modifiers,
        key: Key,
        help: &'static str,
    ) -> Self {
        self.input = Input::Key(KeyboardShortcut::new(modifiers, key), "");
        self.help = help;
        self
    }

    pub(super) const fn key(self, key: Key, help: &'static str) -> Self {
        self.shortcut(Modifiers::NONE, key, help)
    }

    pub(super) const fn ctrl(self, key: Key, help: &'static str) -> Self {
        self.shortcut(Modifiers::COMMAND, key, help)
    }

    pub(super) const fn then_input(mut self, next_input: &'static str) -> Self {
        if let Input::Key(shortcut, _) = self.input {
            self.input = Input::Key(shortcut, next_input);
        }
        self
    }

    pub(super) const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Its key or gesture named as on this platform, without the input that follows it.
    pub fn key_text(&self, is_mac: bool) -> String {
        match self.input {
            // As it is on the key, not egui's name for it.
            Input::Key(shortcut, _) => shortcut
                .format(&ModifierNames::NAMES, is_mac)
                .replace("Comma", ","),
            _ => self.input_text(is_mac),
        }
    }

    /// Its key or gesture, and the input that follows it, named as on this platform; empty if it has none.
    pub fn input_text(&self, is_mac: bool) -> String {
        match self.input {
            Input::None => String::new(),
            Input::Key(_, next_input) => self.key_text(is_mac) + next_input,
            Input::Other(text) if is_mac => text.replace("Ctrl", ModifierNames::NAMES.mac_cmd),
            Input::Other(text) => text.to_owned(),
        }
    }
}
