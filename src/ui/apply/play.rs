//! Sending melodies to the player.

use std::sync::Arc;

use crate::melody::{Melody, Tokens};
use crate::playback::StartPosition;
use crate::session::library::KeptMelody;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::services::Services;
use crate::ui::state::{AppState, PlayRequest, Selection};

/// Plays one melody. `id` is its id and the generation of its map, if it is on the map; `kept_melodies` has what the library
/// would store of it, if it can be kept.
pub(super) fn play(
    state: &mut AppState,
    services: &mut Services,
    melody: Arc<Melody>,
    id: Option<(MelodyId, u64)>,
    kept_melodies: Vec<KeptMelody>,
) {
    let request = PlayRequest {
        tag: 0,
        melody,
        id: id.map(|(id, _)| id),
        generation: id.map(|(_, generation)| generation),
        sequence: Vec::new(),
        kept_melodies,
        steps_per_melody: 0,
        start_steps: Vec::new(),
        start: StartPosition::default(),
    };
    send(state, services, request);
}

/// Plays a stored melody, and selects it if it is on the shown map; `on_map` is its id there.
pub(super) fn play_stored(
    state: &mut AppState,
    services: &mut Services,
    melody: Arc<Melody>,
    stored: KeptMelody,
    on_map: Option<MelodyId>,
) {
    if let Some(id) = on_map {
        let selection = Selection::single(id);
        if state.selection != selection {
            state.push_undo(None);
            state.selection = selection;
        }
    }
    let id = on_map.map(|id| (id, state.melodies.generation()));
    play(state, services, melody, id, vec![stored]);
}

/// Sends a new or repeated request to the player.
pub(super) fn send(state: &mut AppState, services: &mut Services, request: PlayRequest) {
    let (melody, start) = (Arc::clone(&request.melody), request.start);
    let is_sequence = !request.sequence.is_empty();
    let tag = state.playback.push(request);
    if is_sequence {
        services.player.play_from(melody, tag, start);
    } else {
        services.player.play(melody, tag);
    }
    state.settings.has_played = true;
    // So that this frame shows it already.
    state.playback.playhead = services.player.playhead();
}

/// Plays a melody of the map.
pub(super) fn play_melody(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let generation = state.melodies.generation();
    let Some(entry) = state.melodies.get(id) else {
        return;
    };
    let (melody, kept_melody) = (Arc::clone(&entry.melody), state.kept_melody_of(entry));
    play(
        state,
        services,
        melody,
        Some((id, generation)),
        vec![kept_melody],
    );
}

/// Plays a sequence of melodies of the map from `start` on. `piece` has `steps_per_melody` steps of each of them.
pub(super) fn play_sequence(
    state: &mut AppState,
    services: &mut Services,
    piece: Arc<Melody>,
    sequence: Vec<(MelodyId, Arc<Melody>)>,
    steps_per_melody: usize,
    start: StartPosition,
) {
    let kept_melodies = sequence
        .iter()
        .map(|(id, _)| Some(state.kept_melody_of(state.melodies.get(*id)?)))
        .collect::<Option<_>>()
        .unwrap_or_default();
    let request = PlayRequest {
        tag: 0,
        melody: piece,
        id: sequence.first().map(|(id, _)| *id),
        generation: Some(state.melodies.generation()),
        sequence,
        kept_melodies,
        steps_per_melody,
        start_steps: Vec::new(),
        start,
    };
    send(state, services, request);
}

/// One of several melodies that are played one after another.
pub(super) struct TurnMelody {
    /// Its id.
    pub id: MelodyId,
    /// The melody.
    pub melody: Arc<Melody>,
    /// What the library would store of it.
    pub stored: KeptMelody,
}

/// Plays melodies one after another, each as long as the longest: a shorter one is repeated. `generation` is that of their map,
/// if they are all on one.
pub(super) fn play_in_turn(
    state: &mut AppState,
    services: &mut Services,
    melodies: Vec<TurnMelody>,
    generation: Option<u64>,
) {
    let lengths = melodies.iter().map(|turn| turn.melody.steps());
    let Some(steps) = lengths.max().filter(|steps| *steps > 0) else {
        return;
    };
    let repeated_melodies: Vec<Melody> = melodies
        .iter()
        .map(|turn| repeated(&turn.melody, steps))
        .collect();
    let request = PlayRequest {
        tag: 0,
        melody: Arc::new(Melody::joined(&repeated_melodies)),
        id: melodies.first().map(|turn| turn.id),
        generation,
        sequence: melodies
            .iter()
            .map(|turn| (turn.id, Arc::clone(&turn.melody)))
            .collect(),
        kept_melodies: melodies.into_iter().map(|turn| turn.stored).collect(),
        steps_per_melody: steps,
        start_steps: Vec::new(),
        start: StartPosition::default(),
    };
    state.probes.cancel();
    send(state, services, request);
}

/// A melody repeated to a number of steps; the last repetition may be cut.
fn repeated(melody: &Melody, steps: usize) -> Melody {
    if melody.steps() == steps {
        return melody.clone();
    }
    let times = steps.div_ceil(melody.steps().max(1));
    let joined = Melody::joined(std::iter::repeat_n(melody, times));
    let tokens = joined.tokens().as_slice().iter().copied();
    Tokens::new(tokens.take(steps).collect()).map_or(joined, Melody::from_tokens)
}

/// Shows the melody of a playing blend in the inspector, so that F keeps what is heard.
pub(in crate::ui) fn select_playing_of_blend(state: &mut AppState) {
    let (Some(playing), Some(focus)) = (state.playing_id(), state.selection.focus) else {
        return;
    };
    let blend_set = |id| match id {
        MelodyId::Generated {
            method: GenerateMethod::Blended,
            set,
            ..
        } => Some(set),
        _ => None,
    };
    if focus != playing && blend_set(focus).is_some() && blend_set(focus) == blend_set(playing) {
        state.selection.focus = Some(playing);
        if !state.selection.all.contains(&playing) {
            state.selection = Selection::single(playing);
        }
    }
}
