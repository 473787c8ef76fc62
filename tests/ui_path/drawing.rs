//! Tests of setting the points of a path and drawing its line.

use eframe::egui::{Key, Modifiers, Pos2, Vec2};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, PathCommand};

use crate::window::Window;
use crate::{fake_melody, is_stop, open, piece};

#[test]
fn clicks_set_points_and_from_the_second_on_the_path_plays() {
    let mut window = open();
    let at = window.middle();
    window.click("Draw a path");
    assert!(window.has("Click points on the map, or press and draw. It plays along it."));
    window.click_once_at(at - Vec2::new(150.0, 0.0));
    assert_eq!(window.points(), 1);
    window.run_until("the point is heard", |app| {
        app.state().melodies.probes().next().is_some()
    });
    assert!(window.has("One point is set"));
    window.click_once_at(at);
    window.run_until_planned();
    let melodies = window.melodies();
    assert_eq!(melodies.len(), 16);
    let all: Vec<usize> = (0..16).collect();
    let (played, start) = window.last_played();
    assert_eq!(played, piece(&melodies, &all, 32));
    assert_eq!(start.unwrap().step, 0);
    assert!(window.has("Stop the path"));
    // After the tool is deactivated the path stays and plays on.
    window.press(Key::Escape);
    assert!(!window.state().path.tool_active);
    assert_eq!(window.points(), 2);
    assert!(window.state().playing_path().is_some());
    // Without the tool a click plays the map.
    window.click_once_at(at + Vec2::new(120.0, 140.0));
    assert_eq!(window.points(), 2);
}

#[test]
fn the_path_s_own_points_play_the_melodies_interpolated_there() {
    let window = Window::with_path();
    let state = window.state();
    let path = state.path.drawn.as_ref().unwrap();
    let stops = state.path.stops().unwrap();
    for (index, point) in path.points.iter().enumerate() {
        let latent = point.latent(&state.melodies).unwrap();
        let here = stops
            .parameters
            .iter()
            .position(|at| *at == index as f64)
            .unwrap();
        assert_eq!(
            stops.set.entries[here].melody.tokens(),
            &fake_melody(&latent)
        );
    }
    assert!(stops.parameters.is_sorted());
    assert_eq!(window.points(), 3);
}

#[test]
fn a_point_that_is_set_on_a_melody_is_that_melody() {
    let mut window = open();
    let ids = [3, 11].map(|region| MelodyId::Centre { region });
    window.press(Key::D);
    for id in ids {
        let at = window.harness.state().map().position(id).unwrap();
        window.click_once_at(at + Vec2::new(3.0, 2.0));
    }
    window.run_until_planned();
    let melodies = window.melodies();
    let map = &window.state().melodies;
    assert_eq!(&melodies[0], &*map.get(ids[0]).unwrap().melody);
    assert_eq!(&melodies[15], &*map.get(ids[1]).unwrap().melody);
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
    window.run_until_planned();
    assert!((4..20).contains(&window.points()), "{}", window.points());
    assert!(window.point(0).distance(wave[0]) < 2.0);
    let closed = |window: &Window| {
        let path = window.state().path.drawn.clone();
        path.unwrap().closed
    };
    assert!(!closed(&window));

    let ring: Vec<Pos2> = (0..=40)
        .map(|k| at + 110.0 * Vec2::angled(k as f32 * std::f32::consts::TAU / 40.0))
        .collect();
    window.draw(&ring);
    window.run_until_planned();
    assert!(closed(&window));
    // On a closed path the first melody plays once per round.
    let melodies = window.melodies();
    assert_eq!(melodies.len(), 16);
    window.at_step(16.0 * 32.0 - 1.0);
    let state = window.state();
    let segments = state
        .path
        .drawn
        .as_ref()
        .unwrap()
        .curve(&state.melodies)
        .segments();
    let marker = state.marker_from_playhead().unwrap();
    assert!(marker > segments as f64 - 0.5, "{marker} of {segments}");
}

#[test]
fn a_path_over_nothing_says_so_and_removing_it_leaves_nothing() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    window.click("Remove the path");
    assert_eq!(window.points(), 0);
    assert!(!window.has("Play the path") && !window.has("Stop the path"));
    assert!(!is_stop(window.state().selection.focus));
    assert_eq!(window.state().melodies.generated_sets().count(), 0);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_until_planned();
    assert_eq!(window.points(), 3);
    window.path_command(PathCommand::Remove(2));
    window.path_command(PathCommand::Remove(1));
    assert_eq!(window.points(), 1);
    window.run_until("nothing is left to play along", |app| {
        app.state().path.stops().is_none()
    });
    window.command(Command::Export(
        ExportSelection::Path,
        ExportGrouping::Piece,
    ));
    assert!(
        window
            .state()
            .notices
            .iter()
            .any(|n| n.text.contains("no path"))
    );
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
    window.run_until_planned();
    window.run_until("it plays", |app| app.state().playing_path().is_some());
    window.press_ctrl(Key::Z);
    assert_eq!(window.points(), 0);
    assert!(window.state().path.drawn.is_none());
}
