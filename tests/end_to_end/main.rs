//! End-to-end tests: the program in its window on a virtual display, with its sound recorded from a virtual device.
//!
//! Linux alone has these stand-ins. `sh .ci/setup --test` installs them; where they are absent the tests are reported as
//! ignored. Screenshots, the recording, the exported files and the output of every program are in `<target folder>/e2e`.

mod bad_input;
mod closing;
mod display;
mod imported_song;
mod midi;
mod path;
mod pictures;
mod pitch;
mod pulse_audio;
mod state;
mod story;
mod tools;
mod window;

#[path = "../support/harness.rs"]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::run(&[
        bad_input::TESTS,
        closing::TESTS,
        imported_song::TESTS,
        midi::tests::TESTS,
        path::TESTS,
        pictures::TESTS,
        pitch::tests::TESTS,
        story::TESTS,
    ])
}
