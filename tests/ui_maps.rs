//! Tests of the maps of a session: a new sweep or model makes a new map, and earlier maps can be shown again unchanged.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::Key;
use tunescape::melody::Tokens;
use tunescape::sweep::{LayoutKind, MelodyId, SweepConfig};
use tunescape::ui::{AppState, Command, GenerateCommand, SteerCommand};

use window::fake_model::FakeModel;
use window::{REGIONS, Setup, Window};

const SAMPLES: u32 = 16;
const MELODIES: usize = (REGIONS * (SAMPLES + 1)) as usize;

fn open(pause: Duration) -> Window {
    Setup::new(FakeModel::busy().with_pause(pause), SAMPLES).open()
}

impl Window {
    fn run_until_state(&mut self, what: &str, condition: impl Fn(&AppState) -> bool) {
        self.run_until(what, |app| condition(app.state()));
    }

    /// A sweep of another seed, on a map of its own.
    fn new_sweep(&mut self, seed: u64) {
        let form = SweepConfig {
            seed,
            ..self.state().sweep.form.clone()
        };
        self.command(Command::SetSweep(form));
        self.click("New sweep");
        self.run_until_state("the sweep has begun", |state| state.seed() == seed);
    }

    fn steer(&mut self) {
        self.command(Command::Steer(SteerCommand::Want {
            attribute: 0,
            value: 7.0,
        }));
        self.command(Command::Steer(SteerCommand::Start));
        self.run_until_state("the steer is done", |state| {
            state.steer.running.is_none() && state.steer.result(0).is_some()
        });
    }

    fn explore(&mut self, region: u32) {
        self.command(Command::Select(MelodyId::Centre { region }));
        let centre = MelodyId::Centre { region };
        self.command(Command::Generate(GenerateCommand::Explore(centre)));
    }

    fn shown(&self) -> u32 {
        self.state().maps.shown.as_ref().unwrap().number
    }

    fn numbers(&self) -> Vec<u32> {
        let maps = self.state().maps();
        maps.iter().map(|map| map.identity.number).collect()
    }
}

/// Every melody of the shown map: its name, where it lies, and its tokens.
fn contents(state: &AppState) -> Vec<(MelodyId, [f64; 2], Tokens)> {
    let library = &state.melodies;
    let made = library.generated_sets().flat_map(|(_, set)| &set.entries);
    library
        .swept()
        .chain(library.steered())
        .chain(made)
        .map(|entry| (entry.id, entry.position, entry.melody.tokens().clone()))
        .collect()
}

#[test]
fn what_was_steered_and_explored_is_there_again_when_its_map_is_shown_again() {
    let mut window = open(Duration::ZERO).swept();
    // With one map there is no list.
    let list = "Maps of this session";
    assert!(!window.has(list));
    window.steer();
    window.explore(4);
    window.run_until_state("the melodies are there", |state| {
        state.melodies.generated_sets().count() == 1
    });
    window.press(Key::F);
    window.run_until_kept(1);
    let kept = window.state().selection.focus.unwrap();
    let (before, selection) = (contents(window.state()), window.state().selection.clone());
    let plays = window.play_count();

    window.new_sweep(5);
    window.run_until_swept();
    window.run_until_laid_out();
    assert_eq!((window.shown(), window.numbers()), (2, vec![1, 2]));
    assert_eq!(window.state().melodies.added_count(), 0);
    assert!(!window.state().is_kept(kept));
    let second = contents(window.state());

    window.click(list);
    window.click("Map 1");
    assert_eq!(contents(window.state()), before);
    assert_eq!(window.state().selection, selection);
    assert!(window.state().is_kept(kept));
    assert_eq!((window.shown(), window.state().seed()), (1, 99));
    assert!(window.state().sweep.running.is_none());
    assert!(window.state().layout.layout_progress.is_none());
    // Showing another map does not affect playback.
    assert_eq!(window.play_count(), plays);

    // Work continues there: another steer is placed, and the last one can be undone.
    window.steer();
    let steered = window.state().melodies.steered().count();
    assert!(steered > before.len() - MELODIES - 16);
    for _ in 0..3 {
        window.press_ctrl(Key::Z);
    }
    assert!(window.state().melodies.steered().count() < steered);

    window.press_ctrl(Key::PageUp);
    assert_eq!(window.shown(), 2);
    assert_eq!(contents(window.state()), second);
}

#[test]
fn a_map_of_another_layout_comes_back_in_its_layout_and_places_what_comes_later() {
    let mut window = open(Duration::ZERO).swept();
    window.command(Command::SetLayout(LayoutKind::MelodyDistance));
    window.run_until_laid_out();
    window.new_sweep(5);
    window.run_until_swept();
    window.run_until_laid_out();
    window.command(Command::SetLayout(LayoutKind::Latent));
    window.run_until_laid_out();
    window.command(Command::ShowMap(1));
    assert_eq!(window.state().layout.shown_kind, LayoutKind::MelodyDistance);
    assert_eq!(
        window.state().settings.layout_kind,
        LayoutKind::MelodyDistance
    );
    let before = contents(window.state());
    window.explore(2);
    window.run_until_state("the melodies are placed", |state| {
        state.layout.placements.len() >= 16
    });
    // Nothing that was there has moved.
    assert_eq!(contents(window.state())[..MELODIES], before[..MELODIES]);
}

#[test]
fn a_sweep_goes_on_while_an_earlier_map_is_shown() {
    let mut window = open(Duration::from_millis(1)).swept();
    window.new_sweep(5);
    window.command(Command::ShowMap(1));
    assert!(window.state().sweep.running.is_some());
    assert_eq!(window.state().melodies.decoded_count(), MELODIES);
    window.run_until_state("the sweep is done", |state| state.sweep.running.is_none());
    assert_eq!(window.shown(), 1);
    window.command(Command::ShowMap(2));
    assert_eq!(window.state().melodies.decoded_count(), MELODIES);
    window.run_until_laid_out();
}

#[test]
fn what_was_asked_for_on_one_map_arrives_there_though_another_is_shown() {
    let mut window = open(Duration::from_millis(1)).swept();
    window.new_sweep(5);
    window.run_until_swept();
    window.command(Command::ShowMap(1));
    let selection = MelodyId::Centre { region: 3 };
    window.explore(3);
    window.command(Command::ShowMap(2));
    window.run_until_state("the melodies have arrived", |state| {
        state.generate.running.is_empty()
    });
    assert_eq!(window.state().melodies.added_count(), 0);
    let texts = window.state().notices.iter();
    let texts: Vec<&str> = texts.map(|notice| notice.text.as_str()).collect();
    assert!(
        texts.iter().any(|text| text.contains("on map 1")),
        "{texts:?}"
    );
    window.command(Command::ShowMap(1));
    assert_eq!(window.state().melodies.added_count(), 16);
    assert_eq!(window.state().selection.focus, Some(selection));
}

fn other_model() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.safetensors");
    std::fs::write(&path, "").unwrap();
    (folder, path)
}

#[test]
fn a_map_of_another_model_opens_that_model_when_it_is_shown_again() {
    let (_folder, path) = other_model();
    let mut window = open(Duration::ZERO).swept();
    let first = window.state().weights_hash().to_owned();
    window.command(Command::OpenModel(Some(path.clone())));
    window.run_until_state("the other model has a map", |state| {
        state.maps().len() == 2
            && state.sweep.running.is_none()
            && state.melodies.decoded_count() == MELODIES
    });
    let second = window.state().weights_hash().to_owned();
    assert_ne!(first, second);

    window.command(Command::ShowMap(1));
    // The map's own model is shown at once.
    assert_eq!(window.state().weights_hash(), first);
    window.run_until_state("its model is open", |state| state.can_decode());
    assert_eq!(window.state().sweep.weights_path, None);
    assert_eq!(window.numbers(), [1, 2], "no sweep has begun");
    window.explore(3);
    window.run_until_state("it decodes", |state| state.melodies.added_count() == 16);

    // A model whose file was deleted cannot be opened; the map stays, and a notice says what is not possible.
    std::fs::remove_file(&path).unwrap();
    window.command(Command::ShowMap(2));
    window.run_until_state("the failure is told", |state| {
        state.notices.iter().any(|notice| {
            notice
                .text
                .contains("The model of this map could not be opened")
        })
    });
    assert_eq!(
        (window.shown(), window.state().melodies.decoded_count()),
        (2, MELODIES)
    );
    assert!(!window.state().can_decode());
    window.explore(3);
    window.run_until_state("it is refused", |state| state.generate.error.is_some());
    assert_eq!(window.state().melodies.added_count(), 0);
}

#[test]
fn half_a_map_that_is_begun_again_on_another_device_is_replaced() {
    let mut window = open(Duration::from_millis(1));
    window.run_until_state("some melodies are there", |state| {
        state.melodies.decoded_count() > 0
    });
    window.command(Command::SetDevice(tunescape::model::DeviceChoice::Cpu));
    window.run_until_state("the sweep is done", |state| {
        state.sweep.running.is_none() && state.melodies.decoded_count() == MELODIES
    });
    assert_eq!(window.numbers().len(), 1);
}

#[test]
fn a_cancelled_sweep_stays_when_another_is_begun() {
    let mut window = open(Duration::from_millis(1));
    window.run_until_state("some melodies are there", |state| {
        state.melodies.decoded_count() > 100
    });
    window.command(Command::Cancel);
    window.run_until_state("it has ended", |state| state.sweep.running.is_none());
    let decoded = window.state().melodies.decoded_count();
    window.new_sweep(7);
    window.command(Command::ShowMap(1));
    assert_eq!(window.state().melodies.decoded_count(), decoded);
}
