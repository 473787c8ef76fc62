//! The panels beside the map: nothing in them is cut or covered.

use eframe::egui::{Rect, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, SteerCommand};

use crate::open;
use crate::window::Window;

/// Where a widget is.
fn rect_of(window: &Window, label: &str) -> Rect {
    window.harness.get_by_label(label).rect()
}

#[test]
fn the_inspector_shows_the_whole_name_of_a_sample_and_nothing_moves_for_it() {
    let mut window = open();
    let inspector = 1440.0 - window.state().settings.right_width;
    let keep = ["Region 4, centre", "Region 19, sample 7"].map(|name| {
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
        let is_whole = painted
            .iter()
            .any(|(place, is_cut)| place.left() > inspector && !is_cut);
        assert!(is_whole, "{name}: {painted:?}");
        rect_of(&window, "Keep").top()
    });
    assert_eq!(keep[0], keep[1]);
}

#[test]
fn the_scroll_bar_of_the_left_panel_lies_beside_its_controls() {
    let mut window = open();
    window.harness.set_size(vec2(1024.0, 640.0));
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
