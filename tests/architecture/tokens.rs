//! Cuts Rust source into tokens, just far enough that paths can be followed and comments do not count.

/// Cuts Rust source into names, `::` and single signs; comments, strings, characters and lifetimes are left out.
pub fn tokens(source: &str) -> Vec<String> {
    let text: Vec<char> = source.chars().collect();
    let is_at = |at: usize, wanted: &str| {
        wanted
            .chars()
            .enumerate()
            .all(|(k, c)| text.get(at + k) == Some(&c))
    };
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if is_at(at, "//") {
            while at < text.len() && text[at] != '\n' {
                at += 1;
            }
        } else if is_at(at, "/*") {
            at = end_of_comment(&text, at);
        } else if let Some(end) = end_of_raw_string(&text, at) {
            at = end;
        } else if text[at] == '"' {
            at = end_of_quote(&text, at);
        } else if text[at] == '\'' {
            let character = is_at(at + 1, "\\") || text.get(at + 2) == Some(&'\'');
            at = if character {
                end_of_quote(&text, at)
            } else {
                at + 1
            };
            if !character {
                while at < text.len() && is_name(text[at]) {
                    at += 1;
                }
            }
        } else if is_name(text[at]) {
            let begin = at;
            while at < text.len() && is_name(text[at]) {
                at += 1;
            }
            tokens.push(text[begin..at].iter().collect());
        } else if is_at(at, "::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !text[at].is_whitespace() {
                tokens.push(text[at].to_string());
            }
            at += 1;
        }
    }
    tokens
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The end of a string or character that opens at `at`; a backslash hides what follows it.
fn end_of_quote(text: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while end < text.len() && text[end] != text[at] {
        end += if text[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// The end of a block comment; they nest.
fn end_of_comment(text: &[char], at: usize) -> usize {
    let (mut end, mut depth) = (at, 0);
    while end < text.len() {
        match text[end..text.len().min(end + 2)] {
            ['/', '*'] => (depth, end) = (depth + 1, end + 2),
            ['*', '/'] => (depth, end) = (depth - 1, end + 2),
            _ => end += 1,
        }
        if depth == 0 {
            break;
        }
    }
    end
}

/// The end of a raw string such as `r#"…"#` or `br"…"` that opens at `at`, if one does.
fn end_of_raw_string(text: &[char], at: usize) -> Option<usize> {
    if at > 0 && is_name(text[at - 1]) {
        return None;
    }
    let mut quote = at + usize::from(matches!(text[at], 'b' | 'c'));
    if text.get(quote) != Some(&'r') {
        return None;
    }
    quote += 1;
    let hashes = text[quote..].iter().take_while(|c| **c == '#').count();
    quote += hashes;
    if text.get(quote) != Some(&'"') {
        return None;
    }
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let length = text[quote + 1..]
        .windows(closing.len())
        .position(|window| window == closing)?;
    Some(quote + 1 + length + closing.len())
}
