//! The settings that are stored between runs, as one JSON text in eframe's storage.
//!
//! A text that cannot be read is moved to another key and reported, never overwritten.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chord_settings::ChordSettings;
use super::control_map::ControlMap;
use super::options::{
    BOTTOM_HEIGHT, LEFT_WIDTH, MAX_PATH_STOPS, MAX_STEER_COUNT, MAX_TEMPO, MIN_TEMPO, Motion,
    PlayBy, RIGHT_WIDTH, StopDuration, ThemeChoice, UI_SCALES,
};
use super::palette::Palette;
use crate::melody::{Feel, PlayOrder};
use crate::model::DeviceChoice;
use crate::playback::input::OscSettings;
use crate::playback::{
    LaunchQuantization, MAX_OFFSET_MS, MetronomeAndClock, MidiPatch, OutputChoice, SoundChoice,
    SoundDeviceSettings,
};
use crate::sweep::LayoutKind;

/// The stored settings. Every field has a default, so that older files can be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Device to decode on.
    pub device: DeviceChoice,
    /// Output.
    pub output: OutputChoice,
    /// Channel, program and bank of MIDI ports.
    pub midi: MidiPatch,
    /// The system's id of each MIDI port that was used, by its name.
    pub port_ids: BTreeMap<String, String>,
    /// MIDI input.
    pub midi_input: Option<String>,
    /// Follow the MIDI clock of the input.
    pub follow_clock: bool,
    /// Follow JACK's transport.
    pub follow_transport: bool,
    /// Ports of OSC.
    pub osc: OscSettings,
    /// Milliseconds by which notes are later than the clock; earlier if negative.
    pub latency_offset: i32,
    /// Assignments of the input's controls.
    pub controls: ControlMap,
    /// Tempo, beats per minute.
    pub tempo: f64,
    /// Volume of the synth, 0 to 1.
    pub volume: f32,
    /// Sound of the synth.
    pub sound: SoundChoice,
    /// Sound device of the synth.
    pub sound_device: SoundDeviceSettings,
    /// Repeat melodies.
    pub looping: bool,
    /// How melodies are played.
    pub feel: Feel,
    /// Chords under the melodies.
    pub chords: ChordSettings,
    /// At which beat or bar a melody replaces the one that plays.
    pub launch: LaunchQuantization,
    /// Metronome, count-in and MIDI clock.
    #[serde(rename = "timeline")]
    pub metronome_and_clock: MetronomeAndClock,
    /// Export the notes as they are written, not as they are heard.
    pub export_raw: bool,
    /// Attribute that colours the map, by its stable id.
    pub colour_by: String,
    /// Colours of the map.
    pub palette: Palette,
    /// Layout of the map.
    #[serde(rename = "layout")]
    pub layout_kind: LayoutKind,
    /// The attributes of the axes layout.
    pub axes: LayoutKind,
    /// Fill the space between the points with the colour of the attribute.
    #[serde(rename = "field")]
    pub show_fill: bool,
    /// Draw lines between the levels of the field.
    pub contours: bool,
    /// Show the user's melodies that the model has learnt from on the map.
    pub show_landmarks: bool,
    /// How the pointer plays the map.
    pub play_by: PlayBy,
    /// Play order of a path.
    #[serde(alias = "path_walk")]
    pub path_order: PlayOrder,
    /// How long each melody of a path plays.
    #[serde(rename = "path_pace")]
    pub path_stop_duration: StopDuration,
    /// Melodies on a path.
    #[serde(rename = "path_stations")]
    pub path_stops: u32,
    /// Theme.
    pub theme: ThemeChoice,
    /// Whether animations are drawn.
    pub motion: Motion,
    /// Size of text and buttons, percent.
    pub ui_scale: u16,
    /// Whether steer and sweep are shown.
    pub left_panel: bool,
    /// Whether the inspector is shown.
    pub right_panel: bool,
    /// Whether transport and kept melodies are shown.
    pub bottom_panel: bool,
    /// Width of steer and sweep, points. The drawn width is smaller if the window has no space for it.
    pub left_width: f32,
    /// Width of the inspector, points. The drawn width is smaller if the window has no space for it.
    pub right_width: f32,
    /// Height of transport and kept melodies, points. The drawn height is smaller if the window has no space for it.
    pub bottom_height: f32,
    /// Melodies per steer.
    pub steer_count: u32,
    /// Select and play the first melody of a steer as soon as it is there.
    pub audition: bool,
    /// Order steered and explored melodies by the user's taste.
    pub rank_by_taste: bool,
    /// When the taste was reset, milliseconds since the start of 1970, UTC: what was kept and heard until then does not count.
    pub taste_since_ms: i64,
    /// Whether the sliders of all attributes are shown.
    pub more_sliders: bool,
    /// Whether a melody was ever played, so that the hint for the first click is no longer shown.
    #[serde(rename = "hint_done")]
    pub has_played: bool,
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
            midi: MidiPatch::default(),
            port_ids: BTreeMap::new(),
            midi_input: None,
            follow_clock: false,
            follow_transport: false,
            osc: OscSettings::default(),
            latency_offset: 0,
            controls: ControlMap::default(),
            tempo: 120.0,
            volume: 0.8,
            sound: SoundChoice::default(),
            sound_device: SoundDeviceSettings::default(),
            looping: true,
            feel: Feel::PLAIN,
            chords: ChordSettings::default(),
            launch: LaunchQuantization::default(),
            metronome_and_clock: MetronomeAndClock::default(),
            export_raw: false,
            colour_by: "note_density".to_owned(),
            palette: Palette::default(),
            layout_kind: LayoutKind::MelodyDistance,
            axes: LayoutKind::DEFAULT_AXES,
            show_fill: true,
            show_landmarks: true,
            contours: true,
            play_by: PlayBy::default(),
            path_order: PlayOrder::default(),
            path_stop_duration: StopDuration::default(),
            path_stops: 16,
            theme: ThemeChoice::default(),
            motion: Motion::default(),
            ui_scale: 100,
            left_panel: true,
            right_panel: true,
            bottom_panel: true,
            left_width: LEFT_WIDTH.min,
            right_width: RIGHT_WIDTH.min,
            bottom_height: BOTTOM_HEIGHT.min,
            steer_count: 32,
            audition: true,
            rank_by_taste: false,
            taste_since_ms: 0,
            more_sliders: false,
            has_played: false,
            export_folder: None,
            open_folder: None,
        }
    }
}

/// Key of the settings in eframe's storage.
pub(super) const KEY: &str = "settings";
/// Key of settings that could not be read.
pub(super) const UNREADABLE_KEY: &str = "settings.unreadable";

/// Result of reading the stored settings.
pub(super) enum StoredSettings {
    /// There are none.
    Absent,
    /// They were read.
    Read(Box<Settings>),
    /// They could not be read.
    Unreadable {
        /// The stored text.
        text: String,
        /// The error, for the user.
        reason: String,
    },
}

/// Reads the settings out of eframe's storage.
pub(super) fn read(storage: Option<&dyn eframe::Storage>) -> StoredSettings {
    let Some(text) = storage.and_then(|storage| storage.get_string(KEY)) else {
        return StoredSettings::Absent;
    };
    match serde_json::from_str::<Settings>(&text) {
        Ok(settings) => StoredSettings::Read(Box::new(settings.clamped())),
        Err(error) => StoredSettings::Unreadable {
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
    /// These settings with each number clamped to its range, as a file may contain any number.
    pub(in crate::ui) fn clamped(mut self) -> Self {
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
        self.midi = self.midi.clamped();
        self.osc = self.osc.clamped();
        self.latency_offset = self.latency_offset.clamp(-MAX_OFFSET_MS, MAX_OFFSET_MS);
        self.feel = self.feel.clamped();
        self.chords = self.chords.clamped();
        self.ui_scale = clamped_ui_scale(self.ui_scale);
        for (size, limits) in [
            (&mut self.left_width, LEFT_WIDTH),
            (&mut self.right_width, RIGHT_WIDTH),
            (&mut self.bottom_height, BOTTOM_HEIGHT),
        ] {
            // NaN becomes the minimum.
            *size = size.max(limits.min).min(limits.max);
        }
        self.path_stops = self.path_stops.clamp(2, MAX_PATH_STOPS);
        self.steer_count = self.steer_count.clamp(1, MAX_STEER_COUNT);
        self
    }
}

/// A scale of text and buttons clamped to the offered range; the keyboard also chooses scales between the offered ones.
pub(super) fn clamped_ui_scale(percent: u16) -> u16 {
    let [min, .., max] = UI_SCALES;
    percent.clamp(min, max)
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
        assert_eq!((settings.feel, settings.export_raw), (Feel::PLAIN, false));
        let settings: Settings = serde_json::from_str(r#"{"feel": {"swing": 30}}"#).unwrap();
        assert_eq!((settings.feel.swing, settings.feel.velocity), (30, 80));
    }

    #[test]
    fn stored_keys_stay_the_same_when_fields_are_renamed() {
        let stored = r#"{"hint_done": true, "path_pace": "half-bar", "path_stations": 9, "play_by": "Sweep"}"#;
        let settings: Settings = serde_json::from_str(stored).unwrap();
        assert!(settings.has_played);
        assert_eq!(settings.path_stop_duration, StopDuration::HalfBar);
        assert_eq!(settings.path_stops, 9);
        assert_eq!(settings.play_by, PlayBy::Drag);
        let written = serde_json::to_value(&settings).unwrap();
        let expected: serde_json::Value = serde_json::from_str(stored).unwrap();
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(written.get(key), Some(value), "{key}");
        }
    }

    #[test]
    fn numbers_out_of_range_are_clamped() {
        let settings = Settings {
            tempo: 1e9,
            volume: f32::NAN,
            feel: Feel {
                velocity: 200,
                ..Feel::PLAIN
            },
            ui_scale: 0,
            left_width: f32::NAN,
            bottom_height: -5.0,
            ..Settings::default()
        };
        let clamped = settings.clamped();
        assert_eq!(clamped.tempo, MAX_TEMPO);
        assert_eq!(clamped.volume, 0.8);
        assert_eq!((clamped.feel.velocity, clamped.ui_scale), (127, 75));
        assert_eq!(clamped.left_width, LEFT_WIDTH.min);
        assert_eq!(clamped.bottom_height, BOTTOM_HEIGHT.min);
    }
}
