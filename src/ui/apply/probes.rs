//! Probes between the points of the map.

use super::model::MODEL_NOT_OPEN;
use super::play::play_melody;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::command::ProbeCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, Selection};
use crate::worker::{DecodedProbe, ProbeRequest};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: ProbeCommand) {
    match command {
        ProbeCommand::Play { at, latent } => {
            let Some(worker) = &services.worker else {
                return;
            };
            if !state.can_decode() {
                state.notices.info(MODEL_NOT_OPEN);
                return;
            }
            state.probes.requests += 1;
            worker.decode_probe(ProbeRequest {
                number: state.probes.requests,
                position: at,
                latent,
            });
        }
        ProbeCommand::PointerLeft => {
            state.probes.cancel();
            // Anything else that was started meanwhile, such as a kept melody, plays on.
            let last = state.playback.last_request().and_then(|last| last.id);
            if last.is_some_and(is_probe) {
                services.player.finish_bar();
            }
        }
        ProbeCommand::SetPlayBy(play_by) => state.settings.play_by = play_by,
    }
}

fn is_probe(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Generated {
            method: GenerateMethod::Probe,
            ..
        }
    )
}

/// Takes the decoded melody of a probe: plays it and shows it in the inspector.
pub(in crate::ui) fn receive(state: &mut AppState, services: &mut Services, probe: DecodedProbe) {
    let DecodedProbe {
        request,
        melody,
        attributes,
    } = probe;
    // Requested on another map, or the pointer has left since.
    if request.number <= state.probes.cancelled {
        return;
    }
    let id = MelodyId::Generated {
        method: GenerateMethod::Probe,
        set: request.number,
        index: 0,
    };
    let entry = MelodyEntry {
        id,
        melody,
        attributes,
        position: request.position,
    };
    if !state.selection.focus.is_some_and(is_probe) {
        state.push_undo(None);
    }
    state.melodies.add_probe(entry, request.latent);
    state.selection = Selection::single(id);
    state.steer.highlighted = false;
    play_melody(state, services, id);
}
