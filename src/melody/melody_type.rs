//! A melody: its tokens and the notes that they encode.

use super::tokens::{HOLD, NOTE_OFF, STEPS_PER_BAR, TokenError, Tokens, note_on, pitch_of};

/// One note of a melody, in sixteenth-note steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// MIDI pitch; 60 is middle C.
    pub pitch: u8,
    /// Step at which the note starts.
    pub start: u32,
    /// Step at which the note ends (exclusive).
    pub end: u32,
}

/// A monophonic melody of any number of steps, as tokens and as the notes that they encode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Melody {
    tokens: Tokens,
    notes: Vec<Note>,
}

impl Melody {
    /// Decodes the notes of `tokens`.
    ///
    /// A note-on ends the sounding note and starts another; a note-off ends the sounding note and is ignored in silence; a
    /// note that sounds at the last step ends there.
    #[must_use]
    pub fn from_tokens(tokens: Tokens) -> Self {
        let mut notes = Vec::new();
        let mut sounding: Option<(u8, u32)> = None;
        let mut step = 0_u32;
        // A note-off after the last step ends the note that still sounds.
        for &token in tokens.as_slice().iter().chain(&[NOTE_OFF]) {
            if token != HOLD {
                let ended_note = sounding.map(|(pitch, start)| Note {
                    pitch,
                    start,
                    end: step,
                });
                notes.extend(ended_note);
                sounding = pitch_of(token).map(|pitch| (pitch, step));
            }
            step = step.saturating_add(1);
        }
        Self { tokens, notes }
    }

    /// Encodes `notes` (in any order) as `steps` tokens.
    ///
    /// Of notes that start together the highest is kept. Each note writes its note-on at its start and a note-off at
    /// its end, later notes over earlier ones; those past the last step are dropped. So the note-off of a note that overlaps
    /// the next one ends that one: these are the rules of the MusicVAE models for the browser, whose inputs this reproduces.
    ///
    /// # Errors
    /// [`TokenError::PitchOutOfRange`] for a note outside the piano (unless a higher one starts with it), and
    /// [`TokenError::EndsBeforeStart`].
    pub fn from_notes(notes: &[Note], steps: usize) -> Result<Self, TokenError> {
        let mut sorted = notes.to_vec();
        sorted.sort_by_key(|note| (note.start, std::cmp::Reverse(note.pitch)));
        sorted.dedup_by_key(|note| note.start);
        let mut ids = vec![HOLD; steps];
        for Note { pitch, start, end } in sorted {
            if end < start {
                return Err(TokenError::EndsBeforeStart { start, end });
            }
            let token = note_on(pitch).ok_or(TokenError::PitchOutOfRange { pitch })?;
            for (step, id) in [(start, token), (end, NOTE_OFF)] {
                if let Some(slot) = ids.get_mut(step as usize) {
                    *slot = id;
                }
            }
        }
        Ok(Self::from_tokens(Tokens::from_valid(ids)))
    }

    /// Joins melodies. No note continues into the next melody.
    #[must_use]
    pub fn joined<'a>(melodies: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut ids: Vec<u8> = Vec::new();
        for melody in melodies {
            let from = ids.len();
            ids.extend_from_slice(melody.tokens.as_slice());
            // A note that lasts to the end would continue if the next melody starts with hold.
            if let (true, Some(first @ &mut HOLD)) = (from > 0, ids.get_mut(from)) {
                *first = NOTE_OFF;
            }
        }
        Self::from_tokens(Tokens::from_valid(ids))
    }

    /// The tokens, one per step.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The notes in time order, without overlap.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Length in sixteenth-note steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.tokens.len()
    }

    /// Length in bars of four quarters.
    #[must_use]
    pub fn bars(&self) -> f64 {
        self.steps() as f64 / STEPS_PER_BAR as f64
    }

    /// Whether it has no notes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;
    use crate::melody::testing::{self, notes_of};

    /// Results of the two public MusicVAE implementations with random weights.
    #[derive(serde::Deserialize)]
    struct Reference {
        tokens: Vec<Vec<u8>>,
        decoded_notes: Vec<Vec<(u8, u32, u32)>>,
        melodies: Vec<ReferenceMelody>,
        single: Vec<ReferenceMelody>,
    }

    #[derive(serde::Deserialize)]
    struct ReferenceMelody {
        name: String,
        notes: Vec<(u8, u32, u32)>,
        tokens: Vec<u8>,
    }

    fn reference() -> Reference {
        serde_json::from_str(include_str!(
            "../../tests/fixtures/melodies/token_codec.json"
        ))
        .unwrap()
    }

    fn note(pitch: u8, start: u32, end: u32) -> Note {
        Note { pitch, start, end }
    }

    #[test]
    fn tokens_encode_the_same_notes_as_in_the_public_implementations() {
        let reference = reference();
        assert_eq!(reference.tokens.len(), 72);
        for (ids, notes) in reference.tokens.iter().zip(&reference.decoded_notes) {
            let melody = Melody::from_tokens(Tokens::new(ids.clone()).unwrap());
            assert_eq!(notes_of(&melody), *notes);
        }
    }

    #[test]
    fn note_lists_become_the_same_tokens_as_in_the_public_implementation() {
        let reference = reference();
        assert_eq!(reference.melodies.len(), 16);
        for melody in reference.melodies.iter().chain(&reference.single) {
            let ours = testing::melody(&melody.notes, melody.tokens.len());
            assert_eq!(ours.tokens().as_slice(), melody.tokens, "{}", melody.name);
        }
    }

    #[test]
    fn a_pitch_outside_the_piano_is_an_error_unless_hidden_under_a_higher_note() {
        let [low, high, middle] = [20, 109, 60].map(|pitch| note(pitch, 0, 4));
        assert_eq!(
            Melody::from_notes(&[low], 32),
            Err(TokenError::PitchOutOfRange { pitch: 20 })
        );
        assert_eq!(
            Melody::from_notes(&[high, middle], 32),
            Err(TokenError::PitchOutOfRange { pitch: 109 })
        );
        assert_eq!(
            Melody::from_notes(&[low, middle], 32).unwrap().notes(),
            [middle]
        );
    }

    #[test]
    fn a_note_that_ends_before_it_starts_is_an_error() {
        assert_eq!(
            Melody::from_notes(&[note(60, 5, 4)], 32),
            Err(TokenError::EndsBeforeStart { start: 5, end: 4 })
        );
    }

    #[test]
    fn the_bars_of_a_melody_of_any_length_are_computed() {
        let silence = Melody::from_tokens(Tokens::new(vec![0; 24]).unwrap());
        assert_eq!(
            (silence.steps(), silence.bars(), silence.is_empty()),
            (24, 1.5, true)
        );
    }

    proptest! {
        #[test]
        fn joined_melodies_keep_their_notes(
            parts in prop::collection::vec(prop::collection::vec(0_u8..90, 8..9), 1..5)
        ) {
            let parts: Vec<Melody> = parts
                .into_iter()
                .map(|ids| Melody::from_tokens(Tokens::new(ids).unwrap()))
                .collect();
            let expected: Vec<Note> = (0..)
                .zip(&parts)
                .flat_map(|(index, part)| {
                    part.notes().iter().map(move |note| Note {
                        start: note.start + 8 * index,
                        end: note.end + 8 * index,
                        ..*note
                    })
                })
                .collect();
            let joined = Melody::joined(&parts);
            prop_assert_eq!(joined.notes(), expected);
            prop_assert_eq!(joined.steps(), 8 * parts.len());
        }

        #[test]
        fn tokens_to_notes_and_back_gives_the_canonical_tokens(ids in prop::collection::vec(0_u8..90, 0..80)) {
            let tokens = Tokens::new(ids).unwrap();
            let melody = Melody::from_tokens(tokens.clone());
            let back = Melody::from_notes(melody.notes(), tokens.len()).unwrap();
            prop_assert_eq!(back.notes(), melody.notes());
            prop_assert_eq!(back.tokens(), &tokens.canonical());
        }

        #[test]
        fn notes_stay_inside_the_melody_and_never_overlap(ids in prop::collection::vec(0_u8..90, 0..80)) {
            let steps = ids.len() as u32;
            let melody = Melody::from_tokens(Tokens::new(ids).unwrap());
            prop_assert!(melody.notes().iter().all(|note| note.start < note.end && note.end <= steps));
            prop_assert!(melody.notes().windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
