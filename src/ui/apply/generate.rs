//! Exploring around a melody and blending between two.

use std::sync::Arc;

use super::layout::place;
use super::model::submit;
use super::play::{play_melody, play_sequence};
use super::{landmarks, notes, path, timeline_generation};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::playback::StartPosition;
use crate::sweep::{GenerateKind, GenerateRequest, Generated, MAX_BLEND_MELODIES, MelodyId};
use crate::ui::command::GenerateCommand;
use crate::ui::services::Services;
use crate::ui::state::{
    AppState, GeneratedSet, GenerationSource, ReversibleAction, RunningGeneration, Selection,
};
use crate::worker::{Job, JobId};

/// Melodies of the blend whose middle one is a bridge, both ends included.
const BRIDGE_BLEND: u32 = 3;
/// Melodies that are decoded near a block; the first that differs from it becomes its variation.
const VARIATION_CANDIDATES: u32 = 16;
/// Maximum number of melodies of an exploration.
const MAX_COUNT: u32 = 256;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: GenerateCommand) {
    match command {
        GenerateCommand::Explore(id) => explore(state, services, id),
        GenerateCommand::SetCloseness(closeness) if closeness.is_finite() => {
            state.generate.closeness = closeness.clamp(0.0, 1.0);
        }
        GenerateCommand::SetCloseness(_) => {}
        GenerateCommand::SetCount(count) => state.generate.count = count.clamp(1, MAX_COUNT),
        GenerateCommand::BlendFrom(from) => {
            state.generate.blend_from = from;
            if from.is_some() {
                // One tool at a time waits for a click.
                path::end_tool(state);
                state.notes.stop_editing();
                state.analysis.open = false;
            }
        }
        GenerateCommand::Blend(from, to) => blend(state, services, from, to),
        GenerateCommand::SetBlendCount(count) => {
            state.generate.blend_count = count.clamp(2, MAX_BLEND_MELODIES)
        }
        GenerateCommand::SetInterpolation(interpolation) => {
            state.generate.interpolation = interpolation;
        }
        GenerateCommand::PlaySet(set) => play_set(state, services, set),
    }
}

fn explore(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let Some(centre) = state.melodies.latent(id) else {
        return;
    };
    let kind = explore_around(state, centre, state.generate.count);
    start(state, services, kind, GenerationSource::Explore(id));
}

/// New melodies around a point; the closeness of the panel decides how near.
fn explore_around(state: &AppState, centre: LatentPoint, count: u32) -> GenerateKind {
    // Each exploration has its own seed, so that it is new but reproducible.
    let set = u64::from(state.generate.next_set);
    GenerateKind::Explore {
        centre,
        sigma: state.generate.sigma(),
        count,
        seed: state.seed().wrapping_add(set),
    }
}

/// Starts a blend between two melodies of the map.
pub(super) fn blend(state: &mut AppState, services: &mut Services, from: MelodyId, to: MelodyId) {
    let (Some(first), Some(last)) = (state.melodies.latent(from), state.melodies.latent(to)) else {
        return;
    };
    let kind = GenerateKind::Blend {
        from: first,
        to: last,
        count: state.generate.blend_count,
        interpolation: state.generate.interpolation,
        even: true,
    };
    start(state, services, kind, GenerationSource::Blend(from, to));
}

/// Requests a melody between a block of the timeline and the next one.
pub(super) fn bridge(state: &mut AppState, services: &mut Services, index: usize) {
    let Some((block, from, to)) = state.bridge_ends(index) else {
        state.notices.info(
            "A bridge needs two blocks with places on the map of the open model; choose two such blocks, or open their model",
        );
        return;
    };
    let kind = GenerateKind::Blend {
        from,
        to,
        count: BRIDGE_BLEND,
        interpolation: state.generate.interpolation,
        even: true,
    };
    start(state, services, kind, GenerationSource::Bridge(block));
}

/// Requests a melody like that of a block of the timeline.
pub(super) fn vary(state: &mut AppState, services: &mut Services, index: usize) {
    let Some((block, centre)) = state.variation_centre(index) else {
        state.notices.info(
            "A variation needs a block with a place on the map of the open model; choose such a block, or open its model",
        );
        return;
    };
    let kind = explore_around(state, centre, VARIATION_CANDIDATES);
    start(state, services, kind, GenerationSource::Variation(block));
}

fn start(
    state: &mut AppState,
    services: &mut Services,
    kind: GenerateKind,
    source: GenerationSource,
) {
    state.generate.blend_from = None;
    state.generate.error = None;
    let Some(sweep) = state.maps.shown_sweep() else {
        return;
    };
    let set = state.generate.next_set;
    let job = Job::Generate {
        request: GenerateRequest { set, kind },
        weights_hash: state.weights_hash().to_owned(),
    };
    if let Some(job) = submit(state, services, job) {
        // The number is taken when the job starts: several may run at a time.
        state.generate.next_set += 1;
        state
            .generate
            .running
            .push(RunningGeneration { job, sweep, source });
    }
}

/// Receives generated melodies: adds them to their map, and plays them if that is shown.
pub(in crate::ui) fn receive(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    generated: Generated,
) {
    if let Some(song) = &mut state.imported_song
        && song.job == Some(job)
    {
        song.encoded = Some(generated);
        return;
    }
    if landmarks::receive(state, services, job, &generated) {
        return;
    }
    let mut running = state.generate.running.iter();
    let Some(running) = running.find(|running| running.job == job).copied() else {
        return;
    };
    match running.source {
        GenerationSource::Bridge(block) => {
            return timeline_generation::add_bridge(state, services, block, &generated);
        }
        GenerationSource::Variation(block) => {
            return timeline_generation::add_variation(state, services, block, &generated);
        }
        GenerationSource::Encode(id) => {
            return notes::receive(state, services, running.sweep, id, &generated);
        }
        GenerationSource::Explore(_) | GenerationSource::Blend(..) => {}
    }
    let set = generated.set;
    let ids = state.with_map(running.sweep, |state| {
        add(state, running.source, &generated)
    });
    let Some(first) = ids.as_ref().and_then(|ids| ids.first().copied()) else {
        return;
    };
    if state.maps.shown_sweep() != Some(running.sweep) {
        let maps = state.maps();
        let map = maps.iter().find(|map| map.identity.sweep == running.sweep);
        let number = map.map_or(0, |map| map.identity.number);
        let text = format!("The melodies that you asked for are on map {number}");
        state.notices.info(text);
        return;
    }
    let added = state.melodies.added_melodies_of_set(set);
    place(state, services, added);
    match running.source {
        GenerationSource::Explore(_) => {
            state.rank_new_sets();
            let first = state.ranked_first(first).unwrap_or(first);
            state.selection = Selection::single(first);
            play_melody(state, services, first);
        }
        GenerationSource::Blend(..) => {
            state.selection = Selection {
                focus: Some(first),
                all: ids.into_iter().flatten().collect(),
            };
            play_set(state, services, set);
        }
        GenerationSource::Bridge(_)
        | GenerationSource::Variation(_)
        | GenerationSource::Encode(_) => {}
    }
}

/// Adds generated melodies to their map and returns their ids; none if a melody they were generated from was removed.
fn add(state: &mut AppState, source: GenerationSource, generated: &Generated) -> Vec<MelodyId> {
    let from = match source {
        GenerationSource::Explore(centre) => vec![centre],
        GenerationSource::Blend(from, to) => vec![from, to],
        GenerationSource::Bridge(_)
        | GenerationSource::Variation(_)
        | GenerationSource::Encode(_) => Vec::new(),
    };
    let ids: Vec<MelodyId> = generated.melodies.iter().map(|melody| melody.id).collect();
    if ids.is_empty() || from.iter().any(|id| state.melodies.get(*id).is_none()) {
        return Vec::new();
    }
    let hash = state.weights_hash().to_owned();
    state.push_undo(Some(ReversibleAction::RemoveGenerated(generated.set)));
    let set = GeneratedSet::new(generated.method, &generated.melodies, from, hash);
    state.melodies.add_generated_set(generated.set, set);
    ids
}

/// Plays the melodies of a set one after another.
fn play_set(state: &mut AppState, services: &mut Services, number: u32) {
    let mut sets = state.melodies.generated_sets();
    let Some((_, set)) = sets.find(|(set_number, _)| *set_number == number) else {
        return;
    };
    let sequence: Vec<(MelodyId, Arc<Melody>)> = set
        .entries
        .iter()
        .map(|entry| (entry.id, Arc::clone(&entry.melody)))
        .collect();
    drop(sets);
    let Some(steps) = sequence.first().map(|(_, melody)| melody.steps()) else {
        return;
    };
    let piece = Arc::new(Melody::joined(sequence.iter().map(|(_, melody)| &**melody)));
    play_sequence(
        state,
        services,
        piece,
        sequence,
        steps,
        StartPosition::default(),
    );
}
