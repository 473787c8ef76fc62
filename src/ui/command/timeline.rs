//! Actions on the timeline.

use crate::sweep::MelodyId;

/// Actions on the timeline. Blocks are known by their places in the row, from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineCommand {
    /// Show the timeline in place of the kept melodies, or these again.
    Show(bool),
    /// Add a melody behind the selected block, or at the end. The new block is selected.
    Add(TimelineSource),
    /// Select a block, or none.
    SelectBlock(Option<usize>),
    /// Remove a block.
    Remove(usize),
    /// Move a block to another place.
    Move(usize, usize),
    /// Add a copy of a block behind it.
    Duplicate(usize),
    /// Set how often a block is played.
    SetRepeats(usize, u32),
    /// Transpose the melody of a block by so many semitones.
    Transpose(usize, i8),
    /// Have the model write a melody between a block and the next one.
    Bridge(usize),
    /// Have the model write a variation of a block behind it.
    Vary(usize),
    /// Give a block a label, or the one that follows from its notes.
    Rename(usize, Option<String>),
    /// Loop the blocks from one place to another, or the whole timeline.
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
