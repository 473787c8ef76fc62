//! The interface of file dialogs.

use super::guard::DialogGuard;
use super::request::{DialogAnswer, DialogRequest};
use super::window_dialogs::WindowDialogs;

/// Asks the user for files and folders.
pub trait FileDialogs: Send + Sync {
    /// Shows a dialog and waits for the answer, which may take minutes: to be called on a thread of its own. Drops `guard` once the
    /// dialog is answered.
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
