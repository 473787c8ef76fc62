//! Exploring around a melody and blending between two.

use std::sync::Arc;

use super::Services;
use super::listening::hand_over_way;
use super::making::submit;
use crate::melody::Melody;
use crate::playback::Entry;
use crate::sweep::{GenerateKind, GenerateRequest, Generated, MAX_BLEND_STEPS, MelodyId};
use crate::ui::command::GenerateCommand;
use crate::ui::state::{AppState, GeneratedSet, Pending, RunningGeneration, Selection, Undone};
use crate::worker::{Job, JobId};

/// Most melodies explored at a time.
const MOST: u32 = 256;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: GenerateCommand) {
    match command {
        GenerateCommand::Explore(id) => explore(state, services, id),
        GenerateCommand::SetCloseness(closeness) if closeness.is_finite() => {
            state.making.closeness = closeness.clamp(0.0, 1.0);
        }
        GenerateCommand::SetCloseness(_) => {}
        GenerateCommand::SetCount(count) => state.making.count = count.clamp(1, MOST),
        GenerateCommand::BlendFrom(from) => state.making.blend_from = from,
        GenerateCommand::Blend(from, to) => blend(state, services, from, to),
        GenerateCommand::SetSteps(steps) => state.making.steps = steps.clamp(2, MAX_BLEND_STEPS),
        GenerateCommand::SetInterpolation(way) => state.making.way = way,
        GenerateCommand::PlaySet(set) => play_way(state, services, set),
    }
}

fn explore(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let Some(centre) = state.library.latent(id) else {
        return;
    };
    let seed = state
        .library
        .plan()
        .map_or(state.sweep.form.seed, |plan| plan.config.seed);
    let kind = GenerateKind::Explore {
        centre,
        sigma: state.making.sigma(),
        count: state.making.count,
        // Each exploration draws anew, and the same steps give the same melodies.
        seed: seed.wrapping_add(u64::from(state.making.sets)),
    };
    start(state, services, kind, Pending::Explore(id));
}

/// Starts a blend between two melodies of the map.
pub(super) fn blend(state: &mut AppState, services: &mut Services, from: MelodyId, to: MelodyId) {
    let (Some(first), Some(last)) = (state.library.latent(from), state.library.latent(to)) else {
        return;
    };
    let kind = GenerateKind::Blend {
        from: first,
        to: last,
        steps: state.making.steps,
        way: state.making.way,
        even: true,
    };
    start(state, services, kind, Pending::Blend(from, to));
}

fn start(state: &mut AppState, services: &mut Services, kind: GenerateKind, pending: Pending) {
    state.making.blend_from = None;
    state.making.trouble = None;
    let Some(sweep) = state.maps.shown.as_ref().map(|map| map.sweep) else {
        return;
    };
    let request = GenerateRequest {
        set: state.making.sets,
        kind,
    };
    let weights_hash = state.weights_hash().to_owned();
    let job = Job::Generate {
        request,
        weights_hash,
    };
    if let Some(job) = submit(state, services, job) {
        // A number is taken once asked for: two jobs may be under way.
        state.making.sets += 1;
        state.making.running.push(RunningGeneration {
            job,
            sweep,
            pending,
        });
    }
}

/// Takes melodies that the model has made.
pub(in crate::ui) fn take(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    made: Generated,
) {
    if let Some(own) = &mut state.own
        && own.job == Some(job)
    {
        own.measured = Some(made);
        return;
    }
    let mut running = state.making.running.iter();
    let Some(make) = running.find(|make| make.job == job).copied() else {
        return;
    };
    let set = made.set;
    let ids = state.with_map(make.sweep, |state| add(state, make.pending, &made));
    let Some(first) = ids.as_ref().and_then(|ids| ids.first().copied()) else {
        return;
    };
    let shown = state.maps.shown.as_ref().map(|map| map.sweep);
    if shown != Some(make.sweep) {
        let map = state.maps();
        let map = map.iter().find(|map| map.identity.sweep == make.sweep);
        let number = map.map_or(0, |map| map.identity.number);
        let text = format!("The melodies that you asked for are on map {number}");
        state.notices.note(text);
        return;
    }
    super::place(services, state.library.later_of_made(set));
    match make.pending {
        Pending::Explore(_) => {
            state.selection = Selection::one(first);
            super::listening::play_entry(state, services, first);
        }
        Pending::Blend(..) => {
            state.selection = Selection {
                focus: Some(first),
                all: ids.into_iter().flatten().collect(),
            };
            play_way(state, services, set);
        }
    }
}

/// Adds melodies to the map that they were asked for on; returns their names.
fn add(state: &mut AppState, pending: Pending, made: &Generated) -> Vec<MelodyId> {
    let from = match pending {
        Pending::Explore(centre) => vec![centre],
        Pending::Blend(from, to) => vec![from, to],
    };
    let ids: Vec<MelodyId> = made.melodies.iter().map(|melody| melody.id).collect();
    // What it was made from may have been taken back meanwhile.
    if ids.is_empty() || from.iter().any(|id| state.library.get(*id).is_none()) {
        return Vec::new();
    }
    let hash = state.weights_hash().to_owned();
    state.remember(Some(Undone::Generated(made.set)));
    state.library.add_made(
        made.set,
        GeneratedSet::new(made.by, &made.melodies, from, hash),
    );
    ids
}

/// Plays the melodies of a set one after another, as one.
fn play_way(state: &mut AppState, services: &mut Services, set: u32) {
    let Some((_, way)) = state.library.made().find(|(number, _)| *number == set) else {
        return;
    };
    let parts: Vec<(MelodyId, Arc<Melody>)> = way
        .entries
        .iter()
        .map(|entry| (entry.id, Arc::clone(&entry.melody)))
        .collect();
    let Some(each) = parts.first().map(|(_, melody)| melody.steps()) else {
        return;
    };
    let piece = Arc::new(Melody::joined(parts.iter().map(|(_, melody)| &**melody)));
    hand_over_way(state, services, piece, parts, each, Entry::default());
}
