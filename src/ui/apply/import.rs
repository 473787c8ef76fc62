//! Importing melodies: opening a song, choosing excerpts, placing them on the map.

use std::sync::Arc;

use super::layout;
use super::model::submit;
use super::play::{play, play_melody};
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::sweep::{GenerateKind, GenerateMethod, GenerateRequest, GeneratedMelody, MelodyId};
use crate::ui::command::ImportCommand;
use crate::ui::services::Services;
use crate::ui::song::{LoadedSong, SongRequest};
use crate::ui::state::{
    AppState, GeneratedSet, ImportedSong, ImportedVersions, ReversibleAction, Selection,
    SongReading,
};
use crate::worker::Job;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: ImportCommand) {
    match command {
        ImportCommand::ChooseFile => {
            if model_steps(state).is_some() {
                let folder = state.settings.open_folder.as_deref();
                services.exporter.choose_song(folder);
            }
        }
        ImportCommand::Open(path) => {
            if let Some(steps) = model_steps(state) {
                read_song(state, services, SongRequest::File(path), steps);
            }
        }
        ImportCommand::SetPart(part) => {
            if let (Some(steps), Some(song)) = (model_steps(state), &state.imported_song) {
                let (midi, parts) = (Arc::clone(&song.midi), Arc::clone(&song.parts));
                let request = SongRequest::Part(song.path.clone(), midi, parts, part);
                read_song(state, services, request, steps);
            }
        }
        ImportCommand::SetExcerpts(excerpts) => {
            if let Some(song) = &mut state.imported_song {
                song.chosen = excerpts
                    .into_iter()
                    .filter(|excerpt| *excerpt < song.imported.excerpts.len())
                    .collect();
            }
        }
        ImportCommand::ShowExcerpt(excerpt) => {
            if let Some(song) = &mut state.imported_song {
                song.shown = excerpt.min(song.imported.excerpts.len().saturating_sub(1));
            }
        }
        ImportCommand::Play {
            excerpt,
            reconstructed,
        } => play_excerpt(state, services, excerpt, reconstructed),
        ImportCommand::Place => place(state, services),
        ImportCommand::Close => close(state, services),
        ImportCommand::CancelReading => state.song_reading = None,
        ImportCommand::ShowReconstructions(on) => {
            state.generate.reconstructed = on;
            state.melodies.show_reconstructions(on);
            if let Some(id) = state.selection.focus {
                play_melody(state, services, id);
            }
        }
    }
}

/// Number of steps of the model's melodies; a notice says what to do if no model is open.
fn model_steps(state: &mut AppState) -> Option<usize> {
    let steps = state.model.info().map(|info| info.steps);
    if steps.is_none() {
        state.notices.error(
            "a melody needs an open model to be encoded; wait until it is open, or choose one",
        );
    }
    steps
}

/// Reads a song in the background, in place of one that is being read.
fn read_song(state: &mut AppState, services: &mut Services, request: SongRequest, steps: usize) {
    let name = request.name();
    let request = services.exporter.read_song(request, steps);
    state.song_reading = Some(SongReading { request, name });
}

/// Opens a song that was read, unless that was cancelled or another one was requested since, and encodes all its excerpts to
/// show the quality of their reconstruction.
pub(in crate::ui) fn receive_song(
    state: &mut AppState,
    services: &mut Services,
    request: u64,
    song: Result<Box<LoadedSong>, String>,
) {
    if state
        .song_reading
        .take_if(|reading| reading.request == request)
        .is_none()
    {
        return;
    }
    let song = match song {
        Ok(song) => *song,
        Err(text) => {
            state.notices.error(text);
            return;
        }
    };
    close(state, services);
    let excerpts = &song.imported.excerpts;
    let melodies: Vec<Melody> = excerpts
        .iter()
        .map(|excerpt| excerpt.melody.clone())
        .collect();
    let chosen = song
        .imported
        .non_overlapping_indices()
        .take(MAX_PRESELECTED)
        .collect();
    let request = GenerateRequest {
        set: state.generate.next_set,
        kind: GenerateKind::Encode(melodies),
    };
    let weights_hash = state.model.info().map(|info| info.weights_hash.clone());
    let job = Job::Generate {
        request,
        weights_hash: weights_hash.unwrap_or_default(),
    };
    let job = submit(state, services, job);
    state.imported_song = Some(ImportedSong {
        path: song.path,
        midi: song.midi,
        parts: song.parts,
        part: song.part,
        imported: song.imported,
        chosen,
        shown: 0,
        encoded: None,
        job,
        progress: 0.0,
        error: None,
    });
}

/// Number of excerpts that are chosen when a song opens: so many names fit on the map.
const MAX_PRESELECTED: usize = 8;

fn close(state: &mut AppState, services: &mut Services) {
    // A playing excerpt is part of the song only: without it, it cannot be kept.
    if state.playback.plays_song() {
        services.player.stop();
        state.playback.playhead = services.player.playhead();
    }
    state.playback.forget_song();
    if let (Some(song), Some(worker)) = (state.imported_song.take(), &services.worker)
        && let Some(job) = song.job
    {
        worker.cancel(job);
    }
}

fn play_excerpt(
    state: &mut AppState,
    services: &mut Services,
    excerpt: usize,
    reconstructed: bool,
) {
    let Some(song) = &state.imported_song else {
        return;
    };
    let encoded = song.encoded.as_ref();
    let melody = if reconstructed {
        encoded
            .and_then(|encoded| encoded.melodies.get(excerpt))
            .map(|melody| Arc::clone(&melody.melody))
    } else {
        // The same melody each time, so that its roll shows the playhead.
        encoded
            .and_then(|encoded| encoded.originals.get(excerpt))
            .map(|(melody, _)| Arc::clone(melody))
            .or_else(|| {
                Some(Arc::new(
                    song.imported.excerpts.get(excerpt)?.melody.clone(),
                ))
            })
    };
    if let Some(melody) = melody {
        play(state, services, melody, None, Vec::new());
    }
}

/// Places the chosen excerpts on the map as one set, and selects the first.
fn place(state: &mut AppState, services: &mut Services) {
    if state.melodies.plan().is_none() {
        state
            .notices
            .error("there is no map yet to place melodies on; start a sweep first");
        return;
    }
    // When another model opens, the song is read again for it: its latent points are those of the model before.
    if !state.can_decode() || state.song_reading.is_some() {
        state
            .notices
            .info("The song is being encoded for the model of this map; try again in a moment");
        return;
    }
    let Some(song) = &state.imported_song else {
        return;
    };
    let Some(encoded) = &song.encoded else { return };
    let set = state.generate.next_set;
    let name = song.name();
    let (mut melodies, mut names, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for excerpt in &song.chosen {
        let (Some(melody), Some((original, quality)), Some(excerpt_info)) = (
            encoded.melodies.get(*excerpt),
            encoded.originals.get(*excerpt),
            song.imported.excerpts.get(*excerpt),
        ) else {
            continue;
        };
        names.push(format!("{name}, {}", excerpt_info.bars_text()));
        versions.push(ImportedVersions {
            original: (Arc::clone(original), AttributeRow::measure(original)),
            reconstruction: (Arc::clone(&melody.melody), melody.attributes.clone()),
            quality: *quality,
        });
        melodies.push(GeneratedMelody {
            id: MelodyId::Generated {
                method: GenerateMethod::Imported,
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
    state.generate.next_set += 1;
    state.push_undo(Some(ReversibleAction::RemoveGenerated(set)));
    let imported = GeneratedSet::imported(&melodies, names, versions, hash);
    state.melodies.add_generated_set(set, imported);
    let added = state.melodies.added_melodies_of_set(set);
    layout::place(state, services, added);
    state.generate.reconstructed = false;
    state.melodies.show_reconstructions(false);
    close(state, services);
    state.selection = Selection::single(first);
    play_melody(state, services, first);
}
