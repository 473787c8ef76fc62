//! Tests of sweeps and of changing the model.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::Command;

use crate::{Window, open, open_with};

#[test]
fn the_window_opens_with_a_sweep_of_its_own_and_plays_nothing_unasked() {
    let window = open();
    assert_eq!(window.plays(), 0);
    assert!(window.harness.query_by_label("Play").is_some());
    let map = window.harness.get_by_label("Map");
    assert!(map.value().unwrap().contains("340 melodies"));
}

#[test]
fn letting_go_of_the_density_slider_brings_new_melodies_and_undo_takes_them_away() {
    let mut window = open();
    let slider = window
        .harness
        .get_by_role_and_label(Role::Slider, "Note density");
    slider.set_value_accesskit(7.0);
    window.harness.run_steps(2);
    window.run_until("the steer is done", |app| {
        app.state().steer.running.is_none() && app.state().steer.results[0].is_some()
    });
    let result = window.harness.state().state().steer.results[0].unwrap();
    assert_eq!(result.target, 7.0);
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
    assert_eq!(window.harness.state().state().melodies.steered().count(), 0);
    assert_eq!(window.focus(), None);
}

#[test]
fn cancel_stops_the_sweep_and_what_is_there_can_be_played() {
    let mut window = open_with(Duration::from_millis(20), std::env::temp_dir());
    window.run_until("a melody is there", |app| {
        app.state().melodies.decoded() > 0
    });
    window.click("Cancel");
    window.run_until("the sweep has stopped", |app| {
        app.state().sweep.running.is_none()
    });
    let decoded = window.harness.state().state().melodies.decoded();
    assert!(decoded < 20 * 17, "{decoded}");
    // The melodies decoded so far are laid out.
    window.run_until("the points are at rest", |app| {
        let layout = &app.state().layout;
        // No layout is running before it begins either.
        layout.quality.is_some() && layout.running.is_none() && !app.map().moving()
    });
    window.click_centre_of(0);
    assert_eq!(window.plays(), 1);
}

#[test]
fn a_new_sweep_leaves_what_plays_alone() {
    let mut window = open();
    window.click_centre_of(4);
    let generation = window.harness.state().state().melodies.generation();
    window.click("New sweep");
    window.run_until("the new sweep is done", |app| {
        app.state().sweep.running.is_none()
            && app.state().melodies.generation() > generation
            && app.state().melodies.decoded() == 20 * 17
    });
    assert!(window.recorder.lock().unwrap().playing);
    assert_eq!(window.plays(), 1);
}

/// A file that is dragged over the window.
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
    window.run_until("the failure is told", |app| {
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
        (state.sweep.model.clone(), state.melodies.decoded()),
        (None, 340)
    );

    // A new sweep is decoded with the previous model.
    window.harness.state_mut().command(Command::NewSweep);
    window.run_until("the sweep runs", |app| app.state().sweep.running.is_some());
    let mut window = window.swept();

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("weights_manifest.json"), "[]").unwrap();
    drop(&mut window, folder.path());
    window.run_until("the model is open", |app| {
        app.state().model.info().is_some() && app.state().sweep.model.is_some()
    });
    assert_eq!(
        window.harness.state().state().sweep.model.as_deref(),
        Some(folder.path())
    );
}
