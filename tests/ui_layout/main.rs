//! Tests the window in every state, at every size of window and text, in both themes: no text is cut off, covered or printed over
//! another, no control leaves the window or overlaps another. The widgets' own rectangles and the painted shapes are compared,
//! not pictures, so no renderer is needed.
//!
//! `pictures` stores pictures of the most crowded states, for a person to check.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod contrast;
mod faults;
#[path = "../support/harness.rs"]
mod harness;
mod menus;
mod pictures;
mod sizes;
mod states;
#[path = "../support/tune.rs"]
mod tune;
mod view;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;
use tunescape::ui::{FileDialogs, ScriptedDialogs, Settings, WindowDialogs};

use states::{Start, State};
use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 16;
/// Time that the model takes for a melody in states with a running sweep.
const PAUSE: Duration = Duration::from_millis(20);

fn main() -> ExitCode {
    harness::run(&[sizes::TESTS, contrast::TESTS, pictures::TESTS])
}

/// Opens a window of 1440 by 900 points in a state.
fn open(state: &State) -> Window {
    let pause = match state.start {
        Start::Sweeping => PAUSE,
        Start::Swept | Start::NoModel => Duration::ZERO,
    };
    let mut setup = Setup::new(FakeModel::busy().with_pause(pause), SAMPLES);
    let path = setup.folder.path().to_path_buf();
    let folder_text = path.to_str().unwrap().to_owned();
    setup.settings = Settings {
        export_folder: Some(folder_text.clone()),
        open_folder: Some(folder_text),
        ..Settings::default()
    };
    if state.start == Start::NoModel {
        setup.first_model = Some(path.join("weights of a friend.safetensors"));
    }
    let (root, in_window) = (path.clone(), state.asks_in_window);
    let dialogs = move |ctx: &egui::Context| -> Arc<dyn FileDialogs> {
        if in_window {
            Arc::new(WindowDialogs::new(ctx))
        } else {
            Arc::new(ScriptedDialogs { path: root })
        }
    };
    let mut window = setup.open_with_dialogs(dialogs);
    if state.start == Start::Swept {
        window = window.swept();
    }
    (state.enter)(&mut window.harness, &path);
    window
}
