//! The timeline: the piece that is arranged, and which of its blocks is selected.

use std::sync::Arc;

use crate::session::piece::Piece;

/// The piece of the session and how it is shown.
#[derive(Default)]
pub struct TimelineState {
    /// The blocks.
    pub piece: Arc<Piece>,
    /// Whether the window shows it in place of the kept melodies.
    pub shown: bool,
    /// Id of the selected block.
    selected: Option<u64>,
    /// Number of play requests so far when a block was last selected by hand.
    pub(super) requests_when_selected: Option<u64>,
    /// The blocks that were sent to the player last.
    pub(super) played: Option<PlayedPiece>,
}

/// Blocks that were sent to the player.
#[derive(Clone)]
pub struct PlayedPiece {
    /// Tag of the request.
    pub tag: u64,
    /// Ids of the blocks.
    pub blocks: Vec<u64>,
    /// The step at which each starts.
    pub starts: Vec<usize>,
    /// The loop that is ignored because a block outside it was started: ids of its first and last block.
    pub ignored_loop: Option<(u64, u64)>,
}

impl TimelineState {
    /// The place of the selected block.
    pub fn selected(&self) -> Option<usize> {
        self.piece.index_of(self.selected?)
    }

    /// Selects the block at a place, or none.
    pub(in crate::ui) fn select(&mut self, place: Option<usize>) {
        let block = place.and_then(|place| self.piece.blocks().get(place));
        self.selected = block.map(|block| block.id());
    }

    /// Records that a block was selected by hand after this number of play requests.
    pub(in crate::ui) fn record_selection(&mut self, requests: u64) {
        self.requests_when_selected = Some(requests);
    }

    /// The loop that the playing piece ignores: ids of its first and last block.
    pub(in crate::ui) fn ignored_loop(&self) -> Option<(u64, u64)> {
        self.played.as_ref().and_then(|played| played.ignored_loop)
    }

    /// Shows another state of the piece. The selected block stays so while it is there.
    pub(in crate::ui) fn set_piece(&mut self, piece: Arc<Piece>) {
        self.piece = piece;
    }

    /// The piece of a session that was opened, in place of this one.
    pub(in crate::ui) fn restore(&mut self, piece: Arc<Piece>) {
        *self = Self {
            piece,
            shown: self.shown,
            ..Self::default()
        };
    }

    /// Records what was sent to the player.
    pub(in crate::ui) fn record_played(&mut self, played: PlayedPiece) {
        self.played = Some(played);
    }
}
