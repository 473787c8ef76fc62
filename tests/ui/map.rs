//! Tests of the map's points: layouts, selecting, playing, keeping.

use std::sync::Arc;

use eframe::egui::{Key, Pos2};
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, Panel, SteerCommand};

use crate::open;
use crate::window::Window;

#[test]
fn the_name_of_what_plays_is_whole_where_the_map_shows_it() {
    let mut window = open();
    // Then the transport has no line for it, and with the inspector hidden the map alone names it.
    window.recorder.lock().unwrap().lost = Some("No sound device was found".to_owned());
    window.command(Command::TogglePanel(Panel::Right));
    window.select(5);
    window.harness.run_steps(10);
    assert!(window.has("Keep what plays"));
    assert!(window.shows_in_full("Region 5, centre"));
}

#[test]
fn a_layout_is_chosen_on_the_map_and_the_points_come_to_rest_in_it() {
    let mut window = open();
    let by_sound = window
        .harness
        .state()
        .map()
        .position(MelodyId::Centre { region: 4 });
    let quality = |window: &Window| window.state().layout.quality.clone().unwrap();
    assert_eq!(quality(&window).kind, LayoutKind::MelodyDistance);
    // Neighbours on this map sound alike, and the quality is shown in the corner.
    assert!(quality(&window).neighbour_distance_ratio() > 1.2);
    for (label, kind) in [
        ("Layout: Latent", LayoutKind::Latent),
        ("Layout: Axes", LayoutKind::DEFAULT_AXES),
        ("Layout: Decoder", LayoutKind::Decoder),
        ("Layout: Sound", LayoutKind::MelodyDistance),
    ] {
        window.lay_out_by(label, kind);
        window.press(Key::Escape);
    }
    let again = window
        .harness
        .state()
        .map()
        .position(MelodyId::Centre { region: 4 });
    assert_eq!(again, by_sound, "the same layout is the same picture");
    window.click("Map quality");
    assert!(window.has_containing("Trustworthiness"));
}

#[test]
fn steered_melodies_are_placed_on_the_map_with_their_error_and_nothing_else_moves() {
    let mut window = open();
    let positions = |window: &Window| {
        let melodies = &window.state().melodies;
        melodies
            .swept()
            .map(|entry| entry.position)
            .collect::<Vec<_>>()
    };
    let before = positions(&window);
    let app = window.harness.state_mut();
    app.command(Command::Steer(SteerCommand::Start));
    window.run_until("the steered melodies are placed", |app| {
        !app.state().layout.placements.is_empty()
    });
    assert_eq!(positions(&window), before);
    let state = window.state();
    for (id, placed) in &state.layout.placements {
        assert_eq!(state.melodies.get(*id).unwrap().position, placed.position);
        assert!(placed.error.is_finite() && placed.error >= 0.0);
    }
}

#[test]
fn a_click_on_a_point_selects_it_and_plays_its_melody() {
    let mut window = open();
    window.click_centre_of(7);
    let recording = window.recorder.lock().unwrap();
    let (melody, ..) = recording.played.last().unwrap();
    let app = window.harness.state();
    let entry = app
        .state()
        .melodies
        .get(MelodyId::Centre { region: 7 })
        .unwrap();
    assert!(Arc::ptr_eq(melody, &entry.melody));
    assert!(app.state().settings.has_played);
}

/// Where the selected melody is drawn.
fn focus_position(window: &Window) -> Pos2 {
    let focus = window.focus().unwrap();
    window.harness.state().map().position(focus).unwrap()
}

#[test]
fn the_arrow_keys_walk_to_another_point_and_play_it() {
    let mut window = open();
    window.click_centre_of(7);
    let before = focus_position(&window);
    let mut move_count = 0;
    for (key, sign) in [(Key::ArrowRight, 1.0), (Key::ArrowLeft, -1.0)] {
        let previous = window.focus().unwrap();
        let plays = window.play_count();
        let start = focus_position(&window);
        window.press(key);
        if window.focus() != Some(previous) {
            move_count += 1;
            let end = focus_position(&window);
            assert!((end.x - start.x) * sign > 0.0);
            assert_eq!(window.play_count(), plays + 1);
        }
    }
    assert!(
        move_count > 0,
        "no neighbour to the left or right of {before:?}"
    );
}

#[test]
fn space_plays_and_stops_and_escape_deselects() {
    let mut window = open();
    window.click_centre_of(3);
    assert!(window.has("Stop"));
    window.press(Key::Space);
    assert!(!window.is_playing());
    window.press(Key::Space);
    assert!(window.is_playing());
    window.press(Key::Escape);
    assert_eq!(window.focus(), None);
}

#[test]
fn f_keeps_the_melody_and_removes_it_again() {
    let mut window = open();
    window.click_centre_of(3);
    window.press(Key::F);
    window.run_until_kept(1);
    let label = "Kept 1: Region 3, centre";
    assert!(window.has(label));
    let plays = window.play_count();
    window.click(label);
    assert_eq!(window.play_count(), plays + 1);
    window.press(Key::F);
    window.run_until_kept(0);
}

#[test]
fn ctrl_z_takes_a_selection_back() {
    let mut window = open();
    window.click_centre_of(3);
    window.click_centre_of(9);
    window.press_ctrl(Key::Z);
    assert_eq!(window.focus(), Some(MelodyId::Centre { region: 3 }));
}
