//! Checks that the guide for contributors names existing files, and that its graph of the modules is right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::modules::MODULES;
use crate::paths::root_names;
use crate::sources::{module_of, sources};

#[test]
fn every_file_that_the_guide_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = guide();
    let files = named_files(&guide);
    assert!(!files.is_empty());
    let missing: Vec<&str> = files
        .into_iter()
        .filter(|file| !root.join(file).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "CONTRIBUTING.md names files that do not exist: {missing:#?}"
    );
}

#[test]
fn files_are_recognised_by_their_extension_or_a_slash() {
    let text =
        "`src/a.rs` uses b/c.rs, (see weights/README.md). `crate::x`, and/or, 4/4, `src/ui/`";
    assert_eq!(
        named_files(text),
        ["src/a.rs", "b/c.rs", "weights/README.md", "src/ui/"]
    );
}

/// Words with a slash that end like a source file, a text or a folder.
fn named_files(text: &str) -> Vec<&str> {
    let is_path_character = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    text.split(|c| !is_path_character(c))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| word.contains('/') && !word.contains("//"))
        .filter(|word| {
            [".rs", ".md", ".toml", "/"]
                .iter()
                .any(|suffix| word.ends_with(suffix))
        })
        .collect()
}

#[test]
fn the_graph_in_the_guide_is_that_of_the_modules() {
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let sources = sources();
    for source in &sources {
        let module = module_of(&source.file);
        if MODULES.contains(&module) {
            let names = root_names(&source.file, &source.text).into_iter();
            uses.entry(module)
                .or_default()
                .extend(names.filter(|name| name != module));
        }
    }
    let is_implied = |module: &str, used: &String| {
        let others = uses[module].iter().filter(|other| *other != used);
        others
            .into_iter()
            .any(|other| uses_indirectly(&uses, other, used))
    };
    let guide = guide();
    let guide_graph = parse_graph(&guide);
    for module in MODULES {
        let direct: BTreeSet<String> = uses[module]
            .iter()
            .filter(|used| !is_implied(module, used))
            .cloned()
            .collect();
        let expected = guide_graph.get(module).cloned().unwrap_or_default();
        assert_eq!(
            direct, expected,
            "CONTRIBUTING.md says otherwise of {module}"
        );
    }
}

fn uses_indirectly(uses: &BTreeMap<&str, BTreeSet<String>>, from: &str, to: &str) -> bool {
    uses[from]
        .iter()
        .any(|used| used == to || uses_indirectly(uses, used, to))
}

/// The lines `module ──► others` of the guide; two spaces end the list.
fn parse_graph(guide: &str) -> BTreeMap<&str, BTreeSet<String>> {
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
