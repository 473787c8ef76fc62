//! Which blocks of the timeline the model can write a melody between.

use super::app_state::AppState;
use crate::latent::LatentPoint;
use crate::session::piece::Block;

impl AppState {
    /// The id of the block at a place, and the latent points of it and of the next one, if the open model decodes both.
    pub fn bridge_ends(&self, place: usize) -> Option<(u64, LatentPoint, LatentPoint)> {
        let blocks = self.timeline.piece.blocks();
        let (from, to) = (blocks.get(place)?, blocks.get(place.checked_add(1)?)?);
        let point = |block: &Block| {
            let source = block.source();
            let is_decoded = source.identity.weights_hash == self.weights_hash();
            source.latent.clone().filter(|_| is_decoded)
        };
        let ends = (from.id(), point(from)?, point(to)?);
        self.can_decode().then_some(ends)
    }
}
