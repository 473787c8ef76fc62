//! The latent points of blocks of the timeline, near or between which the model can write melodies.

use super::app_state::AppState;
use crate::latent::LatentPoint;
use crate::session::piece::Block;

impl AppState {
    /// The id of the block at a place, and the latent points of it and of the next one, if the open model decodes both.
    pub fn bridge_ends(&self, place: usize) -> Option<(u64, LatentPoint, LatentPoint)> {
        let next = self.timeline.piece.blocks().get(place.checked_add(1)?)?;
        let (block, from) = self.variation_centre(place)?;
        Some((block, from, self.latent_of(next)?))
    }

    /// The id of the block at a place, and its latent point, if the open model decodes it.
    pub fn variation_centre(&self, place: usize) -> Option<(u64, LatentPoint)> {
        let block = self.timeline.piece.blocks().get(place)?;
        let point = self.latent_of(block).filter(|_| self.can_decode())?;
        Some((block.id(), point))
    }

    fn latent_of(&self, block: &Block) -> Option<LatentPoint> {
        let source = block.source();
        let is_decoded = source.identity.weights_hash == self.weights_hash();
        source.latent.clone().filter(|_| is_decoded)
    }
}
