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
            let suggestion = format!("{name}.tunescape");
            services.exporter.save_session_as(suggestion, folder);
        }
        SessionCommand::SaveTo(chosen) => {
            let changes = SessionRecorder::default().changes(state, state.session.camera);
            let mut path = chosen.path;
            let mut may_replace = chosen.may_replace;
            if path.extension().is_none() {
                path.set_extension("tunescape");
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
            state.session.failed = None;
        }
        SessionReport::NotSaved(text) => {
            state.notices.error(format!(
                "The session is not saved: {text}. It is tried again every few seconds"
            ));
            state.session.failed = Some(text);
        }
        SessionReport::SavedAs {
            path,
            number,
            recent,
        } => {
            let session = &mut state.session;
            session.file = Some(path);
            session.access = Some(WriteAccess::Writable);
            session.failed = None;
            session.saved = number;
            session.submitted = session.submitted.max(number);
            session.recent = recent.0;
            let name = session.name().unwrap_or_default();
            state
                .notices
                .info(format!("The session is saved as {name}"));
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
    match access {
        WriteAccess::Writable => {}
        WriteAccess::OtherWindow => state.notices.info(
            "This session is open in another window, so changes here are not saved; save it as another file to keep them",
        ),
        WriteAccess::Protected => state.notices.info(
            "This session is write-protected, so changes are not saved; save it as another file to keep them",
        ),
    }
    if contents.unreadable > 0 {
        state.notices.error(format!(
            "{} of this session could not be read; they stay in the file, and a newer version of Tunescape may read them",
            crate::wording::counted(contents.unreadable, "map, set or block")
        ));
    }
    restore::start(state, services, contents);
}
