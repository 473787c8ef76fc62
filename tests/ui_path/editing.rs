//! Tests of editing a path, and of a path when the map changes.

use std::time::Duration;

use eframe::egui::{Key, Modifiers, PointerButton, Vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, PathCommand, PlayBy, ProbeCommand};

use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};
use crate::{fake_melody, is_stop};

#[test]
fn points_are_moved_inserted_and_removed_and_each_edit_is_taken_back() {
    let mut window = Window::with_path();
    let before = window.melodies();
    let (from, to) = (window.point(1), window.middle() + Vec2::new(10.0, 130.0));
    window.draw(&[from, from + Vec2::new(4.0, 60.0), to]);
    window.run_until_planned();
    assert_eq!(window.points(), 3);
    assert!(window.point(1).distance(to) < 12.0);
    assert_ne!(window.melodies(), before);
    // The music goes on along the changed path.
    assert!(window.state().playing_path().is_some());

    // A click on the line puts a point there.
    let on_line = {
        let state = window.state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.melodies);
        window
            .harness
            .state()
            .map()
            .to_screen(curve.position(1.5))
            .unwrap()
    };
    window.click_once_at(on_line);
    window.run_until_planned();
    assert_eq!(window.points(), 4);
    assert!(window.point(2).distance(on_line) < 2.0);

    // An entry of its menu takes it away, and the Delete key the one under the pointer.
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
    window.harness.run_steps(2);
    let remove = "Remove this point of the path";
    window.harness.get_by_label_contains(remove).click();
    window.harness.run_steps(2);
    window.run_until_planned();
    assert_eq!(window.points(), 3);
    let at = window.point(2);
    window.harness.hover_at(at);
    window.harness.run_steps(2);
    window.press(Key::Delete);
    window.run_until_planned();
    assert_eq!(window.points(), 2);

    let undo = |window: &mut Window| {
        window.press_ctrl(Key::Z);
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
fn in_another_layout_the_path_keeps_its_melodies_and_comes_back_to_its_place() {
    let mut window = Window::with_path();
    let (melodies, places) = (
        window.melodies(),
        [0, 1, 2].map(|index| window.point(index)),
    );
    for (label, kind) in [
        ("Layout: Axes", LayoutKind::DEFAULT_AXES),
        ("Layout: Sound", LayoutKind::MelodyDistance),
    ] {
        window.lay_out_by(label, kind);
        assert_eq!(window.melodies(), melodies);
        assert!(window.state().playing_path().is_some());
        let moved = (0..3).any(|index| window.point(index).distance(places[index]) > 5.0);
        assert_eq!(moved, kind == LayoutKind::DEFAULT_AXES);
    }
}

#[test]
fn a_path_can_be_drawn_and_heard_while_the_sweep_goes_on() {
    let model = FakeModel::new(fake_melody).with_pause(Duration::from_millis(5));
    let mut window = Setup::new(model, 80).open();
    window.run_until("some melodies are there", |app| {
        app.state().melodies.decoded_count() >= 30
    });
    let at = window.middle();
    window.path_command(PathCommand::SetStops(4));
    window.press(Key::D);
    let ids = [2, 7].map(|region| MelodyId::Centre { region });
    for id in ids {
        let at = window.harness.state().map().position(id).unwrap_or(at);
        window.click_once_at(at);
    }
    window.run_until_planned();
    assert!(window.state().sweep.running.is_some());
    assert_eq!(window.melodies().len(), 4);
    // A new sweep has a new map without a path.
    window.harness.state_mut().command(Command::NewSweep);
    window.run_until("the new sweep has begun", |app| {
        app.state().path.drawn.is_none()
    });
    assert!(!is_stop(window.state().selection.focus));
}

#[test]
fn a_hovering_pointer_does_not_sweep_a_path_away_and_a_click_does() {
    let mut window = Window::with_path();
    window.press(Key::Escape);
    window
        .harness
        .state_mut()
        .command(Command::Probe(ProbeCommand::SetPlayBy(PlayBy::Hover)));
    let at = window.middle() + Vec2::new(60.0, 150.0);
    for k in 0..60 {
        window.harness.hover_at(at + Vec2::new(0.1 * k as f32, 0.0));
        window.harness.run_steps(1);
    }
    assert!(window.state().playing_path().is_some());
    window.click_once_at(at);
    window.run_until("the position plays", |app| {
        app.state().playing_path().is_none()
    });
    // The path is still there and can be played.
    window.click("Play the path");
    assert!(window.state().playing_path().is_some());
}
