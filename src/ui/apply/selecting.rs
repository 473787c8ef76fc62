//! Selecting on the map: a selection is also something to hear.

use super::Services;
use super::listening::play_entry;
use crate::sweep::MelodyId;
use crate::ui::state::{AppState, Selection, Undone};

pub(super) fn select(state: &mut AppState, services: &mut Services, id: MelodyId) {
    if state.library.get(id).is_none() {
        return;
    }
    if let Some(from) = state.making.blend_from.take()
        && from != id
    {
        super::made::blend(state, services, from, id);
    }
    let selection = Selection::one(id);
    if state.selection != selection {
        state.remember(None);
        state.selection = selection;
    }
    state.settings.hint_done = true;
    // The melodies of a steer are looked at in the light of what was asked for.
    if !matches!(id, MelodyId::Steered { .. }) {
        state.steer.showing = None;
    }
    play_entry(state, services, id);
}

pub(super) fn toggle(state: &mut AppState, id: MelodyId) {
    if state.library.get(id).is_none() {
        return;
    }
    state.remember(None);
    state.steer.showing = None;
    let selection = &mut state.selection;
    if selection.all.remove(&id) {
        if selection.focus == Some(id) {
            selection.focus = selection.all.last().copied();
        }
    } else {
        selection.all.insert(id);
        selection.focus = Some(id);
    }
}

pub(super) fn select_many(state: &mut AppState, ids: Vec<MelodyId>) {
    let all: std::collections::BTreeSet<MelodyId> = ids
        .into_iter()
        .filter(|id| state.library.get(*id).is_some())
        .collect();
    if all.is_empty() {
        return;
    }
    state.remember(None);
    let focus = state
        .selection
        .focus
        .filter(|focus| all.contains(focus))
        .or_else(|| all.first().copied());
    state.selection = Selection { focus, all };
    state.steer.showing = None;
}

pub(super) fn deselect(state: &mut AppState) {
    if state.making.blend_from.take().is_some() {
        return;
    }
    state.steer.showing = None;
    if state.selection != Selection::default() {
        state.remember(None);
        state.selection = Selection::default();
    }
}

/// Walks through what belongs together: a region's centre and samples, or one steer.
pub(super) fn step_sample(state: &mut AppState, services: &mut Services, by_step: i32) {
    let Some(focus) = state.selection.focus else {
        return;
    };
    let wrap = |at: i64, len: usize| (len > 0).then(|| at.rem_euclid(len as i64) as u32);
    let next = match focus {
        // Place 0 is the centre, place k the k-th sample.
        MelodyId::Centre { region } => wrap(i64::from(by_step), state.library.per_region() + 1)
            .map(|place| at_place(region, place)),
        MelodyId::Sample { region, sample } => wrap(
            i64::from(sample) + 1 + i64::from(by_step),
            state.library.per_region() + 1,
        )
        .map(|place| at_place(region, place)),
        MelodyId::Steered { steer, index } => wrap(
            i64::from(index) + i64::from(by_step),
            state.library.steer_len(steer),
        )
        .map(|index| MelodyId::Steered { steer, index }),
        MelodyId::Generated { by, set, index } => {
            let len = state
                .library
                .made_set(focus)
                .map_or(0, |set| set.entries.len());
            wrap(i64::from(index) + i64::from(by_step), len).map(|index| MelodyId::Generated {
                by,
                set,
                index,
            })
        }
    };
    if let Some(id) = next {
        select(state, services, id);
    }
}

fn at_place(region: u32, place: u32) -> MelodyId {
    match place.checked_sub(1) {
        None => MelodyId::Centre { region },
        Some(sample) => MelodyId::Sample { region, sample },
    }
}

pub(super) fn undo(state: &mut AppState, services: &mut Services) {
    let Some(step) = state.undo.pop() else {
        return;
    };
    let mut path_plays = false;
    match step.takes_back {
        // The selection has nothing to do with it.
        Some(Undone::Kept(identity)) => {
            return super::keeping::remove(state, services, *identity);
        }
        Some(Undone::Removed(melody, number)) => {
            return super::keeping::keep(state, services, *melody, number);
        }
        Some(Undone::Path(before)) => {
            path_plays = super::path::put_back(state, services, before.map(|path| *path));
        }
        Some(Undone::Steer(steer)) => state.library.remove_steered(steer),
        Some(Undone::Generated(set)) => {
            state.library.remove_made(set);
        }
        None => {}
    }
    state.selection = step.selection;
    state
        .selection
        .all
        .retain(|id| state.library.get(*id).is_some());
    state.selection.focus = state
        .selection
        .focus
        .filter(|id| state.library.get(*id).is_some());
    state.steer.showing = None;
    state.steer.wanted = step.wanted;
    state.steer.results = step.results;
    if path_plays {
        return;
    }
    if let (true, Some(id)) = (state.listening.playhead.playing, state.selection.focus) {
        play_entry(state, services, id);
    }
}
