//! Mixing the open model with the one that it was taught from.

use super::model::open_model;
use crate::ui::command::MixCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, MAX_MIX_PERCENT, ModelState};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: MixCommand) {
    match command {
        MixCommand::SetPercent(percent) => state.mix.percent = percent.min(MAX_MIX_PERCENT),
        MixCommand::Use => use_mix(state, services),
    }
}

/// Opens the end of the range that the slider is at, or writes the mix, which is opened once it is written.
fn use_mix(state: &mut AppState, services: &mut Services) {
    let (Some(range), true) = (&state.mix.range, state.mix.can_use()) else {
        return;
    };
    if let Some(model) = state.mix.end() {
        let path = model.path.clone();
        open_model(state, services, path);
        return;
    }
    let Some(models) = services.learning.models.clone() else {
        return;
    };
    let fraction = f64::from(state.mix.percent) / f64::from(MAX_MIX_PERCENT);
    let mixing = &mut services.learning.mixing;
    match mixing.start_writing(range.clone(), fraction, models) {
        Ok(()) => state.mix.writing_from.clone_from(&state.sweep.weights_path),
        Err(text) => state.notices.error(text),
    }
}

/// Searches what a newly opened model can be mixed with, and opens a mix that was written.
pub(super) fn receive(state: &mut AppState, services: &mut Services) {
    find_range(state, services);
    if let Some(range) = services.learning.mixing.take_range() {
        state.mix.set_range(range);
    }
    let Some(written) = services.learning.mixing.take_written() else {
        return;
    };
    let started_from = state.mix.writing_from.take();
    match written {
        Ok(model) => {
            services.learning.start_listing();
            // Another model may have been opened meanwhile.
            if state.sweep.weights_path == started_from {
                open_model(state, services, Some(model.path));
            } else {
                let text = format!("{} is in the model menu", model.name);
                state.notices.info(text);
            }
        }
        Err(text) => state.notices.error(text),
    }
}

/// Starts a search if another model has been opened since the last one.
fn find_range(state: &mut AppState, services: &mut Services) {
    let ModelState::Ready(info) = &state.model else {
        return;
    };
    let is_searched = |(hash, path): &(String, _)| {
        *hash == info.weights_hash && *path == state.sweep.weights_path
    };
    if state.mix.searched_for.as_ref().is_some_and(is_searched) {
        return;
    }
    state.mix.searched_for = Some((info.weights_hash.clone(), state.sweep.weights_path.clone()));
    state.mix.range = None;
    match (&state.sweep.weights_path, &services.learning.models) {
        (Some(path), Some(models)) => {
            let (path, models) = (path.clone(), models.clone());
            services.learning.mixing.start_finding(path, models);
        }
        _ => services.learning.mixing.stop_finding(),
    }
}
