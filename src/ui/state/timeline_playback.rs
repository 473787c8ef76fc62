//! Which block of the timeline plays, and whether Play plays the timeline.

use super::app_state::AppState;

/// A block that plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayingBlock {
    /// Its id.
    pub id: u64,
    /// The step at which it starts in what was sent to the player.
    pub start: usize,
    /// The playhead in it, steps.
    pub step: f64,
}

impl AppState {
    /// The block that plays now.
    pub fn playing_block(&self) -> Option<PlayingBlock> {
        let played = self.timeline.played.as_ref()?;
        let request = self.playback.now_playing()?;
        if request.tag != played.tag {
            return None;
        }
        let (index, _) = request.visit(self.playback.playhead.step)?;
        let start = *played.starts.get(index)?;
        Some(PlayingBlock {
            id: *played.blocks.get(index)?,
            start,
            step: self.playback.playhead.step - start as f64,
        })
    }

    /// Whether Play plays the timeline: it played last, or one of its blocks was selected since.
    pub fn play_means_timeline(&self) -> bool {
        let timeline = &self.timeline;
        let last_tag = self.playback.last_request().map_or(0, |last| last.tag);
        let played = timeline.played.as_ref();
        let selected = timeline.shown
            && timeline
                .requests_when_selected
                .is_some_and(|requests| requests >= last_tag);
        !timeline.piece.is_empty()
            && (selected || played.is_some_and(|played| played.tag == last_tag))
    }
}
