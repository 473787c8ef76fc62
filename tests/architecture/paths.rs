//! The paths of a source file, followed to the modules that they lead to.

use crate::tokens::tokens;

/// A path from the crate's root; empty for the root.
pub type CratePath = Vec<String>;

pub fn token_is(tokens: &[String], index: usize, expected: &str) -> bool {
    tokens.get(index).is_some_and(|token| token == expected)
}

/// The path of the module in a file.
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

/// The names directly under the crate's root that a file uses; `self` for the root itself.
pub fn root_names(file: &str, source: &str) -> Vec<String> {
    let paths = paths_of(file, source, |_| true).into_iter();
    let first_name = |path: CratePath| path.into_iter().next();
    paths
        .map(|path| first_name(path).unwrap_or_else(|| "self".to_owned()))
        .collect()
}

/// The surroundings of a path in its file.
pub struct PathContext<'a> {
    /// The inline modules around it.
    pub modules: &'a [String],
    /// Whether the path is part of a visibility, as in `pub(in crate::melody)`.
    pub is_visibility: bool,
}

/// The paths of a file that begin with `crate`, `self`, `super` or one of its child modules, where `is_counted`
/// accepts the surroundings.
pub fn paths_of(
    file: &str,
    source: &str,
    is_counted: impl Fn(&PathContext<'_>) -> bool,
) -> Vec<CratePath> {
    let tokens = tokens(source);
    let file_module = module_path(file);
    let modules = enclosing_modules_of_tokens(&tokens);
    let children: Vec<&String> = (0..tokens.len())
        .filter(|&index| {
            tokens[index] == "mod" && token_is(&tokens, index + 2, ";") && modules[index].is_empty()
        })
        .map(|index| &tokens[index + 1])
        .collect();
    let mut paths = Vec::new();
    for index in 0..tokens.len() {
        let has_continuation = token_is(&tokens, index + 1, "::");
        let is_continuation = index > 0 && token_is(&tokens, index - 1, "::");
        let is_start = match tokens[index].as_str() {
            "crate" | "self" | "super" => has_continuation || token_is(&tokens, index + 1, "as"),
            name => {
                has_continuation
                    && modules[index].is_empty()
                    && children.iter().any(|child| *child == name)
            }
        };
        let context = PathContext {
            modules: &modules[index],
            is_visibility: index > 1
                && token_is(&tokens, index - 1, "in")
                && token_is(&tokens, index - 2, "("),
        };
        if is_start && !is_continuation && is_counted(&context) && !is_in_group(&tokens, index) {
            let module: CratePath = file_module.iter().chain(&modules[index]).cloned().collect();
            follow_path(&tokens, index, module, &mut paths);
        }
    }
    paths
}

/// Whether a token is inside the braces of a grouped path, which `follow_path` reaches from the path's start.
fn is_in_group(tokens: &[String], index: usize) -> bool {
    let mut depth = 0;
    for previous in (0..index).rev() {
        match tokens[previous].as_str() {
            "}" => depth += 1,
            "{" if depth > 0 => depth -= 1,
            "{" => return previous > 0 && token_is(tokens, previous - 1, "::"),
            ";" if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// Follows one path of the source in `module` from the token at `index`; returns the index of the token after it.
fn follow_path(
    tokens: &[String],
    mut index: usize,
    mut module: CratePath,
    paths: &mut Vec<CratePath>,
) -> usize {
    loop {
        match tokens.get(index).map(String::as_str) {
            Some("crate") => module.clear(),
            Some("super") => {
                module.pop();
            }
            Some("self") => {}
            Some("{") => {
                index += 1;
                while index < tokens.len() && !token_is(tokens, index, "}") {
                    index = follow_path(tokens, index, module.clone(), paths);
                    while index < tokens.len()
                        && !token_is(tokens, index, ",")
                        && !token_is(tokens, index, "}")
                    {
                        index += 1; // `as name`
                    }
                    if token_is(tokens, index, ",") {
                        index += 1;
                    }
                }
                return index + 1;
            }
            Some(name)
                if name == "*" || name.starts_with(|c: char| c.is_alphabetic() || c == '_') =>
            {
                module.push(name.to_owned());
            }
            // A turbofish or a qualified type: the path is over.
            _ => {
                paths.push(module);
                return index;
            }
        }
        if !token_is(tokens, index + 1, "::") {
            paths.push(module);
            return index + 1;
        }
        index += 2;
    }
}

/// For each token, the inline modules that enclose it.
pub fn enclosing_modules_of_tokens(tokens: &[String]) -> Vec<Vec<String>> {
    let mut braces: Vec<Option<String>> = Vec::new();
    let mut enclosing_modules = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => {
                let module = index >= 2 && tokens[index - 2] == "mod";
                braces.push(module.then(|| tokens[index - 1].clone()));
            }
            "}" => {
                braces.pop();
            }
            _ => {}
        }
        enclosing_modules.push(braces.iter().flatten().cloned().collect());
    }
    enclosing_modules
}
