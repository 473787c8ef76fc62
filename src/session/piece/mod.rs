//! A piece: melodies in a row, each repeated and transposed, with labels.
//!
//! Plain data and functions. [`Piece`] (`arrangement`) holds the blocks and changes them, `block` is one of them, `label` names
//! them by what they have in common. `session_file` stores a piece, `export` writes it as a file.

mod arrangement;
mod block;
mod error;
mod label;
mod limits;
#[cfg(test)]
mod tests;

pub use arrangement::Piece;
pub use block::Block;
pub use error::PieceError;
pub use limits::{MAX_BLOCKS, MAX_LABEL_LETTERS, MAX_REPEATS};
