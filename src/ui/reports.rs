//! What the model's thread, the player and the exports say, put into the state.

use std::sync::Arc;

use super::apply::{self, Services, apply};
use super::command::{Command, ImportCommand};
use super::export::FileEvent;
use super::state::{AppState, ModelState, NoticeAction, NoticeKind, SteerResult, Undone};
use crate::attributes::ATTRIBUTES;
use crate::sweep::{MelodyEntry, MelodyId, Steered};
use crate::worker::{JobId, Message, Outcome, Report};

/// Takes in everything that has come since the last time. Never waits.
pub fn drain(state: &mut AppState, services: &mut Services) {
    while let Some(message) = services.worker.as_mut().and_then(|worker| worker.poll()) {
        take(state, services, message);
    }
    while let Some(report) = services
        .layout_thread
        .as_mut()
        .and_then(|layout_thread| layout_thread.poll())
    {
        apply::take_map(state, report);
        apply::settle_path(state);
    }
    while let Some(report) = services.library.as_ref().and_then(|library| library.poll()) {
        apply::take_library(state, report);
    }
    while let Some(told) = services.exporter.poll() {
        match told {
            FileEvent::Written(text) => state.notices.files(text),
            FileEvent::Note(text) => state.notices.note(text),
            FileEvent::Place { export, folder } => {
                // A name that is no text cannot be kept in the settings.
                if let Ok(folder) = folder.into_os_string().into_string() {
                    let settings = &mut state.settings;
                    let place = if export {
                        &mut settings.export_folder
                    } else {
                        &mut settings.open_folder
                    };
                    *place = Some(folder);
                }
            }
            FileEvent::Failed(text) => state.notices.trouble(text),
            FileEvent::Refused(text, refused) => state.notices.push(
                NoticeKind::Trouble,
                text,
                Some(NoticeAction::Replace(Arc::new(refused))),
            ),
            FileEvent::Model(path) => apply(state, services, Command::OpenModel(Some(path))),
            FileEvent::SongChosen(path) => {
                apply(state, services, Command::Import(ImportCommand::Open(path)))
            }
            FileEvent::Song { request, read } => {
                super::apply::take_song(state, services, request, read)
            }
        }
    }
    for text in services.sound.take_notices() {
        state.notices.trouble(text);
    }
    state.listening.playhead = services.sound.playhead();
    apply::follow_path(state);
    apply::follow_blend(state);
    state.listening.output = services.sound.output_state();
    state.listening.ports = services.sound.ports();
    state.summary.refresh(&state.library);
}

fn take(state: &mut AppState, services: &mut Services, message: Message) {
    let Message { job, report } = message;
    match report {
        Report::Devices(devices) => state.devices = devices,
        Report::Opened(info) => {
            state.model = ModelState::Ready(info);
            state.sweep.before = None;
            let restart = std::mem::take(&mut state.sweep.restart);
            let for_map = std::mem::take(&mut state.sweep.opening_for_map);
            // A song that is open is cut and encoded again for the model that is open now.
            if let Some(part) = state.own.as_ref().map(|own| own.part) {
                apply(
                    state,
                    services,
                    Command::Import(ImportCommand::SetPart(part)),
                );
            }
            let of_map = state.maps.shown.as_ref().map(|map| &map.model_path);
            if for_map && !state.decodes() && of_map != Some(&state.sweep.model) {
                // Yet another map is shown by now.
                apply::open_model_of_map(state, services);
            } else if for_map && !state.decodes() {
                state.notices.trouble("the model of this map has changed on the disk since: its melodies can be played, kept and exported, but not steered");
            } else if restart || !state.decodes() {
                // The map of another model stays beside the new one.
                apply(state, services, Command::NewSweep);
            } else {
                apply::resume_path(state, services);
            }
        }
        Report::Plan(plan) if state.sweep.running == Some(job) => {
            apply::begin_map(state, services, job, plan);
        }
        Report::Melodies(batch) => {
            if let Some(library) = state.library_of(job) {
                library.add(batch);
            }
        }
        Report::Progress(progress) => {
            if state.sweep.running == Some(job) {
                state.sweep.progress = Some(progress);
            } else if state.steer.running.is_some_and(|(id, _)| id == job) {
                state.steer.progress = Some(progress.share() as f32);
            } else if let Some(own) = &mut state.own
                && own.job == Some(job)
            {
                own.progress = progress.share() as f32;
            }
        }
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
        Report::Steered { attribute, result } => {
            take_steered(state, services, job, attribute, result);
        }
        Report::Spot(preview) => super::apply::take_spot(state, services, preview),
        Report::Path(made) => super::apply::take_path(state, services, made),
        Report::Generated(made) => super::apply::take_made(state, services, job, made),
        // What is left of a sweep that another one has replaced.
        Report::Plan(_) => {}
        Report::Notice(text) => state.notices.trouble(text),
        Report::Device(device) => {
            if let ModelState::Ready(info) = &mut state.model {
                info.device = device;
            }
        }
        Report::Done(outcome) => done(state, services, job, outcome),
    }
}

/// Takes the melodies of a steer: they belong to the map that was steered by, shown or not.
fn take_steered(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    attribute: usize,
    result: Steered,
) {
    let Some(sweep) = state.steered_map(job) else {
        return;
    };
    let added = state.with_map(sweep, |state| add_steered(state, attribute, result));
    let Some((steer, first)) = added.flatten() else {
        return;
    };
    if state
        .maps
        .shown
        .as_ref()
        .is_none_or(|map| map.sweep != sweep)
    {
        return;
    }
    apply::place(services, state.library.later_of(steer));
    // The steer is one step to undo, the selection that comes with it is none.
    let undo = std::mem::take(&mut state.undo);
    apply(state, services, Command::Select(first));
    state.undo = undo;
}

/// Adds the melodies of a steer to the map; returns its number and its first melody.
fn add_steered(state: &mut AppState, attribute: usize, result: Steered) -> Option<(u32, MelodyId)> {
    let entry = ATTRIBUTES.get(attribute)?;
    let steer = state.steer.steers;
    state.steer.steers += 1;
    state.remember(Some(Undone::Steer(steer)));
    let shown = |value: f64| (entry.display_scale)(value);
    let wanted = shown(result.wanted);
    let values: Vec<f64> = result
        .entries
        .iter()
        .filter_map(|melody| melody.attributes.value(attribute))
        .map(shown)
        .collect();
    let summary = SteerResult {
        wanted,
        mean: shown(result.obtained_mean),
        sd: (shown(result.obtained_sd) - shown(0.0)).abs(),
        within_one: values
            .iter()
            .filter(|value| (*value - wanted).abs() <= 1.0 + 1e-9)
            .count(),
        count: result.entries.len(),
    };
    if let Some(slot) = state.steer.results.get_mut(attribute) {
        *slot = Some(summary);
    }
    state.steer.history.push((attribute, summary));
    let entries: Vec<MelodyEntry> = result
        .entries
        .iter()
        .zip(0..)
        .map(|(melody, index)| MelodyEntry {
            id: MelodyId::Steered { steer, index },
            ..melody.entry()
        })
        .collect();
    let first = entries.first().map(|entry| entry.id)?;
    let latents = result
        .entries
        .into_iter()
        .map(|melody| melody.latent)
        .collect();
    state.library.add_steered(steer, entries, latents);
    Some((steer, first))
}

fn done(state: &mut AppState, services: &mut Services, job: JobId, outcome: Outcome) {
    if state.sweep.running == Some(job) {
        let shown = state.sweeping();
        state.sweep.running = None;
        state.sweep.progress = None;
        if let Outcome::Failed(text) = outcome {
            state.sweep.trouble = Some(text);
        }
        if shown {
            apply::chart(state, services);
            if let Some(attribute) = state.steer.waiting.take() {
                state.summary.refresh(&state.library);
                apply(state, services, Command::Steer(attribute));
            } else if state.library.decoded() > 0 {
                apply::fit(state, services, state.steer.attribute);
            }
        } else {
            apply::open_model_of_map(state, services);
        }
    } else if let Some(sweep) = state.steered_map(job) {
        state.with_map(sweep, |state| {
            state.steer.running = None;
            state.steer.progress = None;
            if let Outcome::Failed(text) = outcome {
                state.steer.trouble = Some(text);
            }
        });
    } else if state.making.running.iter().any(|make| make.job == job) {
        state.making.running.retain(|make| make.job != job);
        if let Outcome::Failed(text) = outcome {
            state.making.trouble = Some(text);
        }
    } else if let Some(own) = &mut state.own
        && own.job == Some(job)
    {
        own.job = None;
        if let Outcome::Failed(text) = outcome {
            own.trouble = Some(text);
        }
    } else if let Outcome::Failed(text) = outcome {
        if state.model == ModelState::Opening {
            not_opened(state, text);
        } else {
            tracing::warn!("a job failed: {text}");
        }
    }
}

/// A model did not open: the one before it is still in use, with its map.
fn not_opened(state: &mut AppState, text: String) {
    match state.sweep.before.take() {
        Some((info, path)) => {
            state.model = ModelState::Ready(info);
            state.sweep.model = path;
            state.sweep.restart = false;
            let for_map = std::mem::take(&mut state.sweep.opening_for_map);
            state.notices.trouble(if for_map {
                format!("The model of this map did not open, so its melodies can be played, kept and exported, but not steered: {text}")
            } else {
                text
            });
        }
        None => state.model = ModelState::Failed(text),
    }
}
