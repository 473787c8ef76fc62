//! Text from outside (names in files, names of files) that is safe to show in a window, a table or a terminal.

use std::borrow::Cow;

/// `text` with control characters, among them the escape character of terminals, and marks that turn the direction of
/// writing taken out; line breaks and tabs become spaces.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let letters = text.chars().filter_map(|letter| match letter {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        letter if is_unprintable(letter) => None,
        letter => Some(letter),
    });
    Cow::Owned(letters.collect())
}

/// Control characters (C0, C1, line and paragraph separators) and the explicit directional marks of Unicode's
/// bidirectional algorithm (UAX 9).
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_gone_and_letters_stay() {
        assert_eq!(printable("Flöte メロディ"), "Flöte メロディ");
        assert_eq!(
            printable("Lead\x1b[31m\x1b]0;owned\x07\nTwo\u{9b}1m"),
            "Lead[31m]0;owned Two1m"
        );
        assert_eq!(printable("gpj\u{202e}.exe"), "gpj.exe");
    }
}
