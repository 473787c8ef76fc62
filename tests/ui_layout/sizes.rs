//! Tests every state at every size of window and text, at every scale of the screen, in both themes. One window per state is
//! resized for all of them: that takes milliseconds, while opening a window and sweeping a map takes a large part of a second.

use tunescape::ui::{Command, ThemeChoice};

use crate::harness::tests;
use crate::menus::MENUS;
use crate::states::{STATES, State};
use crate::view::View;
use crate::{faults, open};

tests![
    nothing_overlaps_and_nothing_is_cut_in_any_state,
    nothing_overlaps_and_nothing_is_cut_with_any_menu_or_dialog,
];

/// Sizes of the window, points, with the text sizes at which the content has at least the minimum size: the smallest window, small laptops at
/// 200 and 150 %, the default, and a large screen.
const SIZES: [([f32; 2], &[f32]); 5] = [
    ([640.0, 440.0], &[0.8, 1.0]),
    ([960.0, 540.0], &[0.8, 1.0, 1.2]),
    ([1024.0, 640.0], &[0.8, 1.0, 1.4]),
    ([1440.0, 900.0], &[0.8, 1.0, 1.5, 2.0]),
    ([2560.0, 1440.0], &[0.8, 1.0, 1.5, 2.0]),
];
/// Scales of the screen.
const PIXELS_PER_POINT: [f32; 4] = [1.0, 1.25, 1.5, 2.0];

fn views() -> Vec<View> {
    let mut views = Vec::new();
    for (size, text_zooms) in SIZES {
        for text_zoom in text_zooms.iter().copied() {
            for pixels_per_point in PIXELS_PER_POINT {
                for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
                    views.push(View {
                        size,
                        pixels_per_point,
                        text_zoom,
                        theme,
                    });
                }
            }
        }
    }
    views
}

fn nothing_overlaps_and_nothing_is_cut_in_any_state() {
    nothing_overlaps_and_nothing_is_cut(STATES);
}

fn nothing_overlaps_and_nothing_is_cut_with_any_menu_or_dialog() {
    nothing_overlaps_and_nothing_is_cut(MENUS);
}

fn nothing_overlaps_and_nothing_is_cut(states: &[State]) {
    let mut all_faults = Vec::new();
    for state in states {
        let mut window = open(state);
        for view in views() {
            view.show(&mut window, state);
            let faults_of_view = faults::faults(&window.harness);
            all_faults.extend(
                faults_of_view
                    .into_iter()
                    .map(|fault| format!("{}: {fault}: {view}", state.name)),
            );
        }
        window.harness.state_mut().command(Command::Panic);
    }
    let count = all_faults.len();
    assert!(
        all_faults.is_empty(),
        "{count} faults:\n{}",
        all_faults.join("\n")
    );
}
