//! Makes text of unknown origin, such as file and track names, safe to print.

use std::borrow::Cow;

/// Replaces by U+FFFD every character that controls a terminal or reverses the direction of text: control characters (C0, DEL,
/// C1) other than newline and tab, and the bidirectional embeddings, overrides and isolates (U+202A to U+202E, U+2066 to
/// U+2069).
#[must_use]
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if text.contains(is_unsafe) {
        text.replace(is_unsafe, "\u{fffd}").into()
    } else {
        text.into()
    }
}

fn is_unsafe(c: char) -> bool {
    let controls_terminal = c.is_control() && c != '\n' && c != '\t';
    controls_terminal || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overrides_are_replaced_and_other_text_is_unchanged() {
        assert_eq!(
            sanitise("a\u{1b}[2Jb\u{7}\r"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}"
        );
        assert_eq!(sanitise("\u{9b}31m\u{7f}"), "\u{fffd}31m\u{fffd}");
        assert_eq!(sanitise("tune\u{202e}dim.exe"), "tune\u{fffd}dim.exe");
        let unchanged = "Größe\tメロディ\nמנגינה e\u{301} 🎹";
        assert!(matches!(sanitise(unchanged), Cow::Borrowed(text) if text == unchanged));
    }
}
