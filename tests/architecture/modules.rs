//! Checks that modules use only earlier modules.

use std::fs;

use crate::paths::{root_names, token_is};
use crate::sources::{check_sources, module_of, source_folder};
use crate::tokens::tokens;

/// The modules in order: each may use itself and those before it.
pub const MODULES: [&str; 19] = [
    "panics",
    "multiversion",
    "wording",
    "files",
    "melody",
    "attributes",
    "progress",
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

#[test]
fn every_module_uses_only_modules_before_it() {
    check_sources(module_violations);
}

#[test]
fn the_library_lists_the_modules_in_order_and_nothing_else() {
    let lib = fs::read_to_string(source_folder().join("lib.rs")).unwrap();
    let mut present = Vec::new();
    for entry in fs::read_dir(source_folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        match module_of(&name) {
            "lib" | "main" => {}
            module => {
                assert!(MODULES.contains(&module), "src/{name} belongs to no module");
                present.push(module.to_owned());
            }
        }
    }
    present.sort_by_key(|module| MODULES.iter().position(|known| known == module));
    assert_eq!(listed_modules(&lib), present);
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
        ("melody/mod.rs", "use crate::NotAModule;"),
    ] {
        assert_eq!(module_violations(file, source).len(), 1, "{file}: {source}");
    }
}

#[test]
fn the_checker_accepts_valid_sources() {
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
fn the_modules_of_a_library_are_listed_in_order() {
    assert_eq!(listed_modules("//! mod x;\npub mod b;\nmod a;"), ["b", "a"]);
}

fn module_violations(file: &str, source: &str) -> Vec<String> {
    let Some(module_index) = MODULES.iter().position(|module| *module == module_of(file)) else {
        return Vec::new(); // lib.rs and main.rs belong to no module
    };
    let mut violations = Vec::new();
    for name in root_names(file, source) {
        match MODULES.iter().position(|module| *module == name) {
            Some(used_index) if used_index <= module_index => {}
            Some(_) => violations.push(format!(
                "`{}` may not use the later module `{name}`",
                MODULES[module_index]
            )),
            None => violations.push(format!(
                "`crate::{name}` is no module; name the module a thing lives in"
            )),
        }
    }
    violations
}

fn listed_modules(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    (0..tokens.len())
        .filter(|&index| tokens[index] == "mod" && token_is(&tokens, index + 2, ";"))
        .map(|index| tokens[index + 1].clone())
        .collect()
}
