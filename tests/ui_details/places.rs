//! Where new points appear.

use std::collections::HashMap;

use eframe::egui::{Rect, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, GenerateCommand, SteerCommand};

use crate::open;
use crate::window::Window;

/// Runs frames until added melodies are placed; in each, a point that is seen stands where it is said to be placed. Only a
/// point whose melody was replaced by a better one while a steer searched may move to the new melody's position.
fn stand_still(window: &mut Window, count: usize) {
    let mut first = HashMap::new();
    for _ in 0..100_000 {
        let app = window.harness.state();
        let state = app.state();
        let added = state.melodies.added_melodies();
        let mut seen = 0;
        for id in added.iter().map(|added| added.entry.id) {
            let Some(at) = app.map().position(id) else {
                continue;
            };
            let placed = state
                .layout
                .placed
                .get(&id)
                .expect("seen before it has a place");
            let place = app.map().to_screen(placed.position).unwrap();
            let replaced = *first.entry(id).or_insert(placed.position) != placed.position;
            assert!(
                replaced || at.distance(place) < 0.01,
                "{id}: {at:?} {place:?}"
            );
            seen += 1;
        }
        if seen >= count && state.steer.running.is_none() {
            return;
        }
        window.harness.run_steps(1);
    }
    panic!("they are not placed");
}

#[test]
fn steered_and_explored_melodies_appear_at_their_places_and_nowhere_before() {
    let mut window = open();
    window
        .harness
        .state_mut()
        .command(Command::Steer(SteerCommand::Start));
    stand_still(&mut window, 32);
    let centre = MelodyId::Centre { region: 4 };
    let explore = GenerateCommand::Explore(centre);
    window
        .harness
        .state_mut()
        .command(Command::Generate(explore));
    stand_still(&mut window, 32 + 16);
    assert!(window.state().melodies.is_placed(centre));
}

#[test]
fn the_list_of_keys_stands_in_its_place_from_the_first_frame_on() {
    for size in [vec2(1440.0, 900.0), vec2(1024.0, 640.0), vec2(640.0, 440.0)] {
        let mut window = open();
        window.harness.set_size(size);
        window.harness.run_steps(4);
        let app = window.harness.state_mut();
        app.command(Command::ShowHelp(true));
        let rects: Vec<Rect> = (0..4)
            // It is not drawn in the frame in which it is measured.
            .filter_map(|_| {
                window.harness.run_steps(1);
                let close = window.harness.query_by_label("Close the list of keys");
                close.map(|close| close.rect())
            })
            .collect();
        assert!(rects.len() > 2, "{rects:?}");
        assert!(rects.iter().all(|rect| *rect == rects[0]), "{rects:?}");
    }
}

#[test]
fn the_colour_bar_covers_no_melody_of_a_fitted_map() {
    let mut window = open();
    for size in [vec2(1440.0, 900.0), vec2(1024.0, 640.0), vec2(640.0, 440.0)] {
        window.harness.set_size(size);
        window.harness.run_steps(4);
        let bar = window.harness.get_by_label_contains("Colour: ").rect();
        let app = window.harness.state();
        for region in 0..20 {
            let id = MelodyId::Centre { region };
            let at = app.map().position(id).expect("it is on the map");
            assert!(
                !bar.expand(4.0).contains(at),
                "{id} at {at:?} is under {bar:?}, {size:?}"
            );
        }
    }
}

#[test]
fn the_quality_of_the_map_keeps_its_right_edge_whatever_it_says() {
    let mut window = open();
    let mut edges = Vec::new();
    for layout in [LayoutKind::AXES, LayoutKind::Latent, LayoutKind::Sound] {
        window
            .harness
            .state_mut()
            .command(Command::SetLayout(layout));
        for _ in 0..100_000 {
            window.harness.run_steps(1);
            if let Some(card) = window.harness.query_by_label("Map quality") {
                edges.push(card.rect().right());
            }
            let quality = window.state().layout.quality.as_ref();
            if quality.is_some_and(|quality| quality.kind == layout) {
                break;
            }
        }
    }
    let (min, max) = edges.iter().fold((f32::MAX, 0.0_f32), |(min, max), edge| {
        (min.min(*edge), max.max(*edge))
    });
    assert!(edges.len() > 2 && max - min < 1.0, "{min} to {max}");
}
