//! Tests of the table of actions: the README follows it, keys and names are used once.

use std::collections::HashSet;

use super::*;

#[test]
fn the_readme_s_table_of_keys_is_this_list() {
    let mut table = "| key | does |\n|---|---|\n".to_owned();
    for action in ACTIONS.iter().filter(|action| !action.help.is_empty()) {
        table += &format!("| {} | {} |\n", action.input_text(false), action.help);
    }
    let readme = include_str!("../../../README.md").replace("\r\n", "\n");
    assert!(
        readme.contains(&table),
        "the README's table of keys has to be:\n{table}"
    );
}

#[test]
fn every_key_and_every_name_belongs_to_one_action() {
    let (mut keys, mut names) = (HashSet::new(), HashSet::new());
    for action in ACTIONS {
        if let Input::Key(shortcut, _) = action.input {
            assert!(keys.insert(shortcut), "{shortcut:?}");
        }
        assert!(
            action.name.is_empty() || names.insert(action.name),
            "{}",
            action.name
        );
    }
}

#[test]
fn shortcuts_are_named_as_the_platform_names_them() {
    let text = |is_mac| {
        let texts = ACTIONS.iter().map(|action| action.input_text(is_mac));
        texts.collect::<Vec<_>>()
    };
    assert!(text(false).contains(&"Ctrl+K".to_owned()));
    let mac = text(true);
    assert!(mac.contains(&"Cmd+K".to_owned()) && mac.contains(&"Cmd click, Shift drag".to_owned()));
}

#[test]
fn the_keys_that_the_manual_names_are_keys_of_the_window() {
    let manual = include_str!("../../../assets/manual/window.md");
    let is_key_character = |letter: char| letter.is_alphanumeric() || letter == '+';
    let manual_keys: HashSet<&str> = manual
        .split(|letter| !is_key_character(letter))
        .filter(|word| word.starts_with("Ctrl+") || word.starts_with("Alt+"))
        .collect();
    assert!(manual_keys.len() >= 10, "{manual_keys:?}");
    for key in manual_keys {
        let mut actions = ACTIONS.iter();
        let is_known = actions.any(|action| {
            let alternative = format!("or {key}");
            action.input_text(false) == key || action.help.ends_with(&alternative)
        });
        assert!(is_known, "{key}");
    }
}
