//! Limits of a piece.

/// Maximum number of blocks of a piece.
pub const MAX_BLOCKS: usize = 256;
/// Maximum number of times that a block is played.
pub const MAX_REPEATS: u32 = 16;
/// Maximum number of letters of a label.
pub const MAX_LABEL_LETTERS: usize = 24;
