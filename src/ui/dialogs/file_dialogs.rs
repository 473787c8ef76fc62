//! The interface of file dialogs.

use super::guard::DialogGuard;
use super::request::{DialogAnswer, DialogRequest};
use super::window_dialogs::WindowDialogs;

/// Asks the user for files and folders.
pub trait FileDialogs: Send + Sync {
    /// Asks, and waits for the answer; `guard` is dropped with it. Called on a thread of its own: an answer may take minutes.
    fn ask(&self, request: &DialogRequest, guard: DialogGuard) -> DialogAnswer;

    /// The dialogs that the window draws, if this implementation uses any.
    fn window_dialogs(&self) -> Option<&WindowDialogs> {
        None
    }
}

impl FileDialogs for WindowDialogs {
    fn ask(&self, request: &DialogRequest, guard: DialogGuard) -> DialogAnswer {
        Self::ask(self, request, guard)
    }

    fn window_dialogs(&self) -> Option<&WindowDialogs> {
        Some(self)
    }
}
