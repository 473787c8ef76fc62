//! The window, driven by its labels: what a person clicks and what then is so.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/busy_model.rs"]
mod busy_model;
#[path = "support/window.rs"]
mod support;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Key, Modifiers, Pos2, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::playback::OutputChoice;
use tunescape::sweep::{GenerateMethod, Layout, MelodyId, SweepConfig};
use tunescape::ui::{App, Command, ExportShape, ExportWhat, PlayBy, Settings};

use busy_model::BusyModel;
use support::{Ear, Setup, until, until_kept, until_swept};

const SAMPLES: u32 = 16;

struct Window {
    harness: Harness<'static, App>,
    ear: Ear,
}

fn open_with(pause: Duration, export_to: PathBuf) -> Window {
    let ear = Ear::default();
    ear.lock().unwrap().step = 4.5;
    let setup = Setup {
        model: BusyModel { pause },
        sound: Box::new(ear.clone()),
        settings: Settings::default(),
        export_to,
        samples: SAMPLES,
    };
    Window {
        harness: setup.open(),
        ear,
    }
}

impl Window {
    fn until(&mut self, what: &str, so: impl Fn(&App) -> bool) {
        until(&mut self.harness, what, so);
    }

    fn swept(mut self) -> Self {
        until_swept(&mut self.harness, SAMPLES);
        self.until("the melodies are laid out and at rest", |app| {
            app.state().layout.quality.is_some() && !app.map().moving()
        });
        self
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    fn until_kept(&mut self, count: usize) {
        until_kept(&mut self.harness, count);
    }

    fn focus(&self) -> Option<MelodyId> {
        self.harness.state().state().selection.focus
    }

    fn click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.drag_at(at);
        self.harness.run_steps(1);
        self.harness.drop_at(at);
        self.harness.run_steps(3);
    }

    fn click_centre_of(&mut self, region: u32) {
        let id = MelodyId::Centre { region };
        let at = self.harness.state().map().position(id).unwrap();
        self.click_at(at);
        assert_eq!(self.focus(), Some(id));
    }

    fn plays(&self) -> usize {
        self.ear.lock().unwrap().played.len()
    }
}

fn open() -> Window {
    open_with(Duration::ZERO, std::env::temp_dir()).swept()
}

#[test]
fn a_layout_is_chosen_on_the_map_and_the_points_come_to_rest_in_it() {
    let mut window = open();
    let by_sound = window
        .harness
        .state()
        .map()
        .position(MelodyId::Centre { region: 4 });
    let quality = |window: &Window| {
        window
            .harness
            .state()
            .state()
            .layout
            .quality
            .clone()
            .unwrap()
    };
    assert_eq!(quality(&window).layout, Layout::Sound);
    // Neighbours on this map sound alike, and the corner says by how much.
    assert!(quality(&window).times_nearer() > 1.2);
    for (label, layout) in [
        ("Layout: Latent", Layout::Latent),
        ("Layout: Axes", Layout::AXES),
        ("Layout: Decoder", Layout::Decoder),
        ("Layout: Sound", Layout::Sound),
    ] {
        window.click(label);
        window.until("the other layout is there", |app| {
            let shown = &app.state().layout;
            shown.quality.as_ref().is_some_and(|q| q.layout == layout) && !app.map().moving()
        });
        window.press(Key::Escape);
    }
    let again = window
        .harness
        .state()
        .map()
        .position(MelodyId::Centre { region: 4 });
    assert_eq!(again, by_sound, "the same layout is the same picture");
    window.click("Map quality");
    assert!(
        window
            .harness
            .query_by_label_contains("Trustworthiness")
            .is_some()
    );
}

#[test]
fn steered_melodies_are_placed_on_the_map_with_their_error_and_nothing_else_moves() {
    let mut window = open();
    let places = |window: &Window| {
        let library = &window.harness.state().state().library;
        library
            .swept()
            .map(|entry| entry.position)
            .collect::<Vec<_>>()
    };
    let before = places(&window);
    let app = window.harness.state_mut();
    app.command(Command::Steer(0));
    window.until("the steered melodies are placed", |app| {
        !app.state().layout.placed.is_empty()
    });
    assert_eq!(places(&window), before);
    let state = window.harness.state().state();
    for (id, placed) in &state.layout.placed {
        assert_eq!(state.library.get(*id).unwrap().position, placed.position);
        assert!(placed.error.is_finite() && placed.error >= 0.0);
    }
}

#[test]
fn the_window_opens_with_a_sweep_of_its_own_and_plays_nothing_unasked() {
    let window = open();
    assert_eq!(window.plays(), 0);
    assert!(window.harness.query_by_label("Play").is_some());
    let map = window.harness.get_by_label("Map");
    assert!(map.value().unwrap().contains("340 melodies"));
}

#[test]
fn a_click_on_a_point_selects_it_and_plays_its_melody() {
    let mut window = open();
    window.click_centre_of(7);
    let heard = window.ear.lock().unwrap();
    let (melody, ..) = heard.played.last().unwrap();
    let app = window.harness.state();
    let entry = app
        .state()
        .library
        .get(MelodyId::Centre { region: 7 })
        .unwrap();
    assert!(Arc::ptr_eq(melody, &entry.melody));
    assert!(app.state().settings.hint_done);
}

#[test]
fn the_arrow_keys_walk_to_another_point_and_play_it() {
    let mut window = open();
    window.click_centre_of(7);
    let before = window
        .harness
        .state()
        .map()
        .position(window.focus().unwrap())
        .unwrap();
    let mut in_order = 0;
    for (key, sign) in [(Key::ArrowRight, 1.0), (Key::ArrowLeft, -1.0)] {
        let from = window.focus().unwrap();
        let plays = window.plays();
        let at = window.harness.state().map().position(from).unwrap();
        window.press(key);
        if window.focus() != Some(from) {
            in_order += 1;
            let to = window
                .harness
                .state()
                .map()
                .position(window.focus().unwrap())
                .unwrap();
            assert!((to.x - at.x) * sign > 0.0);
            assert_eq!(window.plays(), plays + 1);
        }
    }
    assert!(
        in_order > 0,
        "no neighbour to the left or right of {before:?}"
    );
}

#[test]
fn space_plays_and_stops_and_escape_deselects() {
    let mut window = open();
    window.click_centre_of(3);
    assert!(window.harness.query_by_label("Stop").is_some());
    window.press(Key::Space);
    assert!(!window.ear.lock().unwrap().playing);
    window.press(Key::Space);
    assert!(window.ear.lock().unwrap().playing);
    window.press(Key::Escape);
    assert_eq!(window.focus(), None);
}

#[test]
fn f_keeps_the_melody_and_removes_it_again() {
    let mut window = open();
    window.click_centre_of(3);
    window.press(Key::F);
    window.until_kept(1);
    let label = "Kept 1: Region 3, centre";
    assert!(window.harness.query_by_label(label).is_some());
    let plays = window.plays();
    window.click(label);
    assert_eq!(window.plays(), plays + 1);
    window.press(Key::F);
    window.until_kept(0);
}

#[test]
fn ctrl_z_takes_a_selection_back() {
    let mut window = open();
    window.click_centre_of(3);
    window.click_centre_of(9);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(window.focus(), Some(MelodyId::Centre { region: 3 }));
}

#[test]
fn letting_go_of_the_density_slider_brings_new_melodies_and_undo_takes_them_away() {
    let mut window = open();
    let slider = window
        .harness
        .get_by_role_and_label(Role::Slider, "Note density");
    slider.set_value_accesskit(7.0);
    window.harness.run_steps(2);
    window.until("the steer is done", |app| {
        app.state().steer.running.is_none() && app.state().steer.results[0].is_some()
    });
    let result = window.harness.state().state().steer.results[0].unwrap();
    assert_eq!(result.wanted, 7.0);
    assert_eq!(result.count, 32);
    assert!((result.mean - 7.0).abs() < 0.5, "{result:?}");
    assert_eq!(
        window.focus(),
        Some(MelodyId::Steered { steer: 0, index: 0 })
    );
    assert_eq!(window.plays(), 1);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(3);
    assert_eq!(window.harness.state().state().library.steered().count(), 0);
    assert_eq!(window.focus(), None);
}

#[test]
fn cancel_stops_the_sweep_and_what_is_there_can_be_played() {
    let mut window = open_with(Duration::from_millis(20), std::env::temp_dir());
    window.until("a melody is there", |app| app.state().library.decoded() > 0);
    window.click("Cancel");
    window.until("the sweep has stopped", |app| {
        app.state().sweep.running.is_none()
    });
    let decoded = window.harness.state().state().library.decoded();
    assert!(decoded < 20 * 17, "{decoded}");
    // What there is, is laid out.
    window.until("the points are at rest", |app| {
        let layout = &app.state().layout;
        // Before it begins, too, no layout is running.
        layout.quality.is_some() && layout.running.is_none() && !app.map().moving()
    });
    window.click_centre_of(0);
    assert_eq!(window.plays(), 1);
}

#[test]
fn a_new_sweep_leaves_what_plays_alone() {
    let mut window = open();
    window.click_centre_of(4);
    let generation = window.harness.state().state().library.generation();
    window.click("New sweep");
    window.until("the new sweep is done", |app| {
        app.state().sweep.running.is_none()
            && app.state().library.generation() > generation
            && app.state().library.decoded() == 20 * 17
    });
    assert!(window.ear.lock().unwrap().playing);
    assert_eq!(window.plays(), 1);
}

#[test]
fn the_shown_melody_is_exported_and_nothing_is_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with(Duration::ZERO, folder.path().to_owned()).swept();
    window.click_centre_of(5);
    window.click("Export…");
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    window.until("a file is told of", |app| {
        app.state().notices.iter().count() == 1
    });
    assert_eq!(count(), 1);
    window.click("Export…");
    window.until("the refusal is told of", |app| {
        app.state().notices.iter().count() == 2
    });
    assert_eq!(count(), 1);
    window.click("Replace");
    window.until("the file is replaced", |app| {
        app.state()
            .notices
            .iter()
            .all(|notice| notice.action.is_none())
    });
    assert_eq!(count(), 1);
    window.click("Export…");
    window.until("the refusal is told of", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| notice.action.is_some())
    });
    window.click("Keep both");
    window.until("a file with a number is told of", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| {
            let written = notice.text.starts_with("Written to");
            written && notice.text.ends_with("bpm_2.mid")
        })
    });
    assert_eq!(count(), 2);
}

#[test]
fn a_folder_that_is_written_in_part_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with(Duration::ZERO, folder.path().to_owned()).swept();
    for region in [1, 2, 3] {
        window.click_centre_of(region);
        window.press(Key::F);
    }
    window.until_kept(3);
    let export = Command::Export(ExportWhat::Kept, ExportShape::Folder);
    window.harness.state_mut().command(export.clone());
    window.until("the files are told of", |app| {
        app.state().notices.iter().count() == 1
    });
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    for name in &names {
        std::fs::remove_file(name).unwrap();
    }
    // A file cannot take the place of a folder.
    std::fs::create_dir(&names[1]).unwrap();
    window.harness.state_mut().command(export);
    window.until("the refusal is told of", |app| {
        app.state().notices.iter().count() == 2
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    window.click("Replace");
    let wanted = format!(
        "2 of 3 files were written to {}, but not {}: ",
        folder.path().display(),
        names[1].file_name().unwrap().display()
    );
    window.until("what was written is told", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| notice.text.starts_with(&wanted))
    });
    assert!(names[0].is_file() && names[1].is_dir() && names[2].is_file());
}

#[test]
fn the_tray_is_exported_as_a_folder_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with(Duration::ZERO, folder.path().to_owned()).swept();
    for region in [1, 2, 3] {
        window.click_centre_of(region);
        window.press(Key::F);
    }
    window.until_kept(3);
    window
        .harness
        .state_mut()
        .command(Command::Export(ExportWhat::Kept, ExportShape::Folder));
    window.until("the files are told of", |app| {
        app.state().notices.iter().count() == 1
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn another_output_is_chosen_from_the_list() {
    let mut window = open();
    window.click("Output");
    window.click("Grand Piano");
    let wanted = OutputChoice::Port("Grand Piano".to_owned());
    assert_eq!(window.ear.lock().unwrap().output, Some(wanted.clone()));
    assert_eq!(window.harness.state().state().settings.output, wanted);
}

#[test]
fn panels_can_be_hidden_and_the_map_takes_their_room() {
    let mut window = open();
    let wide = |window: &Window| window.harness.state().map().rect().unwrap().width();
    let before = wide(&window);
    window.click("Show or hide the inspector");
    window.harness.run_steps(20);
    let without_right = wide(&window);
    assert!(without_right > before + 200.0);
    window.click("Show or hide steering");
    window.harness.run_steps(20);
    assert!(wide(&window) > without_right + 200.0);
}

#[test]
fn the_theme_switches_and_is_remembered() {
    let mut window = open();
    window.click("Light theme");
    assert!(window.harness.query_by_label("Dark theme").is_some());
    let settings = &window.harness.state().state().settings;
    let stored = serde_json::to_string(settings).unwrap();
    assert_eq!(
        serde_json::from_str::<Settings>(&stored).unwrap(),
        *settings
    );
}

#[test]
fn the_command_search_runs_what_it_finds() {
    let mut window = open();
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.run_steps(3);
    window
        .harness
        .get_by_label("Search commands")
        .type_text("colour by pitch");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    assert_eq!(
        window.harness.state().state().settings.colour_by,
        "pitch_range"
    );
    assert!(!window.harness.state().state().search);
}

#[test]
fn letters_typed_into_a_field_are_no_commands() {
    let mut window = open();
    window.click_centre_of(2);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.run_steps(3);
    window.press(Key::F);
    window.press(Key::P);
    assert!(window.harness.state().state().tray.is_empty());
    assert_eq!(window.ear.lock().unwrap().panics, 0);
}

/// A file held over the window by its path.
#[derive(Debug)]
struct Dropped(PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody reads it here".to_owned())
    }
}

#[test]
fn a_dropped_model_opens_and_one_that_does_not_leaves_the_map_and_says_why() {
    let mut window = open();
    let drop = |window: &mut Window, path: &std::path::Path| {
        let file = Arc::new(Dropped(path.to_owned()));
        window.harness.input_mut().dropped_files.push(file);
        window.harness.run_steps(1);
    };
    drop(&mut window, std::path::Path::new("no_such.tar"));
    window.until("the failure is told", |app| {
        app.state().notices.iter().next().is_some()
    });
    let state = window.harness.state().state();
    let told: Vec<&str> = state
        .notices
        .iter()
        .map(|notice| notice.text.as_str())
        .collect();
    assert!(
        told.iter()
            .any(|text| text.contains("o_such.tar is no model")),
        "{told:?}"
    );
    assert_eq!(state.model.info().unwrap().name, "Toy model");
    assert_eq!(
        (state.sweep.model.clone(), state.library.decoded()),
        (None, 340)
    );

    // A new sweep still has the model of before to decode with.
    window.harness.state_mut().command(Command::NewSweep);
    window.until("the sweep runs", |app| app.state().sweep.running.is_some());
    let mut window = window.swept();

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("weights_manifest.json"), "[]").unwrap();
    drop(&mut window, folder.path());
    window.until("the model is open", |app| {
        app.state().model.info().is_some() && app.state().sweep.model.is_some()
    });
    assert_eq!(
        window.harness.state().state().sweep.model.as_deref(),
        Some(folder.path())
    );
}

/// Opens the analysis and waits until it is of the whole sweep.
fn analysed(mut window: Window) -> Window {
    window.click("Analysis");
    window.until("the sweep is studied", |app| {
        let found = app.state().analysis.found();
        found.is_some_and(|found| found.decoded == 320 && found.last)
    });
    window
}

/// Clicks on a fine grid over a figure until something plays; which melody that is.
fn play_in(window: &mut Window, figure: &str) -> Option<MelodyId> {
    window.harness.get_by_label(figure).scroll_to_me();
    window.harness.run_steps(20);
    let rect = window.harness.get_by_label(figure).rect();
    let before = window.plays();
    let steps = |low: f32, high: f32| {
        (0..)
            .map(move |k| low + 10.0 + 9.0 * k as f32)
            .take_while(move |x| *x < high - 10.0)
    };
    for y in steps(rect.top(), rect.bottom()) {
        for x in steps(rect.left(), rect.right()) {
            window.click_at(Pos2::new(x, y));
            if window.plays() > before {
                return window.focus();
            }
        }
    }
    None
}

#[test]
fn the_analysis_shows_the_figures_of_the_report_for_the_sweep_on_the_map() {
    let mut window = analysed(open());
    for figure in [
        "Map of the regions",
        "Low, mid and high regions",
        "Correlation over region means",
        "Correlation over samples",
        "Strongest dimension",
        "Second strongest dimension",
        "Best direction",
        "Correlation between attributes",
    ] {
        assert!(window.harness.query_by_label(figure).is_some(), "{figure}");
    }
    for words in [
        "trustworthiness",
        "Moran's I of contour",
        "Mann-Whitney",
        "Cliff's delta",
    ] {
        let found = window.harness.query_all_by_label_contains(words).count();
        assert!(found > 0, "{words}");
    }
    // The toy's density rises along the first dimension, and the study says so.
    let analysis = &window.harness.state().state().analysis;
    let study = &analysis.found().unwrap().study;
    let density = &study.attributes[0];
    assert_eq!(density.over_regions.strongest[0].dimension, 0);
    assert!(density.over_regions.strongest[0].r > 0.9);
    assert!(density.linear.as_ref().unwrap().r2 > 0.8);
    assert!(study.map.trustworthiness > study.map.trustworthiness_chance);
    // Another attribute, another set of figures.
    window.harness.state_mut().command(Command::ColourBy(2));
    window.harness.run_steps(3);
    let named =
        |window: &Window, words: &str| window.harness.query_all_by_label_contains(words).count();
    assert!(named(&window, "Pitch range is") > 0 && named(&window, "Note density is") == 0);
    window.click("Analysis");
    assert!(window.harness.query_by_label("Map").is_some());
}

#[test]
fn a_click_on_a_point_of_a_figure_plays_its_melody() {
    let mut window = analysed(open());
    assert_eq!(window.plays(), 0);
    for figure in [
        "Strongest dimension",
        "Second strongest dimension",
        "Best direction",
    ] {
        let played = play_in(&mut window, figure);
        assert!(
            matches!(played, Some(MelodyId::Sample { .. })),
            "{figure}: {played:?}"
        );
    }
    let played = play_in(&mut window, "Map of the regions");
    assert!(
        matches!(played, Some(MelodyId::Centre { .. })),
        "{played:?}"
    );
    // What plays is what was clicked.
    let state = window.harness.state().state();
    let melody = &state.library.get(played.unwrap()).unwrap().melody;
    assert!(Arc::ptr_eq(
        &window.ear.lock().unwrap().played.last().unwrap().0,
        melody
    ));
}

#[test]
fn the_figures_are_exported_as_svg_and_png() {
    let folder = tempfile::tempdir().unwrap();
    let figures = folder.path().join("figures");
    let mut window = analysed(open_with(Duration::ZERO, figures.clone()).swept());
    window.click("Export figures…");
    let wanted = [
        "note_density_map",
        "note_density_stem_regions",
        "note_density_stem_samples",
        "note_density_strongest_dimensions",
        "note_density_best_direction",
        "note_density_groups",
        "between_attributes",
    ];
    window.until("the figures are written", |_| {
        let written = std::fs::read_dir(&figures);
        written.is_ok_and(|files| files.count() >= 2 * wanted.len())
    });
    for name in wanted {
        let svg = std::fs::read_to_string(figures.join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg viewBox"), "{name}");
        let png = std::fs::read(figures.join(format!("{name}.png"))).unwrap();
        assert_eq!(&png[1..4], b"PNG", "{name}");
    }
}

#[test]
fn the_analysis_grows_with_the_sweep_and_a_newer_sweep_takes_its_place() {
    let mut window = open_with(Duration::from_millis(4), std::env::temp_dir());
    window.click("Analysis");
    window.until("a part of the sweep is studied", |app| {
        app.state().analysis.found().is_some()
    });
    let some = window
        .harness
        .state()
        .state()
        .analysis
        .found()
        .unwrap()
        .decoded;
    window.until("more of it is studied", |app| {
        let found = app.state().analysis.found();
        found.is_some_and(|found| found.decoded > some)
    });
    let app = window.harness.state_mut();
    app.command(Command::SetSweep(SweepConfig {
        regions: 25,
        samples: 6,
        ..SweepConfig::default()
    }));
    app.command(Command::NewSweep);
    window.until("the newer sweep is studied to its end", |app| {
        let found = app.state().analysis.found();
        found.is_some_and(|found| found.study.regions == 25 && found.decoded == 150)
    });
    // Closed, it studies nothing.
    window.click("Analysis");
    window.until("it rests", |app| !app.state().analysis.running());
}

fn is_spot(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Generated {
            by: GenerateMethod::Spot,
            ..
        }
    )
}

/// A place in the middle of the map that no point is near to.
fn bare_ground(window: &Window) -> Pos2 {
    let map = window.harness.state().map();
    let centre = map.rect().unwrap().center();
    (0..4_000)
        .map(|k| {
            let reach = 2.0 + 0.05 * k as f32;
            let angle = 2.4 * k as f32;
            centre + reach * eframe::egui::vec2(angle.cos(), angle.sin())
        })
        .find(|at| map.points().iter().all(|dot| dot.at.distance(*at) > 14.0))
        .unwrap()
}

#[test]
fn a_click_between_the_points_plays_a_melody_of_that_very_spot() {
    let mut window = open();
    let at = bare_ground(&window);
    window.click_at(at);
    window.until("the spot plays", |app| {
        app.state().selection.focus.is_some_and(is_spot)
    });
    let state = window.harness.state().state();
    let entry = state.shown().unwrap();
    let rect = window.harness.state().map().rect().unwrap();
    assert!(rect.contains(at));
    assert!(Arc::ptr_eq(
        &window.ear.lock().unwrap().played.last().unwrap().0,
        &entry.melody
    ));
    // Its latent point has the norm of its neighbours: 24 dimensions, so about 4.9.
    let norm = state.library.latent(entry.id).unwrap().norm();
    assert!((3.0..7.5).contains(&norm), "{norm}");
}

#[test]
fn only_pressing_plays_while_sweeping_and_pointing_is_enough_while_hovering() {
    let mut window = open();
    let at = bare_ground(&window);
    window.harness.hover_at(at);
    window.harness.run_steps(30);
    assert_eq!(window.plays(), 0);
    window.click("How the map plays");
    window.click("Play by hovering");
    window.harness.hover_at(at);
    window.until("hovering plays", |app| {
        app.state().selection.focus.is_some_and(is_spot)
    });
    assert_eq!(
        window.harness.state().state().settings.play_by,
        PlayBy::Hover
    );
    assert!(window.ear.lock().unwrap().playing);
    // Off the map, over the sliders on the left.
    window.harness.hover_at(Pos2::new(60.0, 300.0));
    window.harness.run_steps(5);
    assert!(!window.ear.lock().unwrap().playing, "leaving ends it");
}
