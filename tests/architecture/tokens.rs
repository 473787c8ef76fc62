//! A tokenizer for Rust source, just good enough to follow paths and to skip comments and strings.

/// Splits Rust source into names, `::` and single characters. Comments, strings, character literals and lifetimes are left out.
pub fn tokens(source: &str) -> Vec<String> {
    let text: Vec<char> = source.chars().collect();
    let text_is_at = |position: usize, expected: &str| {
        expected
            .chars()
            .enumerate()
            .all(|(k, c)| text.get(position + k) == Some(&c))
    };
    let mut tokens = Vec::new();
    let mut position = 0;
    while position < text.len() {
        if text_is_at(position, "//") {
            while position < text.len() && text[position] != '\n' {
                position += 1;
            }
        } else if text_is_at(position, "/*") {
            position = end_of_comment(&text, position);
        } else if let Some(end) = end_of_raw_string(&text, position) {
            position = end;
        } else if text[position] == '"' {
            position = end_of_quote(&text, position);
        } else if text[position] == '\'' {
            let is_character =
                text_is_at(position + 1, "\\") || text.get(position + 2) == Some(&'\'');
            position = if is_character {
                end_of_quote(&text, position)
            } else {
                position + 1
            };
            if !is_character {
                while position < text.len() && is_name(text[position]) {
                    position += 1;
                }
            }
        } else if is_name(text[position]) {
            let begin = position;
            while position < text.len() && is_name(text[position]) {
                position += 1;
            }
            tokens.push(text[begin..position].iter().collect());
        } else if text_is_at(position, "::") {
            tokens.push("::".to_owned());
            position += 2;
        } else {
            if !text[position].is_whitespace() {
                tokens.push(text[position].to_string());
            }
            position += 1;
        }
    }
    tokens
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The end of a string or character literal that starts at `start`; a backslash escapes the character after it.
fn end_of_quote(text: &[char], start: usize) -> usize {
    let mut end = start + 1;
    while end < text.len() && text[end] != text[start] {
        end += if text[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// The end of a block comment; they nest.
fn end_of_comment(text: &[char], start: usize) -> usize {
    let (mut end, mut depth) = (start, 0);
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

/// The end of a raw string such as `r#"…"#` or `br"…"` that starts at `start`, if one does.
fn end_of_raw_string(text: &[char], start: usize) -> Option<usize> {
    if start > 0 && is_name(text[start - 1]) {
        return None;
    }
    let mut quote = start + usize::from(matches!(text[start], 'b' | 'c'));
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
