//! A path over the map in the window: drawn, heard, bent, in_order, exported, taken back.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/window.rs"]
mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, PlayOrder, Tokens, read_midi_file};
use tunescape::model::{Decode, ModelError, Sampling};
use tunescape::playback::{Entry, OutputChoice, Player};
use tunescape::sweep::{GenerateMethod, Layout, MelodyId};
use tunescape::ui::{
    App, Command, ExportShape, ExportWhat, Pace, PathCommand, PlayBy, Settings, Sound, SpotCommand,
};

use support::{Ear, Setup, until, until_kept, until_swept};

const LATENT: usize = 24;
const SAMPLES: u32 = 8;

/// A model that knows a pitch for each of eight quarters.
#[derive(Clone)]
struct Toy {
    /// Time it takes per melody.
    pause: Duration,
}

impl Decode for Toy {
    fn latent_size(&self) -> usize {
        LATENT
    }
    fn steps(&self) -> usize {
        32
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        _sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        std::thread::sleep(self.pause * latents.len() as u32);
        Ok(latents.iter().map(toy_melody).collect())
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

fn toy_melody(point: &LatentPoint) -> Tokens {
    let mut ids = vec![0_u8; 32];
    for (quarter, z) in point.as_slice().iter().take(8).enumerate() {
        ids[4 * quarter] = (64.0 + 9.0 * z).round().clamp(30.0, 100.0) as u8 - 19;
    }
    Tokens::new(ids).unwrap()
}

struct Window {
    harness: Harness<'static, App>,
    ear: Ear,
    folder: tempfile::TempDir,
}

fn open_with(
    sound: Box<dyn Sound>,
    ear: Ear,
    pause: Duration,
    samples: u32,
    settings: Settings,
) -> Window {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exported");
    let setup = Setup {
        model: Toy { pause },
        sound,
        settings,
        export_to: path,
        samples,
    };
    Window {
        harness: setup.open(),
        ear,
        folder,
    }
}

fn open() -> Window {
    let ear = Ear::default();
    open_with(
        Box::new(ear.clone()),
        ear,
        Duration::ZERO,
        SAMPLES,
        Settings::default(),
    )
    .swept()
}

impl Window {
    fn swept(mut self) -> Self {
        until_swept(&mut self.harness, SAMPLES);
        self.until("the points are at rest", |app| {
            app.state().layout.running.is_none() && !app.map().moving()
        });
        self
    }

    fn until(&mut self, what: &str, so: impl Fn(&App) -> bool) {
        until(&mut self.harness, what, so);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn has(&self, label: &str) -> bool {
        self.harness.query_by_label(label).is_some()
    }

    fn command(&mut self, wish: PathCommand) {
        self.harness.state_mut().command(Command::Path(wish));
        self.harness.run_steps(2);
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    fn click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.drag_at(at);
        self.harness.run_steps(1);
        self.harness.drop_at(at);
        // Two clicks are a double click only within a third of a second.
        self.harness.run_steps(30);
    }

    /// Presses at the first place and lets go at the last.
    fn draw(&mut self, line: &[Pos2]) {
        self.harness.hover_at(line[0]);
        self.harness.run_steps(1);
        self.harness.drag_at(line[0]);
        self.harness.run_steps(1);
        for at in line {
            self.harness.hover_at(*at);
            self.harness.run_steps(1);
        }
        self.harness.drop_at(line[line.len() - 1]);
        self.harness.run_steps(3);
    }

    fn middle(&self) -> Pos2 {
        self.harness.state().map().rect().unwrap().center()
    }

    fn points(&self) -> usize {
        let path = &self.harness.state().state().path;
        path.drawn.as_ref().map_or(0, |path| path.points.len())
    }

    fn point(&self, index: usize) -> Pos2 {
        let state = self.harness.state().state();
        let path = state.path.drawn.as_ref().unwrap();
        let place = path.points[index].place(&state.library);
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn puck(&self) -> Pos2 {
        let state = self.harness.state().state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.library);
        let place = curve.at(state.puck().unwrap());
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn planned(&mut self) {
        self.until("the path is decoded", |app| {
            !app.state().path.planning && app.state().path.stations().is_some()
        });
    }

    /// A path of three points, decoded and playing.
    fn with_path() -> Self {
        let mut window = open();
        let at = window.middle();
        window.press(Key::D);
        for off in [[-180.0, 60.0], [0.0, -90.0], [170.0, 70.0]] {
            window.click_at(at + Vec2::from(off));
        }
        window.planned();
        window
    }

    fn melodies(&self) -> Vec<Melody> {
        let stations = self.harness.state().state().path.stations().unwrap();
        let entries = stations.set.entries.iter();
        entries.map(|entry| (*entry.melody).clone()).collect()
    }

    fn last(&self) -> (Melody, Option<Entry>) {
        let heard = self.ear.lock().unwrap();
        let (melody, _, entry) = heard.played.last().unwrap();
        ((**melody).clone(), *entry)
    }

    fn at_step(&mut self, step: f64) {
        self.ear.lock().unwrap().step = step;
        self.harness.run_steps(2);
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("exported"));
        let mut files: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

fn piece(melodies: &[Melody], visits: &[usize], each: usize) -> Melody {
    let row: Vec<&Melody> = visits.iter().map(|visit| &melodies[*visit]).collect();
    Melody::in_order(&row, each)
}

fn is_station(id: Option<MelodyId>) -> bool {
    matches!(
        id,
        Some(MelodyId::Generated {
            by: GenerateMethod::Path,
            ..
        })
    )
}

#[test]
fn clicks_set_points_and_from_the_second_on_the_path_plays() {
    let mut window = open();
    let at = window.middle();
    window.click("Draw a path");
    assert!(window.has("Click points on the map, or press and draw. It plays along it."));
    window.click_at(at - Vec2::new(150.0, 0.0));
    assert_eq!(window.points(), 1);
    window.until("the point is heard", |app| {
        app.state().library.spots().next().is_some()
    });
    assert!(window.has("One point is set"));
    window.click_at(at);
    window.planned();
    let melodies = window.melodies();
    assert_eq!(melodies.len(), 16);
    let all: Vec<usize> = (0..16).collect();
    let (heard, entry) = window.last();
    assert_eq!(heard, piece(&melodies, &all, 32));
    assert_eq!(entry.unwrap().from, 0);
    assert!(window.has("Stop the path"));
    // The tool is put down, the path stays and goes on.
    window.press(Key::Escape);
    assert!(!window.harness.state().state().path.tool);
    assert_eq!(window.points(), 2);
    assert!(window.harness.state().state().riding().is_some());
    // Without the tool a click plays what it always played.
    window.click_at(at + Vec2::new(120.0, 140.0));
    assert_eq!(window.points(), 2);
}

#[test]
fn the_path_s_own_points_are_heard_as_the_spots_they_are() {
    let window = Window::with_path();
    let state = window.harness.state().state();
    let path = state.path.drawn.as_ref().unwrap();
    let stations = state.path.stations().unwrap();
    for (index, point) in path.points.iter().enumerate() {
        let latent = point.latent(&state.library).unwrap();
        let here = stations
            .at
            .iter()
            .position(|at| *at == index as f64)
            .unwrap();
        assert_eq!(
            stations.set.entries[here].melody.tokens(),
            &toy_melody(&latent)
        );
    }
    assert!(stations.at.is_sorted());
    assert_eq!(window.points(), 3);
}

#[test]
fn a_point_that_is_set_on_a_melody_is_that_melody() {
    let mut window = open();
    let ids = [3, 11].map(|region| MelodyId::Centre { region });
    window.press(Key::D);
    for id in ids {
        let at = window.harness.state().map().position(id).unwrap();
        window.click_at(at + Vec2::new(3.0, 2.0));
    }
    window.planned();
    let melodies = window.melodies();
    let library = &window.harness.state().state().library;
    assert_eq!(&melodies[0], &*library.get(ids[0]).unwrap().melody);
    assert_eq!(&melodies[15], &*library.get(ids[1]).unwrap().melody);
}

#[test]
fn a_drawn_line_becomes_a_handful_of_points_and_a_ring_closes() {
    let mut window = open();
    let at = window.middle();
    window.press(Key::D);
    let wave: Vec<Pos2> = (0..60)
        .map(|k| at + Vec2::new(-200.0 + 7.0 * k as f32, 60.0 * (k as f32 / 8.0).sin()))
        .collect();
    window.draw(&wave);
    window.planned();
    assert!((4..20).contains(&window.points()), "{}", window.points());
    assert!(window.point(0).distance(wave[0]) < 2.0);
    let closed = |window: &Window| {
        let path = window.harness.state().state().path.drawn.clone();
        path.unwrap().closed
    };
    assert!(!closed(&window));

    let ring: Vec<Pos2> = (0..=40)
        .map(|k| at + 110.0 * Vec2::angled(k as f32 * std::f32::consts::TAU / 40.0))
        .collect();
    window.draw(&ring);
    window.planned();
    assert!(closed(&window));
    // Round and round, the beginning is heard once.
    let melodies = window.melodies();
    assert_eq!(melodies.len(), 16);
    window.at_step(16.0 * 32.0 - 1.0);
    let state = window.harness.state().state();
    let segments = state
        .path
        .drawn
        .as_ref()
        .unwrap()
        .curve(&state.library)
        .segments();
    let puck = state.puck_of_the_music().unwrap();
    assert!(puck > segments as f64 - 0.5, "{puck} of {segments}");
}

#[test]
fn points_are_moved_inserted_and_removed_and_each_edit_is_taken_back() {
    let mut window = Window::with_path();
    let before = window.melodies();
    let (from, to) = (window.point(1), window.middle() + Vec2::new(10.0, 130.0));
    window.draw(&[from, from + Vec2::new(4.0, 60.0), to]);
    window.planned();
    assert_eq!(window.points(), 3);
    assert!(window.point(1).distance(to) < 12.0);
    assert_ne!(window.melodies(), before);
    // The music goes on along the changed path.
    assert!(window.harness.state().state().riding().is_some());

    // A click on the line puts a point there.
    let on_line = {
        let state = window.harness.state().state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.library);
        window
            .harness
            .state()
            .map()
            .to_screen(curve.at(1.5))
            .unwrap()
    };
    window.click_at(on_line);
    window.planned();
    assert_eq!(window.points(), 4);
    assert!(window.point(2).distance(on_line) < 2.0);

    // A right click takes it away, the Delete key the one under the pointer.
    let at = window.point(2);
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    for pressed in [true, false] {
        window.harness.event(eframe::egui::Event::PointerButton {
            pos: at,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.harness.run_steps(1);
    }
    window.planned();
    assert_eq!(window.points(), 3);
    let at = window.point(2);
    window.harness.hover_at(at);
    window.harness.run_steps(2);
    window.press(Key::Delete);
    window.planned();
    assert_eq!(window.points(), 2);

    let undo = |window: &mut Window| {
        window
            .harness
            .key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.harness.run_steps(3);
    };
    let mut seen = Vec::new();
    for _ in 0..20 {
        undo(&mut window);
        if seen.last() != Some(&window.points()) {
            seen.push(window.points());
        }
    }
    assert_eq!(seen, [3, 4, 3, 2, 1, 0]);
}

#[test]
fn the_puck_is_where_the_clock_is_and_the_inspector_goes_along() {
    let mut window = Window::with_path();
    let at: Vec<f64> = window
        .harness
        .state()
        .state()
        .path
        .stations()
        .unwrap()
        .at
        .clone();
    for (step, expected) in [
        (0.0, at[0]),
        (16.0, (at[0] + at[1]) / 2.0),
        (32.0 * 5.0, at[5]),
        (32.0 * 5.0 + 24.0, at[5] + 0.75 * (at[6] - at[5])),
        // At an open end the puck waits for the beginning.
        (32.0 * 15.0 + 20.0, at[15]),
    ] {
        window.at_step(step);
        let state = window.harness.state().state();
        assert!(
            (state.puck().unwrap() - expected).abs() < 1e-9,
            "step {step}"
        );
        let station = (step / 32.0) as u32;
        let focus = state.selection.focus.unwrap();
        assert!(
            matches!(focus, MelodyId::Generated { by: GenerateMethod::Path, index, .. } if index == station),
            "step {step}: {focus}"
        );
        assert_eq!(state.sounding_id(), Some(focus));
    }
    // What is kept is what is heard.
    window.at_step(32.0 * 7.0 + 3.0);
    window.press(Key::F);
    until_kept(&mut window.harness, 1);
    let kept = window
        .harness
        .state()
        .state()
        .tray
        .iter()
        .next()
        .unwrap()
        .melody
        .clone();
    assert_eq!(*kept, window.melodies()[7]);
}

#[test]
fn the_way_and_the_pace_change_on_the_spot_and_keep_the_place() {
    let mut window = Window::with_path();
    let melodies = window.melodies();
    window.at_step(32.0 * 5.0 + 20.0);
    window.click("Path: Ping-pong");
    let there_and_back: Vec<usize> = (0..16).chain((1..15).rev()).collect();
    let (heard, entry) = window.last();
    assert_eq!(heard, piece(&melodies, &there_and_back, 32));
    // In a loop the sixth melody goes on in its second bar.
    let entry = entry.unwrap();
    assert_eq!((entry.base, entry.round, entry.once), (5 * 32, 32, false));

    window.command(PathCommand::SetPace(Pace::Bar));
    let (heard, entry) = window.last();
    assert_eq!(heard, piece(&melodies, &there_and_back, 16));
    // Every bar a new melody: the sixth begins in the middle of the third pair of bars.
    assert_eq!((entry.unwrap().from, entry.unwrap().base), (5 * 16, 64));

    window.click("Path: Once");
    assert!(window.last().1.unwrap().once);
    // On the way back it stays on the way back.
    window.click("Path: Ping-pong");
    window.at_step(16.0 * 20.0 + 1.0);
    window.command(PathCommand::SetPace(Pace::Twice));
    let station = there_and_back[20];
    assert_eq!(window.last().1.unwrap().from, 64 * 20);
    assert_eq!(station, 10);
    // Just before the next melody's turn a change is heard from that one on.
    window.at_step(64.0 * 7.0 - 0.4);
    window.click("Path: Loop");
    assert_eq!(window.last().1.unwrap().base, 64 * 7);
}

#[test]
fn stopping_and_playing_go_on_where_the_puck_is() {
    let mut window = Window::with_path();
    window.at_step(32.0 * 9.0 + 8.0);
    window.harness.key_press(Key::Space);
    window.harness.run_steps(3);
    window.harness.state_mut().command(Command::PlayStop);
    window.harness.run_steps(2);
    let plays = |window: &Window| window.ear.lock().unwrap().playing;
    // One of the two stopped it, the other went on.
    if !plays(&window) {
        window.harness.state_mut().command(Command::PlayStop);
        window.harness.run_steps(2);
    }
    assert!(plays(&window));
    let (_, entry) = window.last();
    assert_eq!(entry.unwrap().from, 32 * 9);
    window.click("Stop the path");
    assert!(!plays(&window));
    assert!(window.has("Play the path"));
}

#[test]
fn the_puck_is_dragged_and_what_it_passes_plays_then_the_music_goes_on_from_there() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    window.at_step(0.0);
    let melodies = window.melodies();
    let (puck, end) = (window.puck(), window.point(2));
    let count = window.ear.lock().unwrap().played.len();
    let line: Vec<Pos2> = {
        let state = window.harness.state().state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.library);
        let map = window.harness.state().map();
        (0..=30)
            .map(|k| map.to_screen(curve.at(f64::from(k) / 30.0 * 1.9)).unwrap())
            .collect()
    };
    assert!(puck.distance(line[0]) < 2.0);
    window.harness.hover_at(puck);
    window.harness.run_steps(1);
    window.harness.drag_at(puck);
    window.harness.run_steps(1);
    for at in &line {
        window.harness.hover_at(*at);
        window.harness.run_steps(1);
    }
    let held = window.harness.state().state().path.held.unwrap();
    assert!((held - 1.9).abs() < 0.1, "{held}");
    {
        let heard = window.ear.lock().unwrap();
        let passed: Vec<&Melody> = heard.played[count..].iter().map(|(m, ..)| &**m).collect();
        assert!(passed.len() >= 6, "{}", passed.len());
        for melody in passed {
            assert!(melodies.contains(melody));
        }
    }
    window.harness.drop_at(line[30]);
    window.harness.run_steps(3);
    let state = window.harness.state().state();
    assert_eq!(state.path.held, None);
    let station = state.path.stations().unwrap().nearest(held);
    let (heard, entry) = window.last();
    assert_eq!(heard, piece(&melodies, &(0..16).collect::<Vec<_>>(), 32));
    assert_eq!(entry.unwrap().base, 32 * station);
    // The map itself was neither moved nor played meanwhile.
    assert_eq!(window.points(), 3);
    assert!(window.point(2).distance(end) < 1e-3);
}

#[test]
fn a_quick_hand_takes_the_puck_too() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    let (puck, middle) = (window.puck(), window.point(1));
    window.harness.hover_at(puck);
    window.harness.run_steps(1);
    window.harness.drag_at(puck);
    window.harness.run_steps(1);
    // Off the line in one frame, and on to the middle of the path.
    window.harness.hover_at(puck + Vec2::new(0.0, 60.0));
    window.harness.run_steps(1);
    window.harness.hover_at(middle);
    window.harness.run_steps(2);
    let held = window.harness.state().state().path.held.unwrap();
    assert!((held - 1.0).abs() < 0.1, "{held}");
}

#[test]
fn a_path_leaves_as_one_piece_and_as_numbered_files() {
    let mut window = Window::with_path();
    window.click("Path: Ping-pong");
    window.click("Export the path");
    window.click("As one long piece, as it is heard…");
    window.until("the piece is written", |app| {
        app.state()
            .notices
            .iter()
            .any(|notice| notice.text.contains("Written to"))
    });
    let files = window.files();
    assert_eq!(files.len(), 1);
    let song = read_midi_file(&files[0]).unwrap();
    let visits: Vec<usize> = (0..16).chain((1..15).rev()).collect();
    let expected = piece(&window.melodies(), &visits, 32);
    let notes: Vec<(u8, u64)> = song.tracks[0]
        .notes
        .iter()
        .map(|note| (note.pitch, note.start / 120))
        .collect();
    let wanted: Vec<(u8, u64)> = expected
        .notes()
        .iter()
        .map(|note| (note.pitch, u64::from(note.start)))
        .collect();
    assert_eq!(notes, wanted);
    let bytes = std::fs::read(&files[0]).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for told in [
        "seed 99",
        "weights 0123456789ab",
        env!("CARGO_PKG_VERSION"),
        "ping-pong",
        "every 2 bars",
        " + r0",
    ] {
        assert!(text.contains(told), "{told}");
    }

    // The same again is refused, and separate files stand beside it.
    window
        .harness
        .state_mut()
        .command(Command::Export(ExportWhat::Path, ExportShape::Piece));
    window.until("it is refused", |app| {
        app.state()
            .notices
            .iter()
            .any(|notice| notice.text.contains("already there"))
    });
    window
        .harness
        .state_mut()
        .command(Command::Export(ExportWhat::Path, ExportShape::Folder));
    window.until("the files are written", |app| {
        app.state()
            .notices
            .iter()
            .any(|notice| notice.text.contains("16 files"))
    });
    let files = window.files();
    assert_eq!(files.len(), 17);
    let names: Vec<String> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().any(|name| name.contains("_00_")), "{names:?}");
    assert!(names.iter().any(|name| name.contains("_15_")), "{names:?}");
}

#[test]
fn in_another_layout_the_path_keeps_its_melodies_and_comes_back_to_its_place() {
    let mut window = Window::with_path();
    let (melodies, places) = (
        window.melodies(),
        [0, 1, 2].map(|index| window.point(index)),
    );
    for (label, layout) in [
        ("Layout: Axes", Layout::AXES),
        ("Layout: Sound", Layout::Sound),
    ] {
        window.click(label);
        window.until("the other layout is there", |app| {
            let shown = &app.state().layout;
            shown.quality.as_ref().is_some_and(|q| q.layout == layout) && !app.map().moving()
        });
        assert_eq!(window.melodies(), melodies);
        assert!(window.harness.state().state().riding().is_some());
        let moved = (0..3).any(|index| window.point(index).distance(places[index]) > 5.0);
        assert_eq!(moved, layout == Layout::AXES);
    }
}

#[test]
fn a_path_can_be_drawn_and_heard_while_the_sweep_goes_on() {
    let ear = Ear::default();
    let pause = Duration::from_millis(5);
    let mut window = open_with(Box::new(ear.clone()), ear, pause, 80, Settings::default());
    window.until("some melodies are there", |app| {
        app.state().library.decoded() >= 30
    });
    let at = window.middle();
    window.command(PathCommand::SetStations(4));
    window.press(Key::D);
    let ids = [2, 7].map(|region| MelodyId::Centre { region });
    for id in ids {
        let at = window.harness.state().map().position(id).unwrap_or(at);
        window.click_at(at);
    }
    window.planned();
    assert!(window.harness.state().state().sweep.running.is_some());
    assert_eq!(window.melodies().len(), 4);
    // A new sweep is a new map: the old path means nothing on it.
    window.harness.state_mut().command(Command::NewSweep);
    window.until("the new sweep has begun", |app| {
        app.state().path.drawn.is_none()
    });
    assert!(!is_station(window.harness.state().state().selection.focus));
}

#[test]
fn a_path_over_nothing_says_so_and_removing_it_leaves_nothing() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    window.click("Remove the path");
    assert_eq!(window.points(), 0);
    assert!(!window.has("Play the path") && !window.has("Stop the path"));
    assert!(!is_station(window.harness.state().state().selection.focus));
    assert_eq!(window.harness.state().state().library.made().count(), 0);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.planned();
    assert_eq!(window.points(), 3);
    window.command(PathCommand::Remove(2));
    window.command(PathCommand::Remove(1));
    assert_eq!(window.points(), 1);
    window.until("nothing is left to play along", |app| {
        app.state().path.stations().is_none()
    });
    window
        .harness
        .state_mut()
        .command(Command::Export(ExportWhat::Path, ExportShape::Piece));
    window.harness.run_steps(2);
    assert!(
        window
            .harness
            .state()
            .state()
            .notices
            .iter()
            .any(|n| n.text.contains("no path"))
    );
}

#[test]
fn a_hovering_pointer_does_not_sweep_a_path_away_and_a_click_does() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    window
        .harness
        .state_mut()
        .command(Command::Spot(SpotCommand::PlayBy(PlayBy::Hover)));
    let at = window.middle() + Vec2::new(60.0, 150.0);
    for k in 0..60 {
        window.harness.hover_at(at + Vec2::new(0.1 * k as f32, 0.0));
        window.harness.run_steps(1);
    }
    assert!(window.harness.state().state().riding().is_some());
    window.click_at(at);
    window.until("the spot plays", |app| app.state().riding().is_none());
    // The path is still there, and goes on when asked to.
    window.click("Play the path");
    assert!(window.harness.state().state().riding().is_some());
}

#[test]
fn a_path_that_was_drawn_is_one_step_to_take_back() {
    let mut window = open();
    let at = window.middle();
    window.press(Key::D);
    let line: Vec<Pos2> = (0..40)
        .map(|k| at + Vec2::new(-150.0 + 8.0 * k as f32, 40.0 * (k as f32 / 7.0).sin()))
        .collect();
    window.draw(&line);
    window.planned();
    window.until("it plays", |app| app.state().riding().is_some());
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(window.points(), 0);
    assert!(window.harness.state().state().path.drawn.is_none());
}

#[test]
fn a_real_player_walks_the_path_in_time_and_the_puck_with_it() {
    let player = Player::start_with(OutputChoice::Silent);
    let settings = Settings {
        output: OutputChoice::Silent,
        tempo: 240.0,
        path_pace: Pace::Beat,
        path_order: PlayOrder::Once,
        ..Settings::default()
    };
    let mut window = open_with(
        Box::new(player),
        Ear::default(),
        Duration::ZERO,
        SAMPLES,
        settings,
    )
    .swept();
    let at = window.middle();
    window.press(Key::D);
    for off in [[-180.0, 60.0], [170.0, 70.0]] {
        window.click_at(at + Vec2::from(off));
    }
    window.planned();
    window.until("it plays", |app| app.state().riding().is_some());
    // Sixteen melodies of a beat each: four seconds at 240 beats per minute.
    let begun = Instant::now();
    let first = window.harness.state().state().puck().unwrap();
    let (mut last, mut seen) = (first, 0);
    while window.harness.state().state().riding().is_some() {
        let puck = window.harness.state().state().puck().unwrap();
        assert!(
            puck >= last - 1e-9,
            "the puck went back from {last} to {puck}"
        );
        seen += usize::from(puck > last);
        last = puck;
        window.harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(10));
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    assert!(seen > 10, "{seen}");
    assert!((last - 1.0).abs() < 1e-9, "{last}");
    let took = begun.elapsed().as_secs_f64();
    assert!((3.0..6.0).contains(&took), "{took}");
    assert!(!window.harness.state().state().listening.playhead.playing);
}
