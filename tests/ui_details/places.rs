//! Where new points appear.

use std::collections::HashMap;

use eframe::egui::{Rect, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, GenerateCommand, SoundCommand, SteerCommand};

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
fn the_list_of_keys_and_the_settings_stand_in_their_place_when_the_window_was_resized_since_they_were_closed()
 {
    let mut window = open();
    for size in [vec2(1440.0, 900.0), vec2(640.0, 440.0), vec2(1024.0, 640.0)] {
        window.harness.set_size(size);
        window.harness.run_steps(4);
        for (show, hide, close) in [
            (
                Command::ShowHelp(true),
                Command::ShowHelp(false),
                "Close the list of keys",
            ),
            (
                Command::Sound(SoundCommand::ShowSettings(true)),
                Command::Sound(SoundCommand::ShowSettings(false)),
                "Close the settings",
            ),
        ] {
            window.harness.state_mut().command(show);
            let rects: Vec<Rect> = (0..4)
                .filter_map(|_| {
                    window.harness.run_steps(1);
                    let close = window.harness.query_by_label(close);
                    close.map(|close| close.rect())
                })
                .collect();
            assert!(rects.len() > 2, "{rects:?}");
            let same = rects.iter().all(|rect| *rect == rects[0]);
            assert!(same, "{close} at {size:?}: {rects:?}");
            window.harness.state_mut().command(hide);
            window.harness.run_steps(2);
        }
    }
}

#[test]
fn the_chips_of_the_smallest_window_cover_no_melody_and_can_all_be_used() {
    let mut window = open();
    window.harness.set_size(vec2(640.0, 440.0));
    let eight = (1..9).map(|region| MelodyId::Centre { region });
    window.command(Command::Select(MelodyId::Centre { region: 5 }));
    // Without its line in the transport, what plays is named on the map.
    window.recorder.lock().unwrap().lost = Some("No sound device was found".to_owned());
    window.command(Command::SelectMany(eight.collect()));
    window.command(Command::FitMap);
    window.harness.run_steps(60);
    let chips =
        ["8 selected", "Keep what plays"].map(|label| window.harness.get_by_label(label).rect());
    let app = window.harness.state();
    for region in 0..20 {
        let id = MelodyId::Centre { region };
        let at = app.map().position(id).expect("it is on the map");
        let covered = chips.iter().any(|chip| at.y < chip.bottom() + 4.0);
        assert!(!covered, "{id} at {at:?} is under {chips:?}");
    }
    window.click("8 selected");
    window.harness.run_steps(3);
    assert!(window.has("As a folder of files…"));
    window.click("Clear");
    assert!(!window.state().selection.is_many());
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
    for layout in [
        LayoutKind::AXES,
        LayoutKind::Latent,
        LayoutKind::MelodyDistance,
    ] {
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
