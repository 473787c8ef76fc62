//! The colours of melodies on the map, by the attribute that is chosen for them.

use eframe::egui::Color32;

use crate::attributes::ATTRIBUTES;
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
    let index = state.colour_attribute();
    let shown = (ATTRIBUTES.get(index)?.to_display_unit)(entry.attributes.value(index)?);
    let t = normalize(shown, colour_limits(state));
    Some(state.settings.palette.colour(t))
}
