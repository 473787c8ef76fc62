//! The state of the window, read from the file named by `TUNESCAPE_STATE_FILE`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::pitch::Expected;

/// One state of the window. Places are in logical points of its content.
#[derive(Clone, Debug, Deserialize)]
pub struct State {
    pub pixels_per_point: f64,
    pub device: Option<String>,
    /// Why there is no model.
    pub model_error: Option<String>,
    /// Left, top, right, bottom.
    pub map: Option<[f64; 4]>,
    pub points: Vec<Point>,
    /// Left, top, right, bottom, by name.
    pub widgets: BTreeMap<String, [f64; 4]>,
    pub selected: Vec<String>,
    pub kept: Vec<String>,
    pub playing: Option<Playing>,
    pub note_density: Option<Slider>,
    pub sweep: Sweep,
    pub layout: Layout,
    pub steers: Vec<Steer>,
    pub similar: Option<Similar>,
    /// The highlighted range of a slider, in its unit.
    pub target_range: Option<[f64; 2]>,
    /// Melodies drawn as small rolls.
    pub rolls: usize,
    pub steering: bool,
    pub imported_song: Option<ImportedSong>,
    pub generated: Vec<GeneratedSet>,
    /// Why the last blend or exploration failed.
    pub generate_error: Option<String>,
    pub path: Option<DrawnPath>,
    /// Why the last steer failed.
    pub steer_error: Option<String>,
    pub output: Output,
    pub notices: Vec<String>,
}

/// The song that is open to choose from.
#[derive(Clone, Debug, Deserialize)]
pub struct ImportedSong {
    pub name: String,
    pub tracks: usize,
    pub windows: usize,
    pub chosen: Vec<usize>,
    pub onset_accuracy: Vec<f64>,
}

/// Melodies that are like one, nearest first.
#[derive(Clone, Debug, Deserialize)]
pub struct Similar {
    pub of: String,
    pub ids: Vec<String>,
    pub distances: Vec<f64>,
}

/// Melodies that were made together.
#[derive(Clone, Debug, Deserialize)]
pub struct GeneratedSet {
    /// How they were made: `own` (imported), `around` (explored) or `between` (blended).
    #[serde(rename = "by")]
    pub method: String,
    pub ids: Vec<String>,
    pub names: Vec<String>,
}

/// The path over the map.
#[derive(Clone, Debug, Deserialize)]
pub struct DrawnPath {
    pub points: Vec<(f64, f64)>,
    pub tool: bool,
    pub decoding: bool,
    pub error: Option<String>,
    pub melodies: usize,
    pub playing: bool,
    /// Where the marker is, counted in points of the path, and on screen.
    pub marker_at: Option<f64>,
    pub marker: Option<(f64, f64)>,
}

/// A melody on the map.
#[derive(Clone, Debug, Deserialize)]
pub struct Point {
    pub id: String,
    pub x: f64,
    pub y: f64,
    pub ready: bool,
    pub empty: bool,
}

/// The melody that sounds.
#[derive(Clone, Debug, Deserialize)]
pub struct Playing {
    pub id: String,
    pub tempo_bpm: f64,
    pub steps: u32,
    pub notes: Vec<Note>,
}

/// A note in 16th steps, the end exclusive.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub struct Note {
    pub pitch: u8,
    pub start: u32,
    pub end: u32,
}

/// The note-density slider, in notes per bar.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Slider {
    pub wanted: f64,
    pub low: f64,
    pub high: f64,
    pub low_x: f64,
    pub high_x: f64,
    pub y: f64,
}

/// The chosen output.
#[derive(Clone, Debug, Deserialize)]
pub struct Output {
    pub connected: bool,
    /// The problem with the output, if there is one.
    pub message: Option<String>,
}

/// The layout of the map, and whether its points still move.
#[derive(Clone, Debug, Deserialize)]
pub struct Layout {
    pub name: String,
    pub settled: bool,
    pub measured: bool,
}

/// How far the sweep has come.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Sweep {
    pub running: bool,
    pub done: u64,
    pub total: u64,
    pub empty: u64,
}

/// A steer that is done.
#[derive(Clone, Debug, Deserialize)]
pub struct Steer {
    pub wanted: f64,
    pub obtained_mean: f64,
    pub distinct: f64,
    pub count: u32,
    pub ids: Vec<String>,
    pub notes_per_bar: Vec<f64>,
}

impl State {
    /// The newest state, once there is one.
    pub fn read(file: &Path) -> Option<State> {
        let text = fs::read_to_string(file).ok()?;
        let state = serde_json::from_str(&text);
        Some(
            state
                .unwrap_or_else(|error| panic!("the state file is not as agreed: {error}\n{text}")),
        )
    }

    /// The map's point of that name.
    pub fn point(&self, id: &str) -> Option<&Point> {
        self.points.iter().find(|point| point.id == id)
    }
}

impl Slider {
    /// Where the knob stands for a value.
    pub fn knob(&self, value: f64) -> (f64, f64) {
        let part = (value - self.low) / (self.high - self.low);
        (self.low_x + part * (self.high_x - self.low_x), self.y)
    }
}

impl Playing {
    /// Seconds of one time through.
    pub fn length(&self) -> f64 {
        f64::from(self.steps) * self.step_length()
    }

    /// The notes in seconds from the loop's beginning.
    pub fn expected(&self) -> Vec<Expected> {
        let step = self.step_length();
        let expected = |note: &Note| Expected {
            pitch: note.pitch,
            start: f64::from(note.start) * step,
            end: f64::from(note.end) * step,
        };
        self.notes.iter().map(expected).collect()
    }

    /// Four steps are a quarter note.
    fn step_length(&self) -> f64 {
        60.0 / self.tempo_bpm / 4.0
    }
}
