//! When the window is compared with its session, and what has changed is sent to the session's thread.

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
    /// Number of the opened session that the recorder compares with.
    session: u64,
    /// When the window was last compared with its session; `None` if it is due at once.
    last: Option<Instant>,
}

impl SessionUpdates {
    /// Time between two comparisons, for what changes without a command, as the camera.
    pub(super) const INTERVAL: Duration = Duration::from_millis(250);

    /// The next call of [`Self::update`] compares at once.
    pub(super) fn set_due(&mut self) {
        self.last = None;
    }

    /// Sends what has changed: at once after a command (`changed`), and else every [`Self::INTERVAL`]. Returns false if it was too soon.
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
        let is_new = self.session != session.opened;
        let is_due = self
            .last
            .is_none_or(|last| last.elapsed() >= Self::INTERVAL);
        if !changed && !is_new && !is_due {
            return false;
        }
        self.last = Some(Instant::now());
        if is_new {
            self.recorder = SessionRecorder::default();
            self.session = session.opened;
        }
        let mut changes = self.recorder.changes(state, camera);
        if is_new {
            // The maps were just read from the file.
            let is_of_window = |change: &SessionChange| {
                matches!(change, SessionChange::View(_) | SessionChange::Kept(_))
            };
            changes.retain(is_of_window);
        }
        if !changes.is_empty() {
            state.session.submitted = thread.submit(changes);
        }
        true
    }
}
