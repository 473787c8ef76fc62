//! The feature *Learn*: its source, starting and ending a run, and its result.

use std::path::Path;

use super::mix;
use crate::files::sanitise;
use crate::session::{FineTuneRecord, FineTuneSource};
use crate::ui::command::LearnCommand;
use crate::ui::learning::no_data_folder_text;
use crate::ui::services::Services;
use crate::ui::state::{
    AppState, LearnDraft, MAX_LEARN_MINUTES, NoticeAction, NoticeKind, RunningLearn,
};
use crate::wording::count_with_noun;
use crate::worker::{FineTuneEnd, FineTuneOrder, FineTuneReport};

/// Minimum training time of a run, minutes.
const MIN_LEARN_MINUTES: f64 = 0.1;
/// Seed of a run. The same music and time may still give other weights: a faster machine makes more training steps.
const SEED: u64 = 1;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: LearnCommand) {
    match command {
        LearnCommand::Show(open) => {
            state.learn.open = open;
            if !open {
                state.learn.finished = None;
            }
        }
        LearnCommand::ChooseFolder => {
            let folder = state.settings.open_folder.as_deref();
            services.exporter.choose_learn_folder(folder);
        }
        LearnCommand::Examine(folder) => {
            let title = file_name_of(&folder);
            summarise(state, services, FineTuneSource::Folder(folder), title);
        }
        LearnCommand::ExamineKept => summarise_kept(state, services),
        LearnCommand::SetName(name) => set_name(state, services, name),
        LearnCommand::SetMinutes(minutes) => {
            if let Some(draft) = &mut state.learn.draft
                && minutes.is_finite()
            {
                draft.minutes = minutes.clamp(MIN_LEARN_MINUTES, MAX_LEARN_MINUTES);
            }
        }
        LearnCommand::Start => start(state, services),
        LearnCommand::Pause(paused) => {
            if let Some(running) = state.learn.running.as_mut().filter(|run| !run.is_ending) {
                running.paused = paused;
                send_order(
                    services,
                    if paused {
                        FineTuneOrder::Pause
                    } else {
                        FineTuneOrder::Continue
                    },
                );
            }
        }
        LearnCommand::Stop => end(state, services, FineTuneOrder::Stop),
        LearnCommand::Cancel => end(state, services, FineTuneOrder::Cancel),
        LearnCommand::Resume(name) => resume(state, services, &name),
        LearnCommand::Discard(name) => discard(state, services, &name),
    }
}

fn send_order(services: &Services, order: FineTuneOrder) {
    if let Some(run) = &services.learning.run {
        run.order(order);
    }
}

fn end(state: &mut AppState, services: &Services, order: FineTuneOrder) {
    if let Some(running) = &mut state.learn.running {
        (running.is_ending, running.paused) = (true, false);
        send_order(services, order);
    }
}

/// The name of a file or folder without its parents.
fn file_name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    sanitise(&name.to_string_lossy()).into_owned()
}

fn summarise_kept(state: &mut AppState, services: &mut Services) {
    let kept = state.kept_melodies.iter();
    let melodies: Vec<(String, Vec<u8>)> = kept
        .map(|entry| {
            let tokens = entry.melody.tokens().as_slice().to_vec();
            (entry.name().to_owned(), tokens)
        })
        .collect();
    let title = format!("the {}", count_with_noun(melodies.len(), "kept melody"));
    summarise(state, services, FineTuneSource::Melodies(melodies), title);
}

/// Starts to summarise a source; if a model is learning already, shows its card instead.
fn summarise(state: &mut AppState, services: &mut Services, source: FineTuneSource, title: String) {
    state.learn.open = true;
    state.learn.finished = None;
    state.learn.error = None;
    if state.learn.running.is_some() {
        state
            .notices
            .info("One model learns at a time; stop this one first, or wait until it is done");
        return;
    }
    let models = services.learning.models.as_ref();
    let base_name = match &source {
        FineTuneSource::Folder(_) => title.clone(),
        FineTuneSource::Melodies(_) => "My melodies".to_owned(),
    };
    let name = models.map_or_else(String::new, |models| models.free_name(&base_name));
    let has_folder = models.is_some();
    let mut draft = LearnDraft::new(source.clone(), title, name);
    let model = state.sweep.weights_path.clone();
    if !has_folder {
        draft.summary = Some(Err(no_data_folder_text()));
    } else if let Err(text) = services.learning.summarise(source, model) {
        draft.summary = Some(Err(text));
    }
    state.learn.draft = Some(draft);
}

fn set_name(state: &mut AppState, services: &Services, name: String) {
    if let Some(draft) = &mut state.learn.draft {
        let models = services.learning.models.as_ref();
        let check_result = models.map(|models| models.check_name(&name));
        draft.name_error = check_result
            .and_then(Result::err)
            .map(|error| error.to_string());
        draft.name = name;
    }
}

fn start(state: &mut AppState, services: &mut Services) {
    // A model of that name may have been finished since the name was typed.
    if let Some(name) = state.learn.draft.as_ref().map(|draft| draft.name.clone()) {
        set_name(state, services, name);
    }
    let ready = state.learn.draft.as_ref().is_some_and(LearnDraft::is_ready);
    if !ready || state.learn.running.is_some() {
        return;
    }
    let Some(draft) = state.learn.draft.as_ref() else {
        return;
    };
    let record = FineTuneRecord {
        name: draft.name.clone(),
        source: draft.source.clone(),
        model: state.sweep.weights_path.clone(),
        minutes: draft.minutes,
        seconds_done: 0.0,
        seed: SEED,
    };
    if start_run(state, services, record) {
        state.learn.draft = None;
    }
}

/// Starts a run; false, with the reason on the card, if it cannot begin.
fn start_run(state: &mut AppState, services: &mut Services, record: FineTuneRecord) -> bool {
    let name = record.name.clone();
    state.learn.error = services.learning.start(record).err();
    let is_started = state.learn.error.is_none();
    if is_started {
        state.learn.interrupted.retain(|record| record.name != name);
        let is_stale = |action: &NoticeAction| matches!(action, NoticeAction::ShowLearning);
        state.notices.retain(|action| !is_stale(action));
        state.learn.running = Some(RunningLearn::new(name));
        state.learn.finished = None;
    }
    is_started
}

fn resume(state: &mut AppState, services: &mut Services, name: &str) {
    let mut interrupted = state.learn.interrupted.iter();
    let record = interrupted.find(|record| record.name == name).cloned();
    if let (Some(record), None) = (record, &state.learn.running) {
        start_run(state, services, record);
    }
}

fn discard(state: &mut AppState, services: &mut Services, name: &str) {
    if let Some(models) = &services.learning.models {
        state.learn.error = models.discard(name).err().map(|error| error.to_string());
        services.learning.start_listing();
    }
}

/// Takes the reports of the run, of the folder of models, and of mixing models.
pub(in crate::ui) fn receive(state: &mut AppState, services: &mut Services) {
    mix::receive(state, services);
    if let Some((models, interrupted)) = services.learning.take_listing() {
        if !std::mem::replace(&mut state.learn.models_listed, true) {
            notify_interrupted(state, &interrupted);
        }
        state.learn.models = models;
        state.learn.interrupted = interrupted;
    }
    if let Some(summary) = services.learning.take_summary()
        && let Some(draft) = &mut state.learn.draft
    {
        draft.summary = Some(summary);
    }
    while let Some(report) = services.learning.run.as_ref().and_then(|run| run.poll()) {
        match report {
            FineTuneReport::Progress(progress) => {
                if let Some(running) = &mut state.learn.running {
                    running.progress = progress;
                }
            }
            FineTuneReport::Ended(end) => {
                services.learning.run = None;
                services.learning.start_listing();
                handle_end(state, end);
            }
        }
    }
}

fn notify_interrupted(state: &mut AppState, interrupted: &[FineTuneRecord]) {
    if let Some(record) = interrupted.first() {
        let text = format!("Learning of {} was interrupted", record.name);
        state
            .notices
            .push(NoticeKind::Info, text, Some(NoticeAction::ShowLearning));
    }
}

fn handle_end(state: &mut AppState, end: FineTuneEnd) {
    state.learn.running = None;
    match end {
        FineTuneEnd::Finished(model, progress) => {
            if state.learn.open {
                state.learn.finished = Some((model, progress));
            } else {
                let text = format!("{} has learnt your music", model.name);
                let action = NoticeAction::OpenFineTuned(model.path);
                state.notices.push(NoticeKind::Info, text, Some(action));
            }
        }
        FineTuneEnd::Cancelled | FineTuneEnd::Interrupted => {}
        FineTuneEnd::Failed(text, can_resume) => {
            let advice = if can_resume {
                "; what was learnt until then is kept, and learning can go on"
            } else {
                ""
            };
            let text = format!("{text}{advice}");
            if state.learn.open {
                state.learn.error = Some(text);
            } else {
                let action = Some(NoticeAction::ShowLearning);
                state.notices.push(NoticeKind::Error, text, action);
            }
        }
    }
}
