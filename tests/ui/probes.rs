//! Tests of playing the map between its points.

use std::sync::Arc;

use eframe::egui::Pos2;
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::PlayBy;

use crate::open;
use crate::window::Window;

fn is_probe(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Generated {
            method: GenerateMethod::Probe,
            ..
        }
    )
}

/// A position near the middle of the map without a point nearby.
fn position_without_point(window: &Window) -> Pos2 {
    let map = window.harness.state().map();
    let centre = map.rect().unwrap().center();
    (0..4_000)
        .map(|k| {
            let reach = 2.0 + 0.05 * k as f32;
            let angle = 2.4 * k as f32;
            centre + reach * eframe::egui::vec2(angle.cos(), angle.sin())
        })
        .find(|at| {
            map.points()
                .iter()
                .all(|dot| dot.position.distance(*at) > 14.0)
        })
        .unwrap()
}

#[test]
fn a_click_between_the_points_plays_a_melody_of_that_very_probe() {
    let mut window = open();
    let at = position_without_point(&window);
    window.click_at(at);
    window.run_until("the position plays", |app| {
        app.state().selection.focus.is_some_and(is_probe)
    });
    let state = window.state();
    let entry = state.inspector_melody().unwrap();
    let rect = window.harness.state().map().rect().unwrap();
    assert!(rect.contains(at));
    assert!(Arc::ptr_eq(
        &window.recorder.lock().unwrap().played.last().unwrap().0,
        &entry.melody
    ));
    // Its latent point has the norm of its neighbours: 24 dimensions, so about 4.9.
    let norm = state.melodies.latent(entry.id).unwrap().norm();
    assert!((3.0..7.5).contains(&norm), "{norm}");
}

#[test]
fn only_pressing_plays_while_sweeping_and_pointing_is_enough_while_hovering() {
    let mut window = open();
    let at = position_without_point(&window);
    window.harness.hover_at(at);
    window.harness.run_steps(30);
    assert_eq!(window.play_count(), 0);
    window.click("How the map plays");
    window.click("Play by hovering");
    window.harness.hover_at(at);
    window.run_until("hovering plays", |app| {
        app.state().selection.focus.is_some_and(is_probe)
    });
    assert_eq!(window.state().settings.play_by, PlayBy::Hover);
    assert!(window.is_playing());
    // Off the map, over the sliders on the left.
    window.harness.hover_at(Pos2::new(60.0, 300.0));
    window.harness.run_steps(5);
    assert!(!window.is_playing(), "leaving ends it");
}
