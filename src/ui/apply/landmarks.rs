//! Landmarks: reading the melodies that the open model has learnt from, encoding them, and placing them on its map.

use std::sync::Arc;

use super::layout;
use super::model::submit;
use crate::attributes::AttributeRow;
use crate::session::LearntMelody;
use crate::sweep::{GenerateKind, GenerateRequest, Generated};
use crate::ui::command::LandmarkCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, GeneratedSet, ImportedVersions, ModelState, RunningLandmarks};
use crate::wording::count_with_noun;
use crate::worker::{Job, JobId, Outcome};

/// Maximum number of landmarks of a map: more would cover the melodies between them.
const MAX_LANDMARKS: usize = 200;

pub(super) fn apply(state: &mut AppState, command: LandmarkCommand) {
    match command {
        LandmarkCommand::Show(shown) => {
            state.settings.show_landmarks = shown;
            state.melodies.show_landmarks(shown);
        }
    }
}

/// Reads the melodies of a model that was opened, and places them on its map once the sweep is decoded and laid out.
pub(in crate::ui) fn refresh(state: &mut AppState, services: &mut Services) {
    read_learnt(state, services);
    // Each map of the session may have been shown with another setting.
    state.melodies.show_landmarks(state.settings.show_landmarks);
    request(state, services);
}

/// Starts to read the melodies of the open model if it has changed, and takes them when they are read.
fn read_learnt(state: &mut AppState, services: &mut Services) {
    let Some(info) = state.model.info() else {
        return;
    };
    let path = state.sweep.weights_path.clone();
    let model = Some((info.weights_hash.clone(), path.clone()));
    if state.landmarks.requested != model {
        state.landmarks.requested = model;
        state.landmarks.learnt = None;
        services.learning.read_learnt(path.as_deref());
    }
    match services.learning.take_learnt() {
        None => {}
        Some(Err(text)) => state.notices.error(text),
        Some(Ok(learnt)) => {
            let hash = state.model.info().map(|info| info.weights_hash.as_str());
            // The file may be that of a model of the same name that was replaced.
            let learnt = learnt.filter(|known| Some(known.learnt.weights_hash.as_str()) == hash);
            state.landmarks.learnt = learnt.map(Arc::new);
        }
    }
}

/// Has the melodies encoded, if the shown map is that of the open model and has no landmarks yet.
fn request(state: &mut AppState, services: &mut Services) {
    let (Some(known), Some(sweep)) = (&state.landmarks.learnt, state.maps.shown_sweep()) else {
        return;
    };
    let Some(info) = state.model.info().filter(|info| info.has_encoder) else {
        return;
    };
    let is_ready = state.can_decode()
        && state.sweep.running.is_none()
        && state.layout.layout_progress.is_none()
        && state.melodies.decoded_count() > 0;
    let is_due = state.landmarks.running.is_none()
        && state.landmarks.attempted != Some(sweep)
        && state.melodies.landmark_count() == 0;
    if !is_ready || !is_due {
        return;
    }
    let spread = known.learnt.spread(MAX_LANDMARKS).into_iter();
    let fitting: Vec<&LearntMelody> = spread
        .filter(|known| known.melody.steps() == info.steps)
        .collect();
    let names = fitting.iter().map(|known| known.name.clone()).collect();
    let melodies: Vec<_> = fitting.iter().map(|known| known.melody.clone()).collect();
    state.landmarks.attempted = Some(sweep);
    if melodies.is_empty() {
        return;
    }
    let set = state.generate.next_set;
    let job = Job::Generate {
        request: GenerateRequest {
            set,
            kind: GenerateKind::Encode(melodies),
        },
        weights_hash: state.weights_hash().to_owned(),
    };
    if let Some(job) = submit(state, services, job) {
        state.generate.next_set += 1;
        state.landmarks.running = Some(RunningLandmarks { job, sweep, names });
    }
}

/// Places encoded landmarks on their map; false if this is not their job.
pub(super) fn receive(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    generated: &Generated,
) -> bool {
    let Some(running) = state
        .landmarks
        .running
        .take_if(|running| running.job == job)
    else {
        return false;
    };
    let versions = generated.melodies.iter().zip(&generated.originals);
    let versions = versions.map(|(melody, (original, quality))| ImportedVersions {
        original: (Arc::clone(original), AttributeRow::measure(original)),
        reconstruction: (Arc::clone(&melody.melody), melody.attributes.clone()),
        quality: *quality,
    });
    let versions: Vec<ImportedVersions> = versions.collect();
    let (number, count) = (generated.set, versions.len());
    let (sweep, names) = (running.sweep, running.names);
    state.with_map(sweep, |state| {
        let hash = state.weights_hash().to_owned();
        let set = GeneratedSet {
            is_landmarks: true,
            ..GeneratedSet::imported(&generated.melodies, names, versions, hash)
        };
        state.melodies.add_generated_set(number, set);
        let reconstructed = state.generate.reconstructed;
        state.melodies.show_reconstructions(reconstructed);
    });
    if state.maps.shown_sweep() == Some(sweep) {
        let added = state.melodies.added_melodies_of_set(number);
        layout::place(state, services, added);
        let known = state.landmarks.learnt.as_ref();
        let total = known.map_or(count, |known| known.learnt.melodies.len());
        state.notices.info(placed_text(count, total));
    }
    true
}

/// Says how many of the user's melodies are on the map.
fn placed_text(count: usize, total: usize) -> String {
    if count < total {
        format!("{count} of your {total} melodies are on the map, taken evenly from all of them")
    } else if count == 1 {
        "Your melody is on the map".to_owned()
    } else {
        format!("Your {} are on the map", count_with_noun(count, "melody"))
    }
}

/// Ends the job of the landmarks; false if it is another job.
pub(in crate::ui) fn end(state: &mut AppState, job: JobId, outcome: &Outcome) -> bool {
    let running = &mut state.landmarks.running;
    if running.take_if(|running| running.job == job).is_none() {
        return false;
    }
    if let Outcome::Failed(text) = outcome {
        let text = format!("Your melodies could not be placed on the map: {text}");
        state.notices.error(text);
    } else if state.model == ModelState::Opening {
        // They are encoded again once the model is open on the other device.
        state.landmarks.attempted = None;
    }
    true
}
