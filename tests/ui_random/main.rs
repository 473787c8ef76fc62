//! Random input for the whole window: keys, clicks, drags, typed text, sizes, commands and actions of a screen reader, with
//! checks of invariants.
//!
//! The inputs are a function of the seed, the number of the window and what the window shows. `TUNESCAPE_FUZZ_INPUTS` sets
//! how many each test gets (50,000 without it), `TUNESCAPE_FUZZ_FIRST` the number of the first window,
//! `TUNESCAPE_FUZZ_SEED` the seed. A fault is reported with seed, window and the last inputs:
//!
//! ```sh
//! TUNESCAPE_FUZZ_SEED=7 TUNESCAPE_FUZZ_FIRST=12 TUNESCAPE_FUZZ_INPUTS=2500 cargo test --release --test ui_random
//! ```

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod checks;
mod commands;
mod coverage;
#[path = "../support/dropped_files.rs"]
mod dropped_files;
mod inputs;
mod kept;
mod learn_commands;
mod playing_commands;
mod positions;
mod random_window;
mod timeline_commands;
mod tray_commands;
#[path = "../support/tune.rs"]
mod tune;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::sync::{Mutex, Once, PoisonError};
use std::time::Instant;

use random_window::{Dialogs, Figures, RandomWindow};

/// Inputs of each test.
const INPUTS: u64 = 50_000;
/// Inputs of one window: after so many a new window starts, without the melodies, maps and kept melodies of the last one.
const INPUTS_PER_WINDOW: u64 = 2_500;
/// Start of the name of every test here, and so of its thread.
const TEST: &str = "random_input";

/// Panics of threads that are not a test's own.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The panics of other threads since the last call.
pub fn take_panics() -> Vec<String> {
    std::mem::take(&mut *PANICS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn watch_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default_hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            let name = thread.name().unwrap_or_default();
            if !name.contains(TEST) {
                let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
                panics.push(format!("thread {name:?}: {info}"));
            }
            default_hook(info);
        }));
    });
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap())
}

fn feed_windows(dialogs: Dialogs) {
    watch_panics();
    let inputs = setting("TUNESCAPE_FUZZ_INPUTS", INPUTS);
    let first_window = setting("TUNESCAPE_FUZZ_FIRST", 0);
    let seed = setting("TUNESCAPE_FUZZ_SEED", 1);
    let started = Instant::now();
    let mut figures = Figures::default();
    let mut number = first_window;
    while figures.inputs < inputs {
        let mut window = RandomWindow::open(dialogs, seed, number);
        window.feed(INPUTS_PER_WINDOW.min(inputs - figures.inputs));
        figures.add(window.figures());
        number += 1;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{dialogs:?}: {figures} in {seconds:.1} s");
    figures.assert_coverage();
}

#[test]
fn random_input_where_the_window_draws_its_file_dialogs() {
    feed_windows(Dialogs::InWindow);
}

#[test]
fn random_input_where_file_dialogs_answer_at_once() {
    feed_windows(Dialogs::Scripted);
}
