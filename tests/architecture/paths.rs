//! The paths of a source file, followed to the modules that they lead to.

use crate::tokens::tokens;

/// A path from the crate's root; empty for the root.
pub type CratePath = Vec<String>;

pub fn is(tokens: &[String], at: usize, expected: &str) -> bool {
    tokens.get(at).is_some_and(|token| token == expected)
}

/// The module that a file is.
pub fn module_path(file: &str) -> CratePath {
    let mut path: CratePath = file
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if path.last().is_some_and(|name| name == "mod") || path == ["lib"] {
        path.pop();
    }
    path
}

/// The names directly under the crate's root that a file uses, `self` for the root.
pub fn names_at_the_root(file: &str, source: &str) -> Vec<String> {
    let paths = paths_of(file, source, |_| true).into_iter();
    let first = |path: CratePath| path.into_iter().next();
    paths
        .map(|path| first(path).unwrap_or_else(|| "self".to_owned()))
        .collect()
}

/// Where a path stands in its file.
pub struct PathContext<'a> {
    /// The inline modules around it.
    pub modules: &'a [String],
    /// Whether it says for whom an item is visible, as in `pub(in crate::melody)`.
    pub is_visibility: bool,
}

/// The paths of a file that begin with `crate`, `self`, `super` or one of its child modules, at the places that `counts`
/// accepts.
pub fn paths_of(
    file: &str,
    source: &str,
    counts: impl Fn(&PathContext<'_>) -> bool,
) -> Vec<CratePath> {
    let tokens = tokens(source);
    let home = module_path(file);
    let modules = modules_at(&tokens);
    let children: Vec<&String> = (0..tokens.len())
        .filter(|&at| tokens[at] == "mod" && is(&tokens, at + 2, ";") && modules[at].is_empty())
        .map(|at| &tokens[at + 1])
        .collect();
    let mut paths = Vec::new();
    for at in 0..tokens.len() {
        let leads_on = is(&tokens, at + 1, "::");
        let goes_on = at > 0 && is(&tokens, at - 1, "::");
        let is_start = match tokens[at].as_str() {
            "crate" | "self" | "super" => leads_on || is(&tokens, at + 1, "as"),
            name => {
                leads_on && modules[at].is_empty() && children.iter().any(|child| *child == name)
            }
        };
        let context = PathContext {
            modules: &modules[at],
            is_visibility: at > 1 && is(&tokens, at - 1, "in") && is(&tokens, at - 2, "("),
        };
        if is_start && !goes_on && counts(&context) && !in_a_group(&tokens, at) {
            let here: CratePath = home.iter().chain(&modules[at]).cloned().collect();
            follow(&tokens, at, here, &mut paths);
        }
    }
    paths
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
    mut here: CratePath,
    paths: &mut Vec<CratePath>,
) -> usize {
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("crate") => here.clear(),
            Some("super") => {
                here.pop();
            }
            Some("self") => {}
            Some("{") => {
                at += 1;
                while at < tokens.len() && !is(tokens, at, "}") {
                    at = follow(tokens, at, here.clone(), paths);
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
                here.push(name.to_owned());
            }
            // A turbofish or a qualified type: the path is over.
            _ => {
                paths.push(here);
                return at;
            }
        }
        if !is(tokens, at + 1, "::") {
            paths.push(here);
            return at + 1;
        }
        at += 2;
    }
}

/// For each token the inline modules around it.
pub fn modules_at(tokens: &[String]) -> Vec<Vec<String>> {
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
