//! A piece: a sequence of melodies, each with its repeats, transposition and label.
//!
//! Plain data and functions. [`Piece`] (`arrangement`) is a list of blocks and its changes, `block` a single block, `label` finds
//! the automatic labels. `session_file` stores a piece, `export` writes it as a file.

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
