//! The window's state as a JSON file, for the end-to-end tests: points, what plays, steers, notices.
//!
//! Only with the feature `state-file`, and written only where [`STATE_FILE`] says. Positions are in logical points of the
//! window's content.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::{Context, Rect};
use serde_json::{Value, json};

use super::map::MapView;
use super::state::{AppState, FinishedSteer, ModelState, SteerResult};
use super::widget_rects::rects_of_frame;
use super::widgets::steer_slider::SteerSlider;
use crate::attributes::{ATTRIBUTES, attribute_index};
use crate::melody::Melody;
use crate::sweep::MelodyId;

/// Environment variable with the path of the file. It is written at most ten times per second.
pub const STATE_FILE: &str = "TUNESCAPE_STATE_FILE";
/// Environment variable with the size of the first sweep, as `<regions>x<samples>`.
pub const SWEEP_SIZE: &str = "TUNESCAPE_SWEEP";

/// Minimum time between two updates.
const MIN_INTERVAL: Duration = Duration::from_millis(100);
/// Id of the attribute whose slider is written.
const NOTE_DENSITY: &str = "note_density";

/// Regions and samples of the first sweep, if [`SWEEP_SIZE`] is set.
pub fn sweep_size() -> Option<(u32, u32)> {
    parse_size(&std::env::var(SWEEP_SIZE).ok()?)
}

fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (regions, samples) = text.split_once('x')?;
    Some((regions.trim().parse().ok()?, samples.trim().parse().ok()?))
}

/// Writes the state whenever it has changed.
pub struct StateFile {
    path: PathBuf,
    last_text: String,
    last_update: Option<Instant>,
    /// Every finished steer of the map, also those that were undone, and the number of the last one.
    steers: Vec<Value>,
    last_steer: Option<u32>,
    /// Generation of the map that the steers belong to.
    generation: u64,
}

impl StateFile {
    /// The file of [`STATE_FILE`], if that is set.
    pub fn from_environment() -> Option<Self> {
        let path = PathBuf::from(std::env::var_os(STATE_FILE)?);
        (!path.as_os_str().is_empty()).then(|| Self::new(path))
    }

    fn new(path: PathBuf) -> Self {
        Self {
            path,
            last_text: String::new(),
            last_update: None,
            steers: Vec::new(),
            last_steer: None,
            generation: 0,
        }
    }

    /// Writes the state after a frame, if it has changed. Errors are logged.
    pub fn update(&mut self, ctx: &Context, state: &AppState, map: &MapView) {
        self.add_steers(state);
        if let Some(elapsed) = self.last_update.map(|last| last.elapsed())
            && elapsed < MIN_INTERVAL
        {
            ctx.request_repaint_after(MIN_INTERVAL - elapsed);
            return;
        }
        self.last_update = Some(Instant::now());
        let text = describe(ctx, state, map, &self.steers).to_string();
        if text != self.last_text {
            match write(&self.path, &text) {
                Ok(()) => self.last_text = text,
                Err(error) => tracing::debug!("{} not written: {error}", self.path.display()),
            }
        }
    }

    fn add_steers(&mut self, state: &AppState) {
        let generation = state.melodies.generation();
        if self.generation != generation {
            self.generation = generation;
            self.steers.clear();
            self.last_steer = None;
        }
        let last = state.steer.finished.last();
        if let Some(finished) =
            last.filter(|steer| self.last_steer.is_none_or(|n| n < steer.number))
        {
            self.last_steer = Some(finished.number);
            self.steers.extend(steer_value(state, finished));
        }
    }
}

/// Replaces the file atomically, so that a reader never sees a part of it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    std::fs::write(&name, text)?;
    std::fs::rename(&name, path)
}

fn describe(ctx: &Context, state: &AppState, map: &MapView, steers: &[Value]) -> Value {
    let window = ctx.content_rect();
    let melodies = &state.melodies;
    let output = &state.playback.output;
    let rects = rects_of_frame(ctx);
    json!({
        "pixels_per_point": ctx.pixels_per_point(),
        "window": [window.width(), window.height()],
        "map": map.rect().map(corners),
        "device": state.model.info().map(|info| &info.device),
        "model_error": match &state.model {
            ModelState::Failed(text) => Some(text),
            _ => None,
        },
        "points": points_value(state, map),
        "widgets": rects
            .iter()
            .map(|(name, rect)| (name, corners(*rect)))
            .collect::<BTreeMap<_, _>>(),
        "kept": state
            .kept_melodies
            .iter()
            .filter(|kept| kept.saved)
            .map(|kept| kept.name())
            .collect::<Vec<_>>(),
        "selected": to_strings(&state.selection.all),
        "playing": playing_value(state),
        "note_density": rects.get(NOTE_DENSITY).and_then(|rect| slider_value(*rect, state)),
        "sweep": {
            "running": state.sweep.running.is_some(),
            "done": melodies.decoded_count(),
            "total": melodies.region_count() * (melodies.samples_per_region() + 1),
            "empty": melodies.empty_count(),
        },
        "layout": {
            "name": state.layout.shown_kind.to_string(),
            "settled": state.layout.layout_progress.is_none() && !map.moving(),
            "measured": state.layout.quality.is_some(),
        },
        "steers": steers,
        "similar": similar_value(state),
        "target_range": state.targets().ranges.first().map(|range| [range.low, range.high]),
        "rolls": map.thumbnail_count(),
        "imported_song": state.imported_song.as_ref().map(|song| json!({
            "name": song.name(),
            "tracks": song.parts.len(),
            "windows": song.imported.excerpts.len(),
            "chosen": song.chosen,
            "onset_accuracy": song
                .encoded
                .iter()
                .flat_map(|encoded| &encoded.originals)
                .map(|(_, quality)| quality.onset_accuracy)
                .collect::<Vec<_>>(),
        })),
        "generated": melodies
            .generated_sets()
            .map(|(_, set)| json!({
                "by": set.method,
                "ids": to_strings(set.entries.iter().map(|entry| entry.id)),
                "names": set.names,
            }))
            .collect::<Vec<_>>(),
        "generate_error": state.generate.error,
        "path": path_value(state, map),
        "steering": state.steer.running.is_some() || state.steer.starts_after_sweep,
        "steer_error": state.steer.error,
        "output": {
            "connected": output.connected,
            "message": output.message,
        },
        "notices": state.notices.iter().map(|notice| &notice.text).collect::<Vec<_>>(),
    })
}

/// Left, top, right, bottom.
fn corners(rect: Rect) -> [f32; 4] {
    [rect.left(), rect.top(), rect.right(), rect.bottom()]
}

fn to_strings(items: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

/// The list of similar melodies, once it is computed.
fn similar_value(state: &AppState) -> Option<Value> {
    let (_, title) = state.similar.reference.as_ref()?;
    state.similar.neighbours()?;
    let list = state.similar.list();
    Some(json!({
        "of": title,
        "ids": to_strings(list.iter().map(|neighbour| neighbour.id)),
        "distances": list.iter().map(|neighbour| neighbour.distance).collect::<Vec<_>>(),
    }))
}

fn path_value(state: &AppState, map: &MapView) -> Option<Value> {
    let path = &state.path;
    let drawn = path.drawn.as_ref();
    if drawn.is_none() && !path.tool_active {
        return None;
    }
    let curve = drawn.map(|drawn| drawn.curve(&state.melodies));
    let on_screen = |position| {
        map.to_screen(position)
            .map(|screen_position| [screen_position.x, screen_position.y])
    };
    let marker_at = state.path_marker();
    Some(json!({
        "points": curve
            .iter()
            .flat_map(|curve| curve.points())
            .filter_map(|position| on_screen(*position))
            .collect::<Vec<_>>(),
        "tool": path.tool_active,
        "decoding": path.decoding,
        "error": path.error,
        "melodies": path.stops().map_or(0, |stops| stops.parameters.len()),
        "playing": state.playing_path().is_some(),
        "marker_at": marker_at,
        "marker": marker_at
            .zip(curve)
            .and_then(|(parameter, curve)| on_screen(curve.position(parameter))),
    }))
}

/// The points in view: all but the samples of regions that are not open.
fn points_value(state: &AppState, map: &MapView) -> Vec<Value> {
    let open_region = state.selection.open_region();
    let is_listed = |id: MelodyId| match id {
        MelodyId::Sample { region, .. } => Some(region) == open_region,
        MelodyId::Centre { .. } | MelodyId::Steered { .. } | MelodyId::Generated { .. } => true,
    };
    map.points()
        .iter()
        .filter(|point| {
            is_listed(point.id) && map.rect().is_some_and(|rect| rect.contains(point.position))
        })
        .map(|point| {
            let entry = state.melodies.get(point.id);
            json!({
                "id": point.id.to_string(),
                "x": point.position.x,
                "y": point.position.y,
                "ready": point.ready,
                "empty": entry.is_some_and(|entry| entry.melody.is_empty()),
            })
        })
        .collect()
}

fn playing_value(state: &AppState) -> Option<Value> {
    let request = state.playback.now_playing()?;
    let in_sequence = state.playback.sequence_position().map(|(id, _)| id);
    let notes = request.melody.notes().iter();
    Some(json!({
        "id": in_sequence.or(request.id).map(|id| id.to_string()).unwrap_or_default(),
        "tempo_bpm": state.settings.tempo,
        "steps": request.melody.steps(),
        "notes": notes
            .map(|note| json!({ "pitch": note.pitch, "start": note.start, "end": note.end }))
            .collect::<Vec<_>>(),
    }))
}

/// The note-density slider: its values, and the centre of the knob at both ends.
fn slider_value(rect: Rect, state: &AppState) -> Option<Value> {
    let index = attribute_index(NOTE_DENSITY)?;
    let summary = state.summary.get(index)?;
    let (low, high) = summary.range;
    let track = SteerSlider::track(rect);
    Some(json!({
        "wanted": state
            .target_value(index)
            .or(summary.mean)
            .unwrap_or((low + high) / 2.0)
            .clamp(low, high),
        "low": low,
        "high": high,
        "low_x": track.left(),
        "high_x": track.right(),
        "y": track.center().y,
    }))
}

/// A finished steer, with values in display units: of the attribute whose slider was moved last, or else of its first attribute.
/// `notes_per_bar` leaves out empty melodies.
fn steer_value(state: &AppState, finished: &FinishedSteer) -> Option<Value> {
    let is_moved_slider =
        |result: &&SteerResult| result.attribute == state.steer.last_moved_attribute;
    let result = finished.results.iter().find(is_moved_slider);
    let result = result.or(finished.results.first())?;
    let steer = finished.number;
    let ids: Vec<MelodyId> = (0..state.melodies.steer_len(steer) as u32)
        .map(|index| MelodyId::Steered { steer, index })
        .collect();
    let melodies: Vec<&Melody> = ids
        .iter()
        .filter_map(|id| Some(state.melodies.get(*id)?.melody.as_ref()))
        .collect();
    let distinct: HashSet<_> = melodies.iter().map(|melody| melody.tokens()).collect();
    Some(json!({
        "attribute": ATTRIBUTES.get(result.attribute).map_or("", |entry| entry.id),
        "wanted": result.target,
        "obtained_mean": result.mean,
        "distinct": distinct.len() as f64 / finished.count.max(1) as f64,
        "count": finished.count,
        "ids": to_strings(&ids),
        "notes_per_bar": melodies
            .iter()
            .filter(|melody| !melody.is_empty())
            .map(|melody| melody.notes().len() as f64 / melody.bars())
            .collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::ui::settings::Settings;

    #[test]
    fn the_size_of_the_first_sweep_is_two_numbers_around_an_x() {
        assert_eq!(parse_size("40x8"), Some((40, 8)));
        assert_eq!(parse_size("40"), None);
        assert_eq!(parse_size("40x"), None);
    }

    #[test]
    fn the_file_is_written_once_for_each_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (ctx, map) = (Context::default(), MapView::default());
        let mut state = AppState::new(Settings::default());
        let mut file = StateFile::new(path.clone());
        file.update(&ctx, &state, &map);
        std::fs::remove_file(&path).unwrap();

        std::thread::sleep(MIN_INTERVAL);
        file.update(&ctx, &state, &map);
        assert!(!path.exists());

        state.notices.error("The disk is full");
        std::thread::sleep(MIN_INTERVAL);
        file.update(&ctx, &state, &map);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("The disk is full"));
    }
}
