//! Sending changes of the window to the session's thread: when the window is compared with its session.

use std::time::{Duration, Instant};

use super::chosen_view::ChosenView;
use super::services::Services;
use super::session_view::SessionRecorder;
use super::state::AppState;
use crate::session::session_file::{SessionChange, WriteAccess};

/// Sends the changes of the window to the thread of the session.
#[derive(Default)]
pub(super) struct SessionUpdates {
    recorder: SessionRecorder,
    /// Value of `SessionState::opened` for the session that the recorder belongs to.
    session: u64,
    /// When the window was last compared with its session; `None` if it is due at once.
    last_comparison: Option<Instant>,
}

impl SessionUpdates {
    /// Time between two comparisons without a command: some state, such as the camera, changes without one.
    pub(super) const INTERVAL: Duration = Duration::from_millis(250);

    /// The next call of [`Self::update`] compares at once.
    pub(super) fn set_due(&mut self) {
        self.last_comparison = None;
    }

    /// Sends the changes: at once after a command (`changed`), otherwise every [`Self::INTERVAL`]. Returns false if it is too early.
    pub(super) fn update(
        &mut self,
        state: &mut AppState,
        services: &mut Services,
        camera: Option<ChosenView>,
        changed: bool,
    ) -> bool {
        let session = &mut state.session;
        session.camera = camera;
        let is_saved = session.access == Some(WriteAccess::Writable) && !session.opening;
        let Some(thread) = services.session_thread.as_mut().filter(|_| is_saved) else {
            return true;
        };
        let is_new = self.session != session.opened_count;
        let is_due = self
            .last_comparison
            .is_none_or(|last_comparison| last_comparison.elapsed() >= Self::INTERVAL);
        if !changed && !is_new && !is_due {
            return false;
        }
        self.last_comparison = Some(Instant::now());
        if is_new {
            self.recorder = SessionRecorder::default();
            self.session = session.opened_count;
        }
        // The file of a *save as* holds what was there when the user chose it; what has changed since is written now.
        let is_read = is_new && services.saved_as.is_none();
        if let Some(recorder) = services.saved_as.take() {
            self.recorder = recorder;
        }
        let mut changes = self.recorder.changes(state, camera);
        if is_read {
            // The maps were just read from the file.
            let is_of_window = |change: &SessionChange| {
                matches!(
                    change,
                    SessionChange::SetView(_) | SessionChange::ReplaceKept(_)
                )
            };
            changes.retain(is_of_window);
        }
        if !changes.is_empty() {
            state.session.submitted = thread.submit(changes);
        }
        true
    }
}
