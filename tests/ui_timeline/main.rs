//! Tests of the timeline: melodies are arranged, played, stored and exported.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod arranging;
mod dragging;
mod piece_file;
mod playing;

#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;
