//! The maps of a session that was opened.

use std::sync::Arc;

use super::after_opening::after_opening;
use crate::session::session_file::SessionContents;
use crate::ui::apply::model::submit;
use crate::ui::apply::sound::restore as restore_sound;
use crate::ui::apply::{layout, maps, sweep};
use crate::ui::player_settings::apply_settings;
use crate::ui::services::Services;
use crate::ui::session_view::RestoredSession;
use crate::ui::state::AppState;
use crate::worker::{BackgroundTask, Job, JobId};

/// Builds the maps of a session, on a thread of its own: placing a hundred thousand melodies takes longer than a frame.
pub(super) fn start(state: &mut AppState, services: &mut Services, contents: SessionContents) {
    let jobs: Vec<JobId> = match &mut services.worker {
        Some(worker) => contents.maps.iter().map(|_| worker.reserve_id()).collect(),
        None => Vec::new(),
    };
    let is_empty = contents.view.is_empty();
    let restore = move || RestoredSession::new(contents, jobs);
    state.session.view = None;
    if is_empty {
        return show(state, services, restore(), true);
    }
    match BackgroundTask::start("open session", Arc::clone(&services.repaint), restore) {
        Ok(task) => services.restoring = Some(task),
        Err(error) => report_failure(
            state,
            &format!("because no thread could be started ({error})"),
        ),
    }
}

/// Reports that the maps of a session could not be shown. The window still has those of the session before, so nothing is saved.
fn report_failure(state: &mut AppState, reason: &str) {
    let text = format!(
        "the maps of the session could not be shown, {reason}; the file was not changed, and changes here are not saved: open it again, or save them as another file"
    );
    state.session.write_error = Some(text.clone());
    state.notices.error(text);
}

/// Shows the maps of a session, once they are built.
pub(in crate::ui) fn receive(state: &mut AppState, services: &mut Services) {
    let Some(task) = &services.restoring else {
        return;
    };
    match task.poll() {
        Ok(None) => {}
        Ok(Some(restored)) => {
            services.restoring = None;
            show(state, services, restored, false);
        }
        Err(_) => {
            services.restoring = None;
            report_failure(state, "because building them stopped unexpectedly");
        }
    }
}

fn show(state: &mut AppState, services: &mut Services, restored: RestoredSession, is_new: bool) {
    let RestoredSession {
        maps: restored_maps,
        sweeps,
        view,
        heard,
        piece,
    } = restored;
    state.history.restore(heard);
    state.timeline.restore(piece);
    // These steps change the timeline of the previous session.
    state.undo.retain(|step| !step.is_about_timeline());
    state.redo.retain(|step| !step.is_about_timeline());
    sweep::cancel(state, services);
    sweep::cancel_steers(state, services);
    maps::stop_map_requests(state, services);
    state.sweep.running = None;
    state.sweep.progress = None;
    state.generate.running.clear();
    state.similar.close();
    submit(state, services, Job::RestoreSweeps(sweeps));
    state.restore_maps(restored_maps, view.shown_map, view.last_map);
    if !is_new {
        view.restore(state);
        state.settings = view.settings(&state.settings);
        apply_settings(services.player.as_mut(), &state.settings);
        restore_sound(state, services);
    }
    state.fit_map_requests += 1;
    state.session.view = view.camera;
    if state.maps.shown.is_some() {
        layout::resume(state, services);
    }
    after_opening(state, services);
}
