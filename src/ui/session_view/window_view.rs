//! The view of the window as a session stores it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::attributes::{ATTRIBUTES, attribute_index};
use crate::latent::Interpolation;
use crate::melody::Scale;
use crate::sweep::SweepConfig;
use crate::ui::chosen_view::ChosenView;
use crate::ui::settings::Settings;
use crate::ui::state::{AppState, KeptOrder, TrayView};

/// The settings that belong to a session, by their stored names: sound, layout and colours of the map, path. Devices, ports
/// and the theme belong to the machine.
const SESSION_SETTINGS: [&str; 26] = [
    "tempo",
    "volume",
    "sound",
    "looping",
    "feel",
    "chords",
    "launch",
    "timeline",
    "export_raw",
    "colour_by",
    "palette",
    "layout",
    "axes",
    "field",
    "contours",
    "play_by",
    "path_order",
    "path_pace",
    "path_stations",
    "left_panel",
    "right_panel",
    "bottom_panel",
    "left_width",
    "right_width",
    "bottom_height",
    "steer_count",
];

/// The stored view of the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowView {
    /// Number of the shown map.
    #[serde(rename = "shown")]
    pub shown_map: u32,
    /// Number of the last map that was created.
    #[serde(rename = "created")]
    pub last_map: u32,
    /// Number of the next generated set.
    #[serde(rename = "sets")]
    pub next_set: u32,
    /// Configuration of the next sweep.
    pub form: SweepConfig,
    /// Settings by their stored names.
    pub settings: Map<String, Value>,
    /// Ranges of the filter in display units, by the ids of attributes.
    pub filter: Vec<(String, f64, f64)>,
    /// Scale of the filter.
    pub filter_scale: Option<Scale>,
    /// The part of the map that the user has chosen to see.
    pub camera: Option<ChosenView>,
    /// Closeness and number of explored melodies; number and interpolation of the melodies of a blend.
    pub generate: Option<(f64, u32, u32, Interpolation)>,
    /// Whether the model's reconstructions of imported melodies are shown.
    pub reconstructed: bool,
    /// Whether the timeline is shown in place of the kept melodies.
    pub timeline_shown: bool,
    /// Index of the selected block of the timeline.
    pub timeline_block: Option<usize>,
    /// Order of the kept melodies. The filter is not stored, as hidden melodies would seem lost.
    pub kept_order: KeptOrder,
}

impl WindowView {
    /// The present view of the window.
    pub fn from_state(state: &AppState, camera: Option<ChosenView>) -> Self {
        let range = |index: usize| {
            let (low, high) = state.filter.get(index)?;
            Some((ATTRIBUTES.get(index)?.id.to_owned(), low, high))
        };
        let generate = &state.generate;
        Self {
            shown_map: state.maps.shown.as_ref().map_or(0, |map| map.number),
            last_map: state.maps.created(),
            next_set: generate.next_set,
            form: state.sweep.form.clone(),
            settings: session_settings(&state.settings),
            filter: (0..ATTRIBUTES.len()).filter_map(range).collect(),
            filter_scale: state.filter.scale(),
            camera,
            generate: Some((
                generate.closeness,
                generate.count,
                generate.blend_count,
                generate.interpolation,
            )),
            reconstructed: generate.reconstructed,
            timeline_shown: state.timeline.shown,
            timeline_block: state.timeline.selected(),
            kept_order: state.kept_melodies.view().order,
        }
    }

    /// The settings, with those that the session stores replaced. Stored ones that cannot be read are ignored.
    pub fn settings(&self, settings: &Settings) -> Settings {
        let Ok(Value::Object(mut merged)) = serde_json::to_value(settings) else {
            return settings.clone();
        };
        for (name, value) in &self.settings {
            if SESSION_SETTINGS.contains(&name.as_str()) {
                let before = merged.insert(name.clone(), value.clone());
                let is_valid =
                    serde_json::from_value::<Settings>(Value::Object(merged.clone())).is_ok();
                if let (false, Some(before)) = (is_valid, before) {
                    merged.insert(name.clone(), before);
                }
            }
        }
        let read = serde_json::from_value::<Settings>(Value::Object(merged));
        read.map_or_else(|_| settings.clone(), Settings::clamped)
    }

    /// Restores filter, timeline, order of the kept melodies, generation, and the configuration of the next sweep.
    pub fn restore(&self, state: &mut AppState) {
        for index in 0..ATTRIBUTES.len() {
            state.filter.set(index, None);
        }
        for (id, low, high) in &self.filter {
            if let Some(index) = attribute_index(id) {
                state.filter.set(index, Some((*low, *high)));
            }
        }
        state.filter.set_scale(self.filter_scale);
        state.timeline.shown = self.timeline_shown;
        state.history.shown &= !self.timeline_shown;
        state.timeline.select(self.timeline_block);
        state.kept_melodies.set_view(TrayView {
            order: self.kept_order,
            ..state.kept_melodies.view().clone()
        });
        let generate = &mut state.generate;
        generate.next_set = generate.next_set.max(self.next_set);
        generate.reconstructed = self.reconstructed;
        if let Some((closeness, count, blend_count, interpolation)) = self.generate {
            generate.closeness = closeness.clamp(0.0, 1.0);
            generate.count = count.max(1);
            generate.blend_count = blend_count.max(2);
            generate.interpolation = interpolation;
        }
        if self.form.validate().is_ok() {
            state.sweep.form = self.form.clone();
        }
    }
}

fn session_settings(settings: &Settings) -> Map<String, Value> {
    let Ok(Value::Object(all)) = serde_json::to_value(settings) else {
        return Map::new();
    };
    let is_of_session = |(name, _): &(String, Value)| SESSION_SETTINGS.contains(&name.as_str());
    all.into_iter().filter(is_of_session).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn every_setting_of_a_session_is_a_stored_one() {
        assert_eq!(
            session_settings(&Settings::default()).len(),
            SESSION_SETTINGS.len()
        );
    }

    #[test]
    fn a_setting_that_cannot_be_read_leaves_the_others() {
        let mut view = WindowView::default();
        view.settings.insert("tempo".to_owned(), 96.5.into());
        view.settings
            .insert("palette".to_owned(), "no palette".into());
        // The theme belongs to the machine, so that of the file is ignored.
        view.settings.insert("theme".to_owned(), "Light".into());
        let settings = view.settings(&Settings::default());
        let expected = Settings {
            tempo: 96.5,
            ..Settings::default()
        };
        assert_eq!(settings, expected);
        let text = serde_json::to_string(&view).unwrap();
        assert_eq!(serde_json::from_str::<WindowView>(&text).unwrap(), view);
    }
}
