//! Commands that other programs send by OSC, and the selection that is sent to them.

use std::time::Instant;

use super::{kept_melodies, selection, steer_goals, transport};
use crate::attributes::attribute_index;
use crate::playback::OscSelection;
use crate::playback::input::{OscCommand, OscSettings};
use crate::sweep::MelodyId;
use crate::ui::services::Services;
use crate::ui::state::{AppState, MapMelodies};

/// Chooses the ports.
pub(super) fn set_osc(state: &mut AppState, services: &mut Services, settings: OscSettings) {
    state.settings.osc = settings.clamped();
    services.player.set_osc(state.settings.osc);
}

/// Executes a command. A command that names an unknown melody or attribute is counted.
pub(super) fn execute(state: &mut AppState, services: &mut Services, command: OscCommand) {
    let is_known = match command {
        OscCommand::Select(id) => match find_by_slug(&state.melodies, &id) {
            Some(id) => {
                selection::select(state, services, id);
                true
            }
            None => false,
        },
        OscCommand::PlayPosition(position) => {
            state.midi_input.map_position = Some(position);
            true
        }
        OscCommand::Play(playing) => {
            // The playhead of the last frame may be out of date.
            state.playback.playhead = services.player.playhead();
            if playing != state.playback.playhead.playing {
                transport::play_stop(state, services);
            }
            true
        }
        OscCommand::Keep => kept_melodies::keep_shown(state, services),
        OscCommand::Steer { attribute, value } => match attribute_index(&attribute) {
            Some(attribute) => {
                steer_goals::want(state, attribute, value);
                state.midi_input.control_moved(attribute, Instant::now());
                true
            }
            None => false,
        },
        OscCommand::Tempo(tempo) => {
            transport::set_tempo(state, services, tempo);
            true
        }
    };
    if !is_known {
        state.midi_input.osc_unknown_item_count += 1;
    }
}

/// The melody of the map with this id, in the short form that file names have.
fn find_by_slug(melodies: &MapMelodies, slug: &str) -> Option<MelodyId> {
    if let Some(id) = MelodyId::from_slug(slug) {
        return melodies.get(id).map(|entry| entry.id);
    }
    let generated = melodies.generated_sets().flat_map(|(_, set)| &set.entries);
    let mut added = melodies.steered().chain(generated).map(|entry| entry.id);
    added.find(|id| id.slug() == slug)
}

/// Sends the selection if it has changed.
pub(super) fn send_selection(state: &mut AppState, services: &mut Services) {
    let focus = state.selection.focus;
    if state.midi_input.osc_selection == focus {
        return;
    }
    state.midi_input.osc_selection = focus;
    let entry = focus.and_then(|id| state.melodies.get(id));
    let bounds = state.melodies.bounds();
    let selection = entry.zip(bounds).map(|(entry, bounds)| OscSelection {
        id: entry.id.slug(),
        position: [0, 1].map(|axis| {
            let [low, high] = bounds[axis];
            // All melodies may have one position.
            (entry.position[axis] - low) / (high - low).max(f64::MIN_POSITIVE)
        }),
    });
    services.player.send_selection(selection);
}
