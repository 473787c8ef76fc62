//! The file of the session: opening, saving under another name, and what the thread that writes it has to say.

mod after_opening;
mod restore;

use std::path::PathBuf;

use crate::session::session_file::{SessionContents, SessionList, WriteAccess};
use crate::ui::command::SessionCommand;
use crate::ui::services::Services;
use crate::ui::session_view::SessionRecorder;
use crate::ui::state::AppState;
use crate::worker::SessionReport;

/// How the error begins that a session is not saved.
const NOT_SAVED: &str = "The session is not saved";
/// The ending of sessions.
const EXTENSION: &str = "tunescape";

pub(in crate::ui) use after_opening::add_kept;
pub(in crate::ui) use restore::take as take_restored;

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
        SessionCommand::SaveTo(chosen) => {
            let changes = SessionRecorder::default().changes(state, state.session.camera);
            let mut path = chosen.path;
            let mut may_replace = chosen.may_replace;
            if path.extension().is_none_or(|ending| ending != EXTENSION) {
                // What follows a dot in the name belongs to the name.
                path.as_mut_os_string().push(format!(".{EXTENSION}"));
                may_replace = false;
            }
            thread.save_as(path, may_replace, changes);
        }
    }
}

/// Takes a report of the thread of the session.
pub(in crate::ui) fn take(state: &mut AppState, services: &mut Services, report: SessionReport) {
    match report {
        SessionReport::Opened {
            path,
            contents,
            access,
            recent,
        } => opened(state, services, path, *contents, access, recent),
        SessionReport::NotOpened(text) => state.notices.error(text),
        SessionReport::Saved(number) => {
            state.session.saved = number;
            is_saved_again(state);
        }
        SessionReport::NotSaved(text) => {
            state.notices.error(format!("{NOT_SAVED}: {text}"));
            state.session.failed = Some(text);
        }
        SessionReport::SavedAs {
            path,
            number,
            access,
            recent,
        } => {
            is_saved_again(state);
            let session = &mut state.session;
            session.file = Some(path);
            session.access = Some(access);
            session.saved = number;
            session.submitted = session.submitted.max(number);
            session.recent = recent.0;
            let name = session.name().unwrap_or_default();
            state
                .notices
                .info(format!("The session is saved as {name}"));
            say_if_not_saved(state, access);
        }
        SessionReport::NotSavedAs(text) => state.notices.error(text),
    }
}

fn opened(
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
    session.failed = None;
    session.recent = recent.0;
    session.opening = true;
    session.kept = Some(contents.kept.clone());
    session.saved = session.submitted;
    say_if_not_saved(state, access);
    if contents.unreadable > 0 {
        state.notices.error(format!(
            "{} of this session could not be read; they stay in the file, and a newer version of Tunescape may read them",
            crate::wording::counted(contents.unreadable, "map, set or block")
        ));
    }
    restore::start(state, services, contents);
}

/// The session is on the disk, so that nothing says otherwise any more.
fn is_saved_again(state: &mut AppState) {
    state.session.failed = None;
    state.notices.remove_errors(NOT_SAVED);
}

fn say_if_not_saved(state: &mut AppState, access: WriteAccess) {
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
