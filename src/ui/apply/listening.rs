//! Playing, tempo and taps.

use std::sync::Arc;

use super::Services;
use crate::melody::Melody;
use crate::playback::Entry;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::options::{MAX_TEMPO, MIN_TEMPO};
use crate::ui::state::{AppState, Selection, Sounding};

/// Melodies the player may still be talking about: a sweep of the pointer hands over up to 17 between two sixteenths of the
/// slowest tempo.
const HANDED: usize = 24;
/// A pause this long starts a new series of taps, seconds.
const TAP_PAUSE: f64 = 2.0;
/// Taps that are averaged.
const TAPS: usize = 5;

pub(super) fn hand_over(
    state: &mut AppState,
    services: &mut Services,
    melody: Arc<Melody>,
    id: Option<(MelodyId, u64)>,
    kept: Option<u64>,
) {
    let listening = &mut state.listening;
    listening.last_tag += 1;
    listening.handed.push(Sounding {
        tag: listening.last_tag,
        melody: Arc::clone(&melody),
        id: id.map(|(id, _)| id),
        generation: id.map(|(_, generation)| generation),
        kept,
        way: Vec::new(),
        each: 0,
    });
    if listening.handed.len() > HANDED {
        listening.handed.remove(0);
    }
    services.sound.play(melody, listening.last_tag);
    // The picture follows in the same frame, not one later.
    listening.playhead = services.sound.playhead();
}

/// Plays a piece made of melodies of the map, `each` steps of every one, from where `entry` says.
pub(super) fn hand_over_way(
    state: &mut AppState,
    services: &mut Services,
    piece: Arc<Melody>,
    way: Vec<(MelodyId, Arc<Melody>)>,
    each: usize,
    entry: Entry,
) {
    let generation = state.library.generation();
    let listening = &mut state.listening;
    listening.last_tag += 1;
    listening.handed.push(Sounding {
        tag: listening.last_tag,
        melody: Arc::clone(&piece),
        id: way.first().map(|(id, _)| *id),
        generation: Some(generation),
        kept: None,
        way,
        each,
    });
    if listening.handed.len() > HANDED {
        listening.handed.remove(0);
    }
    let tag = listening.last_tag;
    services.sound.play_from(piece, tag, entry);
    listening.playhead = services.sound.playhead();
}

/// The inspector goes along with a blend that plays, so that F keeps what is heard.
pub(in crate::ui) fn follow_blend(state: &mut AppState) {
    let Some(playing) = state.sounding_id() else {
        return;
    };
    let Some(focus) = state.selection.focus else {
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
            state.selection = Selection::one(playing);
        }
    }
}

/// Plays a melody of the map.
pub(super) fn play_entry(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let generation = state.library.generation();
    let Some(melody) = state.library.get(id).map(|entry| Arc::clone(&entry.melody)) else {
        return;
    };
    hand_over(state, services, melody, Some((id, generation)), None);
}

pub(super) fn play_kept(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(kept) = state.tray.get(number) else {
        return;
    };
    let melody = Arc::clone(&kept.melody);
    let on_map = state.on_map(kept);
    // A kept melody of the current map is also found there.
    if let Some(id) = on_map {
        let selection = Selection::one(id);
        if state.selection != selection {
            state.remember(None);
            state.selection = selection;
        }
    }
    let id = on_map.map(|id| (id, state.library.generation()));
    hand_over(state, services, melody, id, Some(number));
}

pub(super) fn play_stop(state: &mut AppState, services: &mut Services) {
    if state.listening.playhead.playing {
        services.sound.stop();
        state.listening.playhead = services.sound.playhead();
        return;
    }
    if super::path::resumes(state) {
        super::path::play(state, services);
    } else if let Some(id) = state.selection.focus {
        play_entry(state, services, id);
    } else if let Some(last) = state.listening.last().cloned() {
        let id = last.id.zip(last.generation);
        hand_over(state, services, last.melody, id, last.kept);
    } else {
        // Nothing was chosen yet: begin with the first melody there is.
        let first = state
            .library
            .swept()
            .find(|entry| !entry.melody.is_empty())
            .map(|entry| entry.id);
        if let Some(id) = first {
            super::selecting::select(state, services, id);
        }
    }
}

pub(super) fn set_tempo(state: &mut AppState, services: &mut Services, bpm: f64) {
    if bpm.is_finite() {
        state.settings.tempo = bpm.clamp(MIN_TEMPO, MAX_TEMPO);
        services.sound.set_tempo(state.settings.tempo);
    }
}

/// The mean distance of the last taps is the beat.
pub(super) fn tap(state: &mut AppState, services: &mut Services, at: f64) {
    let taps = &mut state.listening.taps;
    if taps.last().is_some_and(|last| at - last > TAP_PAUSE) {
        taps.clear();
    }
    taps.push(at);
    if taps.len() > TAPS {
        taps.remove(0);
    }
    if let (Some(first), Some(last), true) = (taps.first(), taps.last(), taps.len() > 1) {
        let beat = (last - first) / (taps.len() - 1) as f64;
        if beat > 0.0 {
            let bpm = (600.0 / beat).round() / 10.0;
            set_tempo(state, services, bpm);
        }
    }
}
