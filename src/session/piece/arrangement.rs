//! [`Piece`]: a sequence of blocks, and its changes.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::block::Block;
use super::error::PieceError;
use super::label;
use super::limits::MAX_BLOCKS;
use crate::melody::{Melody, STEPS_PER_BAR};
use crate::session::library::KeptMelody;

/// Blocks that are played one after another, and which of them are looped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    blocks: Vec<Block>,
    /// The largest id that a block has had.
    last_id: u64,
    /// Ids of the blocks at the two ends of the loop, in any order.
    loop_ends: Option<(u64, u64)>,
}

impl Piece {
    /// Creates a piece with a loop between two of its blocks, given by their ids. Blocks beyond [`MAX_BLOCKS`], blocks whose id
    /// another block has already, and a loop with an unknown id are left out.
    #[must_use]
    pub fn new(blocks: Vec<Block>, loop_ends: Option<(u64, u64)>) -> Self {
        let mut piece = Self::default();
        for block in blocks {
            let is_known = piece.index_of(block.id()).is_some();
            if !is_known && piece.blocks.len() < MAX_BLOCKS {
                piece.last_id = piece.last_id.max(block.id());
                piece.blocks.push(block);
            }
        }
        label::restore_letters(&mut piece.blocks);
        piece.loop_ends =
            loop_ends.filter(|(a, b)| piece.index_of(*a).is_some() && piece.index_of(*b).is_some());
        piece
    }

    /// The blocks, in order.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Number of blocks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether it has no blocks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The index of the block with this id.
    #[must_use]
    pub fn index_of(&self, id: u64) -> Option<usize> {
        self.blocks.iter().position(|block| block.id() == id)
    }

    /// Length in sixteenth steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.blocks.iter().map(Block::steps).sum()
    }

    /// Length in bars of four quarters.
    #[must_use]
    pub fn bars(&self) -> f64 {
        self.steps() as f64 / STEPS_PER_BAR as f64
    }

    /// The step at which each block starts.
    #[must_use]
    pub fn starts(&self) -> Vec<usize> {
        let mut next_start = 0;
        let start = |block: &Block| {
            let start = next_start;
            next_start += block.steps();
            start
        };
        self.blocks.iter().map(start).collect()
    }

    /// The label of each block: that given by the user, or its letter.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        label::labels(&self.blocks)
    }

    /// Indices of the looped blocks; `None` if the whole piece is looped.
    #[must_use]
    pub fn loop_range(&self) -> Option<RangeInclusive<usize>> {
        let (a, b) = self.loop_ends?;
        let (a, b) = (self.index_of(a)?, self.index_of(b)?);
        Some(a.min(b)..=a.max(b))
    }

    /// Ids of the blocks at the two ends of the loop, in any order.
    #[must_use]
    pub fn loop_ends(&self) -> Option<(u64, u64)> {
        self.loop_ends
    }

    /// The index of the first looped block, and the looped blocks: all blocks if no loop is set.
    #[must_use]
    pub fn looped_blocks(&self) -> (usize, &[Block]) {
        let looped = self.loop_range().and_then(|range| {
            let first = *range.start();
            Some((first, self.blocks.get(range)?))
        });
        looped.unwrap_or((0, &self.blocks))
    }

    /// Joins blocks with their repeats into one melody.
    #[must_use]
    pub fn joined(blocks: &[Block]) -> Melody {
        let repeated = |block: &Block| {
            std::iter::repeat_n(Arc::clone(block.melody()), block.repeats() as usize)
        };
        let melodies: Vec<Arc<Melody>> = blocks.iter().flat_map(repeated).collect();
        Melody::joined(melodies.iter().map(|melody| &**melody))
    }

    /// Inserts a melody as a block before the one at `index`, or at the end. Returns its id.
    ///
    /// # Errors
    /// [`PieceError::Full`], [`PieceError::NoSteps`].
    pub fn insert(&mut self, index: usize, source: Arc<KeptMelody>) -> Result<u64, PieceError> {
        self.insert_block(index, &Block::new(0, source)?)
    }

    /// Inserts a copy of a block under a new id, as [`Self::insert`] does. Returns the id.
    ///
    /// # Errors
    /// [`PieceError::Full`].
    fn insert_block(&mut self, index: usize, block: &Block) -> Result<u64, PieceError> {
        if self.blocks.len() >= MAX_BLOCKS {
            return Err(PieceError::Full);
        }
        self.last_id += 1;
        let block = block.with_id(self.last_id);
        let index = index.min(self.blocks.len());
        self.blocks.insert(index, block);
        label::assign_letter(&mut self.blocks, index);
        Ok(self.last_id)
    }

    /// Removes a block. If it was an end of the loop, the neighbour inside the loop becomes the end.
    ///
    /// # Errors
    /// [`PieceError::NoBlock`].
    pub fn remove(&mut self, index: usize) -> Result<Block, PieceError> {
        let id = self.block(index)?.id();
        if let Some(range) = self.loop_range() {
            let id_at = |index: usize| self.blocks.get(index).map(Block::id);
            let (first, last) = (*range.start(), *range.end());
            let ends = if first == last && first == index {
                None
            } else if first == index {
                id_at(first + 1).zip(id_at(last))
            } else if last == index {
                id_at(first).zip(id_at(last - 1))
            } else {
                self.loop_ends
            };
            self.loop_ends = ends;
        }
        let removed = self.blocks.remove(index);
        debug_assert_eq!(removed.id(), id);
        Ok(removed)
    }

    /// Moves a block from one index to another; an index beyond the last means the last.
    ///
    /// # Errors
    /// [`PieceError::NoBlock`].
    pub fn move_to(&mut self, from: usize, to: usize) -> Result<(), PieceError> {
        self.block(from)?;
        let block = self.blocks.remove(from);
        self.blocks.insert(to.min(self.blocks.len()), block);
        Ok(())
    }

    /// Inserts a copy of a block after it. Returns its id.
    ///
    /// # Errors
    /// [`PieceError::NoBlock`], [`PieceError::Full`].
    pub fn duplicate(&mut self, index: usize) -> Result<u64, PieceError> {
        let block = self.block(index)?.clone();
        self.insert_block(index + 1, &block)
    }

    /// Sets how many times a block is played; see [`Block::set_repeats`].
    ///
    /// # Errors
    /// [`PieceError::NoBlock`].
    pub fn set_repeats(&mut self, index: usize, repeats: u32) -> Result<(), PieceError> {
        self.block_mut(index)?.set_repeats(repeats);
        Ok(())
    }

    /// Transposes the melody of a block.
    ///
    /// # Errors
    /// [`PieceError::NoBlock`], [`PieceError::OutOfPiano`].
    pub fn transpose(&mut self, index: usize, semitones: i8) -> Result<(), PieceError> {
        self.block_mut(index)?.set_transposition(semitones)?;
        label::assign_letter(&mut self.blocks, index);
        Ok(())
    }

    /// Sets the label of a block, or its letter again with `None`; see [`Block::set_label`]. Other blocks that have that letter get
    /// another one.
    ///
    /// # Errors
    /// [`PieceError::NoBlock`].
    pub fn rename(&mut self, index: usize, label: Option<&str>) -> Result<(), PieceError> {
        self.block_mut(index)?.set_label(label);
        label::update_letters(&mut self.blocks, index);
        Ok(())
    }

    /// Loops the blocks between two indices, or the whole piece with `None`.
    ///
    /// # Errors
    /// [`PieceError::NoBlock`].
    pub fn set_loop(&mut self, range: Option<(usize, usize)>) -> Result<(), PieceError> {
        self.loop_ends = match range {
            Some((from, to)) => Some((self.block(from)?.id(), self.block(to)?.id())),
            None => None,
        };
        Ok(())
    }

    fn block(&self, index: usize) -> Result<&Block, PieceError> {
        let number = index.saturating_add(1);
        self.blocks.get(index).ok_or(PieceError::NoBlock { number })
    }

    fn block_mut(&mut self, index: usize) -> Result<&mut Block, PieceError> {
        let number = index.saturating_add(1);
        let block = self.blocks.get_mut(index);
        block.ok_or(PieceError::NoBlock { number })
    }
}
