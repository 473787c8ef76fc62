//! The 90 token ids of melodies on a sixteenth-note grid, and sequences of them.

/// The state of the step before continues: a sounding note or silence.
pub const HOLD: u8 = 0;
/// The sounding note ends at this step.
pub const NOTE_OFF: u8 = 1;
/// Lowest MIDI pitch that has a token, the lowest key of a piano.
pub const LOWEST_PITCH: u8 = 21;
/// Highest MIDI pitch that has a token, the highest key of a piano.
pub const HIGHEST_PITCH: u8 = 108;
/// Number of different tokens: hold, note-off and one note-on for each of the 88 pitches.
pub const VOCAB_SIZE: usize = 90;
/// Steps in a bar of four quarters.
pub const STEPS_PER_BAR: usize = 16;
/// Steps in a quarter note.
pub const STEPS_PER_QUARTER: usize = 4;

/// Token of the lowest pitch's note-on.
const FIRST_NOTE_ON: u8 = 2;

/// Why numbers or notes are not a sequence of tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// An id of 90 or more.
    #[error(
        "step {position} holds token {id}, but tokens go from 0 to 89; the sequence is not a melody of this program"
    )]
    UnknownToken {
        /// Step of the bad id, counted from 0.
        position: usize,
        /// The id.
        id: u8,
    },
    /// A note outside the piano's range.
    #[error(
        "MIDI pitch {pitch} has no token; transpose the melody into 21 to 108, the keys of a piano"
    )]
    PitchOutOfRange {
        /// The MIDI pitch.
        pitch: u8,
    },
    /// A note that ends before it starts.
    #[error("a note ends at step {end}, before it starts at step {start}; check the note list")]
    EndsBeforeStart {
        /// Start in steps.
        start: u32,
        /// End in steps.
        end: u32,
    },
}

/// One token per sixteenth-note step, every id below [`VOCAB_SIZE`].
///
/// `0` holds, `1` is a note-off, `p - 19` is the note-on of MIDI pitch `p`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tokens(Box<[u8]>);

impl Tokens {
    /// Checks every id of `ids`, one per step.
    ///
    /// # Errors
    /// [`TokenError::UnknownToken`] at the first id of 90 or more.
    pub fn new(ids: Vec<u8>) -> Result<Self, TokenError> {
        match ids.iter().position(|&id| usize::from(id) >= VOCAB_SIZE) {
            Some(position) => Err(TokenError::UnknownToken {
                position,
                id: ids[position],
            }),
            None => Ok(Self(ids.into_boxed_slice())),
        }
    }

    /// The ids, one per step.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Number of steps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no steps. A silent melody has steps; see [`crate::melody::Melody::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same notes without the note-offs in silence.
    ///
    /// Two token sequences encode the same notes exactly when their canonical forms are equal.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut sounding = false;
        let steps = self.0.iter().map(|&id| match id {
            HOLD => HOLD,
            NOTE_OFF if std::mem::take(&mut sounding) => NOTE_OFF,
            NOTE_OFF => HOLD,
            note_on => {
                sounding = true;
                note_on
            }
        });
        Self(steps.collect())
    }

    /// From ids that are [`HOLD`], [`NOTE_OFF`] or returned by [`note_on`], without a check.
    pub(super) fn from_valid(ids: Vec<u8>) -> Self {
        debug_assert!(ids.iter().all(|&id| usize::from(id) < VOCAB_SIZE));
        Self(ids.into_boxed_slice())
    }
}

/// The note-on token of a MIDI pitch, if it has one.
pub(super) fn note_on(pitch: u8) -> Option<u8> {
    (LOWEST_PITCH..=HIGHEST_PITCH)
        .contains(&pitch)
        .then(|| pitch - LOWEST_PITCH + FIRST_NOTE_ON)
}

/// The MIDI pitch of a note-on token; `None` for hold and note-off.
pub(super) fn pitch_of(token: u8) -> Option<u8> {
    (token >= FIRST_NOTE_ON).then(|| token - FIRST_NOTE_ON + LOWEST_PITCH)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn pitches_have_the_token_numbers_of_the_public_models() {
        assert_eq!(note_on(21), Some(2));
        assert_eq!(note_on(60), Some(41));
        assert_eq!(note_on(108), Some(89));
        assert_eq!(note_on(20), None);
        assert_eq!(note_on(109), None);
        assert_eq!(pitch_of(41), Some(60));
        assert_eq!(pitch_of(NOTE_OFF), None);
    }

    #[test]
    fn an_unknown_id_is_refused_with_its_step() {
        let (position, id) = (2, 90);
        assert_eq!(
            Tokens::new(vec![0, 41, 90]),
            Err(TokenError::UnknownToken { position, id })
        );
        assert_eq!(Tokens::new(vec![89; 7]).unwrap().len(), 7);
    }

    #[test]
    fn the_canonical_form_drops_note_offs_in_silence() {
        let tokens = Tokens::new(vec![1, 41, 1, 1, 0, 43, 45, 1]).unwrap();
        assert_eq!(tokens.canonical().as_slice(), [0, 41, 1, 0, 0, 43, 45, 1]);
    }
}
