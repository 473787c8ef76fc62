//! A piece: melodies in a row, each repeated and transposed, with labels.
//!
//! Plain data and functions. [`Piece`] (`arrangement`) holds the blocks and changes them, `block` is one of them, `label` names
//! them by what they have in common. `session_file` stores a piece, `export` writes it as a file.

mod arrangement;
mod block;
mod error;
mod label;
#[cfg(test)]
mod tests;

pub use arrangement::{MAX_BLOCKS, Piece};
pub use block::{Block, MAX_LABEL_LETTERS, MAX_REPEATS};
pub use error::PieceError;
