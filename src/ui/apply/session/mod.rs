//! The file of the session: opening it, saving it under another name, and the reports of the thread that writes it.

mod after_opening;
mod restore;

use std::path::PathBuf;

use crate::session::session_file::{SessionContents, SessionList, WriteAccess};
use crate::ui::command::SessionCommand;
use crate::ui::services::Services;
use crate::ui::session_view::SessionRecorder;
use crate::ui::state::AppState;
use crate::worker::SessionReport;

/// Start of the error message that a session is not saved. The message is found again by it.
const NOT_SAVED: &str = "The session is not saved";
/// File extension of sessions.
const EXTENSION: &str = "tunescape";

use after_opening::after_opening;

pub(in crate::ui) use after_opening::add_session_kept;
pub(in crate::ui) use restore::receive as receive_restored;

pub(super) fn execute(state: &mut AppState, services: &mut Services, command: SessionCommand) {
    let Some(thread) = &mut services.session_thread else {
        state
            .notices
            .error("there is no session file: this system has no data folder");
        return;
    };
    let folder = state.session.file.as_deref().and_then(|file| file.parent());
    let folder = folder.filter(|_| !state.session.is_untitled());
    let folder = folder.and_then(|folder| folder.to_str());
    match command {
        SessionCommand::New => thread.open_new(),
        SessionCommand::Open(path) => thread.open(path),
        SessionCommand::ChooseFile => services.exporter.choose_session(folder),
        SessionCommand::SaveAs => {
            let name = state.session.name().unwrap_or_default();
            let suggestion = format!("{name}.{EXTENSION}");
            services.exporter.save_session_as(suggestion, folder);
        }
        SessionCommand::SaveTo(_) if services.restoring.is_some() => state
            .notices
            .error("a session is being opened; save it once its maps are there"),
        SessionCommand::SaveTo(chosen) => {
            let mut recorder = SessionRecorder::default();
            let changes = recorder.changes(state, state.session.camera);
            services.saving_as = Some(recorder);
            let mut path = chosen.path;
            let mut may_replace = chosen.may_replace;
            if path
                .extension()
                .is_none_or(|extension| extension != EXTENSION)
            {
                // Another extension counts as a part of the name.
                path.as_mut_os_string().push(format!(".{EXTENSION}"));
                may_replace = false;
            }
            thread.save_as(path, may_replace, changes);
        }
    }
}

/// Takes a report of the thread of the session.
pub(in crate::ui) fn receive(state: &mut AppState, services: &mut Services, report: SessionReport) {
    match report {
        SessionReport::Opened {
            path,
            contents,
            access,
            recent,
        } => receive_opened(state, services, path, *contents, access, recent),
        SessionReport::NotOpened(text) => state.notices.error(text),
        SessionReport::NoSession => {
            let text = "There is no session file; save the session as a file to keep it";
            state.session.write_error = Some(text.to_owned());
            after_opening(state, services);
        }
        SessionReport::Saved(number) => {
            state.session.saved = number;
            clear_save_errors(state);
        }
        SessionReport::NotSaved(text) => {
            state.notices.error(format!("{NOT_SAVED}: {text}"));
            state.session.write_error = Some(text);
        }
        SessionReport::SavedAs {
            path,
            number,
            access,
            recent,
        } => {
            clear_save_errors(state);
            services.saved_as = services.saving_as.take();
            let session = &mut state.session;
            session.file = Some(path);
            session.access = Some(access);
            // Also if the maps of the session that was opened before could not be shown.
            session.opening = false;
            session.saved = number;
            session.submitted = session.submitted.max(number);
            session.recent = recent.0;
            let name = session.name().unwrap_or_default();
            state
                .notices
                .info(format!("The session is saved as {name}"));
            notify_if_not_saved(state, access);
        }
        SessionReport::NotSavedAs(text) => {
            services.saving_as = None;
            state.notices.error(text);
        }
    }
}

fn receive_opened(
    state: &mut AppState,
    services: &mut Services,
    path: PathBuf,
    contents: SessionContents,
    access: WriteAccess,
    recent: SessionList,
) {
    let session = &mut state.session;
    session.file = Some(path);
    session.access = Some(access);
    session.write_error = None;
    session.recent = recent.0;
    session.opening = true;
    session.kept = Some(contents.kept.clone());
    session.saved = session.submitted;
    (services.saving_as, services.saved_as) = (None, None);
    notify_if_not_saved(state, access);
    if contents.unreadable_count > 0 {
        state.notices.error(format!(
            "{} of this session could not be read; they stay in the file, and a newer version of Tunescape may read them",
            crate::wording::count_with_noun(contents.unreadable_count, "map, set or block")
        ));
    }
    restore::start(state, services, contents);
}

/// Removes the errors that the session is not saved, as it is again.
fn clear_save_errors(state: &mut AppState) {
    state.session.write_error = None;
    state.notices.remove_errors(NOT_SAVED);
}

fn notify_if_not_saved(state: &mut AppState, access: WriteAccess) {
    match access {
        WriteAccess::Writable => {}
        WriteAccess::OtherWindow => state.notices.info(
            "This session is open in another window, so changes here are not saved; save it as another file to keep them",
        ),
        WriteAccess::Protected => state.notices.info(
            "This session is write-protected, so changes are not saved; save it as another file to keep them",
        ),
    }
}
