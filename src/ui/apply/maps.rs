//! Showing the map of a new sweep, and showing another map of this session.

use std::sync::Arc;

use super::model::{open_model_of_map, submit};
use super::{layout, path};
use crate::sweep::{GenerateMethod, SweepPlan};
use crate::ui::services::Services;
use crate::ui::state::{AppState, GeneratedSet, MAX_STORED_MELODIES, MapIdentity};
use crate::worker::{Job, JobId};

/// Shows the map of a sweep that has begun; the map shown before stays in the list. Imported melodies are copied to the new
/// map, if it is of the same model.
pub(in crate::ui) fn show_new_map(
    state: &mut AppState,
    services: &mut Services,
    sweep: JobId,
    plan: Arc<SweepPlan>,
) {
    let Some(model) = state.model.info().cloned() else {
        return;
    };
    let imported: Vec<(u32, GeneratedSet)> = state
        .melodies
        .generated_sets()
        .filter(|(_, set)| {
            set.method == GenerateMethod::Imported && set.weights_hash == model.weights_hash
        })
        .map(|(number, set)| (number, set.clone()))
        .collect();
    stop_map_requests(state, services);
    let path = state.sweep.weights_path.clone();
    state.insert_map(sweep, model, path);
    state.melodies.reset(plan);
    for (number, set) in imported {
        state.melodies.add_generated_set(number, set);
    }
    state.fit_map_requests += 1;
    if let Some(map) = state.remove_superseded_map() {
        close(state, services, &map);
    }
    for map in state.close_oldest_maps(MAX_STORED_MELODIES) {
        state.notices.info(format!(
            "Map {} was closed: the maps that are not shown hold at most {MAX_STORED_MELODIES} melodies together. To get it back, start a sweep of the same seed and size",
            map.number
        ));
        close(state, services, &map);
    }
}

/// Shows another map of this session in the state in which it was last shown.
pub(super) fn show(state: &mut AppState, services: &mut Services, number: u32) {
    let maps = state.maps();
    let map = maps.iter().find(|map| map.identity.number == number);
    if map.is_none_or(|map| map.shown) {
        return;
    }
    stop_map_requests(state, services);
    if !state.swap_map(number) {
        return;
    }
    // The path of this map may have been left with its tool on, and there is one tool at a time.
    if state.path.tool_active {
        state.notes.stop_editing();
    }
    state
        .melodies
        .show_reconstructions(state.generate.reconstructed);
    open_model_of_map(state, services);
    layout::resume(state, services);
    path::resume(state, services);
    state.analysis.open = false;
    state.fit_map_requests += 1;
}

/// Shows the next map of the list (1) or the previous one (-1), wrapping around at its ends.
pub(super) fn step(state: &mut AppState, services: &mut Services, offset: i32) {
    let maps = state.maps();
    let count = maps.len() as i64;
    let Some(index) = maps.iter().position(|map| map.shown) else {
        return;
    };
    let next = (index as i64 + i64::from(offset)).rem_euclid(count) as usize;
    if let Some(number) = maps.get(next).map(|map| map.identity.number) {
        show(state, services, number);
    }
}

/// Stops layouts, previews and tools of the shown map before another one is shown. Its jobs continue, and their results are
/// added to it.
pub(super) fn stop_map_requests(state: &mut AppState, services: &mut Services) {
    layout::stop(services);
    state.layout.layout_progress = None;
    state.layout.quality_progress = None;
    state.steer.highlighted = false;
    state.probes.cancel();
    state.generate.blend_from = None;
    state.generate.error = None;
    if let Some(worker) = &services.worker {
        worker.cancel_path();
    }
}

fn close(state: &mut AppState, services: &mut Services, map: &MapIdentity) {
    submit(state, services, Job::CloseSweep(map.sweep));
}
