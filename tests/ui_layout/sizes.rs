//! Every state at every size.

use tunescape::ui::{Command, ThemeChoice};

use crate::harness::tests;
use crate::states::{STATES, State};
use crate::{faults, open};

tests![
    nothing_overlaps_in_the_smallest_window,
    nothing_overlaps_on_a_small_laptop_at_200_percent,
    nothing_overlaps_on_a_small_laptop_at_150_percent,
    nothing_overlaps_at_the_default_size,
    nothing_overlaps_on_a_large_screen,
];

fn nothing_overlaps_in_the_smallest_window() {
    nothing_overlaps_and_nothing_is_cut([640.0, 440.0]);
}

fn nothing_overlaps_on_a_small_laptop_at_200_percent() {
    nothing_overlaps_and_nothing_is_cut([960.0, 540.0]);
}

fn nothing_overlaps_on_a_small_laptop_at_150_percent() {
    nothing_overlaps_and_nothing_is_cut([1024.0, 640.0]);
}

fn nothing_overlaps_at_the_default_size() {
    nothing_overlaps_and_nothing_is_cut([1440.0, 900.0]);
}

fn nothing_overlaps_on_a_large_screen() {
    nothing_overlaps_and_nothing_is_cut([2560.0, 1440.0]);
}

fn nothing_overlaps_and_nothing_is_cut(size: [f32; 2]) {
    let mut all = Vec::new();
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        for state in STATES {
            all.extend(faults_in(size, theme, state));
        }
    }
    let count = all.len();
    assert!(all.is_empty(), "{count} faults:\n{}", all.join("\n"));
}

fn faults_in(size: [f32; 2], theme: ThemeChoice, state: &State) -> Vec<String> {
    let mut window = open(size, theme, state);
    let found = faults::faults(&window.harness);
    window.harness.state_mut().command(Command::Panic);
    let place = format!("{}x{} {theme:?} {}", size[0], size[1], state.name);
    found
        .into_iter()
        .map(|fault| format!("{place}: {fault}"))
        .collect()
}
