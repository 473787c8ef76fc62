//! Steering: starting a search, and taking what it finds while it runs.

use std::collections::HashSet;
use std::sync::Arc;

use super::layout::place;
use super::model::submit;
use super::play::play_melody;
use super::taste::audition_first;
use crate::attributes::ATTRIBUTES;
use crate::melody::Melody;
use crate::statistics::quantiles;
use crate::sweep::{
    MelodyId, SteerGoals, SteerOrigin, SteerOutcome, SteerRequest, SteerRound, SteerSource,
    Steered, SteeredMelody,
};
use crate::ui::options::SearchScope;
use crate::ui::services::Services;
use crate::ui::state::{
    AppState, FinishedSteer, RemovedSteer, RunningSteer, Selection, SteerResult, SteerSettings,
    UndoAction, is_in_scale, steer_description, steer_name,
};
use crate::worker::{AddedMelody, Job, JobId, Outcome};

/// Starts a steer, or schedules it for the end of the running sweep. It takes the place of one that still searches.
pub(super) fn start(state: &mut AppState, services: &mut Services) {
    state.steer.error = None;
    state.steer.highlighted = true;
    state.steer.waiting = state.is_sweeping();
    if state.steer.waiting {
        return;
    }
    let request = match request(state) {
        Ok(request) => request,
        Err(text) => {
            state.steer.error = Some(text.to_owned());
            return;
        }
    };
    let Some(sweep) = state.maps.shown_sweep() else {
        return;
    };
    withdraw(state, services);
    let source = request.source().and_then(|_| state.steer_source());
    let like = source.map(|id| state.title(id));
    let (number, scale) = (request.number, request.scale);
    let (goals, like) = (request.goals.clone(), like.as_deref());
    let name = steer_name(&goals, scale, like);
    let description = steer_description(&goals, scale, like, state.steer.keep);
    if let Some(job) = submit(state, services, Job::Steer { sweep, request }) {
        state.steer.steers += 1;
        state.steer.progress = None;
        state.steer.running = Some(RunningSteer {
            job,
            number,
            goals,
            scale,
            name,
            description,
            source,
            begun: false,
            decoded: false,
        });
    }
}

/// What is asked of the search, or why nothing can be.
fn request(state: &AppState) -> Result<SteerRequest, &'static str> {
    if state.melodies.decoded() == 0 {
        return Err("there are no melodies to steer by yet; start a new sweep first");
    }
    let goals = state.steer_goals();
    let from = match state.steer.scope {
        SearchScope::Anywhere if !state.asks_for_something() => {
            return Err("nothing is asked for; move a slider, hold one or choose a key");
        }
        SearchScope::Anywhere => SteerOrigin::Anywhere,
        SearchScope::LikeSelected => {
            let source = source(state);
            SteerOrigin::Like(source.ok_or("no melody is selected; select one on the map")?)
        }
    };
    let temperature = state.steer.temperature;
    Ok(SteerRequest {
        goals,
        from,
        scale: state.steer.scale,
        except: known(state),
        count: state.settings.steer_count,
        // Each steer has a seed of its own, and the same steps give the same melodies.
        seed: state.seed().wrapping_add(u64::from(state.steer.steers) + 1),
        temperature: temperature.unwrap_or_else(|| state.sweep_temperature()),
        number: state.steer.steers,
        ..SteerRequest::default()
    })
}

/// Melodies that are not new: those of the steers that have finished, and the selected one, which values may be held at.
fn known(state: &AppState) -> Vec<Arc<Melody>> {
    let finished = state.steer.finished.iter().map(|steer| steer.number);
    let finished: HashSet<u32> = finished.collect();
    let steered = state.melodies.steered().filter(
        |entry| matches!(entry.id, MelodyId::Steered { steer, .. } if finished.contains(&steer)),
    );
    let selected = state.selection.focus.and_then(|id| state.melodies.get(id));
    let entries = steered.chain(selected);
    entries.map(|entry| Arc::clone(&entry.melody)).collect()
}

fn source(state: &AppState) -> Option<SteerSource> {
    let id = state.steer_source()?;
    Some(SteerSource {
        latent: state.melodies.latent(id)?,
        melody: state.melodies.get(id)?.melody.clone(),
        closeness: state.steer.closeness,
        keep: state.steer.keep,
    })
}

/// Ends the search that is running, and removes what it has found so far.
fn withdraw(state: &mut AppState, services: &mut Services) {
    if let Some(running) = state.steer.running.take() {
        if let Some(worker) = services.worker.as_ref() {
            worker.cancel(running.job);
        }
        remove_unfinished(state, running.number);
    }
}

/// Removes the melodies of a search that did not end, with their step to undo.
fn remove_unfinished(state: &mut AppState, number: u32) {
    let is_of = |action: &Option<UndoAction>| matches!(action, Some(UndoAction::RemoveSteer(n, _)) if *n == number);
    let Some(index) = state.undo.iter().rposition(|step| is_of(&step.action)) else {
        return;
    };
    let step = state.undo.remove(index);
    if let Some(UndoAction::RemoveSteer(_, settings)) = step.action {
        state.steer.settings_before = *settings;
    }
    state.melodies.remove_steered(number);
    let focus = state.selection.focus;
    if focus.is_some_and(|id| state.melodies.get(id).is_none()) {
        state.selection = step.selection;
    }
    state.deselect_missing();
}

/// Undoes a steer: removes its melodies and restores what the panel asked for. Returns what was removed.
pub(super) fn remove(
    state: &mut AppState,
    services: &mut Services,
    number: u32,
    settings: SteerSettings,
) -> RemovedSteer {
    let running = state.steer.running.take_if(|steer| steer.number == number);
    if let (Some(running), Some(worker)) = (running, services.worker.as_ref()) {
        worker.cancel(running.job);
        state.steer.progress = None;
    }
    let finished = &mut state.steer.finished;
    let ended = finished.iter().position(|one| one.number == number);
    let finished = ended.map(|index| finished.remove(index));
    let name = state.melodies.steer_name(number).unwrap_or_default();
    let removed = RemovedSteer {
        number,
        name: name.to_owned(),
        settings: state.steer.settings(),
        melodies: state.melodies.remove_steered(number),
        finished,
    };
    state.steer.restore(settings);
    removed
}

/// Adds the melodies of an undone steer again, as far as its search had come.
pub(super) fn restore(state: &mut AppState, services: &mut Services, removed: RemovedSteer) {
    let RemovedSteer {
        number,
        name,
        melodies,
        settings,
        finished,
    } = removed;
    let added = state.melodies.set_steered(number, &name, melodies);
    place(state, services, added);
    state.steer.finished.extend(finished);
    state.steer.restore(settings);
}

/// Takes a round of the running search: its melodies appear on the map, and later ones replace them.
pub(in crate::ui) fn receive_round(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    round: SteerRound,
) {
    show(state, services, job, round.melodies, |_| {});
}

/// Takes the result of a search.
pub(in crate::ui) fn receive(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    mut result: Steered,
) {
    let melodies = std::mem::take(&mut result.entries);
    let found = melodies.clone();
    let is_shown = state.steered_map(job) == state.maps.shown_sweep();
    show(state, services, job, melodies, |state| {
        finish(state, &result, &found);
    });
    if is_shown {
        audition_first(state, services);
    }
}

/// Puts melodies of a search on its map, and applies `then` to that map. If the map is shown and melodies are auditioned, the
/// first of the first ones, by taste if that is known, is selected and played, and played again when a better one takes its place.
fn show(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    melodies: Vec<SteeredMelody>,
    then: impl FnOnce(&mut AppState),
) {
    let Some(sweep) = state.steered_map(job) else {
        return;
    };
    let preferred = preferred(state, &melodies);
    let added = state.with_map(sweep, |state| {
        let added = add(state, melodies);
        then(state);
        added
    });
    let (Some(Some((changed, begins))), true) = (added, state.maps.shown_sweep() == Some(sweep))
    else {
        return;
    };
    let Some(running) = &state.steer.running else {
        return;
    };
    let nearest = MelodyId::Steered {
        steer: running.number,
        index: 0,
    };
    let first = preferred.unwrap_or(nearest);
    let source = running.source;
    let is_first_new = changed.iter().any(|added| added.entry.id == first);
    place(state, services, changed);
    if begins && is_first_new && state.settings.audition {
        state.selection = Selection::single(first);
        state.steer.auditioned = Some((first, source));
        play_melody(state, services, first);
    } else if is_first_new
        && state.selection.focus == Some(first)
        && state.playback.playhead.playing
    {
        play_melody(state, services, first);
    }
}

/// The melody of the running search that is auditioned, or, of the first ones, that is to be by the user's taste.
fn preferred(state: &AppState, melodies: &[SteeredMelody]) -> Option<MelodyId> {
    let running = state.steer.running.as_ref()?;
    if !running.begun {
        return state.preferred_of(&running.goals, melodies);
    }
    let (auditioned, _) = state.steer.auditioned?;
    let is_of = |id| matches!(id, MelodyId::Steered { steer, .. } if steer == running.number);
    is_of(auditioned).then_some(auditioned)
}

/// Adds melodies to the map that is searched. Returns those that are new or changed, and whether they are the first ones.
fn add(state: &mut AppState, melodies: Vec<SteeredMelody>) -> Option<(Vec<AddedMelody>, bool)> {
    let running = state.steer.running.as_mut()?;
    if melodies.is_empty() {
        return None;
    }
    let begins = !std::mem::replace(&mut running.begun, true);
    running.decoded |= melodies.iter().any(|melody| melody.in_sweep.is_none());
    let (steer, name) = (running.number, running.name.clone());
    if begins {
        let settings = state.steer.settings();
        let before = std::mem::replace(&mut state.steer.settings_before, settings);
        state.push_undo(Some(UndoAction::RemoveSteer(steer, Box::new(before))));
    }
    let melodies = melodies
        .into_iter()
        .map(|melody| AddedMelody {
            entry: melody.entry(),
            latent: melody.latent,
        })
        .collect();
    Some((state.melodies.set_steered(steer, &name, melodies), begins))
}

/// Notes what came of the search.
fn finish(state: &mut AppState, result: &Steered, melodies: &[SteeredMelody]) {
    let Some(running) = &state.steer.running else {
        return;
    };
    let results = result.outcomes.iter();
    let results = results.filter_map(|outcome| shown_result(outcome, melodies));
    let mut goals = SteerGoals::free();
    for outcome in &result.outcomes {
        goals.set(outcome.attribute, outcome.goal);
    }
    let scale = running.scale;
    let within = melodies
        .iter()
        .filter(|melody| goals.are_met(&melody.attributes, 1.0));
    let in_scale = melodies
        .iter()
        .filter(|melody| scale.is_none_or(|scale| is_in_scale(&melody.melody, scale)));
    let finished = FinishedSteer {
        number: running.number,
        scale,
        results: results.collect(),
        within: within.count(),
        in_scale: in_scale.count(),
        count: melodies.len(),
        description: running.description.clone(),
        goals,
    };
    state.steer.finished.push(finished);
}

fn shown_result(outcome: &SteerOutcome, melodies: &[SteeredMelody]) -> Option<SteerResult> {
    let scale = ATTRIBUTES.get(outcome.attribute)?.to_display_unit;
    let values = melodies.iter();
    let values = values.filter_map(|melody| melody.attributes.value(outcome.attribute));
    let shown: Vec<f64> = values.map(scale).collect();
    let quartiles = quantiles(&shown, &[0.0, 0.25, 0.5, 0.75, 1.0])?;
    Some(SteerResult {
        attribute: outcome.attribute,
        target: scale(outcome.goal.value()?),
        mean: scale(outcome.mean),
        sd: (scale(outcome.sd) - scale(0.0)).abs(),
        quartiles: quartiles.try_into().ok()?,
        within: (outcome.within? * melodies.len() as f64).round() as usize,
    })
}

/// Ends the running steer of the shown map. What a stopped one has decoded stays.
pub(in crate::ui) fn end(state: &mut AppState, outcome: Outcome) {
    let running = state.steer.running.take();
    state.steer.progress = None;
    if let Some(running) = running
        && outcome != Outcome::Finished
        && !running.decoded
    {
        remove_unfinished(state, running.number);
    }
    if let Outcome::Failed(text) = outcome {
        state.steer.error = Some(text);
    }
}

/// Fits an attribute in the background, to show the quality of the fit.
pub(in crate::ui) fn fit(state: &mut AppState, services: &mut Services, attribute: usize) {
    if let Some(sweep) = state.maps.shown_sweep() {
        submit(state, services, Job::Fit { sweep, attribute });
    }
}
