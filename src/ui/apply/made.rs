//! Exploring around a melody and blending between two.

use std::sync::Arc;

use super::Services;
use super::listening::hand_over_way;
use super::making::submit;
use crate::melody::Melody;
use crate::playback::Entry;
use crate::sweep::{MOST_STEPS, Made, Make, MakeRequest, MelodyId};
use crate::ui::command::MakeCommand;
use crate::ui::state::{AppState, MadeSet, Pending, Selection, Undone};
use crate::worker::{Job, JobId};

/// Most melodies explored at a time.
const MOST: u32 = 256;

pub(super) fn apply(state: &mut AppState, services: &mut Services, wish: MakeCommand) {
    match wish {
        MakeCommand::Explore(id) => explore(state, services, id),
        MakeCommand::SetCloseness(closeness) if closeness.is_finite() => {
            state.making.closeness = closeness.clamp(0.0, 1.0);
        }
        MakeCommand::SetCloseness(_) => {}
        MakeCommand::SetCount(count) => state.making.count = count.clamp(1, MOST),
        MakeCommand::BlendFrom(from) => state.making.blend_from = from,
        MakeCommand::Blend(from, to) => blend(state, services, from, to),
        MakeCommand::SetSteps(steps) => state.making.steps = steps.clamp(2, MOST_STEPS),
        MakeCommand::SetWay(way) => state.making.way = way,
        MakeCommand::PlayWay(set) => play_way(state, services, set),
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
    let what = Make::Around {
        centre,
        sigma: state.making.sigma(),
        count: state.making.count,
        // Each exploration draws anew, and the same steps give the same melodies.
        seed: seed.wrapping_add(u64::from(state.making.sets)),
    };
    start(state, services, what, Pending::Around(id));
}

/// Starts a blend between two melodies of the map.
pub(super) fn blend(state: &mut AppState, services: &mut Services, from: MelodyId, to: MelodyId) {
    let (Some(first), Some(last)) = (state.library.latent(from), state.library.latent(to)) else {
        return;
    };
    let what = Make::Between {
        from: first,
        to: last,
        steps: state.making.steps,
        way: state.making.way,
        even: true,
    };
    start(state, services, what, Pending::Between(from, to));
}

fn start(state: &mut AppState, services: &mut Services, what: Make, pending: Pending) {
    state.making.blend_from = None;
    state.making.trouble = None;
    let request = MakeRequest {
        set: state.making.sets,
        what,
    };
    if let Some(id) = submit(state, services, Job::Make(request)) {
        // A number is taken once asked for: two jobs may be under way.
        state.making.sets += 1;
        state.making.running.push((id, pending));
    }
}

/// Takes melodies that the model has made.
pub(in crate::ui) fn take(state: &mut AppState, services: &mut Services, job: JobId, made: Made) {
    if let Some(own) = &mut state.own
        && own.job == Some(job)
    {
        own.measured = Some(made);
        return;
    }
    let running = state.making.running.iter();
    let Some((_, pending)) = running.copied().find(|(id, _)| *id == job) else {
        return;
    };
    let from = match pending {
        Pending::Around(centre) => vec![centre],
        Pending::Between(from, to) => vec![from, to],
    };
    // What it was made from may have been taken back meanwhile.
    if from.iter().any(|id| state.library.get(*id).is_none()) {
        return;
    }
    let hash = state
        .model
        .info()
        .map(|info| info.weights_hash.clone())
        .unwrap_or_default();
    let ids: Vec<MelodyId> = made.melodies.iter().map(|melody| melody.id).collect();
    let Some(first) = ids.first().copied() else {
        return;
    };
    state.remember(Some(Undone::Made(made.set)));
    state
        .library
        .add_made(made.set, MadeSet::new(made.by, &made.melodies, from, hash));
    super::place(services, state.library.later_of_made(made.set));
    match pending {
        Pending::Around(_) => {
            state.selection = Selection::one(first);
            super::listening::play_entry(state, services, first);
        }
        Pending::Between(..) => {
            state.selection = Selection {
                focus: Some(first),
                all: ids.into_iter().collect(),
            };
            play_way(state, services, made.set);
        }
    }
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
