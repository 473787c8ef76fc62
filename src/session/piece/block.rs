//! A block of a piece.

use std::sync::Arc;

use super::error::PieceError;
use super::limits::{MAX_LABEL_LETTERS, MAX_REPEATS};
use crate::files::sanitise;
use crate::melody::{Melody, STEPS_PER_BAR, transpose};
use crate::session::library::KeptMelody;

/// A melody in a piece: where it comes from, how often and how high it is played, and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    id: u64,
    source: Arc<KeptMelody>,
    repeats: u32,
    transposition: i8,
    label: Option<String>,
    /// Its letter; empty until its piece gives it one, and while it has a label of its own.
    letter: String,
    original: Arc<Melody>,
    /// The melody as it sounds, once.
    melody: Arc<Melody>,
}

impl Block {
    /// A block that plays a melody once, as it is. `id` tells it apart from the other blocks of its piece.
    ///
    /// # Errors
    /// [`PieceError::NoSteps`].
    pub fn new(id: u64, source: Arc<KeptMelody>) -> Result<Self, PieceError> {
        if source.identity.tokens.is_empty() {
            return Err(PieceError::NoSteps);
        }
        let original = Arc::new(Melody::from_tokens(source.identity.tokens.clone()));
        Ok(Self {
            id,
            source,
            repeats: 1,
            transposition: 0,
            label: None,
            letter: String::new(),
            melody: Arc::clone(&original),
            original,
        })
    }

    /// Tells it apart from the other blocks of its piece; stays the same wherever it is moved.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its melody, with where it comes from.
    #[must_use]
    pub fn source(&self) -> &Arc<KeptMelody> {
        &self.source
    }

    /// How often it is played, 1 to [`MAX_REPEATS`].
    #[must_use]
    pub fn repeats(&self) -> u32 {
        self.repeats
    }

    /// By how many semitones it is transposed.
    #[must_use]
    pub fn transposition(&self) -> i8 {
        self.transposition
    }

    /// The label that was given to it; `None` if it has its letter.
    #[must_use]
    pub fn own_label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The letter that follows from its notes, with a prime for each transposition before it: `A'`. It stays for as long as
    /// the block is in its piece; empty outside a piece and while it has a label of its own.
    #[must_use]
    pub fn letter(&self) -> &str {
        &self.letter
    }

    /// Gives it the letter that it had when it was stored.
    pub fn set_letter(&mut self, letter: String) {
        self.letter = letter;
    }

    /// The melody of its source.
    #[must_use]
    pub fn original(&self) -> &Arc<Melody> {
        &self.original
    }

    /// The melody as it sounds, once.
    #[must_use]
    pub fn melody(&self) -> &Arc<Melody> {
        &self.melody
    }

    /// The melody as it sounds, with all repeats.
    #[must_use]
    pub fn repeated(&self) -> Melody {
        Melody::joined(std::iter::repeat_n(&*self.melody, self.repeats as usize))
    }

    /// Length with all repeats, in sixteenth steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.melody.steps() * self.repeats as usize
    }

    /// Length with all repeats, in bars of four quarters.
    #[must_use]
    pub fn bars(&self) -> f64 {
        self.steps() as f64 / STEPS_PER_BAR as f64
    }

    /// Sets how often it is played, limited to 1 to [`MAX_REPEATS`].
    pub fn set_repeats(&mut self, repeats: u32) {
        self.repeats = repeats.clamp(1, MAX_REPEATS);
    }

    /// Transposes the melody of its source.
    ///
    /// # Errors
    /// [`PieceError::OutOfPiano`].
    pub fn set_transposition(&mut self, semitones: i8) -> Result<(), PieceError> {
        let tokens = transpose(self.original.tokens(), semitones);
        let tokens = tokens.ok_or(PieceError::OutOfPiano { semitones })?;
        self.melody = match semitones {
            0 => Arc::clone(&self.original),
            _ => Arc::new(Melody::from_tokens(tokens)),
        };
        self.transposition = semitones;
        Ok(())
    }

    /// Gives it a label of at most [`MAX_LABEL_LETTERS`]; without letters, none.
    pub fn set_label(&mut self, label: Option<&str>) {
        let label = label.map(|label| sanitise(label).replace(['\n', '\t'], " "));
        let label = label.map(|label| {
            let short: String = label.trim().chars().take(MAX_LABEL_LETTERS).collect();
            short.trim_end().to_owned()
        });
        self.label = label.filter(|label| !label.is_empty());
    }

    /// The same block under another id.
    pub(super) fn with_id(&self, id: u64) -> Self {
        Self { id, ..self.clone() }
    }
}
