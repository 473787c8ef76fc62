//! Tests that nothing in the panels beside the map is truncated or covered.

use std::time::Duration;

use eframe::egui::{Rect, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ModelState, SteerCommand};

use crate::open;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

/// The rectangle of a widget.
fn rect_of(window: &Window, label: &str) -> Rect {
    window.harness.get_by_label(label).rect()
}

#[test]
fn the_inspector_shows_the_whole_name_of_a_sample_without_moving_other_widgets() {
    let mut window = open();
    let inspector = 1440.0 - window.state().settings.right_width;
    let keep_tops = ["Region 4, centre", "Region 19, sample 7"].map(|name| {
        let id = match name {
            "Region 4, centre" => MelodyId::Centre { region: 4 },
            _ => MelodyId::Sample {
                region: 19,
                sample: 7,
            },
        };
        window.command(Command::Select(id));
        window.harness.run_steps(3);
        let painted = window.painted(name);
        let is_complete = painted
            .iter()
            .any(|(rect, is_truncated)| rect.left() > inspector && !is_truncated);
        assert!(is_complete, "{name}: {painted:?}");
        rect_of(&window, "Keep").top()
    });
    assert_eq!(keep_tops[0], keep_tops[1]);
}

#[test]
fn the_scroll_bar_of_the_left_panel_does_not_cover_its_controls() {
    let mut window = open();
    window.harness.set_size(vec2(1200.0, 640.0));
    window.harness.run_steps(4);
    for steer in [SteerCommand::ShowMore(true), SteerCommand::HoldRest] {
        window.command(Command::Steer(steer));
    }
    window.harness.run_steps(4);
    let panel = window.state().settings.left_width;
    let before = rect_of(&window, "Free all");
    let lock = rect_of(&window, "Hold Note density");
    assert!(before.right() <= panel - 14.0 && lock.right() <= panel - 14.0);
    // The bar is dragged in the margin, outside the edge that resizes the panel.
    let at = pos2(panel - 8.0, before.center().y + 20.0);
    window.harness.hover_at(at);
    window.harness.run_steps(2);
    window.harness.drag_at(at);
    window.harness.run_steps(1);
    window.harness.hover_at(at + vec2(0.0, 120.0));
    window.harness.run_steps(1);
    window.harness.drop_at(at + vec2(0.0, 120.0));
    window.harness.run_steps(3);
    let after = rect_of(&window, "Free all");
    assert!(after.top() < before.top() - 50.0, "{before:?} {after:?}");
    assert_eq!(window.state().settings.left_width, panel);
}

/// Asserts that a widget of the left panel ends above the transport.
fn assert_in_view(window: &Window, label: &str, height: f32) {
    let below = height - window.state().settings.bottom_height - 12.0;
    let bottom = rect_of(window, label).bottom();
    assert!(bottom <= below + 0.5, "{label}: {bottom} > {below}");
}

#[test]
fn the_main_buttons_are_in_view_from_the_first_frame_on() {
    for (size, in_tabs) in [
        (vec2(1440.0, 900.0), false),
        (vec2(1024.0, 640.0), true),
        (vec2(640.0, 440.0), true),
    ] {
        let model = FakeModel::busy().with_pause(Duration::from_millis(5));
        let mut window = Setup::new(model, 8).open();
        window.harness.set_size(size);
        let mut frames = 0;
        while window.state().melodies.decoded_count() < 40 {
            window.harness.run_steps(1);
            frames += 1;
            assert!(frames < 20_000, "nothing is decoded");
            assert_in_view(&window, "32 new melodies", size.y);
            if !in_tabs {
                assert_in_view(&window, "New sweep", size.y);
            }
        }
        window.run_until_swept();
        window.run_until_laid_out();
        if in_tabs {
            window.click("Sweep");
        }
        assert_in_view(&window, "New sweep", size.y);
    }
}

#[test]
fn without_a_model_the_main_buttons_are_in_view_too() {
    let mut setup = Setup::new(FakeModel::busy(), 8);
    setup.first_model = Some(setup.folder.path().join("gone.safetensors"));
    let mut window = setup.open();
    window.run_until("the missing model is reported", |app| {
        matches!(app.state().model, ModelState::Failed(_))
    });
    for button in ["32 new melodies", "New sweep"] {
        assert_in_view(&window, button, 900.0);
    }
}
