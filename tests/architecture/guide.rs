//! The guide for contributors names files that exist and has the graph of the modules right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::modules::MODULES;
use crate::paths::names_at_the_root;
use crate::sources::{module_of, sources};

#[test]
fn every_file_that_the_guide_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = guide();
    let named = named_files(&guide);
    assert!(!named.is_empty());
    let absent: Vec<&str> = named
        .into_iter()
        .filter(|file| !root.join(file).exists())
        .collect();
    assert!(
        absent.is_empty(),
        "CONTRIBUTING.md names files that do not exist: {absent:#?}"
    );
}

#[test]
fn files_are_found_by_their_ending_or_folder() {
    let text =
        "`src/a.rs` uses b/c.rs, (see weights/README.md). `crate::x`, and/or, 4/4, `src/ui/`";
    assert_eq!(
        named_files(text),
        ["src/a.rs", "b/c.rs", "weights/README.md", "src/ui/"]
    );
}

/// Words with a slash that end like a source file, a text or a folder.
fn named_files(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    text.split(|c| !is_part(c))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| word.contains('/') && !word.contains("//"))
        .filter(|word| {
            [".rs", ".md", ".toml", "/"]
                .iter()
                .any(|end| word.ends_with(end))
        })
        .collect()
}

#[test]
fn the_graph_of_the_guide_is_that_of_the_modules() {
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let sources = sources();
    for source in &sources {
        let module = module_of(&source.file);
        if MODULES.contains(&module) {
            let names = names_at_the_root(&source.file, &source.text).into_iter();
            uses.entry(module)
                .or_default()
                .extend(names.filter(|name| name != module));
        }
    }
    let follows = |module: &str, used: &String| {
        let others = uses[module].iter().filter(|other| *other != used);
        others.into_iter().any(|other| leads_to(&uses, other, used))
    };
    let guide = guide();
    let listed = graph(&guide);
    for module in MODULES {
        let direct: BTreeSet<String> = uses[module]
            .iter()
            .filter(|used| !follows(module, used))
            .cloned()
            .collect();
        let expected = listed.get(module).cloned().unwrap_or_default();
        assert_eq!(
            direct, expected,
            "CONTRIBUTING.md says otherwise of {module}"
        );
    }
}

fn leads_to(uses: &BTreeMap<&str, BTreeSet<String>>, from: &str, to: &str) -> bool {
    uses[from]
        .iter()
        .any(|used| used == to || leads_to(uses, used, to))
}

/// The lines `module ──► others` of the guide; two spaces end the list.
fn graph(guide: &str) -> BTreeMap<&str, BTreeSet<String>> {
    let edges = guide.lines().filter_map(|line| line.split_once("──► "));
    edges
        .map(|(module, used)| {
            let used = used.split("  ").next().unwrap_or(used).split(", ");
            (module.trim(), used.map(str::to_owned).collect())
        })
        .collect()
}

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap()
}
