//! Dialogs that the window draws itself. Here one thread asks and waits, and the window takes the question and answers;
//! the drawing is in `panels::file_dialog`.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eframe::egui;

use super::request::{Answer, DialogRequest};

/// A question that waits for its answer. Dropped, it counts as cancelled.
pub struct Asked {
    /// The question.
    pub request: DialogRequest,
    reply: Sender<Answer>,
}

impl Asked {
    /// Answers, and lets the thread that asked go on.
    pub fn answer(self, answer: Answer) {
        // The thread that asked may have ended with the program.
        self.reply.send(answer).ok();
    }
}

/// Hands questions from the thread that asks to the window.
pub struct WindowDialogs {
    ctx: egui::Context,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    asked: Option<Asked>,
    closed: bool,
}

impl WindowDialogs {
    /// Dialogs in the window of this context.
    #[must_use]
    pub fn new(ctx: &egui::Context) -> Self {
        Self {
            ctx: ctx.clone(),
            waiting: Mutex::default(),
        }
    }

    /// The question that waits, if there is one. Never waits.
    pub fn take(&self) -> Option<Asked> {
        self.waiting().asked.take()
    }

    /// Cancels the question that waits and all that follow: nobody will draw them any more.
    pub fn close(&self) {
        *self.waiting() = Waiting {
            asked: None,
            closed: true,
        };
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows the dialog, and waits for the answer.
    pub(super) fn ask(&self, request: &DialogRequest) -> Answer {
        let (reply, answer) = channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return Answer::Cancelled;
            }
            waiting.asked = Some(Asked {
                request: request.clone(),
                reply,
            });
        }
        self.ctx.request_repaint();
        answer.recv().unwrap_or(Answer::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::ui::dialogs::Question;

    #[test]
    fn a_question_is_answered_and_a_window_that_closes_cancels_it() {
        let dialogs = WindowDialogs::new(&egui::Context::default());
        let request = DialogRequest {
            question: Question::ExportFolder,
            folder: None,
        };
        let taken = || loop {
            if let Some(asked) = dialogs.take() {
                break asked;
            }
            std::thread::yield_now();
        };
        std::thread::scope(|scope| {
            let ask = || scope.spawn(|| dialogs.ask(&request));
            let answered = ask();
            let asked = taken();
            assert_eq!(asked.request, request);
            asked.answer(Answer::place("ideas"));
            assert_eq!(answered.join().unwrap(), Answer::place("ideas"));

            let dropped = ask();
            drop(taken());
            assert_eq!(dropped.join().unwrap(), Answer::Cancelled);

            let waiting = ask();
            while dialogs.waiting().asked.is_none() {
                std::thread::yield_now();
            }
            dialogs.close();
            assert_eq!(waiting.join().unwrap(), Answer::Cancelled);
        });
        assert_eq!(dialogs.ask(&request), Answer::Cancelled);
    }
}
