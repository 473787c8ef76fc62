//! Playing spots between the points of the map.

use super::Services;
use super::listening::play_entry;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::command::SpotCommand;
use crate::ui::state::{AppState, Selection};
use crate::worker::{Preview, PreviewRequest};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: SpotCommand) {
    match command {
        SpotCommand::Ask { at, latent } => {
            let Some(worker) = &services.worker else {
                return;
            };
            if !state.decodes() {
                state.notices.note(super::maps::NOT_OPEN);
                return;
            }
            state.spots.asked += 1;
            worker.preview(PreviewRequest {
                number: state.spots.asked,
                at,
                latent,
            });
        }
        // What somebody chose meanwhile, such as a kept melody, goes on.
        SpotCommand::Leave => {
            let spot = |id| {
                matches!(
                    id,
                    MelodyId::Generated {
                        by: GenerateMethod::Spot,
                        ..
                    }
                )
            };
            state.spots.forget();
            if state
                .listening
                .last()
                .and_then(|last| last.id)
                .is_some_and(spot)
            {
                services.sound.finish_bar();
            }
        }
        SpotCommand::PlayBy(by) => state.settings.play_by = by,
    }
}

/// Takes the melody of a spot: it is heard, and shown in the inspector.
pub(in crate::ui) fn take(state: &mut AppState, services: &mut Services, preview: Preview) {
    let Preview {
        request,
        melody,
        attributes,
    } = preview;
    // Asked for on another map, or the pointer has left since.
    if request.number <= state.spots.forgotten {
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
    let was_spot = state.selection.focus.is_some_and(|id| {
        matches!(
            id,
            MelodyId::Generated {
                by: GenerateMethod::Spot,
                ..
            }
        )
    });
    if !was_spot {
        state.remember(None);
    }
    state.library.add_spot(entry, request.latent);
    state.selection = Selection::one(id);
    state.steer.showing = None;
    state.settings.hint_done = true;
    play_entry(state, services, id);
}
