//! What the window shows of the map, and which panels it shows.

use crate::attributes::ATTRIBUTES;
use crate::melody::Scale;
use crate::ui::command::Panel;
use crate::ui::options::{BOTTOM_HEIGHT, LEFT_WIDTH, RIGHT_WIDTH};
use crate::ui::settings::clamped_ui_scale;
use crate::ui::state::AppState;

/// Colours the map by an attribute (index).
pub(super) fn colour_by(state: &mut AppState, attribute: usize) {
    if let Some(attribute) = ATTRIBUTES.get(attribute) {
        attribute.id.clone_into(&mut state.settings.colour_by);
    }
}

/// Sets or removes the range of an attribute in the filter, display units.
pub(super) fn set_filter(state: &mut AppState, attribute: usize, range: Option<(f64, f64)>) {
    if state.filter.get(attribute) != range {
        state.push_filter_undo();
    }
    state.filter.set(attribute, range);
}

/// Sets or removes the scale of the filter.
pub(super) fn set_scale_filter(state: &mut AppState, scale: Option<Scale>) {
    if state.filter.scale() != scale {
        state.push_filter_undo();
    }
    state.filter.set_scale(scale);
}

/// Shows a panel, or hides it if it is shown.
pub(super) fn toggle_panel(state: &mut AppState, panel: Panel) {
    let shown = match panel {
        Panel::Left => &mut state.settings.left_panel,
        Panel::Right => &mut state.settings.right_panel,
        Panel::Bottom => &mut state.settings.bottom_panel,
    };
    *shown = !*shown;
}

/// Sets the width or height of a panel, points; `None` sets its default.
pub(super) fn resize_panel(state: &mut AppState, panel: Panel, size: Option<f32>) {
    let (stored, limits) = match panel {
        Panel::Left => (&mut state.settings.left_width, LEFT_WIDTH),
        Panel::Right => (&mut state.settings.right_width, RIGHT_WIDTH),
        Panel::Bottom => (&mut state.settings.bottom_height, BOTTOM_HEIGHT),
    };
    // NaN becomes the minimum.
    *stored = size.map_or(limits.min, |size| size.max(limits.min).min(limits.max));
}

pub(super) fn set_ui_scale(state: &mut AppState, percent: u16) {
    state.settings.ui_scale = clamped_ui_scale(percent);
}
