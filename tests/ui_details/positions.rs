//! Tests that new points, pages, chips and cards are drawn at their final positions, and cover no melody.

use std::collections::HashMap;

use eframe::egui::{Rect, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, GenerateCommand, SoundCommand, SteerCommand};

use crate::open;
use crate::window::Window;

/// Runs frames until `count` added melodies are drawn, and asserts that each is only drawn at its placed position. Only a point
/// whose melody a running steer replaces by a better one may move, to the position of that.
fn assert_drawn_in_place(window: &mut Window, count: usize) {
    let mut first_positions = HashMap::new();
    for _ in 0..100_000 {
        let app = window.harness.state();
        let state = app.state();
        let added = state.melodies.added_melodies();
        let mut drawn_count = 0;
        for id in added.iter().map(|added| added.entry.id) {
            let Some(drawn_at) = app.map().position(id) else {
                continue;
            };
            let placed = state
                .layout
                .placements
                .get(&id)
                .expect("seen before it has a place");
            let screen_position = app.map().to_screen(placed.position).unwrap();
            let is_replaced =
                *first_positions.entry(id).or_insert(placed.position) != placed.position;
            assert!(
                is_replaced || drawn_at.distance(screen_position) < 0.01,
                "{id}: {drawn_at:?} {screen_position:?}"
            );
            drawn_count += 1;
        }
        if drawn_count >= count && state.steer.running.is_none() {
            return;
        }
        window.harness.run_steps(1);
    }
    panic!("they are not placed");
}

#[test]
fn steered_and_explored_melodies_are_drawn_only_at_their_placed_positions() {
    let mut window = open();
    window
        .harness
        .state_mut()
        .command(Command::Steer(SteerCommand::Start));
    assert_drawn_in_place(&mut window, 32);
    let centre = MelodyId::Centre { region: 4 };
    let explore = GenerateCommand::Explore(centre);
    window
        .harness
        .state_mut()
        .command(Command::Generate(explore));
    assert_drawn_in_place(&mut window, 32 + 16);
    assert!(window.state().melodies.is_placed(centre));
}

#[test]
fn the_list_of_keys_does_not_move_after_its_first_frame() {
    for size in [vec2(1440.0, 900.0), vec2(1024.0, 640.0), vec2(640.0, 440.0)] {
        let mut window = open();
        window.harness.set_size(size);
        window.harness.run_steps(4);
        let app = window.harness.state_mut();
        app.command(Command::ShowHelp(true));
        let rects: Vec<Rect> = (0..4)
            // egui does not draw it in the frame in which it is measured.
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
fn the_list_of_keys_and_the_settings_do_not_move_if_the_window_was_resized_before_they_open() {
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
            let is_unmoved = rects.iter().all(|rect| *rect == rects[0]);
            assert!(is_unmoved, "{close} at {size:?}: {rects:?}");
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
fn the_card_of_the_map_quality_keeps_its_right_edge_whatever_its_text() {
    let mut window = open();
    let mut edges = Vec::new();
    for layout in [
        LayoutKind::DEFAULT_AXES,
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

#[test]
fn no_reliability_of_the_layout_before_is_shown_for_added_melodies_while_a_new_one_is_computed() {
    let mut window = open();
    window.command(Command::Steer(SteerCommand::Start));
    window.run_until("the steered melodies are placed", |app| {
        let state = app.state();
        state.steer.running.is_none() && state.layout.placements.len() >= 32
    });
    let app = window.harness.state_mut();
    app.command(Command::SetLayout(LayoutKind::Latent));
    assert!(app.state().layout.placements.is_empty());
    window.run_until("they are placed on the new layout", |app| {
        app.state().layout.placements.len() >= 32
    });
}
