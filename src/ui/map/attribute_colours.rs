//! The colours of melodies on the map, by the attribute that is chosen for them.

use eframe::egui::Color32;

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::sweep::MelodyEntry;
use crate::ui::palette::normalize;
use crate::ui::state::AppState;

/// Limits of the colour bar, in display units.
pub fn colour_limits(state: &AppState) -> (f64, f64) {
    state
        .summary
        .get(state.colour_attribute())
        .map_or((0.0, 1.0), |summary| summary.limits)
}

/// The colour of a melody; `None` if it is empty.
pub fn melody_colour(state: &AppState, entry: &MelodyEntry) -> Option<Color32> {
    attribute_colour(state, &entry.attributes)
}

/// The colour of a melody with these attributes; `None` if it is empty.
pub fn attribute_colour(state: &AppState, attributes: &AttributeRow) -> Option<Color32> {
    let index = state.colour_attribute();
    let display_value = (ATTRIBUTES.get(index)?.to_display_unit)(attributes.value(index)?);
    let t = normalize(display_value, colour_limits(state));
    Some(state.settings.palette.colour(t))
}
