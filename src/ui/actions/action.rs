//! An action of the window.

use eframe::egui::{Key, KeyboardShortcut, ModifierNames, Modifiers};

use crate::ui::command::Command;
use crate::ui::state::AppState;

/// The input that starts an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input {
    /// Nothing.
    None,
    /// A key, and what follows it: ", then click".
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

/// An action that has no key.
pub(super) const fn named(name: &'static str, command: fn(&AppState) -> Option<Command>) -> Action {
    Action {
        name,
        input: Input::None,
        help: "",
        scope: Scope::OutsideText,
        command,
    }
}

/// An action that the map handles itself.
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

    pub(super) const fn then(mut self, next: &'static str) -> Self {
        if let Input::Key(shortcut, _) = self.input {
            self.input = Input::Key(shortcut, next);
        }
        self
    }

    pub(super) const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Its key or gesture, without what follows, in the words of the platform.
    pub fn key_text(&self, is_mac: bool) -> String {
        match self.input {
            // As it is on the key, not egui's name for it.
            Input::Key(shortcut, _) => shortcut
                .format(&ModifierNames::NAMES, is_mac)
                .replace("Comma", ","),
            _ => self.input_text(is_mac),
        }
    }

    /// Its key or gesture in the words of the platform; empty if it has none.
    pub fn input_text(&self, is_mac: bool) -> String {
        match self.input {
            Input::None => String::new(),
            Input::Key(_, next) => self.key_text(is_mac) + next,
            Input::Other(text) if is_mac => text.replace("Ctrl", ModifierNames::NAMES.mac_cmd),
            Input::Other(text) => text.to_owned(),
        }
    }
}
