//! The coverage of commands. All commands of the window are read from its source, so that no new one is forgotten.

use std::collections::BTreeSet;

use tunescape::ui::Command;

const SOURCE: &str = concat!(
    include_str!("../../src/ui/command.rs"),
    include_str!("../../src/ui/tray_command.rs"),
    include_str!("../../src/ui/command/timeline.rs"),
    include_str!("../../src/ui/command/drag.rs"),
    include_str!("../../src/ui/command/history.rs"),
    include_str!("../../src/ui/command/share.rs"),
    include_str!("../../src/ui/command/slice.rs"),
    include_str!("../../src/ui/command/notes.rs"),
    include_str!("../../src/ui/command/taste.rs"),
    include_str!("../../src/ui/command/learn.rs"),
    include_str!("../../src/ui/command/landmarks.rs"),
    include_str!("../../src/ui/command/mix.rs"),
);
/// The command that is not sent, as it would end the test.
const NOT_SENT: &str = "CloseWindow";

/// Name of a command, with that of the action inside it: `Path::Clear`.
pub fn name(command: &Command) -> String {
    let text = format!("{command:?}");
    let (outer, rest) = split_name(&text);
    let has_actions = variants("Command")
        .iter()
        .any(|(name, payload)| *name == outer && is_action(payload));
    if !has_actions {
        return outer.to_owned();
    }
    let (inner, _) = split_name(rest.trim_start_matches('('));
    format!("{outer}::{inner}")
}

/// The commands that are not among these names.
pub fn never_sent(sent: &BTreeSet<String>) -> Vec<String> {
    let mut names = Vec::new();
    for (outer, payload) in variants("Command") {
        if is_action(payload) {
            let inner = variants(payload).into_iter();
            names.extend(inner.map(|(inner, _)| format!("{outer}::{inner}")));
        } else {
            names.push(outer.to_owned());
        }
    }
    assert!(names.len() > 100, "the commands were not found: {names:?}");
    names.retain(|name| name != NOT_SENT && !sent.contains(name));
    names
}

/// Whether the payload of a command is an enum of further actions.
fn is_action(payload: &str) -> bool {
    payload.ends_with("Command")
}

/// The variants of an enum of the source, with the types in their parentheses.
fn variants(enum_name: &str) -> Vec<(&'static str, &'static str)> {
    let (_, body) = SOURCE
        .split_once(&format!("pub enum {enum_name} {{\n"))
        .unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    lines
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(|line| {
            let (name, rest) = split_name(line);
            (name, rest.trim_matches(|c| "(),".contains(c)))
        })
        .collect()
}

fn split_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric());
    text.split_at(end.unwrap_or(text.len()))
}
