//! Starting a sweep, and cancelling what runs.

use super::model::submit;
use crate::ui::services::Services;
use crate::ui::state::AppState;
use crate::worker::Job;

pub(super) fn new_sweep(state: &mut AppState, services: &mut Services) {
    if let Err(error) = state.sweep.form.validate() {
        state.sweep.error = Some(error.to_string());
        return;
    }
    let job = Job::Sweep(state.sweep.form.clone());
    if let Some(id) = submit(state, services, job) {
        state.sweep.running = Some(id);
        state.sweep.progress = None;
        state.sweep.error = None;
    }
}

/// Cancels the running sweep, steer and generations.
pub(super) fn cancel(state: &mut AppState, services: &mut Services) {
    state.steer.starts_after_sweep = false;
    let Some(worker) = services.worker.as_ref() else {
        return;
    };
    let steer = state.steer.running.as_ref().map(|running| running.job);
    let generations = state.generate.running.iter().map(|running| running.job);
    for job in state
        .sweep
        .running
        .into_iter()
        .chain(steer)
        .chain(generations)
    {
        worker.cancel(job);
    }
}

/// Cancels the steers of all maps, also of those that are not shown.
pub(super) fn cancel_steers(state: &AppState, services: &Services) {
    let Some(worker) = services.worker.as_ref() else {
        return;
    };
    for map in state.maps() {
        if let Some(running) = &map.steer.running {
            worker.cancel(running.job);
        }
    }
}
