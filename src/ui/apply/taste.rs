//! The user's taste: the switch, the reset, and the melody that is played first by it.

use super::play::play_melody;
use crate::session::library::now_ms;
use crate::ui::command::TasteCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, ReversibleAction, Selection};

pub(super) fn apply(state: &mut AppState, command: TasteCommand) {
    match command {
        TasteCommand::SetOn(on) => state.settings.rank_by_taste = on,
        TasteCommand::Forget => set_since(state, now_ms()),
        TasteCommand::CountAll => set_since(state, 0),
    }
    state.refresh_taste();
}

fn set_since(state: &mut AppState, since_ms: i64) {
    if since_ms != state.settings.taste_since_ms {
        let before = state.settings.taste_since_ms;
        state.push_undo(Some(ReversibleAction::RestoreTaste(before)));
        state.settings.taste_since_ms = since_ms;
    }
}

/// Undoes or redoes a reset. Returns the inverse.
pub(super) fn restore(state: &mut AppState, since_ms: i64) -> ReversibleAction {
    let now = std::mem::replace(&mut state.settings.taste_since_ms, since_ms);
    state.refresh_taste();
    ReversibleAction::RestoreTaste(now)
}

/// Selects and plays the first melody by taste of a steer that has ended, if the one that the steer has selected is still played.
pub(super) fn audition_first(state: &mut AppState, services: &mut Services) {
    state.rank_new_sets();
    let Some((auditioned, source)) = state.steer.auditioned else {
        return;
    };
    let is_heard = state.selection.focus == Some(auditioned) && state.playback.playhead.playing;
    let Some(first) = state.ranked_first(auditioned).filter(|_| is_heard) else {
        return;
    };
    if first != auditioned {
        state.selection = Selection::single(first);
        state.steer.auditioned = Some((first, source));
        play_melody(state, services, first);
    }
}
