//! Tests that need something from outside the repository: files beside it, a graphics adapter, fonts, a terminal.
//!
//! A test that does not find what it needs is reported as ignored, with what is missing. A name behind the command runs
//! a part: `cargo test --release --test external voice`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod adapters;
mod bfloat16;
mod blend;
mod checkpoints;
mod commands;
mod copies;
mod decode_kernel;
mod default_model;
mod fonts;
#[cfg(target_os = "linux")]
mod full_disk;
mod import;
#[cfg(target_os = "linux")]
mod packages;
mod partial_redraw;
#[cfg(target_os = "linux")]
mod priority;
mod published_models;
mod python;
mod requirements;
#[cfg(target_os = "linux")]
mod slurm;
#[cfg(target_os = "linux")]
mod stopping;
mod voice;

#[path = "../support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;
#[path = "../support/dropped_files.rs"]
mod dropped_files;
#[path = "../support/flat_tiny.rs"]
mod flat_tiny;
#[path = "../support/harness.rs"]
mod harness;
#[path = "../support/imported.rs"]
mod imported;
#[path = "../support/screen.rs"]
mod screen;
#[path = "../support/small_corpus.rs"]
mod small_corpus;
#[path = "../support/tune.rs"]
mod tune;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    harness::run(&[
        adapters::TESTS,
        bfloat16::TESTS,
        blend::TESTS,
        checkpoints::TESTS,
        commands::TESTS,
        copies::TESTS,
        decode_kernel::TESTS,
        default_model::TESTS,
        fonts::TESTS,
        #[cfg(target_os = "linux")]
        full_disk::TESTS,
        import::TESTS,
        #[cfg(target_os = "linux")]
        packages::TESTS,
        partial_redraw::TESTS,
        #[cfg(target_os = "linux")]
        priority::TESTS,
        published_models::TESTS,
        python::TESTS,
        #[cfg(target_os = "linux")]
        slurm::TESTS,
        #[cfg(target_os = "linux")]
        stopping::TESTS,
        voice::TESTS,
    ])
}
