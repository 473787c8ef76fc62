//! The notes of a melody as a line of text, for tables.

use super::melody_type::Melody;
use super::pitch_name::pitch_name;

/// Each note with the sixteenths at which it starts and ends (exclusive), such as `C4 0-4, E4 4-8`; empty for silence.
#[must_use]
pub fn notes_text(melody: &Melody) -> String {
    let notes: Vec<String> = melody
        .notes()
        .iter()
        .map(|note| format!("{} {}-{}", pitch_name(note.pitch), note.start, note.end))
        .collect();
    notes.join(", ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Note;

    #[test]
    fn notes_have_name_start_and_end() {
        let note = |pitch, start, end| Note { pitch, start, end };
        let melody = Melody::from_notes(&[note(60, 0, 4), note(63, 6, 16)], 32).unwrap();
        assert_eq!(notes_text(&melody), "C4 0-4, D#4 6-16");
        assert_eq!(notes_text(&Melody::from_notes(&[], 32).unwrap()), "");
    }
}
