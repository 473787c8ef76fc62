//! Singular and plural forms after a number, and the capital of a sentence.

/// A number with its noun, as in `1 note` and `2 notes`; `noun` is the singular.
#[must_use]
pub fn count_with_noun(count: usize, noun: &str) -> String {
    format!("{count} {}", noun_form(count, noun))
}

/// The singular or plural of a noun, as it follows a number; `noun` is the singular.
#[must_use]
pub fn noun_form(count: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => noun.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

/// The first of two words if `count` is 1, else the second, as in `is` and `are`.
#[must_use]
pub fn singular_or_plural<'a>(count: usize, singular: &'a str, plural: &'a str) -> &'a str {
    if count == 1 { singular } else { plural }
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
        assert_eq!(count_with_noun(0, "note"), "0 notes");
        assert_eq!(count_with_noun(1, "note"), "1 note");
        assert_eq!(count_with_noun(2, "melody"), "2 melodies");
        assert_eq!(count_with_noun(1, "melody"), "1 melody");
        assert_eq!(count_with_noun(2, "key"), "2 keys");
        assert_eq!(
            [0, 1, 2].map(|count| singular_or_plural(count, "is", "are")),
            ["are", "is", "are"]
        );
    }
}
