//! Editing one note of a melody.

use super::melody_type::{Melody, Note};
use super::tokens::{HIGHEST_PITCH, LOWEST_PITCH};

/// A change of one note of a melody. The note is identified by the step at which it starts; all times are in steps, sixteenth notes
/// from the beginning of the melody.
///
/// One note sounds at a time, so the note that is drawn, moved or resized cuts the notes that it overlaps: a note that starts
/// before it ends where it starts, a note that starts inside it and ends later starts where it ends, and a note inside it is
/// removed. All other notes and the length of the melody stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteEdit {
    /// Draw a note. It is at least one step long and ends with the melody at the latest.
    Draw(Note),
    /// Move a note to another step and pitch. Its length stays, and it stays inside the melody.
    Move {
        /// The step at which it starts.
        start: u32,
        /// The step at which it starts after the move.
        new_start: u32,
        /// Its new MIDI pitch.
        pitch: u8,
    },
    /// Change the end of a note. It stays at least one step long and ends with the melody at the latest.
    Resize {
        /// The step at which it starts.
        start: u32,
        /// The step at which it ends after the change (exclusive).
        end: u32,
    },
    /// Erase a note.
    Erase {
        /// The step at which it starts.
        start: u32,
    },
}

impl NoteEdit {
    /// The edited melody; `None` if the edit changes nothing: there is no such note, or it has these values already.
    #[must_use]
    pub fn apply(self, melody: &Melody) -> Option<Melody> {
        let (before, after) = self.note_change(melody)?;
        let unaffected = melody
            .notes()
            .iter()
            .filter(|note| Some(**note) != before)
            .filter_map(|note| after.map_or(Some(*note), |span| subtract_span(*note, span)));
        let notes: Vec<Note> = unaffected.chain(after).collect();
        let edited = Melody::from_notes(&notes, melody.steps()).ok()?;
        (edited.notes() != melody.notes()).then_some(edited)
    }

    /// The note as it is after the change; `None` if there is no such note, or if it is erased.
    #[must_use]
    pub fn note_after(self, melody: &Melody) -> Option<Note> {
        self.note_change(melody)?.1
    }

    /// The edit in words, for the user: "move a note".
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Draw(_) => "draw a note",
            Self::Move { .. } => "move a note",
            Self::Resize { .. } => "stretch a note",
            Self::Erase { .. } => "erase a note",
        }
    }

    /// The note before and after the change, within the limits of the melody.
    fn note_change(self, melody: &Melody) -> Option<(Option<Note>, Option<Note>)> {
        let steps = melody.steps() as u32;
        let note_at_step = |start: u32| {
            let mut notes = melody.notes().iter();
            notes.find(|note| note.start == start).copied()
        };
        let pitch_in_range = |pitch: u8| pitch.clamp(LOWEST_PITCH, HIGHEST_PITCH);
        Some(match self {
            Self::Draw(note) if note.start >= steps => return None,
            Self::Draw(note) => {
                let drawn = Note {
                    pitch: pitch_in_range(note.pitch),
                    start: note.start,
                    end: note.end.clamp(note.start + 1, steps),
                };
                (None, Some(drawn))
            }
            Self::Move {
                start,
                new_start,
                pitch,
            } => {
                let note = note_at_step(start)?;
                let length = note.end - note.start;
                let new_start = new_start.min(steps - length);
                let moved = Note {
                    pitch: pitch_in_range(pitch),
                    start: new_start,
                    end: new_start + length,
                };
                (Some(note), Some(moved))
            }
            Self::Resize { start, end } => {
                let note = note_at_step(start)?;
                let end = end.clamp(note.start + 1, steps);
                (Some(note), Some(Note { end, ..note }))
            }
            Self::Erase { start } => (Some(note_at_step(start)?), None),
        })
    }
}

/// The part of `note` outside `span`: the part before it, else the part after it; `None` if the note lies inside.
fn subtract_span(note: Note, span: Note) -> Option<Note> {
    if note.end <= span.start || note.start >= span.end {
        Some(note)
    } else if note.start < span.start {
        Some(Note {
            end: span.start,
            ..note
        })
    } else if note.end > span.end {
        Some(Note {
            start: span.end,
            ..note
        })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;
    use crate::melody::Tokens;
    use crate::melody::testing::{melody, notes_of};

    const STEPS: u32 = 32;

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note { pitch, start, end }
    }

    fn edited(notes: &[(u8, u32, u32)], edit: NoteEdit) -> Option<Vec<(u8, u32, u32)>> {
        edit.apply(&melody(notes, 16)).map(|after| notes_of(&after))
    }

    #[test]
    fn a_note_that_is_drawn_cuts_and_replaces_the_notes_under_it() {
        let tune = [(60, 0, 4), (62, 4, 6), (64, 6, 12)];
        let drawn = |start, end| edited(&tune, NoteEdit::Draw(note(72, start, end))).unwrap();
        // The first is cut, the second lies inside, the third begins later.
        assert_eq!(drawn(2, 8), [(60, 0, 2), (72, 2, 8), (64, 8, 12)]);
        // In silence nothing else changes.
        assert_eq!(
            drawn(13, 14),
            [(60, 0, 4), (62, 4, 6), (64, 6, 12), (72, 13, 14)]
        );
        // In the middle of a note: as on a monophonic synthesizer, the new note ends it.
        assert_eq!(
            drawn(8, 9),
            [(60, 0, 4), (62, 4, 6), (64, 6, 8), (72, 8, 9)]
        );
        // Exactly over a note.
        assert_eq!(drawn(4, 6), [(60, 0, 4), (72, 4, 6), (64, 6, 12)]);
        // As far as the melody goes, and at least a step.
        assert_eq!(drawn(14, 99).last(), Some(&(72, 14, 16)));
        assert_eq!(drawn(14, 0).last(), Some(&(72, 14, 15)));
    }

    #[test]
    fn moving_leaves_silence_behind_and_keeps_the_length() {
        let tune = [(60, 0, 4), (62, 4, 6)];
        let moved = |start, new_start, pitch| {
            edited(
                &tune,
                NoteEdit::Move {
                    start,
                    new_start,
                    pitch,
                },
            )
        };
        assert_eq!(moved(0, 8, 60).unwrap(), [(62, 4, 6), (60, 8, 12)]);
        assert_eq!(moved(4, 2, 65).unwrap(), [(60, 0, 2), (65, 2, 4)]);
        assert_eq!(moved(0, 99, 60).unwrap(), [(62, 4, 6), (60, 12, 16)]);
        assert_eq!(moved(0, 0, 200).unwrap(), [(108, 0, 4), (62, 4, 6)]);
        assert_eq!(moved(0, 0, 60), None);
        assert_eq!(moved(1, 8, 60), None);
    }

    #[test]
    fn resizing_and_erasing_change_one_note_and_those_it_overlaps() {
        let tune = [(60, 0, 4), (62, 4, 6), (64, 8, 12)];
        let resized = |start, end| edited(&tune, NoteEdit::Resize { start, end });
        assert_eq!(resized(0, 9).unwrap(), [(60, 0, 9), (64, 9, 12)]);
        assert_eq!(
            resized(4, 0).unwrap(),
            [(60, 0, 4), (62, 4, 5), (64, 8, 12)]
        );
        assert_eq!(resized(4, 6), None);
        assert_eq!(
            edited(&tune, NoteEdit::Erase { start: 4 }).unwrap(),
            [(60, 0, 4), (64, 8, 12)]
        );
        assert_eq!(edited(&tune, NoteEdit::Erase { start: 5 }), None);
        assert_eq!(
            edited(&[(60, 0, 16)], NoteEdit::Erase { start: 0 }).unwrap(),
            []
        );
    }

    /// Any edit, also of notes that do not exist and to steps outside the melody. Half of the edits are of a note of this melody.
    fn any_edit(melody: &Melody, numbers: (u8, u32, u32, usize, u8)) -> NoteEdit {
        let (kind, step, other_step, note_index, pitch) = numbers;
        let notes = melody.notes();
        let start = match notes.len() {
            0 => step,
            count if kind < 8 => notes[note_index % count].start,
            _ => step,
        };
        match kind % 4 {
            0 => NoteEdit::Draw(note(pitch, step, other_step)),
            1 => NoteEdit::Move {
                start,
                new_start: other_step,
                pitch,
            },
            2 => NoteEdit::Resize {
                start,
                end: other_step,
            },
            _ => NoteEdit::Erase { start },
        }
    }

    proptest! {
        #[test]
        fn an_edit_gives_a_valid_melody_and_keeps_every_note_outside_its_span(
            ids in prop::collection::vec(prop_oneof![Just(0_u8), 0_u8..90], STEPS as usize),
            numbers in (0_u8..16, 0_u32..40, 0_u32..40, 0_usize..32, 0_u8..128),
        ) {
            let before = Melody::from_tokens(Tokens::new(ids).unwrap());
            let edit = any_edit(&before, numbers);
            let Some(after) = edit.apply(&before) else {
                return Ok(());
            };
            prop_assert_eq!(after.steps(), before.steps());
            prop_assert_ne!(after.notes(), before.notes());
            // Its notes are those of its tokens, one at a time.
            let again = Melody::from_tokens(after.tokens().clone());
            prop_assert_eq!(again.notes(), after.notes());
            prop_assert!(after.notes().windows(2).all(|pair| pair[0].end <= pair[1].start));
            let edited_note = edit.note_after(&before);
            if let Some(edited_note) = edited_note {
                prop_assert!(after.notes().contains(&edited_note));
            }
            let old_start = match edit {
                NoteEdit::Draw(_) => None,
                NoteEdit::Move { start, .. }
                | NoteEdit::Resize { start, .. }
                | NoteEdit::Erase { start } => Some(start),
            };
            let overlaps = |note: &Note, span: &Note| note.start < span.end && span.start < note.end;
            for note in before.notes().iter().filter(|note| Some(note.start) != old_start) {
                if !edited_note.is_some_and(|span| overlaps(note, &span)) {
                    prop_assert!(after.notes().contains(note), "{note:?} is gone");
                }
            }
            // No note comes from nowhere: each other one is a part of one that was there, of the same pitch.
            for note in after.notes().iter().filter(|note| Some(**note) != edited_note) {
                let is_part = |old: &Note| old.pitch == note.pitch && old.start <= note.start && note.end <= old.end;
                prop_assert!(before.notes().iter().any(is_part));
            }
        }
    }
}
