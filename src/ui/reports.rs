//! Reports of the threads, the player and the exporter, applied to the state.

use std::sync::Arc;
use std::time::Instant;

use super::apply::{self, apply};
use super::command::{
    Command, ImportCommand, LearnCommand, SessionCommand, SoundCommand, SteerCommand,
};
use super::dropped;
use super::export::FileEvent;
use super::services::Services;
use super::state::{AppState, ModelState, NoticeAction, NoticeKind};
use crate::playback::OutputChoice;
use crate::progress::Progress;
use crate::worker::{JobId, Message, ModelInfo, Outcome, Report};

/// Takes everything that has arrived since the last call. Never waits.
pub fn drain(state: &mut AppState, services: &mut Services) {
    while let Some(message) = services.worker.as_mut().and_then(|worker| worker.poll()) {
        handle_message(state, services, message);
    }
    while let Some(report) = services
        .layout_thread
        .as_mut()
        .and_then(|layout_thread| layout_thread.poll())
    {
        apply::receive_layout(state, report);
        apply::move_stops(state);
    }
    while let Some(report) = services
        .library_thread
        .as_ref()
        .and_then(|library_thread| library_thread.poll())
    {
        apply::receive_library(state, report);
        apply::add_session_kept(state, services);
    }
    while let Some(report) = services
        .session_thread
        .as_mut()
        .and_then(|session_thread| session_thread.poll())
    {
        apply::receive_session(state, services, report);
    }
    apply::receive_restored(state, services);
    while let Some(event) = services.exporter.poll() {
        receive_file_event(state, services, event);
    }
    apply::receive_learning(state, services);
    apply::refresh_landmarks(state, services);
    read_player(state, services);
    state.summary.refresh(&state.melodies);
    state.refresh_feasibility();
    state.refresh_taste();
}

/// Takes the result of a dialog, an export, a recording, or of reading a file.
fn receive_file_event(state: &mut AppState, services: &mut Services, event: FileEvent) {
    match event {
        FileEvent::Written(text) => state.notices.info_about_files(text),
        FileEvent::Info(text) => state.notices.info(text),
        FileEvent::FolderChosen { for_export, folder } => {
            // The settings can only store Unicode.
            if let Ok(folder) = folder.into_os_string().into_string() {
                let settings = &mut state.settings;
                let slot = if for_export {
                    &mut settings.export_folder
                } else {
                    &mut settings.open_folder
                };
                *slot = Some(folder);
            }
        }
        FileEvent::Failed(text) => {
            remove_ended_recordings(state);
            state.notices.error(text);
        }
        FileEvent::Refused(text, refused) => state.notices.push(
            NoticeKind::Error,
            text,
            Some(NoticeAction::Replace(Arc::new(refused))),
        ),
        FileEvent::DragFiles(files) => state.drag_out.files = Some(files),
        FileEvent::Pasted { files, request } if files.is_empty() => {
            apply::receive_no_files(state, &request);
        }
        FileEvent::Pasted { files, .. } => {
            let mut commands = Vec::new();
            dropped::open(&files, "pasted", &mut state.notices, &mut commands);
            for command in commands {
                apply(state, services, command);
            }
        }
        FileEvent::Model(path) => apply(state, services, Command::OpenModel(Some(path))),
        FileEvent::SessionChosen(path) => apply(
            state,
            services,
            Command::Session(SessionCommand::Open(path)),
        ),
        FileEvent::SaveSessionTo(chosen) => apply(
            state,
            services,
            Command::Session(SessionCommand::SaveTo(chosen)),
        ),
        FileEvent::SongChosen(path) => {
            apply(state, services, Command::Import(ImportCommand::Open(path)))
        }
        FileEvent::LearnFolder(folder) => apply(
            state,
            services,
            Command::Learn(LearnCommand::Examine(folder)),
        ),
        FileEvent::Song { request, result } => {
            apply::receive_song(state, services, request, result);
        }
        FileEvent::SoundFontChosen(path) => {
            apply(
                state,
                services,
                Command::Sound(SoundCommand::OpenSoundFont(path)),
            );
        }
        FileEvent::SoundFont(path, result) => {
            apply::receive_sound_font(state, services, path, result);
        }
        FileEvent::Recording(recording) => state.notices.push(
            NoticeKind::Info,
            "Recording…".to_owned(),
            Some(NoticeAction::CancelRecording(recording)),
        ),
        FileEvent::Recorded(result) => {
            remove_ended_recordings(state);
            match result {
                Ok(text) => state.notices.info_about_files(text),
                Err(text) => state.notices.error(text),
            }
        }
    }
}

/// Removes the progress of recordings that have ended; others go on.
fn remove_ended_recordings(state: &mut AppState) {
    state.notices.retain(|action| match action {
        NoticeAction::CancelRecording(recording) => !recording.has_ended(),
        _ => true,
    });
}

/// Copies the state of the player, and updates the history, path marker and selection that follow the playhead.
fn read_player(state: &mut AppState, services: &mut Services) {
    let output_notices = services.player.take_notices();
    state.playback.output = services.player.output_state();
    for text in output_notices {
        show_output_notice(state, text);
    }
    apply::receive_midi_input(state, services);
    state.playback.playhead = services.player.playhead();
    apply::record_heard(state);
    apply::update_path_marker(state);
    apply::select_playing_of_blend(state);
    state.playback.ports = services.player.ports();
    if let (OutputChoice::Port(name), Some(id)) =
        (&state.playback.output.choice, services.player.port_id())
        && state.settings.port_ids.get(name) != Some(&id)
    {
        state.settings.port_ids.insert(name.clone(), id);
    }
    if state.sound.settings_open {
        state.sound.devices = services.player.sound_devices();
    }
    let message_count = services.player.sent_message_count();
    state
        .playback
        .activity
        .update(message_count, Instant::now());
}

/// Shows a notice of the player, unless it is about a lost output and the transport shows that message already.
fn show_output_notice(state: &mut AppState, text: String) {
    let output = &state.playback.output;
    if output.connected {
        state.notices.info(text);
    } else if output.message.is_none() || !state.settings.bottom_panel {
        state.notices.error(text);
    }
}

fn handle_message(state: &mut AppState, services: &mut Services, message: Message) {
    let Message { job, report } = message;
    match report {
        Report::Devices(devices) => state.devices = devices,
        Report::OpenedModel(info) => receive_opened_model(state, services, info),
        Report::Plan(plan) if state.sweep.running == Some(job) => {
            apply::show_new_map(state, services, job, plan);
        }
        Report::Melodies(batch) => {
            if let Some(melodies) = state.melodies_of_sweep(job) {
                melodies.add(batch);
            }
        }
        Report::Progress(progress) => receive_progress(state, job, progress),
        Report::Fit {
            sweep,
            attribute,
            r2,
        } => {
            state.with_map(sweep, |state| {
                if let Some(slot) = state.steer.r2.get_mut(attribute) {
                    *slot = Some(r2);
                }
            });
        }
        Report::SteerRound(round) => apply::receive_round(state, services, job, round),
        Report::Steered(result) => apply::receive_steered(state, services, job, result),
        Report::Probe(probe) => apply::receive_probe(state, services, probe),
        Report::Slice(slice) => apply::receive_slice(state, slice),
        Report::Path(path) => apply::receive_path(state, services, path),
        Report::ShareText(shared) => apply::receive_share_text(state, job, &shared),
        Report::SharedMelody(tokens) => {
            apply::receive_shared_melody(state, services, job, tokens);
        }
        Report::Generated(generated) => apply::receive_generated(state, services, job, generated),
        // The plan of a sweep that another one has replaced.
        Report::Plan(_) => {}
        Report::Notice(text) => state.notices.error(text),
        Report::Device(device) => {
            if let ModelState::Ready(info) = &mut state.model {
                info.device = device;
            }
        }
        Report::Done(outcome) => handle_done(state, services, job, outcome),
    }
}

/// Takes a model that was opened: starts its first sweep, or continues what waited for the model.
fn receive_opened_model(state: &mut AppState, services: &mut Services, info: ModelInfo) {
    state.model = ModelState::Ready(info);
    if let Some((previous, Some(path))) = state.sweep.fallback_model.take()
        && state.sweep.weights_path.as_ref() != Some(&path)
    {
        state.sweep.previous_model = Some((previous.name, path));
    }
    let restart = std::mem::take(&mut state.sweep.restart);
    let is_for_map = std::mem::take(&mut state.sweep.opening_for_map);
    // A song that is open is read again for the new model.
    if let Some(part) = state.imported_song.as_ref().map(|song| song.part) {
        apply(
            state,
            services,
            Command::Import(ImportCommand::SetPart(part)),
        );
    }
    let model_of_map = state.maps.shown.as_ref().map(|map| &map.model_path);
    if state.session.opening {
        // The session may have a map.
        state.session.sweep_when_opened = true;
    } else if is_for_map && !state.can_decode() && model_of_map != Some(&state.sweep.weights_path) {
        // Another map was shown meanwhile.
        apply::open_model_of_map(state, services);
    } else if is_for_map && !state.can_decode() {
        state.notices.error("the model of this map has changed on the disk since: its melodies can be played, kept and exported, but not steered");
    } else if restart || !state.can_decode() {
        apply(state, services, Command::NewSweep);
    } else {
        apply::resume_path(state, services);
    }
}

fn receive_progress(state: &mut AppState, job: JobId, progress: Progress) {
    if state.sweep.running == Some(job) {
        state.sweep.progress = Some(progress);
    } else if let Some(running) = &state.steer.running
        && running.job == job
    {
        state.steer.progress = Some(progress.fraction() as f32);
    } else if let Some(song) = &mut state.imported_song
        && song.job == Some(job)
    {
        song.progress = progress.fraction() as f32;
    }
}

fn handle_done(state: &mut AppState, services: &mut Services, job: JobId, outcome: Outcome) {
    if apply::end_landmarks(state, job, &outcome) {
        return;
    }
    if state.sweep.running == Some(job) {
        let is_shown_map = state.is_sweeping();
        state.sweep.running = None;
        state.sweep.progress = None;
        if let Outcome::Failed(text) = outcome {
            state.sweep.error = Some(text);
        }
        if is_shown_map {
            apply::lay_out(state, services);
            if state.steer.starts_after_sweep {
                state.summary.refresh(&state.melodies);
                apply(state, services, Command::Steer(SteerCommand::Start));
            } else if state.melodies.decoded_count() > 0 {
                apply::fit_attribute(state, services, state.steer.last_moved_attribute);
            }
        } else {
            apply::open_model_of_map(state, services);
        }
    } else if let Some(sweep) = state.sweep_steered_by(job) {
        state.with_map(sweep, |state| apply::end_steer(state, outcome));
    } else if state
        .generate
        .running
        .iter()
        .any(|running| running.job == job)
    {
        state.generate.running.retain(|running| running.job != job);
        if let Outcome::Failed(text) = outcome {
            state.generate.error = Some(text);
        }
    } else if let Some(song) = &mut state.imported_song
        && song.job == Some(job)
    {
        song.job = None;
        if let Outcome::Failed(text) = outcome {
            song.error = Some(text);
        }
    } else if state.share.forget_job(job) {
        if let Outcome::Failed(text) = outcome {
            state.notices.error(text);
        }
    } else if let Outcome::Failed(text) = outcome {
        if state.model == ModelState::Opening {
            restore_model(state, text);
        } else {
            tracing::warn!("a job failed: {text}");
        }
    }
}

/// Restores the previous model after another one could not be opened.
fn restore_model(state: &mut AppState, text: String) {
    match state.sweep.fallback_model.take() {
        Some((info, path)) => {
            state.model = ModelState::Ready(info);
            state.sweep.weights_path = path;
            state.sweep.restart = false;
            let is_for_map = std::mem::take(&mut state.sweep.opening_for_map);
            state.notices.error(if is_for_map {
                format!("The model of this map could not be opened, so its melodies can be played, kept and exported, but not steered: {text}")
            } else {
                text
            });
        }
        None => {
            if state.maps.shown.is_some() {
                state.notices.error(format!("The model of this map could not be opened, so its melodies can be played, kept and exported, but not steered: {text}"));
            }
            state.model = ModelState::Failed(text);
        }
    }
}
