//! Asking the model for melodies: opening it, sweeping, steering.

use std::path::PathBuf;

use super::Services;
use crate::attributes::ATTRIBUTES;
use crate::model::DeviceChoice;
use crate::sweep::SteerRequest;
use crate::ui::state::{AppState, ModelState};
use crate::worker::{Job, JobId, OpenRequest};

/// Candidates decoded per wanted melody; the best one stays.
const CANDIDATES: u32 = 8;

pub(super) fn submit(state: &mut AppState, services: &mut Services, job: Job) -> Option<JobId> {
    let Some(worker) = services.worker.as_mut() else {
        state.notices.trouble(
            "the system gave no thread for the model; close other programs and start Tunescape again",
        );
        return None;
    };
    match worker.submit(job) {
        Ok(id) => Some(id),
        Err(busy) => {
            state.notices.trouble(busy.to_string());
            None
        }
    }
}

/// Opens weights in any form on the chosen device. A sweep follows when the shown map was made with other weights, or when
/// there is none yet.
pub fn open_model(state: &mut AppState, services: &mut Services, model: Option<PathBuf>) {
    state.sweep.opening_for_map = false;
    // Opening cancels the running sweep; half a map is finished on the new device.
    state.sweep.restart |= state.sweep.running.is_some();
    open(state, services, model);
}

/// Opens the model of the shown map, if another one is open and no sweep needs that.
pub(in crate::ui) fn open_model_of_map(state: &mut AppState, services: &mut Services) {
    let (Some(map), ModelState::Ready(_)) = (&state.maps.shown, &state.model) else {
        return;
    };
    if state.sweep.running.is_some() || state.decodes() {
        return;
    }
    let path = map.model_path.clone();
    open(state, services, path);
    state.sweep.opening_for_map = true;
}

fn open(state: &mut AppState, services: &mut Services, model: Option<PathBuf>) {
    if let ModelState::Ready(info) = &state.model {
        state.sweep.before = Some((info.clone(), state.sweep.model.clone()));
    }
    state.sweep.model.clone_from(&model);
    let request = OpenRequest {
        model,
        device: state.settings.device.clone(),
    };
    if submit(state, services, Job::Open(request)).is_some() {
        state.model = ModelState::Opening;
    }
}

pub(super) fn set_device(state: &mut AppState, services: &mut Services, device: DeviceChoice) {
    state.settings.device = device;
    let model = state.sweep.model.clone();
    open_model(state, services, model);
}

pub(in crate::ui) fn new_sweep(state: &mut AppState, services: &mut Services) {
    if let Err(error) = state.sweep.form.validate() {
        state.sweep.trouble = Some(error.to_string());
        return;
    }
    let job = Job::Sweep(state.sweep.form.clone());
    if let Some(id) = submit(state, services, job) {
        state.sweep.running = Some(id);
        state.sweep.progress = None;
        state.sweep.trouble = None;
    }
}

pub(super) fn cancel(state: &mut AppState, services: &mut Services) {
    state.steer.waiting = None;
    let Some(worker) = services.worker.as_ref() else {
        return;
    };
    if let Some(id) = state.sweep.running {
        worker.cancel(id);
    }
    if let Some((id, _)) = state.steer.running {
        worker.cancel(id);
    }
    for make in &state.making.running {
        worker.cancel(make.job);
    }
}

pub(super) fn set_wanted(state: &mut AppState, attribute: usize, value: f64) {
    if let (Some(wanted), true) = (state.steer.wanted.get_mut(attribute), value.is_finite()) {
        *wanted = Some(value);
        state.steer.showing = Some(attribute);
    }
}

/// Starts a steer, or has it wait for the running sweep.
pub(in crate::ui) fn steer(state: &mut AppState, services: &mut Services, attribute: usize) {
    let Some(entry) = ATTRIBUTES.get(attribute) else {
        return;
    };
    state.steer.attribute = attribute;
    state.steer.showing = Some(attribute);
    state.steer.trouble = None;
    if state.sweeping() {
        state.steer.waiting = Some(attribute);
        return;
    }
    state.steer.waiting = None;
    let Some(wanted) = state
        .steer
        .wanted
        .get(attribute)
        .copied()
        .flatten()
        .or_else(|| state.summary.get(attribute)?.mean)
    else {
        state.steer.trouble =
            Some("there are no melodies to steer by yet; start a new sweep first".to_owned());
        return;
    };
    if let Some(slot) = state.steer.wanted.get_mut(attribute) {
        *slot = Some(wanted);
    }
    let seed = state
        .library
        .plan()
        .map_or(state.sweep.form.seed, |plan| plan.config.seed);
    let request = SteerRequest {
        attribute,
        target: (entry.from_display)(wanted),
        count: state.settings.steer_count,
        // Each steer draws anew, and the same steps give the same melodies.
        seed: seed.wrapping_add(u64::from(state.steer.steers) + 1),
        candidates: CANDIDATES,
        number: state.steer.steers,
    };
    let Some(sweep) = state.maps.shown.as_ref().map(|map| map.sweep) else {
        return;
    };
    if let Some(id) = submit(state, services, Job::Steer { sweep, request }) {
        state.steer.running = Some((id, attribute));
        state.steer.progress = None;
    }
}

/// Has the direction of an attribute found, so that its fit can be shown.
pub(in crate::ui) fn fit(state: &mut AppState, services: &mut Services, attribute: usize) {
    if let Some(sweep) = state.maps.shown.as_ref().map(|map| map.sweep) {
        submit(state, services, Job::Fit { sweep, attribute });
    }
}
