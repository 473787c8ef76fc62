//! Sending melodies to the player.

use std::sync::Arc;

use crate::melody::Melody;
use crate::playback::Entry;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::services::Services;
use crate::ui::state::{AppState, PlayRequest, Selection};

/// Plays a melody that is on the map (`id`), kept (`kept`, its number), or in neither.
pub(super) fn play(
    state: &mut AppState,
    services: &mut Services,
    melody: Arc<Melody>,
    id: Option<(MelodyId, u64)>,
    kept: Option<u64>,
) {
    let tag = state.playback.push(PlayRequest {
        tag: 0,
        melody: Arc::clone(&melody),
        id: id.map(|(id, _)| id),
        generation: id.map(|(_, generation)| generation),
        kept,
        sequence: Vec::new(),
        steps_each: 0,
    });
    services.player.play(melody, tag);
    // The window shows it in this frame, not in the next.
    state.playback.playhead = services.player.playhead();
}

/// Plays a melody of the map.
pub(super) fn play_melody(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let generation = state.melodies.generation();
    let Some(melody) = state
        .melodies
        .get(id)
        .map(|entry| Arc::clone(&entry.melody))
    else {
        return;
    };
    play(state, services, melody, Some((id, generation)), None);
}

/// Plays a sequence of melodies of the map, joined in `piece` with `steps_each` of every one, from `entry` on.
pub(super) fn play_sequence(
    state: &mut AppState,
    services: &mut Services,
    piece: Arc<Melody>,
    sequence: Vec<(MelodyId, Arc<Melody>)>,
    steps_each: usize,
    entry: Entry,
) {
    let tag = state.playback.push(PlayRequest {
        tag: 0,
        melody: Arc::clone(&piece),
        id: sequence.first().map(|(id, _)| *id),
        generation: Some(state.melodies.generation()),
        kept: None,
        sequence,
        steps_each,
    });
    services.player.play_from(piece, tag, entry);
    state.playback.playhead = services.player.playhead();
}

/// Shows the melody of a playing blend in the inspector, so that F keeps what is heard.
pub(in crate::ui) fn follow_blend(state: &mut AppState) {
    let (Some(playing), Some(focus)) = (state.playing_id(), state.selection.focus) else {
        return;
    };
    let set = |id| match id {
        MelodyId::Generated {
            by: GenerateMethod::Blended,
            set,
            ..
        } => Some(set),
        _ => None,
    };
    if focus != playing && set(focus).is_some() && set(focus) == set(playing) {
        state.selection.focus = Some(playing);
        if !state.selection.all.contains(&playing) {
            state.selection = Selection::single(playing);
        }
    }
}
