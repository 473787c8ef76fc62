//! Checks that files do not use each other in cycles.
//!
//! A file uses another when a path in it leads there: `crate::melody::Note` to `melody/mod.rs`, wherever `Note` may be
//! written, and `crate::melody::notes::Note` to `melody/notes.rs`. `mod notes;` alone is no use, `pub use notes::Note;`
//! is one. Test modules do not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{CratePath, PathContext, module_path, paths_of};
use crate::sources::{Source, sources};

/// For each file, the files that it uses, with the names that it uses of them.
type Uses = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

#[test]
fn no_files_use_each_other_in_a_cycle() {
    let uses = uses(&sources());
    let cycles: Vec<String> = cycles(&uses)
        .into_iter()
        .map(|cycle| description_of(&cycle, &uses))
        .collect();
    assert!(cycles.is_empty(), "\n{}", cycles.join("\n"));
}

#[test]
fn the_checker_finds_every_kind_of_cycle() {
    for files in [
        [
            ("a/mod.rs", "mod b; mod c;"),
            ("a/b.rs", "use super::c::C; pub struct B;"),
            ("a/c.rs", "fn f(b: crate::a::b::B) {} pub struct C;"),
        ],
        [
            ("a/mod.rs", "mod b; pub use b::B; pub struct A;"),
            ("a/b.rs", "use super::A; pub struct B;"),
            ("a/c.rs", ""),
        ],
        [
            ("a/mod.rs", "mod b; mod c; fn f() { b::run(); }"),
            ("a/b.rs", "use crate::{a::{c, c::C}};"),
            ("a/c.rs", "use super::*;"),
        ],
        [
            ("a/mod.rs", "pub use self::b::B;"),
            ("a/b.rs", "mod inner { use super::super::c::C; }"),
            ("a/c.rs", "use crate::a::B as Other;"),
        ],
    ] {
        assert_eq!(cycles_of(&files).len(), 1, "{files:?}");
    }
    let cycle = [("a.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")];
    let uses = uses_of(&cycle);
    assert_eq!(
        description_of(&cycles(&uses)[0], &uses),
        "a cycle of 2 files:\n  a.rs uses b.rs: B\n  b.rs uses a.rs: A"
    );
}

#[test]
fn the_checker_accepts_files_that_use_each_other_in_one_direction() {
    for files in [
        [
            ("a/mod.rs", "mod b; mod c; pub use b::B;"),
            ("a/b.rs", "use super::c::C;"),
            ("a/c.rs", "pub(in crate::a) struct C;"),
        ],
        [
            ("a/mod.rs", "mod b; mod c; pub struct A;"),
            ("a/b.rs", "use super::A; pub(in crate::a) use super::c::C;"),
            ("a/c.rs", "use crate::a::A; // use super::b::B;"),
        ],
        [
            ("a/mod.rs", "mod b; mod c; pub use c::C;"),
            ("a/b.rs", "use super::C; mod tests { use super::*; }"),
            ("a/c.rs", "mod tests { use super::super::b::B; }"),
        ],
    ] {
        assert_eq!(cycles_of(&files), Vec::<Vec<String>>::new(), "{files:?}");
    }
}

fn uses_of(files: &[(&str, &str)]) -> Uses {
    let source = |(file, text): &(&str, &str)| Source {
        file: (*file).to_owned(),
        text: (*text).to_owned(),
    };
    uses(&files.iter().map(source).collect::<Vec<_>>())
}

fn cycles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    cycles(&uses_of(files))
}

fn uses(sources: &[Source]) -> Uses {
    let modules: BTreeMap<CratePath, &str> = sources
        .iter()
        .map(|source| (module_path(&source.file), source.file.as_str()))
        .collect();
    let mut uses = Uses::new();
    for Source { file, text } in sources {
        let used = uses.entry(file.clone()).or_default();
        let is_counted = |context: &PathContext<'_>| {
            !context.is_visibility && !context.modules.iter().any(|module| module == "tests")
        };
        for path in paths_of(file, text, is_counted) {
            let module = (1..=path.len())
                .rev()
                .find_map(|end| modules.get(&path[..end]));
            if let Some(target) = module.filter(|target| *target != file) {
                let name = path.last().cloned().unwrap_or_default();
                used.entry((*target).to_owned()).or_default().insert(name);
            }
        }
    }
    uses
}

/// The largest sets of files in which each file uses all others, directly or through others.
fn cycles(uses: &Uses) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = uses
        .keys()
        .map(|file| {
            let mut reached = BTreeSet::new();
            let mut next: Vec<&String> = uses[file].keys().collect();
            while let Some(file) = next.pop() {
                if reached.insert(file) {
                    next.extend(uses.get(file).into_iter().flat_map(BTreeMap::keys));
                }
            }
            (file, reached)
        })
        .collect();
    let cycles: BTreeSet<Vec<String>> = reached
        .iter()
        .filter(|(file, reaches)| reaches.contains(*file))
        .map(|(file, reaches)| {
            let leads_back = |other: &&&String| reached[**other].contains(*file);
            reaches
                .iter()
                .filter(leads_back)
                .map(|other| (*other).clone())
                .collect()
        })
        .collect();
    cycles.into_iter().collect()
}

/// A cycle as text, with the names that its files use of each other.
fn description_of(cycle: &[String], uses: &Uses) -> String {
    let mut lines = vec![format!("a cycle of {} files:", cycle.len())];
    for file in cycle {
        for (used, names) in uses[file].iter().filter(|(used, _)| cycle.contains(used)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            lines.push(format!("  {file} uses {used}: {}", names.join(", ")));
        }
    }
    lines.join("\n")
}
