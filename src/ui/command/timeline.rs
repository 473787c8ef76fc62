//! Actions on the timeline.

use crate::sweep::MelodyId;

/// Actions on the timeline. Blocks are identified by their index.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineCommand {
    /// Show the timeline in place of the kept melodies, or these again.
    Show(bool),
    /// Add a melody after the selected block, or at the end. The new block is selected.
    Add(TimelineSource),
    /// Select a block, or none.
    SelectBlock(Option<usize>),
    /// Remove a block.
    Remove(usize),
    /// Move the block at the first index to the second.
    Move(usize, usize),
    /// Add a copy of a block after it.
    Duplicate(usize),
    /// Set how often a block is played.
    SetRepeats(usize, u32),
    /// Transpose the melody of a block by so many semitones.
    Transpose(usize, i8),
    /// Add a melody of the model between a block and the next one.
    Bridge(usize),
    /// Add a variation of a block, by the model, after it.
    Vary(usize),
    /// Set the label of a block; `None` gives it the automatic label of its melody.
    Rename(usize, Option<String>),
    /// Loop the blocks from one index to another (both included); `None` loops the whole timeline.
    SetLoop(Option<(usize, usize)>),
    /// Play from the selected block on, or stop.
    PlayStop,
    /// Play from this block on.
    PlayFrom(usize),
}

/// A melody that is added to the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineSource {
    /// The melody in the inspector.
    Shown,
    /// A melody of the map.
    Melody(MelodyId),
    /// A kept melody, by its number.
    Kept(u64),
    /// An entry of the history, by its number.
    Heard(u64),
    /// A block of the timeline, by its id.
    Block(u64),
}
