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
        receive(state, services, message);
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
        apply::add_kept(state, services);
    }
    while let Some(report) = services
        .session_thread
        .as_ref()
        .and_then(|session_thread| session_thread.poll())
    {
        apply::receive_session(state, services, report);
    }
    apply::receive_restored(state, services);
    while let Some(event) = services.exporter.poll() {
        receive_file_event(state, services, event);
    }
    apply::receive_learning(state, services);
    read_player(state, services);
    state.summary.refresh(&state.melodies);
    state.refresh_feasibility();
}

/// Takes what came of a dialog, an export, a recording, or reading a file.
fn receive_file_event(state: &mut AppState, services: &mut Services, event: FileEvent) {
    match event {
        FileEvent::Written(text) => state.notices.files(text),
        FileEvent::Info(text) => state.notices.info(text),
        FileEvent::FolderChosen { export, folder } => {
            // The settings can only store Unicode.
            if let Ok(folder) = folder.into_os_string().into_string() {
                let settings = &mut state.settings;
                let slot = if export {
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
            apply::pasted_no_files(state, &request);
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
        FileEvent::Song { request, read } => apply::receive_song(state, services, request, read),
        FileEvent::SoundFontChosen(path) => {
            apply(
                state,
                services,
                Command::Sound(SoundCommand::OpenSoundFont(path)),
            );
        }
        FileEvent::SoundFont(path, read) => apply::receive_sound_font(state, services, path, read),
        FileEvent::Recording(recording) => state.notices.push(
            NoticeKind::Info,
            "Recording…".to_owned(),
            Some(NoticeAction::CancelRecording(recording)),
        ),
        FileEvent::Recorded(result) => {
            remove_ended_recordings(state);
            match result {
                Ok(text) => state.notices.files(text),
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

/// Copies the state of the player, and lets what plays follow it.
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
    let sent = services.player.activity();
    state.playback.activity.update(sent, Instant::now());
}

/// Shows a notice of the player. Why an output is lost stands in the transport as long as it is lost, so it is not said again.
fn show_output_notice(state: &mut AppState, text: String) {
    let output = &state.playback.output;
    if output.connected {
        state.notices.info(text);
    } else if output.message.is_none() || !state.settings.bottom_panel {
        state.notices.error(text);
    }
}

fn receive(state: &mut AppState, services: &mut Services, message: Message) {
    let Message { job, report } = message;
    match report {
        Report::Devices(devices) => state.devices = devices,
        Report::OpenedModel(info) => receive_opened_model(state, services, info),
        Report::Plan(plan) if state.sweep.running == Some(job) => {
            apply::show_new_map(state, services, job, plan);
        }
        Report::Melodies(batch) => {
            if let Some(melodies) = state.melodies_of(job) {
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
        // Of a sweep that another one has replaced.
        Report::Plan(_) => {}
        Report::Notice(text) => state.notices.error(text),
        Report::Device(device) => {
            if let ModelState::Ready(info) = &mut state.model {
                info.device = device;
            }
        }
        Report::Done(outcome) => done(state, services, job, outcome),
    }
}

/// A model was opened: its first sweep starts, or what waited for it goes on.
fn receive_opened_model(state: &mut AppState, services: &mut Services, info: ModelInfo) {
    state.model = ModelState::Ready(info);
    if let Some((before, Some(path))) = state.sweep.previous_model.take()
        && state.sweep.model.as_ref() != Some(&path)
    {
        state.sweep.model_before = Some((before.name, path));
    }
    let restart = std::mem::take(&mut state.sweep.restart);
    let for_map = std::mem::take(&mut state.sweep.opening_for_map);
    // A song that is open is read again for the new model.
    if let Some(part) = state.imported_song.as_ref().map(|song| song.part) {
        apply(
            state,
            services,
            Command::Import(ImportCommand::SetPart(part)),
        );
    }
    let of_map = state.maps.shown.as_ref().map(|map| &map.model_path);
    if state.session.opening {
        // The session may have a map.
        state.session.sweep_when_opened = true;
    } else if for_map && !state.can_decode() && of_map != Some(&state.sweep.model) {
        // Another map was shown meanwhile.
        apply::open_model_of_map(state, services);
    } else if for_map && !state.can_decode() {
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

fn done(state: &mut AppState, services: &mut Services, job: JobId, outcome: Outcome) {
    if state.sweep.running == Some(job) {
        let shown = state.is_sweeping();
        state.sweep.running = None;
        state.sweep.progress = None;
        if let Outcome::Failed(text) = outcome {
            state.sweep.error = Some(text);
        }
        if shown {
            apply::lay_out(state, services);
            if state.steer.waiting {
                state.summary.refresh(&state.melodies);
                apply(state, services, Command::Steer(SteerCommand::Start));
            } else if state.melodies.decoded() > 0 {
                apply::fit(state, services, state.steer.attribute);
            }
        } else {
            apply::open_model_of_map(state, services);
        }
    } else if let Some(sweep) = state.steered_map(job) {
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
    } else if state.share.end(job) {
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
    match state.sweep.previous_model.take() {
        Some((info, path)) => {
            state.model = ModelState::Ready(info);
            state.sweep.model = path;
            state.sweep.restart = false;
            let for_map = std::mem::take(&mut state.sweep.opening_for_map);
            state.notices.error(if for_map {
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
