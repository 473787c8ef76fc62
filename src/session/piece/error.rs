//! Errors of changing a piece.

use super::limits::MAX_BLOCKS;
use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};

/// Error of a change of a piece, which leaves the piece as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PieceError {
    /// It has as many blocks as it can have.
    #[error(
        "the timeline has {MAX_BLOCKS} blocks, as many as it holds; remove one, or repeat a block in place of adding it again"
    )]
    Full,
    /// The melody has no steps.
    #[error("this melody is empty and cannot be added to the timeline; choose another one")]
    NoSteps,
    /// A note would be outside the range of a piano.
    #[error(
        "transposed by {semitones} semitones, a note of this block would leave the piano (MIDI {LOWEST_PITCH} to {HIGHEST_PITCH}); transpose it by less"
    )]
    OutOfPiano {
        /// The transposition.
        semitones: i8,
    },
    /// There is no such block.
    #[error("the timeline has no block {number}")]
    NoBlock {
        /// Its number, counted from 1.
        number: usize,
    },
}
