//! Holds the architecture: which module may use which, who may start threads, how files begin and how long they get.
//!
//! It reads the sources as tokens, so that comments and strings do not count, and follows `crate::`, `self::` and
//! `super::` paths through groups and inline modules. What it cannot see: names a macro makes up.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "architecture/tokens.rs"]
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use tokens::tokens;

/// The modules in order: each may use itself and those before it.
const MODULES: [&str; 16] = [
    "panics",
    "files",
    "melody",
    "attributes",
    "statistics",
    "latent",
    "embedding",
    "model",
    "training",
    "sweep",
    "study",
    "session",
    "playback",
    "worker",
    "cli",
    "ui",
];

/// Where threads may be started, and why there. (rayon's pool is not a thread of ours.)
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

/// Packages that stay in the modules they belong to.
const PARTS: [(&str, &[&str]); 17] = [
    ("burn", &["model", "training"]),
    ("cubecl_runtime", &["model"]),
    ("prost", &["model"]),
    ("snap", &["model"]),
    ("crc32c", &["model"]),
    ("tar", &["model"]),
    ("midly", &["melody"]),
    ("rusqlite", &["session"]),
    ("midir", &["playback"]),
    ("cpal", &["playback"]),
    ("fundsp", &["playback"]),
    ("indicatif", &["cli"]),
    ("egui", &["ui"]),
    ("eframe", &["ui"]),
    ("egui_system_font_provider", &["ui"]),
    ("infer", &["files"]),
    ("rfd", &["ui"]),
];

const LONGEST_FILE: usize = 600;

#[test]
fn every_module_uses_only_modules_before_it() {
    hold(module_violations);
}

#[test]
fn only_the_worker_and_the_player_start_threads() {
    hold(thread_violations);
}

#[test]
fn folders_are_listed_in_one_place() {
    hold(listing_violations);
}

#[test]
fn packages_stay_in_their_modules() {
    hold(part_violations);
}

#[test]
fn every_file_says_what_lives_in_it_and_stays_short() {
    hold(|_, source| shape_violations(source));
}

#[test]
fn the_library_lists_the_modules_in_order_and_nothing_else() {
    let lib = fs::read_to_string(source_folder().join("lib.rs")).unwrap();
    let mut built = Vec::new();
    for entry in fs::read_dir(source_folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        match module_of(&name) {
            "lib" | "main" => {}
            module => {
                assert!(MODULES.contains(&module), "src/{name} belongs to no module");
                built.push(module.to_owned());
            }
        }
    }
    built.sort_by_key(|module| MODULES.iter().position(|known| known == module));
    assert_eq!(listed_modules(&lib), built);
}

#[test]
fn the_checker_catches_every_way_to_reach_a_later_module() {
    for (file, source) in [
        ("melody/mod.rs", "use crate::ui::App;"),
        (
            "melody/mod.rs",
            "use crate::{attributes::Attribute, melody::Note};",
        ),
        (
            "melody/notes.rs",
            "use crate::{melody::{Note, Tokens}, ui};",
        ),
        ("melody/notes.rs", "fn f() -> f64 { crate::ui::scale(2.0) }"),
        ("melody/notes.rs", "use super::super::ui::App;"),
        (
            "melody/notes.rs",
            "use super::{super::{worker::Job}, Note};",
        ),
        ("melody/mod.rs", "use super::ui;"),
        ("melody/mod.rs", "mod tests { use super::super::ui; }"),
        (
            "melody/voices/high.rs",
            "use super::super::super::cli::run;",
        ),
        ("melody.rs", "use super::ui;"),
        ("melody/mod.rs", "pub(in crate::ui) fn f() {}"),
        (
            "melody/mod.rs",
            "const C: char = '\"'; use crate::ui; // \"",
        ),
        (
            "melody/mod.rs",
            "fn f<'a>(x: &'a u8) -> &'a u8 { crate::ui::g(x) }",
        ),
        (
            "melody/mod.rs",
            "macro_rules! m { () => { $crate::ui::f() } }",
        ),
        ("melody/mod.rs", "use crate::*;"),
        ("melody/mod.rs", "use crate::{self as everything};"),
        ("melody/mod.rs", "use crate as everything;"),
        ("melody/mod.rs", "use crate::NotARoom;"),
    ] {
        assert_eq!(module_violations(file, source).len(), 1, "{file}: {source}");
    }
}

#[test]
fn the_checker_lets_honest_sources_pass() {
    for (file, source) in [
        (
            "ui/mod.rs",
            "use crate::{melody::{Melody, Note}, worker::Job};",
        ),
        (
            "melody/notes.rs",
            "use super::Tokens; use super::super::melody::Note;",
        ),
        (
            "melody/notes.rs",
            "// use crate::ui;\n/* crate::ui /* and */ crate::cli */ fn f() {}",
        ),
        (
            "melody/notes.rs",
            r##"const S: &str = r#"crate::ui "quoted" "#;"##,
        ),
        (
            "melody/notes.rs",
            r#"const S: &str = "\"crate::ui"; const B: u8 = b'"';"#,
        ),
        (
            "melody/notes.rs",
            "pub(crate) fn f() {} pub(super) fn g() {}",
        ),
        (
            "melody/notes.rs",
            "mod tests { use super::*; mod deep { use super::super::Tokens; } }",
        ),
        ("main.rs", "fn main() { tunescape::ui::run(); }"),
        ("lib.rs", "pub mod melody;"),
    ] {
        assert_eq!(
            module_violations(file, source),
            Vec::<String>::new(),
            "{file}"
        );
    }
}

#[test]
fn the_checker_catches_threads_packages_and_shapes() {
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

    assert_eq!(part_violations("sweep/run.rs", "use egui::Vec2;").len(), 1);
    assert_eq!(
        part_violations("melody/mod.rs", "fn f(t: burn::tensor::Tensor<2>) {}").len(),
        1
    );
    assert!(part_violations("ui/mod.rs", "use egui::Vec2;").is_empty());
    assert!(part_violations("melody/mod.rs", "use midly::Smf; let burn = 3;").is_empty());

    assert_eq!(shape_violations("use std::fs;\n").len(), 1);
    assert_eq!(
        shape_violations(&format!("//! Long.\n{}", "\n".repeat(LONGEST_FILE))).len(),
        1
    );
    assert!(shape_violations("//! Short.\n").is_empty());
    assert_eq!(listed_modules("//! mod x;\npub mod b;\nmod a;"), ["b", "a"]);
}

/// Runs a check over every source file and fails with all it finds.
fn hold(check: impl Fn(&str, &str) -> Vec<String>) {
    let files = source_files(&source_folder());
    assert!(!files.is_empty());
    let mut found = Vec::new();
    for path in files {
        let relative = path.strip_prefix(source_folder()).unwrap();
        let file = relative.to_str().unwrap().replace('\\', "/");
        let source = fs::read_to_string(&path).unwrap();
        found.extend(
            check(&file, &source)
                .into_iter()
                .map(|what| format!("src/{file}: {what}")),
        );
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn module_violations(file: &str, source: &str) -> Vec<String> {
    let Some(own) = MODULES.iter().position(|module| *module == module_of(file)) else {
        return Vec::new(); // lib.rs and main.rs stand outside the modules
    };
    let mut found = Vec::new();
    for name in names_at_the_root(file, &tokens(source)) {
        match MODULES.iter().position(|module| *module == name) {
            Some(used) if used <= own => {}
            Some(_) => found.push(format!(
                "`{}` may not use the later module `{name}`",
                MODULES[own]
            )),
            None => found.push(format!(
                "`crate::{name}` is no module; name the module a thing lives in"
            )),
        }
    }
    found
}

fn thread_violations(file: &str, source: &str) -> Vec<String> {
    if THREADS.iter().any(|(place, _)| file.starts_with(place)) || file.ends_with("tests.rs") {
        return Vec::new();
    }
    let tokens = tokens(source);
    let modules = modules_at(&tokens);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let after_thread = tokens[at] == "thread" && is(&tokens, at + 1, "::");
        if !after_thread || modules[at].iter().any(|module| module == "tests") {
            continue;
        }
        let named = if is(&tokens, at + 2, "{") {
            let end = tokens[at..]
                .iter()
                .position(|token| token == "}")
                .unwrap_or(0);
            &tokens[at + 2..at + end.max(2)]
        } else {
            &tokens[at + 2..tokens.len().min(at + 3)]
        };
        if named
            .iter()
            .any(|name| ["spawn", "Builder", "scope"].contains(&name.as_str()))
        {
            let places: Vec<_> = THREADS
                .iter()
                .map(|(place, why)| format!("{place} ({why})"))
                .collect();
            found.push(format!(
                "starts a thread; only these may: {}",
                places.join(", ")
            ));
        }
    }
    found
}

/// Only `files` leaves out what operating systems put into folders.
fn listing_violations(file: &str, source: &str) -> Vec<String> {
    if module_of(file) == "files" {
        return Vec::new();
    }
    let tokens = tokens(source);
    let modules = modules_at(&tokens);
    (0..tokens.len())
        .filter(|at| tokens[*at] == "read_dir" && !modules[*at].iter().any(|m| m == "tests"))
        .map(|_| "lists a folder with `read_dir`; use `files::folder_entries`".to_owned())
        .collect()
}

fn part_violations(file: &str, source: &str) -> Vec<String> {
    let module = module_of(file);
    let tokens = tokens(source);
    let mut found = Vec::new();
    for (part, modules) in PARTS {
        let used = (0..tokens.len()).any(|at| {
            tokens[at] == part
                && is(&tokens, at + 1, "::")
                && (at == 0 || !is(&tokens, at - 1, "::"))
        });
        if used && MODULES.contains(&module) && !modules.contains(&module) {
            found.push(format!(
                "uses `{part}`, which stays in {}",
                modules.join(" and ")
            ));
        }
    }
    found
}

fn shape_violations(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !source.starts_with("//!") {
        found.push("does not open with `//!` and what lives in it".to_owned());
    }
    let lines = source.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("has {lines} lines, more than {LONGEST_FILE}"));
    }
    found
}

fn listed_modules(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    (0..tokens.len())
        .filter(|&at| tokens[at] == "mod" && is(&tokens, at + 2, ";"))
        .map(|at| tokens[at + 1].clone())
        .collect()
}

fn module_of(file: &str) -> &str {
    file.split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs")
}

fn is(tokens: &[String], at: usize, wanted: &str) -> bool {
    tokens.get(at).is_some_and(|token| token == wanted)
}

/// What a file names directly under the crate's root, by whichever path it gets there.
fn names_at_the_root(file: &str, tokens: &[String]) -> Vec<String> {
    let mut home: Vec<String> = file
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if home.last().is_some_and(|name| name == "mod") {
        home.pop();
    }
    let modules = modules_at(tokens);
    let mut names = Vec::new();
    for at in 0..tokens.len() {
        let starts_a_path = matches!(tokens[at].as_str(), "crate" | "self" | "super")
            && (is(tokens, at + 1, "::") || is(tokens, at + 1, "as"))
            && !in_a_group(tokens, at);
        if starts_a_path {
            let here: Vec<String> = home.iter().chain(&modules[at]).cloned().collect();
            follow(tokens, at, here, &mut names);
        }
    }
    names
}

/// Whether a token stands inside the braces of a grouped path: `follow` comes there from the path's start.
fn in_a_group(tokens: &[String], at: usize) -> bool {
    let mut depth = 0;
    for before in (0..at).rev() {
        match tokens[before].as_str() {
            "}" => depth += 1,
            "{" if depth > 0 => depth -= 1,
            "{" => return before > 0 && is(tokens, before - 1, "::"),
            ";" if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// Follows one path from `at`, standing in the module `here`; returns where it ends.
fn follow(
    tokens: &[String],
    mut at: usize,
    mut here: Vec<String>,
    names: &mut Vec<String>,
) -> usize {
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("crate") => {
                here.clear();
                if is(tokens, at + 1, "as") {
                    names.push("self".to_owned());
                }
            }
            Some("super") => {
                here.pop();
            }
            Some("self") if here.is_empty() => {
                names.push("self".to_owned());
                return at + 1;
            }
            Some("self") => {}
            Some("{") => {
                at += 1;
                while at < tokens.len() && !is(tokens, at, "}") {
                    at = follow(tokens, at, here.clone(), names);
                    while at < tokens.len() && !is(tokens, at, ",") && !is(tokens, at, "}") {
                        at += 1; // `as name`
                    }
                    if is(tokens, at, ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some(name)
                if name == "*" || name.starts_with(|c: char| c.is_alphabetic() || c == '_') =>
            {
                if here.is_empty() {
                    names.push(name.to_owned());
                }
                here.push(name.to_owned());
            }
            _ => return at,
        }
        if !is(tokens, at + 1, "::") {
            return at + 1;
        }
        at += 2;
    }
}

/// For each token the inline modules around it.
fn modules_at(tokens: &[String]) -> Vec<Vec<String>> {
    let mut braces: Vec<Option<String>> = Vec::new();
    let mut around = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => {
                let module = at >= 2 && tokens[at - 2] == "mod";
                braces.push(module.then(|| tokens[at - 1].clone()));
            }
            "}" => {
                braces.pop();
            }
            _ => {}
        }
        around.push(braces.iter().flatten().cloned().collect());
    }
    around
}
