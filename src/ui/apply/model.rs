//! Opening models and submitting jobs to the worker.

use std::path::PathBuf;

use crate::model::DeviceChoice;
use crate::ui::services::Services;
use crate::ui::state::{AppState, ModelState};
use crate::worker::{Job, JobId, OpenRequest};

/// Message where the model of the shown map is needed and not open.
pub(super) const MODEL_NOT_OPEN: &str =
    "the model of this map is not open yet; wait until it is, or until the running sweep is done";

/// Submits a job to the worker; a notice says why if that fails.
pub(super) fn submit(state: &mut AppState, services: &mut Services, job: Job) -> Option<JobId> {
    let Some(worker) = services.worker.as_mut() else {
        state.notices.error(
            "the system could not start a thread for the model; close other programs and start Tunescape again",
        );
        return None;
    };
    worker
        .submit(job)
        .map_err(|busy| state.notices.error(busy.to_string()))
        .ok()
}

/// Opens a dialog for a model.
pub(super) fn choose_model(state: &AppState, services: &Services) {
    let folder = state.settings.open_folder.as_deref();
    services.exporter.choose_model(folder);
}

/// Opens weights in any form on the chosen device. A sweep follows if there is no map yet, or if the shown one was made with
/// other weights.
pub fn open_model(state: &mut AppState, services: &mut Services, model: Option<PathBuf>) {
    if open(state, services, model) {
        state.sweep.opening_for_map = false;
        // Opening cancels the running sweep; it starts again on the new device.
        state.sweep.restart |= state.sweep.running.is_some();
    }
}

/// Opens the model of the shown map, if another one is open and no sweep uses that.
pub(in crate::ui) fn open_model_of_map(state: &mut AppState, services: &mut Services) {
    let (Some(map), ModelState::Ready(_)) = (&state.maps.shown, &state.model) else {
        return;
    };
    if state.sweep.running.is_some() || state.can_decode() {
        return;
    }
    let path = map.model_path.clone();
    if open(state, services, path) {
        state.sweep.opening_for_map = true;
    }
}

/// Starts to open a model. False if the worker does not take the job: the open model then stays the present one.
fn open(state: &mut AppState, services: &mut Services, model: Option<PathBuf>) -> bool {
    let request = OpenRequest {
        model: model.clone(),
        device: state.settings.device.clone(),
    };
    if submit(state, services, Job::Open(request)).is_none() {
        return false;
    }
    if let ModelState::Ready(info) = &state.model {
        state.sweep.fallback_model = Some((info.clone(), state.sweep.weights_path.take()));
    }
    state.sweep.weights_path = model;
    state.model = ModelState::Opening;
    true
}

/// Opens the present model on another device.
pub(super) fn set_device(state: &mut AppState, services: &mut Services, device: DeviceChoice) {
    state.settings.device = device;
    let model = state.sweep.weights_path.clone();
    open_model(state, services, model);
}
