//! What the window remembers from one run to the next.
//!
//! Kept as one JSON text inside eframe's storage. A text that cannot be read
//! is put aside under another key and told about, never overwritten.

use serde::{Deserialize, Serialize};

use super::options::{
    MAX_PATH_STOPS, MAX_STEER_COUNT, MAX_TEMPO, MIN_TEMPO, Pace, PlayBy, ThemeChoice,
};
use super::palette::Palette;
use crate::melody::PlayOrder;
use crate::model::DeviceChoice;
use crate::playback::OutputChoice;
use crate::sweep::Layout;

/// The window's memory. Every field has a default, so older files stay readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where to decode.
    pub device: DeviceChoice,
    /// Where notes go.
    pub output: OutputChoice,
    /// Beats per minute.
    pub tempo: f64,
    /// Loudness of the synth, 0 to 1.
    pub volume: f32,
    /// Repeat melodies.
    pub looping: bool,
    /// Attribute that colours the map, by its stable id.
    pub colour_by: String,
    /// Colours of the map.
    pub palette: Palette,
    /// What near means on the map.
    pub layout: Layout,
    /// The attributes of the axes layout.
    pub axes: Layout,
    /// Draw the field between the points.
    pub field: bool,
    /// Draw lines between the levels of the field.
    pub contours: bool,
    /// What the pointer does to play a spot of the map.
    pub play_by: PlayBy,
    /// How a path is walked.
    #[serde(alias = "path_walk")]
    pub path_order: PlayOrder,
    /// How long each melody of a path is heard.
    pub path_pace: Pace,
    /// Melodies on a path.
    pub path_stops: u32,
    /// Dark or light.
    pub theme: ThemeChoice,
    /// Show steer and sweep.
    pub left_panel: bool,
    /// Show the inspector.
    pub right_panel: bool,
    /// Show transport and tray.
    pub bottom_panel: bool,
    /// Melodies per steer.
    pub steer_count: u32,
    /// The hint was followed once.
    pub hint_done: bool,
    /// The folder that files were last written into.
    pub export_folder: Option<String>,
    /// The folder that a model or song was last opened from.
    pub open_folder: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            device: DeviceChoice::Auto,
            output: OutputChoice::Synth,
            tempo: 120.0,
            volume: 0.8,
            looping: true,
            colour_by: "note_density".to_owned(),
            palette: Palette::default(),
            layout: Layout::Sound,
            axes: Layout::AXES,
            field: true,
            contours: true,
            play_by: PlayBy::default(),
            path_order: PlayOrder::default(),
            path_pace: Pace::default(),
            path_stops: 16,
            theme: ThemeChoice::default(),
            left_panel: true,
            right_panel: true,
            bottom_panel: true,
            steer_count: 32,
            hint_done: false,
            export_folder: None,
            open_folder: None,
        }
    }
}

/// Where the settings stand in eframe's storage.
pub(super) const KEY: &str = "settings";
/// Where a text goes that could not be read.
pub(super) const UNREADABLE_KEY: &str = "settings.unreadable";

/// What came of reading the stored settings.
pub(super) enum Stored {
    /// There were none.
    Nothing,
    /// These.
    Read(Box<Settings>),
    /// A text that is no settings; the reason is for the user.
    Unreadable {
        /// The text as it was.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads the settings out of eframe's storage.
pub(super) fn read(storage: Option<&dyn eframe::Storage>) -> Stored {
    let Some(text) = storage.and_then(|storage| storage.get_string(KEY)) else {
        return Stored::Nothing;
    };
    match serde_json::from_str::<Settings>(&text) {
        Ok(settings) => Stored::Read(Box::new(settings.sane())),
        Err(error) => Stored::Unreadable {
            text,
            reason: error.to_string(),
        },
    }
}

/// Writes the settings into eframe's storage.
pub(super) fn write(storage: &mut dyn eframe::Storage, settings: &Settings) {
    match serde_json::to_string(settings) {
        Ok(text) => storage.set_string(KEY, text),
        Err(error) => tracing::error!("could not store the settings: {error}"),
    }
}

impl Settings {
    /// Numbers from a file may be anything; these are playable.
    fn sane(mut self) -> Self {
        self.tempo = if self.tempo.is_finite() {
            self.tempo.clamp(MIN_TEMPO, MAX_TEMPO)
        } else {
            120.0
        };
        self.volume = if self.volume.is_finite() {
            self.volume.clamp(0.0, 1.0)
        } else {
            0.8
        };
        self.path_stops = self.path_stops.clamp(2, MAX_PATH_STOPS);
        self.steer_count = self.steer_count.clamp(1, MAX_STEER_COUNT);
        self
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn settings_of_an_older_version_are_read_with_defaults_for_the_rest() {
        let settings: Settings = serde_json::from_str(r#"{"tempo": 96.5}"#).unwrap();
        assert_eq!(settings.tempo, 96.5);
        assert_eq!(settings.volume, Settings::default().volume);
    }

    #[test]
    fn a_tempo_out_of_reach_is_brought_back() {
        let settings = Settings {
            tempo: 1e9,
            volume: f32::NAN,
            ..Settings::default()
        };
        let sane = settings.sane();
        assert_eq!(sane.tempo, MAX_TEMPO);
        assert_eq!(sane.volume, 0.8);
    }
}
