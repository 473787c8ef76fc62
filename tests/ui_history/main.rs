//! Tests of what goes back and forth in the window: share texts, the history of what was heard, undo and redo.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod history;
mod paste;
mod share;
mod undo;

#[path = "../support/tune.rs"]
mod tune;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;
