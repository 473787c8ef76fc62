//! Checks that only certain files start threads and list folders, and that packages are used only in their modules.

use crate::modules::MODULES;
use crate::paths::{enclosing_modules_of_tokens, token_is};
use crate::sources::{check_sources, module_of};
use crate::tokens::tokens;

/// The files and folders that may start threads, and the reason for each. (rayon's pool does not count.)
const THREADS: [(&str, &str); 4] = [
    ("worker/", "owns the model"),
    ("playback/", "the clock and the sound device"),
    (
        "ui/export.rs",
        "a native dialog blocks until it is answered",
    ),
    (
        "ui/fonts.rs",
        "listing the fonts of the system takes longer than a frame",
    ),
];

/// Packages, and the only modules that may use them.
const PACKAGES: [(&str, &[&str]); 23] = [
    ("burn", &["model", "training"]),
    ("cubecl", &["model"]),
    ("prost", &["model"]),
    ("snap", &["model"]),
    ("crc32c", &["model"]),
    ("tar", &["model", "session"]),
    ("midly", &["melody"]),
    ("rusqlite", &["session"]),
    ("midir", &["playback"]),
    ("cpal", &["playback"]),
    ("flacenc", &["playback"]),
    ("jack", &["playback"]),
    ("rosc", &["playback"]),
    ("audio_thread_priority", &["playback"]),
    ("zbus", &["playback"]),
    ("fundsp", &["playback"]),
    ("indicatif", &["cli"]),
    ("egui", &["ui"]),
    ("eframe", &["ui"]),
    ("egui_system_font_provider", &["ui"]),
    ("infer", &["files"]),
    ("rfd", &["ui"]),
    ("mundy", &["ui"]),
];

#[test]
fn only_the_worker_and_the_player_start_threads() {
    check_sources(thread_violations);
}

#[test]
fn folders_are_listed_in_one_place() {
    check_sources(listing_violations);
}

#[test]
fn packages_stay_in_their_modules() {
    check_sources(package_violations);
}

#[test]
fn the_checker_catches_threads_listings_and_packages() {
    for source in [
        "fn f() { std::thread::spawn(|| ()); }",
        "use std::thread; fn f() { thread::Builder::new(); }",
        "use std::thread::{self, spawn};",
        "fn f() { std::thread::scope(|s| ()); }",
    ] {
        assert_eq!(
            thread_violations("sweep/mod.rs", source).len(),
            1,
            "{source}"
        );
        assert!(thread_violations("worker/mod.rs", source).is_empty());
    }
    let in_a_test = "mod tests { fn f() { std::thread::spawn(|| ()); } }";
    assert!(thread_violations("sweep/mod.rs", in_a_test).is_empty());
    assert!(thread_violations("sweep/mod.rs", "std::thread::sleep(pause);").is_empty());

    let listing = "fn f() { std::fs::read_dir(folder); }";
    assert_eq!(listing_violations("model/folder.rs", listing).len(), 1);
    assert!(listing_violations("files/listing.rs", listing).is_empty());
    let in_a_test = format!("mod tests {{ {listing} }}");
    assert!(listing_violations("model/folder.rs", &in_a_test).is_empty());

    assert_eq!(
        package_violations("sweep/run.rs", "use egui::Vec2;").len(),
        1
    );
    assert_eq!(
        package_violations("melody/mod.rs", "fn f(t: burn::tensor::Tensor<2>) {}").len(),
        1
    );
    assert!(package_violations("ui/mod.rs", "use egui::Vec2;").is_empty());
    assert!(package_violations("melody/mod.rs", "use midly::Smf; let burn = 3;").is_empty());
}

fn thread_violations(file: &str, source: &str) -> Vec<String> {
    if THREADS.iter().any(|(place, _)| file.starts_with(place)) || file.ends_with("tests.rs") {
        return Vec::new();
    }
    let tokens = tokens(source);
    let modules = enclosing_modules_of_tokens(&tokens);
    let mut violations = Vec::new();
    for index in 0..tokens.len() {
        let after_thread = tokens[index] == "thread" && token_is(&tokens, index + 1, "::");
        if !after_thread || modules[index].iter().any(|module| module == "tests") {
            continue;
        }
        let names = if token_is(&tokens, index + 2, "{") {
            let end = tokens[index..]
                .iter()
                .position(|token| token == "}")
                .unwrap_or(0);
            &tokens[index + 2..index + end.max(2)]
        } else {
            &tokens[index + 2..tokens.len().min(index + 3)]
        };
        if names
            .iter()
            .any(|name| ["spawn", "Builder", "scope"].contains(&name.as_str()))
        {
            let places: Vec<_> = THREADS
                .iter()
                .map(|(place, reason)| format!("{place} ({reason})"))
                .collect();
            violations.push(format!(
                "starts a thread; only these may: {}",
                places.join(", ")
            ));
        }
    }
    violations
}

/// Only `files` may list folders, as it skips the files that operating systems put into them.
fn listing_violations(file: &str, source: &str) -> Vec<String> {
    if module_of(file) == "files" {
        return Vec::new();
    }
    let tokens = tokens(source);
    let modules = enclosing_modules_of_tokens(&tokens);
    (0..tokens.len())
        .filter(|at| tokens[*at] == "read_dir" && !modules[*at].iter().any(|m| m == "tests"))
        .map(|_| "lists a folder with `read_dir`; use `files::folder_entries`".to_owned())
        .collect()
}

fn package_violations(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    let tokens = tokens(source);
    let mut violations = Vec::new();
    for (package, modules) in PACKAGES {
        let used = (0..tokens.len()).any(|index| {
            tokens[index] == package
                && token_is(&tokens, index + 1, "::")
                && (index == 0 || !token_is(&tokens, index - 1, "::"))
        });
        if used && MODULES.contains(&module) && !modules.contains(&module) {
            violations.push(format!(
                "uses `{package}`, which stays in {}",
                modules.join(" and ")
            ));
        }
    }
    violations
}
