//! Selecting on the map, which also plays.

use super::generate::blend;
use super::play::play_melody;
use crate::sweep::MelodyId;
use crate::ui::services::Services;
use crate::ui::state::{AppState, Selection};

pub(super) fn select(state: &mut AppState, services: &mut Services, id: MelodyId) {
    if state.melodies.get(id).is_none() {
        return;
    }
    if let Some(from) = state.generate.blend_from.take()
        && from != id
    {
        blend(state, services, from, id);
    }
    let selection = Selection::single(id);
    if state.selection != selection {
        state.push_undo(None);
        state.selection = selection;
    }
    state.steer.auditioned = None;
    // The target range stays highlighted while the melodies of a steer are compared.
    if !matches!(id, MelodyId::Steered { .. }) {
        state.steer.highlighted = false;
    }
    play_melody(state, services, id);
}

pub(super) fn toggle(state: &mut AppState, id: MelodyId) {
    if state.melodies.get(id).is_none() {
        return;
    }
    state.push_undo(None);
    state.steer.highlighted = false;
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
        .filter(|id| state.melodies.get(*id).is_some())
        .collect();
    if all.is_empty() {
        return;
    }
    state.push_undo(None);
    let focus = state
        .selection
        .focus
        .filter(|focus| all.contains(focus))
        .or_else(|| all.first().copied());
    state.selection = Selection { focus, all };
    state.steer.highlighted = false;
}

pub(super) fn deselect(state: &mut AppState) {
    if state.generate.blend_from.take().is_some() {
        return;
    }
    state.steer.highlighted = false;
    if state.selection != Selection::default() {
        state.push_undo(None);
        state.selection = Selection::default();
    }
}

/// Selects the next (1) or previous (-1) melody of a region, a steer or a set, in the order by taste where there is one, wrapping
/// around at its ends.
pub(super) fn step_sample(state: &mut AppState, services: &mut Services, offset: i32) {
    let Some(focus) = state.selection.focus else {
        return;
    };
    let wrap = |index: i64, len: usize| (len > 0).then(|| index.rem_euclid(len as i64) as u32);
    let ranked = state.ranked_neighbour(focus, offset);
    let next = ranked.or_else(|| match focus {
        MelodyId::Centre { region } => {
            wrap(i64::from(offset), state.melodies.samples_per_region() + 1)
                .map(|member| member_id(region, member))
        }
        MelodyId::Sample { region, sample } => wrap(
            i64::from(sample) + 1 + i64::from(offset),
            state.melodies.samples_per_region() + 1,
        )
        .map(|member| member_id(region, member)),
        MelodyId::Steered { steer, index } => wrap(
            i64::from(index) + i64::from(offset),
            state.melodies.steer_len(steer),
        )
        .map(|index| MelodyId::Steered { steer, index }),
        MelodyId::Generated { method, set, index } => {
            let len = state
                .melodies
                .generated_set(focus)
                .map_or(0, |set| set.entries.len());
            wrap(i64::from(index) + i64::from(offset), len).map(|index| MelodyId::Generated {
                method,
                set,
                index,
            })
        }
    });
    if let Some(id) = next {
        select(state, services, id);
    }
}

/// Member 0 of a region is its centre, member k its sample k - 1.
fn member_id(region: u32, member: u32) -> MelodyId {
    match member.checked_sub(1) {
        None => MelodyId::Centre { region },
        Some(sample) => MelodyId::Sample { region, sample },
    }
}
