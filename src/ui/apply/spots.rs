//! Spots between the points of the map.

use super::model::MODEL_NOT_OPEN;
use super::play::play_melody;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::command::SpotCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, Selection};
use crate::worker::{Preview, PreviewRequest};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: SpotCommand) {
    match command {
        SpotCommand::Play { at, latent } => {
            let Some(worker) = &services.worker else {
                return;
            };
            if !state.can_decode() {
                state.notices.info(MODEL_NOT_OPEN);
                return;
            }
            state.spots.requests += 1;
            worker.preview(PreviewRequest {
                number: state.spots.requests,
                at,
                latent,
            });
        }
        SpotCommand::PointerLeft => {
            state.spots.cancel();
            // Anything else that was started meanwhile, such as a kept melody, plays on.
            let last = state.playback.last().and_then(|last| last.id);
            if last.is_some_and(is_spot) {
                services.sound.finish_bar();
            }
        }
        SpotCommand::SetPlayBy(by) => state.settings.play_by = by,
    }
}

fn is_spot(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Generated {
            by: GenerateMethod::Spot,
            ..
        }
    )
}

/// Takes the decoded melody of a spot: plays it and shows it in the inspector.
pub(in crate::ui) fn take(state: &mut AppState, services: &mut Services, preview: Preview) {
    let Preview {
        request,
        melody,
        attributes,
    } = preview;
    // Requested on another map, or the pointer has left since.
    if request.number <= state.spots.cancelled {
        return;
    }
    let id = MelodyId::Generated {
        by: GenerateMethod::Spot,
        set: request.number,
        index: 0,
    };
    let entry = MelodyEntry {
        id,
        melody,
        attributes,
        position: request.at,
    };
    if !state.selection.focus.is_some_and(is_spot) {
        state.push_undo(None);
    }
    state.library.add_spot(entry, request.latent);
    state.selection = Selection::one(id);
    state.steer.highlighted = None;
    state.settings.hint_done = true;
    play_melody(state, services, id);
}
