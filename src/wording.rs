//! Words that depend on a number, singular and plural, and sentences.

/// A number with its noun, as in `1 note` and `2 notes`; `noun` is the singular.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {}", noun_for(count, noun))
}

/// The form of a noun that follows a number; `noun` is the singular.
#[must_use]
pub fn noun_for(count: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

/// The word that agrees with a number: `is` or `are`.
#[must_use]
pub fn agreeing<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

/// Capitalises the first letter, unless the first word is the name of a file: errors are written in lower case.
#[must_use]
pub fn sentence_case(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if first_word.contains('.') {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_unless_it_begins_with_a_file() {
        assert_eq!(sentence_case("there is no display"), "There is no display");
        assert_eq!(sentence_case("a.mid is empty"), "a.mid is empty");
        assert_eq!(sentence_case("élan"), "Élan");
        assert_eq!(sentence_case(""), "");
    }

    #[test]
    fn only_one_is_singular() {
        assert_eq!(counted(0, "note"), "0 notes");
        assert_eq!(counted(1, "note"), "1 note");
        assert_eq!(counted(2, "melody"), "2 melodies");
        assert_eq!(counted(1, "melody"), "1 melody");
        assert_eq!(
            [0, 1, 2].map(|count| agreeing(count, "is", "are")),
            ["are", "is", "are"]
        );
    }
}
