//! The file of the session: opening, saving under another name, and what the thread that writes it has to say.

mod restore;

use std::path::PathBuf;

use super::kept_melodies::keep;
use super::{apply, model};
use crate::session::session_file::{KeptCopies, SessionContents, SessionList, WriteAccess};
use crate::ui::command::{Command, SessionCommand};
use crate::ui::services::Services;
use crate::ui::session_view::SessionRecorder;
use crate::ui::state::{AppState, ModelState};
use crate::worker::SessionReport;

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
            crate::wording::counted(contents.unreadable, "map or set")
        ));
    }
    restore::start(state, services, contents);
}

/// What follows once the maps of a session are there: the model of the shown map, or a first sweep.
fn after_opening(state: &mut AppState, services: &mut Services) {
    state.session.opening = false;
    state.session.opened += 1;
    let sweep = std::mem::take(&mut state.session.sweep_when_opened);
    let chosen = std::mem::take(&mut state.session.model_chosen);
    match (&state.model, state.maps.shown.is_some()) {
        (ModelState::Ready(_), false) => apply(state, services, Command::NewSweep),
        (ModelState::Ready(_), true) if sweep && chosen && !state.can_decode() => {
            apply(state, services, Command::NewSweep);
        }
        (ModelState::Ready(_), true) if state.can_decode() => super::resume_path(state, services),
        (ModelState::Ready(_), true) => model::open_model_of_map(state, services),
        // Of another model than the map's, the map's own is opened next.
        (ModelState::Opening, true) => state.sweep.opening_for_map = !chosen,
        _ => {}
    }
    add_kept(state, services);
}

/// Adds the kept melodies of a session that comes from beside another library. To be called once both are there.
pub(in crate::ui) fn add_kept(state: &mut AppState, services: &mut Services) {
    if state.session.opening || state.kept_melodies.reads() == 0 {
        return;
    }
    let Some(KeptCopies {
        library_id,
        entries,
    }) = state.session.kept.take()
    else {
        return;
    };
    if library_id.is_none() || library_id.as_deref() == state.kept_melodies.library_id() {
        return;
    }
    let mut added = 0;
    for entry in entries.iter() {
        if !state.kept_melodies.will_be_kept(&entry.melody.identity) {
            keep(state, services, entry.melody.clone(), None);
            added += 1;
        }
    }
    if added > 0 {
        state.notices.info(format!(
            "{} of this session were added to the library",
            crate::wording::counted(added, "kept melody")
        ));
    }
}
