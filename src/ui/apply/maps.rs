//! Beginning a map, and showing another one of this session.

use std::sync::Arc;

use super::Services;
use super::making::{open_model_of_map, submit};
use crate::sweep::{GenerateMethod, SweepPlan};
use crate::ui::state::{AppState, GeneratedSet, MOST_STORED_MELODIES, MapIdentity};
use crate::worker::{Job, JobId};

/// What is said where a map's model is needed and not open.
pub(super) const NOT_OPEN: &str =
    "the model of this map is not open yet; wait until it is, or until the running sweep is done";

/// A sweep has begun: its map takes the place of the shown one, which stays in the list.
pub(in crate::ui) fn begin(
    state: &mut AppState,
    services: &mut Services,
    sweep: JobId,
    plan: Arc<SweepPlan>,
) {
    let Some(model) = state.model.info().cloned() else {
        return;
    };
    let own: Vec<(u32, GeneratedSet)> = state
        .library
        .made()
        .filter(|(_, set)| {
            set.by == GenerateMethod::Imported && set.weights_hash == model.weights_hash
        })
        .map(|(number, set)| (number, set.clone()))
        .collect();
    leave(state, services);
    let path = state.sweep.model.clone();
    state.begin_map(sweep, model, path);
    state.library.begin(plan);
    // What somebody brought comes along; of another model its latent points mean nothing.
    for (number, set) in own {
        state.library.add_made(number, set);
    }
    state.fit_map += 1;
    if let Some(map) = state.remove_superseded_map() {
        close(state, services, &map);
    }
    for map in state.close_maps_beyond(MOST_STORED_MELODIES) {
        state.notices.note(format!(
            "Map {} was closed: the maps beside the shown one hold at most {MOST_STORED_MELODIES} melodies together. Seed and size are those of its sweep, should you want it again",
            map.number
        ));
        close(state, services, &map);
    }
}

/// Shows another map of this session, as it was left.
pub(super) fn show(state: &mut AppState, services: &mut Services, number: u32) {
    let shown = state.maps.shown.as_ref().map(|map| map.number);
    let known = state.maps().iter().any(|map| map.identity.number == number);
    if shown == Some(number) || !known {
        return;
    }
    leave(state, services);
    if !state.exchange_map(number) {
        return;
    }
    state
        .library
        .show_reconstructions(state.making.reconstructed);
    open_model_of_map(state, services);
    super::charting::resume(state, services);
    super::path::resume(state, services);
    state.analysis.open = false;
    state.fit_map += 1;
}

/// Shows the next map of the list, or the one before; round its ends.
pub(super) fn step(state: &mut AppState, services: &mut Services, by: i32) {
    let maps = state.maps();
    let count = maps.len() as i64;
    let Some(place) = maps.iter().position(|map| map.shown) else {
        return;
    };
    let next = (place as i64 + i64::from(by)).rem_euclid(count) as usize;
    let number = maps.get(next).map(|map| map.identity.number);
    if let Some(number) = number {
        show(state, services, number);
    }
}

/// What was asked for by hand on the shown map ends with it; jobs go on, and what they bring is added to it.
fn leave(state: &mut AppState, services: &mut Services) {
    super::charting::stop(services);
    state.layout.running = None;
    state.layout.measuring = None;
    state.steer.showing = None;
    state.spots.forget();
    state.making.change_map();
    if let Some(worker) = &services.worker {
        worker.cancel_path_preview();
    }
}

fn close(state: &mut AppState, services: &mut Services, map: &MapIdentity) {
    submit(state, services, Job::CloseSweep(map.sweep));
}
