//! Checks the first line and the length of every file.

use crate::sources::check_sources;

const MAX_LINES: usize = 450;

#[test]
fn every_file_says_what_lives_in_it_and_stays_short() {
    check_sources(|_, source| form_violations(source));
}

#[test]
fn the_checker_catches_long_files_and_files_without_a_header() {
    assert_eq!(form_violations("use std::fs;\n").len(), 1);
    assert_eq!(
        form_violations(&format!("//! Long.\n{}", "\n".repeat(MAX_LINES))).len(),
        1
    );
    assert!(form_violations("//! Short.\n").is_empty());
}

fn form_violations(source: &str) -> Vec<String> {
    let mut violations = Vec::new();
    if !source.starts_with("//!") {
        violations.push("does not open with `//!` and what lives in it".to_owned());
    }
    let lines = source.lines().count();
    if lines > MAX_LINES {
        violations.push(format!("has {lines} lines, more than {MAX_LINES}"));
    }
    violations
}
