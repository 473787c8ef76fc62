//! The panels beside the map: nothing in them is cut or covered.

use eframe::egui::Rect;
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::Command;

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
