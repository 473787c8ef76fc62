//! Tests of sweeps and of changing the model.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::Command;

use crate::dropped_files::drop_on;
use crate::{open, open_slow};

#[test]
fn the_window_opens_with_a_sweep_of_its_own_and_plays_nothing_unasked() {
    let window = open();
    assert_eq!(window.play_count(), 0);
    assert!(window.has("Play"));
    let map = window.harness.get_by_label("Map");
    assert!(map.value().unwrap().contains("340 melodies"));
}

#[test]
fn releasing_the_density_slider_adds_melodies_and_undo_removes_them() {
    let mut window = open();
    let slider = window
        .harness
        .get_by_role_and_label(Role::Slider, "Note density");
    slider.set_value_accesskit(7.0);
    window.harness.run_steps(2);
    window.run_until("the steer is done", |app| {
        app.state().steer.running.is_none() && app.state().steer.result(0).is_some()
    });
    let result = window.state().steer.result(0).unwrap();
    assert_eq!(result.target, 7.0);
    assert_eq!(window.state().steer.finished[0].count, 32);
    assert!((result.mean - 7.0).abs() < 0.5, "{result:?}");
    assert_eq!(
        window.focus(),
        Some(MelodyId::Steered { steer: 0, index: 0 })
    );
    let plays = window.recorder.lock().unwrap().played.len();
    // A better melody may have taken the place of the first.
    assert!((1..=2).contains(&plays), "{plays}");
    let first = window
        .focus()
        .and_then(|id| window.state().melodies.get(id));
    let played = window.recorder.lock().unwrap().played[plays - 1].0.clone();
    assert!(Arc::ptr_eq(&played, &first.unwrap().melody));
    window.press_ctrl(Key::Z);
    assert_eq!(window.state().melodies.steered().count(), 0);
    assert_eq!(window.focus(), None);
}

#[test]
fn cancel_stops_the_sweep_and_its_melodies_can_be_played() {
    let mut window = open_slow(Duration::from_millis(20));
    window.run_until("a melody is there", |app| {
        app.state().melodies.decoded_count() > 0
    });
    window.click("Cancel");
    window.run_until("the sweep has stopped", |app| {
        app.state().sweep.running.is_none()
    });
    let decoded = window.state().melodies.decoded_count();
    assert!(decoded < 20 * 17, "{decoded}");
    // The melodies decoded so far are laid out.
    window.run_until("the points are at rest", |app| {
        let layout = &app.state().layout;
        // No layout is running before it begins either.
        layout.quality.is_some() && layout.layout_progress.is_none() && !app.map().moving()
    });
    window.click_centre_of(0);
    assert_eq!(window.play_count(), 1);
}

#[test]
fn a_new_sweep_leaves_what_plays_alone() {
    let mut window = open();
    window.click_centre_of(4);
    let generation = window.state().melodies.generation();
    window.click("New sweep");
    window.run_until("the new sweep is done", |app| {
        app.state().sweep.running.is_none()
            && app.state().melodies.generation() > generation
            && app.state().melodies.decoded_count() == 20 * 17
    });
    assert!(window.is_playing());
    assert_eq!(window.play_count(), 1);
}

#[test]
fn a_dropped_model_opens_and_one_that_does_not_leaves_the_map_and_says_why() {
    let mut window = open();
    drop_on(&mut window, &[Path::new("no_such.tar")]);
    window.run_until_notice("o_such.tar is no model");
    let state = window.state();
    assert_eq!(state.model.info().unwrap().name, "Toy model");
    assert_eq!(
        (
            state.sweep.weights_path.clone(),
            state.melodies.decoded_count()
        ),
        (None, 340)
    );

    // A new sweep is decoded with the previous model.
    window.harness.state_mut().command(Command::NewSweep);
    window.run_until("the sweep runs", |app| app.state().sweep.running.is_some());
    let mut window = window.swept();

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("weights_manifest.json"), "[]").unwrap();
    drop_on(&mut window, &[folder.path()]);
    window.run_until("the model is open", |app| {
        app.state().model.info().is_some() && app.state().sweep.weights_path.is_some()
    });
    assert_eq!(
        window.state().sweep.weights_path.as_deref(),
        Some(folder.path())
    );
}
