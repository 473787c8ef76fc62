//! Steering: starting a search, and showing its melodies while it runs.

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
    AppState, FinishedSteer, RemovedSteer, ReversibleAction, RunningSteer, Selection, SteerResult,
    SteerSettings, is_in_scale, steer_description, steer_name,
};
use crate::worker::{AddedMelody, Job, JobId, Outcome};

/// Starts a steer, or schedules it for the end of the running sweep. A steer that still searches is cancelled.
pub(super) fn start(state: &mut AppState, services: &mut Services) {
    state.steer.error = None;
    state.steer.highlighted = true;
    state.steer.starts_after_sweep = state.is_sweeping();
    if state.steer.starts_after_sweep {
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
    cancel_running(state, services);
    let source = request.source().and_then(|_| state.steer_source());
    let source_title = source.map(|id| state.title(id));
    let (number, scale) = (request.number, request.scale);
    let (goals, source_title) = (request.goals.clone(), source_title.as_deref());
    let name = steer_name(&goals, scale, source_title);
    let description = steer_description(&goals, scale, source_title, state.steer.keep);
    if let Some(job) = submit(state, services, Job::Steer { sweep, request }) {
        state.steer.steer_count += 1;
        state.steer.progress = None;
        state.steer.running = Some(RunningSteer {
            job,
            number,
            goals,
            scale,
            name,
            description,
            source,
            has_melodies: false,
            decoded: false,
        });
    }
}

/// The request of a search with the settings of the panel; the error, for the user, says why there is nothing to search.
fn request(state: &AppState) -> Result<SteerRequest, &'static str> {
    if state.melodies.decoded_count() == 0 {
        return Err("there are no melodies to steer by yet; start a new sweep first");
    }
    let goals = state.steer_goals();
    let from = match state.steer.scope {
        SearchScope::Anywhere if !state.asks_for_something() => {
            return Err("nothing is asked for; move a slider, hold one or choose a key");
        }
        SearchScope::Anywhere => SteerOrigin::Anywhere,
        SearchScope::LikeSelected => {
            let source = steer_source(state);
            SteerOrigin::Like(source.ok_or("no melody is selected; select one on the map")?)
        }
    };
    let temperature = state.steer.temperature;
    Ok(SteerRequest {
        goals,
        origin: from,
        scale: state.steer.scale,
        excluded: known_melodies(state),
        count: state.settings.steer_count,
        // Each steer has its own seed, so that it is new but reproducible.
        seed: state
            .seed()
            .wrapping_add(u64::from(state.steer.steer_count) + 1),
        temperature: temperature.unwrap_or_else(|| state.sweep_temperature()),
        number: state.steer.steer_count,
        ..SteerRequest::default()
    })
}

/// Melodies that do not count as new ones: those of the finished steers, and the selected one, whose values may be held.
fn known_melodies(state: &AppState) -> Vec<Arc<Melody>> {
    let finished = state.steer.finished.iter().map(|steer| steer.number);
    let finished: HashSet<u32> = finished.collect();
    let steered = state.melodies.steered().filter(
        |entry| matches!(entry.id, MelodyId::Steered { steer, .. } if finished.contains(&steer)),
    );
    let selected = state.selection.focus.and_then(|id| state.melodies.get(id));
    let entries = steered.chain(selected);
    entries.map(|entry| Arc::clone(&entry.melody)).collect()
}

fn steer_source(state: &AppState) -> Option<SteerSource> {
    let id = state.steer_source()?;
    Some(SteerSource {
        latent: state.melodies.latent(id)?,
        melody: state.melodies.get(id)?.melody.clone(),
        closeness: state.steer.closeness,
        keep: state.steer.keep,
    })
}

/// Cancels the running search, and removes the melodies that it has found so far.
fn cancel_running(state: &mut AppState, services: &mut Services) {
    if let Some(running) = state.steer.running.take() {
        if let Some(worker) = services.worker.as_ref() {
            worker.cancel(running.job);
        }
        remove_unfinished(state, running.number);
    }
}

/// Removes the melodies of a search that did not end, and the undo step that added them.
fn remove_unfinished(state: &mut AppState, number: u32) {
    let is_removal = |action: &Option<ReversibleAction>| matches!(action, Some(ReversibleAction::RemoveSteer(n, _)) if *n == number);
    let Some(index) = state.undo.iter().rposition(|step| is_removal(&step.action)) else {
        return;
    };
    let step = state.undo.remove(index);
    if let Some(ReversibleAction::RemoveSteer(_, settings)) = step.action {
        state.steer.settings_before = *settings;
    }
    state.melodies.remove_steered(number);
    let focus = state.selection.focus;
    if focus.is_some_and(|id| state.melodies.get(id).is_none()) {
        state.selection = step.selection;
    }
    state.deselect_missing();
}

/// Undoes a steer: removes its melodies and restores the earlier `settings` of the panel. Returns what was removed.
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
    let finished_index = finished.iter().position(|steer| steer.number == number);
    let finished = finished_index.map(|index| finished.remove(index));
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

/// Adds the melodies again that an undone steer had found.
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
    let melodies_found = melodies.clone();
    let is_shown = state.sweep_steered_by(job) == state.maps.shown_sweep();
    show(state, services, job, melodies, |state| {
        record_result(state, &result, &melodies_found);
    });
    if is_shown {
        audition_first(state, services);
    }
}

/// Puts melodies of a search on its map, and applies `then` to that map. If the map is shown and new melodies are auditioned,
/// the first melody of the first round, by taste if that is known, is selected and played, and played again when a better one
/// replaces it.
fn show(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    melodies: Vec<SteeredMelody>,
    then: impl FnOnce(&mut AppState),
) {
    let Some(sweep) = state.sweep_steered_by(job) else {
        return;
    };
    let preferred = preferred(state, &melodies);
    let added = state.with_map(sweep, |state| {
        let added = add(state, melodies);
        then(state);
        added
    });
    let (Some(Some((changed_melodies, is_first_round))), true) =
        (added, state.maps.shown_sweep() == Some(sweep))
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
    let is_first_new = changed_melodies.iter().any(|added| added.entry.id == first);
    place(state, services, changed_melodies);
    if is_first_round && is_first_new && state.settings.audition {
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

/// The melody of the running search that is auditioned, or, in the first round, the one that the user's taste prefers.
fn preferred(state: &AppState, melodies: &[SteeredMelody]) -> Option<MelodyId> {
    let running = state.steer.running.as_ref()?;
    if !running.has_melodies {
        return state.preferred_of(&running.goals, melodies);
    }
    let (auditioned, _) = state.steer.auditioned?;
    let is_of = |id| matches!(id, MelodyId::Steered { steer, .. } if steer == running.number);
    is_of(auditioned).then_some(auditioned)
}

/// Adds melodies to the map of the search. Returns those that are new or changed, and whether this is the first round.
fn add(state: &mut AppState, melodies: Vec<SteeredMelody>) -> Option<(Vec<AddedMelody>, bool)> {
    let running = state.steer.running.as_mut()?;
    if melodies.is_empty() {
        return None;
    }
    let is_first_round = !std::mem::replace(&mut running.has_melodies, true);
    running.decoded |= melodies.iter().any(|melody| melody.in_sweep.is_none());
    let (steer, name) = (running.number, running.name.clone());
    if is_first_round {
        let settings = state.steer.settings();
        let before = std::mem::replace(&mut state.steer.settings_before, settings);
        state.push_undo(Some(ReversibleAction::RemoveSteer(steer, Box::new(before))));
    }
    let melodies = melodies
        .into_iter()
        .map(|melody| AddedMelody {
            entry: melody.entry(),
            latent: melody.latent,
        })
        .collect();
    Some((
        state.melodies.set_steered(steer, &name, melodies),
        is_first_round,
    ))
}

/// Records the result of the search.
fn record_result(state: &mut AppState, result: &Steered, melodies: &[SteeredMelody]) {
    let Some(running) = &state.steer.running else {
        return;
    };
    let results = result.outcomes.iter();
    let results = results.filter_map(|outcome| display_result(outcome, melodies));
    let mut goals = SteerGoals::free();
    for outcome in &result.outcomes {
        goals.set(outcome.attribute, outcome.goal);
    }
    let scale = running.scale;
    let matching = melodies
        .iter()
        .filter(|melody| goals.are_met(&melody.attributes, 1.0));
    let in_scale = melodies
        .iter()
        .filter(|melody| scale.is_none_or(|scale| is_in_scale(&melody.melody, scale)));
    let finished = FinishedSteer {
        number: running.number,
        scale,
        results: results.collect(),
        matching_count: matching.count(),
        in_scale: in_scale.count(),
        count: melodies.len(),
        description: running.description.clone(),
        goals,
    };
    state.steer.finished.push(finished);
}

fn display_result(outcome: &SteerOutcome, melodies: &[SteeredMelody]) -> Option<SteerResult> {
    let to_display_unit = ATTRIBUTES.get(outcome.attribute)?.to_display_unit;
    let values = melodies.iter();
    let values = values.filter_map(|melody| melody.attributes.value(outcome.attribute));
    let display_values: Vec<f64> = values.map(to_display_unit).collect();
    let five_number_summary = quantiles(&display_values, &[0.0, 0.25, 0.5, 0.75, 1.0])?;
    Some(SteerResult {
        attribute: outcome.attribute,
        target: to_display_unit(outcome.goal.value()?),
        mean: to_display_unit(outcome.mean),
        sd: (to_display_unit(outcome.sd) - to_display_unit(0.0)).abs(),
        five_number_summary: five_number_summary.try_into().ok()?,
        matching_count: (outcome.fraction_within? * melodies.len() as f64).round() as usize,
    })
}

/// Ends the running steer of the shown map. If it was stopped, the melodies that it has decoded stay.
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
pub(in crate::ui) fn fit_attribute(
    state: &mut AppState,
    services: &mut Services,
    attribute: usize,
) {
    if let Some(sweep) = state.maps.shown_sweep() {
        submit(state, services, Job::Fit { sweep, attribute });
    }
}
