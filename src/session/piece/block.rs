//! A block of a piece.

use std::sync::Arc;

use super::error::PieceError;
use super::limits::{MAX_LABEL_LETTERS, MAX_REPEATS};
use crate::files::sanitise;
use crate::melody::{Melody, STEPS_PER_BAR, transpose};
use crate::session::library::KeptMelody;

/// A melody in a piece, with its source, repeats, transposition and label.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    id: u64,
    source: Arc<KeptMelody>,
    repeats: u32,
    transposition: i8,
    label: Option<String>,
    /// See [`Self::letter`].
    letter: String,
    original: Arc<Melody>,
    /// One repeat of the melody, transposed.
    melody: Arc<Melody>,
}

impl Block {
    /// Creates a block that plays a melody once, not transposed. `id` identifies it in its piece.
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

    /// Identifies the block in its piece, wherever it is moved.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The kept melody that the block plays.
    #[must_use]
    pub fn source(&self) -> &Arc<KeptMelody> {
        &self.source
    }

    /// Number of times that it is played, 1 to [`MAX_REPEATS`].
    #[must_use]
    pub fn repeats(&self) -> u32 {
        self.repeats
    }

    /// Transposition in semitones.
    #[must_use]
    pub fn transposition(&self) -> i8 {
        self.transposition
    }

    /// The label that the user gave it; `None` if its label is its letter.
    #[must_use]
    pub fn user_label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The automatic label: a letter, with a prime for each transposition of the same melody before it, as in `A'`. Set by the piece
    /// when the block is added, and kept while the block is in it. Empty outside a piece and while the block has a user label.
    #[must_use]
    pub fn letter(&self) -> &str {
        &self.letter
    }

    /// Sets the letter, as read from a file. A piece replaces it if it does not fit the other blocks.
    pub fn set_letter(&mut self, letter: String) {
        self.letter = letter;
    }

    /// The melody of its source, not transposed.
    #[must_use]
    pub fn original(&self) -> &Arc<Melody> {
        &self.original
    }

    /// One repeat of the melody, transposed.
    #[must_use]
    pub fn melody(&self) -> &Arc<Melody> {
        &self.melody
    }

    /// All repeats of the melody, transposed.
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

    /// Sets the number of times that it is played, clamped to 1 to [`MAX_REPEATS`].
    pub fn set_repeats(&mut self, repeats: u32) {
        self.repeats = repeats.clamp(1, MAX_REPEATS);
    }

    /// Sets the transposition of the melody of its source.
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

    /// Sets the label, cut to [`MAX_LABEL_LETTERS`]; `None` or a blank text removes it.
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
