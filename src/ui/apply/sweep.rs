//! Sweeping and steering.

use super::model::submit;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{SteerGoals, SteerRequest};
use crate::ui::options::MAX_STEER_COUNT;
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
    state.steer.waiting = None;
    let Some(worker) = services.worker.as_ref() else {
        return;
    };
    let steer = state.steer.running.map(|(id, _)| id);
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

pub(super) fn set_target(state: &mut AppState, attribute: usize, value: f64) {
    if let (Some(target), true) = (state.steer.targets.get_mut(attribute), value.is_finite()) {
        *target = Some(value);
        state.steer.highlighted = Some(attribute);
    }
}

/// Sets the number of melodies of a steer.
pub(super) fn set_steer_count(state: &mut AppState, count: u32) {
    state.settings.steer_count = count.clamp(1, MAX_STEER_COUNT);
}

/// Starts a steer, or schedules it for the end of the running sweep.
pub(super) fn steer(state: &mut AppState, services: &mut Services, attribute: usize) {
    let Some(entry) = ATTRIBUTES.get(attribute) else {
        return;
    };
    state.steer.attribute = attribute;
    state.steer.highlighted = Some(attribute);
    state.steer.error = None;
    if state.is_sweeping() {
        state.steer.waiting = Some(attribute);
        return;
    }
    state.steer.waiting = None;
    let mean = || state.summary.get(attribute)?.mean;
    let Some(target) = state.steer.target(attribute).or_else(mean) else {
        state.steer.error =
            Some("there are no melodies to steer by yet; start a new sweep first".to_owned());
        return;
    };
    if let Some(slot) = state.steer.targets.get_mut(attribute) {
        *slot = Some(target);
    }
    let request = SteerRequest {
        goals: SteerGoals::wanted(attribute, (entry.from_display_unit)(target)),
        count: state.settings.steer_count,
        // Each steer has a seed of its own, and the same steps give the same melodies.
        seed: state.seed().wrapping_add(u64::from(state.steer.steers) + 1),
        temperature: temperature(state),
        number: state.steer.steers,
        ..SteerRequest::default()
    };
    let Some(sweep) = state.maps.shown_sweep() else {
        return;
    };
    if let Some(id) = submit(state, services, Job::Steer { sweep, request }) {
        state.steer.running = Some((id, attribute));
        state.steer.progress = None;
    }
}

/// The temperature that the shown sweep was decoded at.
fn temperature(state: &AppState) -> f32 {
    let plan = state.melodies.plan();
    plan.map_or(0.0, |plan| plan.config.temperature)
}

/// Fits an attribute in the background, to show the quality of the fit.
pub(in crate::ui) fn fit(state: &mut AppState, services: &mut Services, attribute: usize) {
    if let Some(sweep) = state.maps.shown_sweep() {
        submit(state, services, Job::Fit { sweep, attribute });
    }
}
