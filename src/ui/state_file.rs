//! What the window shows, as a file that a script can read: points and what they are, sound, steers, notices.
//!
//! Written only where [`STATE_FILE`] says so. Places are in logical points of the window's content.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::{Context, Id, Rect};
use serde::Serialize;

use super::map::MapView;
use super::state::{AppState, ImportedSong, ModelState, SteerResult};
use super::widgets::steer_slider::SteerSlider;
use crate::attributes::ATTRIBUTES;
use crate::melody::{Melody, Note};
use crate::playback::OutputChoice;
use crate::sweep::{GenerateMethod, MelodyId};

/// Set this to a file and the window writes its state there, at most ten times per second.
pub const STATE_FILE: &str = "TUNESCAPE_STATE_FILE";
/// Set this to `<regions>x<samples>` and the first sweep has that size.
pub const SWEEP: &str = "TUNESCAPE_SWEEP";

/// The shortest time between two looks at the window.
const PAUSE: Duration = Duration::from_millis(100);
const DENSITY: &str = "note_density";

/// Regions and samples that the environment asks the first sweep to have.
pub fn sweep_size() -> Option<(u32, u32)> {
    parse_size(&std::env::var(SWEEP).ok()?)
}

fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (regions, samples) = text.split_once('x')?;
    Some((regions.trim().parse().ok()?, samples.trim().parse().ok()?))
}

/// Notes where an attribute's slider was drawn in this frame.
pub fn slider_drawn(ctx: &Context, attribute: &str, rect: Rect) {
    if attribute == DENSITY {
        ctx.data_mut(|data| data.insert_temp(slider_id(), rect));
    }
}

fn slider_id() -> Id {
    Id::unique("where the note density slider is")
}

/// Writes the state whenever it has changed.
pub struct StateFile {
    path: PathBuf,
    written: String,
    looked: Option<Instant>,
    steers: Vec<Steer>,
    /// Sweep that the steers belong to.
    generation: u64,
}

impl StateFile {
    /// The file named in the environment, if there is one.
    pub fn from_environment() -> Option<Self> {
        let path = PathBuf::from(std::env::var_os(STATE_FILE)?);
        (!path.as_os_str().is_empty()).then(|| Self::new(path))
    }

    fn new(path: PathBuf) -> Self {
        Self {
            path,
            written: String::new(),
            looked: None,
            steers: Vec::new(),
            generation: 0,
        }
    }

    /// Looks at the window after a frame. A file that cannot be written is left alone.
    pub fn update(&mut self, ctx: &Context, state: &AppState, map: &MapView) {
        self.take_steers(state);
        if let Some(since) = self.looked.map(|looked| looked.elapsed())
            && since < PAUSE
        {
            ctx.request_repaint_after(PAUSE - since);
            return;
        }
        self.looked = Some(Instant::now());
        let Ok(text) = serde_json::to_string(&picture(ctx, state, map, &self.steers)) else {
            return;
        };
        if text != self.written {
            match write(&self.path, &text) {
                Ok(()) => self.written = text,
                Err(error) => tracing::debug!("{} not written: {error}", self.path.display()),
            }
        }
    }

    /// The state keeps an attribute's last steer only; the file tells all of the sweep.
    fn take_steers(&mut self, state: &AppState) {
        let generation = state.library.generation();
        if self.generation != generation {
            self.generation = generation;
            self.steers.clear();
        }
        let number = self.steers.len() as u32;
        if number < state.steer.steers {
            let attribute = state.steer.attribute;
            let result = state.steer.results.get(attribute).copied().flatten();
            self.steers
                .extend(result.map(|result| steer(state, number, attribute, &result)));
        }
    }
}

/// A reader sees the old state or the new one, never half of it.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    std::fs::write(&name, text)?;
    std::fs::rename(&name, path)
}

#[derive(Serialize)]
struct Picture<'a> {
    pixels_per_point: f32,
    /// Width and height.
    window: [f32; 2],
    /// Left, top, right, bottom of the map.
    map: Option<[f32; 4]>,
    device: Option<&'a str>,
    /// Why there is no model.
    model_trouble: Option<&'a str>,
    points: Vec<Point>,
    /// Left, top, right, bottom of some widgets, by name.
    widgets: BTreeMap<String, [f32; 4]>,
    selected: Vec<String>,
    /// Names of the kept melodies that are in the library.
    kept: Vec<String>,
    playing: Option<Playing>,
    note_density: Option<Slider>,
    sweep: Sweep<'a>,
    layout: Layout,
    steers: &'a [Steer],
    /// The list of similar melodies, once it is there.
    similar: Option<Similar<'a>>,
    /// What a slider asks for on the map, in shown units.
    sought: Option<[f64; 2]>,
    /// Melodies drawn as small rolls.
    rolls: usize,
    steering: bool,
    own_melody: Option<OwnMelody>,
    /// Sets of made melodies, in order: what they are and their ids.
    made: Vec<GeneratedSet>,
    blend_trouble: Option<&'a str>,
    path: Option<DrawnPath>,
    steer_trouble: Option<&'a str>,
    output: Output<'a>,
    notices: Vec<&'a str>,
}

/// The song that is open to choose from.
#[derive(Serialize)]
struct OwnMelody {
    name: String,
    tracks: usize,
    windows: usize,
    chosen: Vec<usize>,
    /// Share of note beginnings that come back, per window; empty until encoded.
    onset_accuracy: Vec<f64>,
}

/// The melodies listed as similar to one, nearest first.
#[derive(Serialize)]
struct Similar<'a> {
    of: &'a str,
    ids: Vec<String>,
    distances: Vec<f64>,
}

#[derive(Serialize)]
struct GeneratedSet {
    by: GenerateMethod,
    ids: Vec<String>,
    names: Vec<String>,
}

/// The path over the map.
#[derive(Serialize)]
struct DrawnPath {
    /// Where its points are.
    points: Vec<[f32; 2]>,
    closed: bool,
    /// The tool is in hand.
    tool: bool,
    decoding: bool,
    trouble: Option<String>,
    /// Melodies along it.
    melodies: usize,
    /// It is what sounds.
    playing: bool,
    /// Where the puck is, in points of the path and on screen.
    puck_at: Option<f64>,
    puck: Option<[f32; 2]>,
}

/// A point that can be clicked. Samples are told only of the open region.
#[derive(Serialize)]
struct Point {
    id: String,
    x: f32,
    y: f32,
    ready: bool,
    empty: bool,
}

#[derive(Serialize)]
struct Playing {
    id: String,
    tempo_bpm: f64,
    steps: usize,
    notes: Vec<Sounding>,
}

#[derive(Serialize)]
struct Sounding {
    pitch: u8,
    start: u32,
    end: u32,
}

/// The note-density slider: its values, and the knob's centre at both ends.
#[derive(Serialize)]
struct Slider {
    wanted: f64,
    low: f64,
    high: f64,
    low_x: f32,
    high_x: f32,
    y: f32,
}

#[derive(Serialize)]
struct Sweep<'a> {
    running: bool,
    done: usize,
    total: usize,
    empty: usize,
    trouble: Option<&'a str>,
}

/// What near means on the map, and whether the points have come to rest.
#[derive(Serialize)]
struct Layout {
    name: String,
    settled: bool,
    /// Whether its quality is known.
    measured: bool,
}

/// A steer that is done, in shown units.
#[derive(Serialize)]
struct Steer {
    attribute: &'static str,
    wanted: f64,
    obtained_mean: f64,
    obtained_sd: f64,
    within_one: f64,
    distinct: f64,
    count: usize,
    ids: Vec<String>,
    /// Of its melodies that are not empty.
    notes_per_bar: Vec<f64>,
}

#[derive(Serialize)]
struct Output<'a> {
    wanted: &'a OutputChoice,
    connected: bool,
    message: Option<&'a str>,
}

fn picture<'a>(
    ctx: &Context,
    state: &'a AppState,
    map: &MapView,
    steers: &'a [Steer],
) -> Picture<'a> {
    let window = ctx.content_rect();
    let library = &state.library;
    let output = &state.listening.output;
    Picture {
        pixels_per_point: ctx.pixels_per_point(),
        window: [window.width(), window.height()],
        map: map
            .rect()
            .map(|rect| [rect.left(), rect.top(), rect.right(), rect.bottom()]),
        device: state.model.info().map(|info| info.device.as_str()),
        model_trouble: match &state.model {
            ModelState::Failed(text) => Some(text),
            _ => None,
        },
        points: points(state, map),
        widgets: super::drawn::in_this_frame(ctx)
            .into_iter()
            .map(|(name, rect)| (name, [rect.left(), rect.top(), rect.right(), rect.bottom()]))
            .collect(),
        kept: state
            .tray
            .iter()
            .filter(|kept| kept.saved)
            .map(|kept| kept.name().to_owned())
            .collect(),
        selected: state
            .selection
            .all
            .iter()
            .map(MelodyId::to_string)
            .collect(),
        playing: playing(state),
        note_density: slider(ctx, state),
        sweep: Sweep {
            running: state.sweep.running.is_some(),
            done: library.decoded(),
            total: library.regions() * (library.per_region() + 1),
            empty: library.empty(),
            trouble: state.sweep.trouble.as_deref(),
        },
        layout: Layout {
            name: state.layout.shown.to_string(),
            settled: state.layout.running.is_none() && !map.moving(),
            measured: state.layout.quality.is_some(),
        },
        steers,
        similar: similar(state),
        sought: state.sought().map(|sought| [sought.low, sought.high]),
        rolls: map.thumbnail_count(),
        own_melody: state.own.as_ref().map(own_melody),
        made: state.library.made().map(|(_, set)| made_set(set)).collect(),
        blend_trouble: state.making.trouble.as_deref(),
        path: path(state, map),
        steering: state.steer.running.is_some() || state.steer.waiting.is_some(),
        steer_trouble: state.steer.trouble.as_deref(),
        output: Output {
            wanted: &output.wanted,
            connected: output.connected,
            message: output.message.as_deref(),
        },
        notices: state
            .notices
            .iter()
            .map(|notice| notice.text.as_str())
            .collect(),
    }
}

fn own_melody(own: &ImportedSong) -> OwnMelody {
    let measured = own.measured.iter().flat_map(|made| &made.originals);
    OwnMelody {
        name: own.name(),
        tracks: own.parts.len(),
        windows: own.imported.windows.len(),
        chosen: own.chosen.iter().copied().collect(),
        onset_accuracy: measured.map(|(_, quality)| quality.onsets).collect(),
    }
}

fn similar(state: &AppState) -> Option<Similar<'_>> {
    let (_, of) = state.similar.of.as_ref()?;
    state.similar.found()?;
    let list = state.similar.list();
    Some(Similar {
        of,
        ids: list.iter().map(|alike| alike.id.to_string()).collect(),
        distances: list.iter().map(|alike| alike.distance).collect(),
    })
}

fn made_set(set: &super::state::GeneratedSet) -> GeneratedSet {
    GeneratedSet {
        by: set.by,
        ids: set
            .entries
            .iter()
            .map(|entry| entry.id.to_string())
            .collect(),
        names: set.names.clone(),
    }
}

fn path(state: &AppState, map: &MapView) -> Option<DrawnPath> {
    let path = &state.path;
    let drawn = path.drawn.as_ref();
    if drawn.is_none() && !path.tool {
        return None;
    }
    let curve = drawn.map(|drawn| drawn.curve(&state.library));
    let on_screen = |place| map.to_screen(place).map(|at| [at.x, at.y]);
    let puck_at = state.puck();
    Some(DrawnPath {
        points: curve
            .iter()
            .flat_map(|curve| curve.points())
            .filter_map(|place| on_screen(*place))
            .collect(),
        closed: drawn.is_some_and(|drawn| drawn.closed),
        tool: path.tool,
        decoding: path.planning,
        trouble: path.trouble.clone(),
        melodies: path.stations().map_or(0, |stations| stations.at.len()),
        playing: state.riding().is_some(),
        puck_at,
        puck: puck_at
            .zip(curve)
            .and_then(|(at, curve)| on_screen(curve.at(at))),
    })
}

fn points(state: &AppState, map: &MapView) -> Vec<Point> {
    let open = state.selection.open_region();
    let told = |id: MelodyId| match id {
        MelodyId::Sample { region, .. } => Some(region) == open,
        MelodyId::Centre { .. } | MelodyId::Steered { .. } | MelodyId::Generated { .. } => true,
    };
    map.points()
        .iter()
        .filter(|dot| told(dot.id) && map.rect().is_some_and(|rect| rect.contains(dot.at)))
        .map(|dot| Point {
            id: dot.id.to_string(),
            x: dot.at.x,
            y: dot.at.y,
            ready: dot.ready,
            empty: state
                .library
                .get(dot.id)
                .is_some_and(|entry| entry.melody.is_empty()),
        })
        .collect()
}

fn playing(state: &AppState) -> Option<Playing> {
    let sounding = state.listening.sounding()?;
    let melody: &Melody = &sounding.melody;
    Some(Playing {
        id: state
            .listening
            .step_of_way()
            .map(|(id, _)| id)
            .or(sounding.id)
            .map(|id| id.to_string())
            .unwrap_or_default(),
        tempo_bpm: state.settings.tempo,
        steps: melody.steps(),
        notes: melody
            .notes()
            .iter()
            .map(|&Note { pitch, start, end }| Sounding { pitch, start, end })
            .collect(),
    })
}

fn slider(ctx: &Context, state: &AppState) -> Option<Slider> {
    let rect: Rect = ctx.data(|data| data.get_temp(slider_id()))?;
    let index = ATTRIBUTES.iter().position(|entry| entry.id == DENSITY)?;
    let summary = state.summary.get(index)?;
    let (low, high) = summary.range;
    let wanted = state.steer.wanted.get(index).copied().flatten();
    let track = SteerSlider::track(rect);
    Some(Slider {
        wanted: wanted
            .filter(|_| index == state.steer.attribute)
            .or(summary.mean)
            .unwrap_or((low + high) / 2.0)
            .clamp(low, high),
        low,
        high,
        low_x: track.left(),
        high_x: track.right(),
        y: track.center().y,
    })
}

fn steer(state: &AppState, number: u32, attribute: usize, result: &SteerResult) -> Steer {
    let ids: Vec<MelodyId> = (0..state.library.steer_len(number) as u32)
        .map(|index| MelodyId::Steered {
            steer: number,
            index,
        })
        .collect();
    let melodies: Vec<&Melody> = ids
        .iter()
        .filter_map(|id| Some(state.library.get(*id)?.melody.as_ref()))
        .collect();
    let different: HashSet<_> = melodies.iter().map(|melody| melody.tokens()).collect();
    let count = result.count.max(1) as f64;
    Steer {
        attribute: ATTRIBUTES.get(attribute).map_or("", |entry| entry.id),
        wanted: result.wanted,
        obtained_mean: result.mean,
        obtained_sd: result.sd,
        within_one: result.within_one as f64 / count,
        distinct: different.len() as f64 / count,
        count: result.count,
        ids: ids.iter().map(MelodyId::to_string).collect(),
        notes_per_bar: melodies
            .iter()
            .filter(|melody| !melody.is_empty())
            .map(|melody| melody.notes().len() as f64 / melody.bars())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::ui::Settings;

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

        std::thread::sleep(PAUSE);
        file.update(&ctx, &state, &map);
        assert!(!path.exists());

        state.notices.trouble("The disk is full");
        std::thread::sleep(PAUSE);
        file.update(&ctx, &state, &map);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("The disk is full"));
    }
}
