//! The files of `src`, and checks that run over each of them.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path in `src`, with forward slashes, and its text.
pub struct Source {
    pub file: String,
    pub text: String,
}

pub fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file of the library and the program, sorted by path.
pub fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    read_folder(&source_folder(), &mut sources);
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    assert!(!sources.is_empty());
    sources
}

fn read_folder(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(source_folder()).unwrap();
            sources.push(Source {
                file: relative.to_str().unwrap().replace('\\', "/"),
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// Runs a check over every source file and fails with all violations.
pub fn check_sources(check: impl Fn(&str, &str) -> Vec<String>) {
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|Source { file, text }| {
            let violations = check(file, text).into_iter();
            violations.map(move |violation| format!("src/{file}: {violation}"))
        })
        .collect();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

/// The top-level module of a file.
pub fn module_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.trim_end_matches(".rs")
}
