//! A song of one's own: opening it, choosing from it, placing what was chosen.

use std::sync::Arc;

use super::Services;
use super::listening::hand_over;
use super::making::submit;
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::sweep::{GenerateKind, GenerateMethod, GenerateRequest, GeneratedMelody, MelodyId};
use crate::ui::command::ImportCommand;
use crate::ui::song::{SongRead, SongRequest};
use crate::ui::state::{
    AppState, GeneratedSet, ImportedSides, ImportedSong, Reading, Selection, Undone,
};
use crate::worker::Job;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: ImportCommand) {
    match command {
        ImportCommand::Choose => {
            if steps(state).is_some() {
                let folder = state.settings.open_folder.as_deref();
                services.exporter.choose_song(folder);
            }
        }
        ImportCommand::Open(path) => {
            if let Some(steps) = steps(state) {
                read(state, services, SongRequest::File(path), steps);
            }
        }
        ImportCommand::SetPart(part) => {
            if let (Some(steps), Some(own)) = (steps(state), &state.own) {
                let (song, parts) = (Arc::clone(&own.song), Arc::clone(&own.parts));
                let part = SongRequest::Part(own.path.clone(), song, parts, part);
                read(state, services, part, steps);
            }
        }
        ImportCommand::SetWindows(windows) => {
            if let Some(own) = &mut state.own {
                own.chosen = windows
                    .into_iter()
                    .filter(|window| *window < own.imported.windows.len())
                    .collect();
            }
        }
        ImportCommand::Show(window) => {
            if let Some(own) = &mut state.own {
                own.shown = window.min(own.imported.windows.len().saturating_sub(1));
            }
        }
        ImportCommand::Play {
            window,
            reconstructed,
        } => play(state, services, window, reconstructed),
        ImportCommand::Place => place(state, services),
        ImportCommand::Close => close(state, services),
        ImportCommand::CancelReading => state.reading = None,
        ImportCommand::Reconstructed(on) => {
            state.making.reconstructed = on;
            state.library.show_reconstructions(on);
            if let Some(id) = state.selection.focus {
                super::listening::play_entry(state, services, id);
            }
        }
    }
}

/// Steps of the model's melodies; without a model a notice says what to do.
fn steps(state: &mut AppState) -> Option<usize> {
    let steps = state.model.info().map(|info| info.steps);
    if steps.is_none() {
        state.notices.trouble(
            "a melody needs an open model to be encoded; wait until it is open, or choose one",
        );
    }
    steps
}

/// Has a song read in the background. The newest request counts.
fn read(state: &mut AppState, services: &mut Services, song: SongRequest, steps: usize) {
    let name = song.name();
    let request = services.exporter.read_song(song, steps);
    state.reading = Some(Reading { request, name });
}

/// Takes a song that was read, unless that was cancelled or another one was asked for since, and has all its windows
/// encoded to show how well they come back.
pub(in crate::ui) fn take_song(
    state: &mut AppState,
    services: &mut Services,
    request: u64,
    read: Result<Box<SongRead>, String>,
) {
    if state
        .reading
        .take_if(|reading| reading.request == request)
        .is_none()
    {
        return;
    }
    let read = match read {
        Ok(read) => *read,
        Err(text) => {
            state.notices.trouble(text);
            return;
        }
    };
    close(state, services);
    let windows = &read.imported.windows;
    let melodies: Vec<Melody> = windows.iter().map(|window| window.melody.clone()).collect();
    let chosen = read.imported.side_by_side().take(FIRST_CHOICE).collect();
    let request = GenerateRequest {
        set: state.making.sets,
        kind: GenerateKind::Encode(melodies),
    };
    let weights_hash = state.model.info().map(|info| info.weights_hash.clone());
    let job = Job::Generate {
        request,
        weights_hash: weights_hash.unwrap_or_default(),
    };
    let job = submit(state, services, job);
    state.own = Some(ImportedSong {
        path: read.path,
        song: read.song,
        parts: read.parts,
        part: read.part,
        imported: read.imported,
        chosen,
        shown: 0,
        measured: None,
        job,
        progress: 0.0,
        trouble: None,
    });
}

/// Windows chosen at first: what fits on the map without a crowd of names.
const FIRST_CHOICE: usize = 8;

fn close(state: &mut AppState, services: &mut Services) {
    if let (Some(own), Some(worker)) = (state.own.take(), &services.worker)
        && let Some(job) = own.job
    {
        worker.cancel(job);
    }
}

fn play(state: &mut AppState, services: &mut Services, window: usize, reconstructed: bool) {
    let Some(own) = &state.own else { return };
    let measured = own.measured.as_ref();
    let melody = if reconstructed {
        measured
            .and_then(|made| made.melodies.get(window))
            .map(|made| Arc::clone(&made.melody))
    } else {
        // The same melody each time, so that its roll shows the playhead.
        measured
            .and_then(|made| made.originals.get(window))
            .map(|(melody, _)| Arc::clone(melody))
            .or_else(|| Some(Arc::new(own.imported.windows.get(window)?.melody.clone())))
    };
    if let Some(melody) = melody {
        hand_over(state, services, melody, None, None);
    }
}

/// Places the chosen windows on the map as one set, and selects the first.
fn place(state: &mut AppState, services: &mut Services) {
    if state.library.plan().is_none() {
        state
            .notices
            .trouble("there is no map yet to place melodies on; start a sweep first");
        return;
    }
    // While another model opens the song is read once more for it: what was encoded before belongs to the old one.
    if !state.decodes() || state.reading.is_some() {
        state
            .notices
            .note("The song is being encoded for the model of this map; try again in a moment");
        return;
    }
    let Some(own) = &state.own else { return };
    let Some(made) = &own.measured else { return };
    let set = state.making.sets;
    let name = own.name();
    let (mut melodies, mut names, mut sides) = (Vec::new(), Vec::new(), Vec::new());
    for window in &own.chosen {
        let (Some(melody), Some((original, quality)), Some(place)) = (
            made.melodies.get(*window),
            made.originals.get(*window),
            own.imported.windows.get(*window),
        ) else {
            continue;
        };
        names.push(format!("{name}, {}", place.bars_text()));
        sides.push(ImportedSides {
            original: (Arc::clone(original), AttributeRow::measure(original)),
            reconstruction: (Arc::clone(&melody.melody), melody.attributes.clone()),
            quality: *quality,
        });
        melodies.push(GeneratedMelody {
            id: MelodyId::Generated {
                by: GenerateMethod::Imported,
                set,
                index: melodies.len() as u32,
            },
            ..melody.clone()
        });
    }
    let Some(first) = melodies.first().map(|melody| melody.id) else {
        return;
    };
    let hash = state.weights_hash().to_owned();
    state.making.sets += 1;
    state.remember(Some(Undone::Generated(set)));
    state
        .library
        .add_made(set, GeneratedSet::own(&melodies, names, sides, hash));
    super::place(services, state.library.later_of_made(set));
    state.making.reconstructed = false;
    state.library.show_reconstructions(false);
    close(state, services);
    state.selection = Selection::one(first);
    state.settings.hint_done = true;
    super::listening::play_entry(state, services, first);
}
