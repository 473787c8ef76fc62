//! Dialogs that the window draws itself: a thread asks and waits, the window takes the request and answers it.
//! `panels::file_dialog` draws them.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eframe::egui;

use super::guard::DialogGuard;
use super::request::{DialogAnswer, DialogRequest};

/// A dialog that waits for its answer. Dropping it cancels it.
pub struct PendingDialog {
    /// Its request.
    pub request: DialogRequest,
    /// Declared before `reply`, as fields are dropped in order: another dialog may be opened before the asking thread continues.
    guard: DialogGuard,
    reply: Sender<DialogAnswer>,
}

impl PendingDialog {
    /// Sends the answer to the thread that asked.
    pub fn answer(self, answer: DialogAnswer) {
        // So that the next dialog may be opened at once, before the asking thread has received the answer.
        drop(self.guard);
        // Fails if the asking thread has ended with the program.
        self.reply.send(answer).ok();
    }
}

/// Passes requests from the asking threads to the window, which draws their dialogs.
pub struct WindowDialogs {
    ctx: egui::Context,
    slot: Mutex<DialogSlot>,
}

#[derive(Default)]
struct DialogSlot {
    pending: Option<PendingDialog>,
    closed: bool,
}

impl WindowDialogs {
    /// Dialogs in the window of this context.
    #[must_use]
    pub fn new(ctx: &egui::Context) -> Self {
        Self {
            ctx: ctx.clone(),
            slot: Mutex::default(),
        }
    }

    /// Takes the dialog to be answered, if there is one. Never waits.
    pub fn take_pending(&self) -> Option<PendingDialog> {
        self.slot().pending.take()
    }

    /// Cancels the present dialog and all later ones, as the window is about to close.
    pub fn close(&self) {
        *self.slot() = DialogSlot {
            pending: None,
            closed: true,
        };
    }

    fn slot(&self) -> MutexGuard<'_, DialogSlot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the window show the dialog, and waits for the answer.
    pub(super) fn ask(&self, request: &DialogRequest, guard: DialogGuard) -> DialogAnswer {
        let (reply, answer) = channel();
        {
            let mut slot = self.slot();
            if slot.closed {
                return DialogAnswer::Cancelled;
            }
            slot.pending = Some(PendingDialog {
                request: request.clone(),
                guard,
                reply,
            });
        }
        self.ctx.request_repaint();
        answer.recv().unwrap_or(DialogAnswer::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::ui::dialogs::DialogPurpose;

    #[test]
    fn a_request_is_answered_and_a_window_that_closes_cancels_it() {
        let dialogs = WindowDialogs::new(&egui::Context::default());
        let request = DialogRequest {
            purpose: DialogPurpose::ExportFolder,
            folder: None,
        };
        let wait_for_pending = || loop {
            if let Some(pending) = dialogs.take_pending() {
                break pending;
            }
            std::thread::yield_now();
        };
        std::thread::scope(|scope| {
            let ask = || scope.spawn(|| dialogs.ask(&request, DialogGuard::default()));
            let answered = ask();
            let pending = wait_for_pending();
            assert_eq!(pending.request, request);
            pending.answer(DialogAnswer::path("ideas"));
            assert_eq!(answered.join().unwrap(), DialogAnswer::path("ideas"));

            let dropped = ask();
            drop(wait_for_pending());
            assert_eq!(dropped.join().unwrap(), DialogAnswer::Cancelled);

            let cancelled = ask();
            while dialogs.slot().pending.is_none() {
                std::thread::yield_now();
            }
            dialogs.close();
            assert_eq!(cancelled.join().unwrap(), DialogAnswer::Cancelled);
        });
        assert_eq!(
            dialogs.ask(&request, DialogGuard::default()),
            DialogAnswer::Cancelled
        );
    }
}
