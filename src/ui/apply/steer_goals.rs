//! The goals and options of a steer: wanted values, key, where to search, and the number of melodies.

use super::selection::select;
use super::steer::start;
use crate::attributes::ATTRIBUTES;
use crate::sweep::MelodyId;
use crate::ui::command::SteerCommand;
use crate::ui::options::{MAX_STEER_COUNT, MAX_TEMPERATURE, SearchScope};
use crate::ui::services::Services;
use crate::ui::state::{AppState, SliderGoal};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: SteerCommand) {
    match command {
        SteerCommand::Want { attribute, value } => want(state, attribute, value),
        SteerCommand::Hold(attribute) => hold(state, attribute),
        SteerCommand::Free(attribute) => set_goal(state, attribute, SliderGoal::Free),
        SteerCommand::HoldRest => {
            for attribute in 0..ATTRIBUTES.len() {
                let is_wanted = matches!(state.steer.goal(attribute), SliderGoal::Wanted(_));
                if !is_wanted && state.shows_slider(attribute) {
                    hold(state, attribute);
                }
            }
        }
        SteerCommand::FreeAll => {
            for attribute in 0..ATTRIBUTES.len() {
                set_goal(state, attribute, SliderGoal::Free);
            }
            state.steer.scale = None;
        }
        SteerCommand::SetScale(scale) => {
            state.steer.scale = scale;
            state.steer.highlighted = true;
            state.steer.error = None;
        }
        SteerCommand::SetScope(scope) => state.steer.scope = scope,
        SteerCommand::LikeThis(id) => like_this(state, services, id),
        SteerCommand::SetCloseness(closeness) if closeness.is_finite() => {
            state.steer.closeness = closeness.clamp(0.0, 1.0);
        }
        SteerCommand::SetCloseness(_) => {}
        SteerCommand::SetKeep(keep) => state.steer.keep = keep,
        SteerCommand::SetCount(count) => {
            state.settings.steer_count = count.clamp(1, MAX_STEER_COUNT);
        }
        SteerCommand::SetTemperature(temperature) if temperature.is_finite() => {
            let temperature = temperature.clamp(0.0, MAX_TEMPERATURE);
            let sweep_temperature = state.sweep_temperature();
            state.steer.temperature = (temperature != sweep_temperature).then_some(temperature);
        }
        SteerCommand::SetTemperature(_) => {}
        SteerCommand::SetAudition(on) => state.settings.audition = on,
        SteerCommand::ShowMore(shown) => state.settings.more_sliders = shown,
        SteerCommand::Start => start(state, services),
    }
}

/// Sets the wanted value of an attribute, in display units.
pub(super) fn want(state: &mut AppState, attribute: usize, value: f64) {
    if value.is_finite() && attribute < ATTRIBUTES.len() {
        set_goal(state, attribute, SliderGoal::Wanted(value));
        state.steer.last_moved_attribute = attribute;
    }
}

fn hold(state: &mut AppState, attribute: usize) {
    if let Some((held_at, _)) = state.hold_target(attribute) {
        set_goal(state, attribute, SliderGoal::Held(held_at));
    }
}

fn set_goal(state: &mut AppState, attribute: usize, goal: SliderGoal) {
    if let Some(slot) = state.steer.goals.get_mut(attribute) {
        *slot = goal;
        state.steer.highlighted = true;
        state.steer.error = None;
    }
}

/// Selects a melody for new ones to resemble, and shows the sliders. Nothing is searched yet.
fn like_this(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let entry = state.melodies.get(id);
    if entry.is_none_or(|entry| entry.melody.is_empty()) {
        return;
    }
    // So that selecting the melody does not end a blend that waits for its second one.
    state.generate.blend_from = None;
    if state.selection.focus != Some(id) {
        select(state, services, id);
    }
    state.steer.auditioned = None;
    state.steer.scope = SearchScope::LikeSelected;
    state.steer.error = None;
    state.settings.left_panel = true;
    state.show_steer_requests += 1;
}
