//! Limits of a piece.

/// Most blocks of a piece.
pub const MAX_BLOCKS: usize = 256;
/// Most repeats of a block.
pub const MAX_REPEATS: u32 = 16;
/// Letters of the longest label.
pub const MAX_LABEL_LETTERS: usize = 24;
