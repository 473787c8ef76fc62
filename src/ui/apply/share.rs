//! Share texts: copying the share text of a melody, and placing the melody of a share text on the map.

use std::sync::Arc;

use super::layout;
use super::model::{MODEL_NOT_OPEN, submit};
use super::play::play_melody;
use crate::attributes::AttributeRow;
use crate::melody::{Melody, Tokens};
use crate::model::Sampling;
use crate::session::share::{
    ShareError, ShareSource, SharedContent, SharedMelody, share_exact_point, share_texts_in,
    share_tokens,
};
use crate::sweep::{GenerateMethod, GeneratedMelody, MelodyId, sampling_of};
use crate::ui::command::ShareCommand;
use crate::ui::pasted_files::{PasteRequest, paths_in};
use crate::ui::services::Services;
use crate::ui::state::{
    AppState, GeneratedSet, KeptEntry, PastedMelody, ReversibleAction, Selection,
};
use crate::worker::{Job, JobId};

/// Message if the clipboard contains nothing that can be pasted.
pub(in crate::ui) const NOTHING_TO_PASTE: &str = "There is nothing on the clipboard that can be opened here; copy a share text, or a MIDI file, a session or a model in the file manager, then paste again";

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: ShareCommand) {
    match command {
        ShareCommand::Copy(id) => copy(state, services, id),
        ShareCommand::Paste(text) => paste(state, services, &text),
        ShareCommand::PasteFiles if services.exporter.has_clipboard() => {
            services.exporter.read_pasted_files(PasteRequest::NoText);
        }
        ShareCommand::PasteFiles => state.notices.info(NOTHING_TO_PASTE),
        ShareCommand::PasteFromClipboard if services.exporter.has_clipboard() => {
            services.exporter.read_pasted_files(PasteRequest::Command);
        }
        ShareCommand::PasteFromClipboard => state.share.paste_requested = true,
    }
}

/// The data of a melody of the map that its share text is made from.
fn share_source(state: &AppState, id: MelodyId) -> Option<ShareSource> {
    let entry = state.melodies.get(id)?;
    let plan = state.melodies.plan()?;
    let sampling = match id.region() {
        Some(_) => sampling_of(&plan.config, id),
        None => Sampling::Greedy,
    };
    Some(ShareSource {
        weights_hash: state.weights_hash().to_owned(),
        latent: state.melodies.latent(id)?,
        sampling,
        tokens: entry.melody.tokens().clone(),
    })
}

/// The share text of a melody, for its file. It needs no open model. The text of a melody that is not of the sweep carries its
/// notes.
pub(super) fn file_text(state: &AppState, id: MelodyId) -> Option<String> {
    let source = share_source(state, id)?;
    let shared = match id.region() {
        Some(_) => share_exact_point(&source),
        None => share_tokens(&source),
    };
    shared.ok().map(|shared| shared.to_string())
}

/// The share text of a kept melody, for its file. It carries the notes, as the temperature of the sweep is not known.
pub(super) fn kept_text(kept: &KeptEntry) -> Option<String> {
    let identity = &kept.stored.identity;
    let source = ShareSource {
        weights_hash: identity.weights_hash.clone(),
        latent: kept.stored.latent.clone()?,
        sampling: Sampling::Greedy,
        tokens: identity.tokens.clone(),
    };
    share_tokens(&source).ok().map(|shared| shared.to_string())
}

/// Copies a share text. If the model is not open, or busy with a longer job, the text carries the notes.
fn copy(state: &mut AppState, services: &mut Services, id: MelodyId) {
    let Some(source) = share_source(state, id) else {
        return;
    };
    let is_busy = state.sweep.running.is_some()
        || state.steer.running.is_some()
        || !state.generate.running.is_empty();
    if state.can_decode() && !is_busy {
        if let Some(job) = submit(state, services, Job::Share(source)) {
            state.share.copying = Some(job);
        }
        return;
    }
    match share_tokens(&source) {
        Ok(shared) => put_on_clipboard(state, &shared),
        Err(error) => state.notices.error(error.to_string()),
    }
}

fn put_on_clipboard(state: &mut AppState, shared: &SharedMelody) {
    let text = shared.to_string();
    state.notices.info(format!(
        "Copied a share text of {} letters; pasted into Tunescape, it gives this melody on any machine with the model {}",
        text.len(),
        shared.weights_hash
    ));
    state.share.clipboard = Some(text);
}

/// Takes the share text of a melody.
pub(in crate::ui) fn receive_text(state: &mut AppState, job: JobId, shared: &SharedMelody) {
    if state.share.copying == Some(job) {
        put_on_clipboard(state, shared);
    }
}

/// Places the melody of a share text on the map, once it is decoded.
fn paste(state: &mut AppState, services: &mut Services, text: &str) {
    let found = share_texts_in(text).next();
    let may_be_files = services.exporter.has_clipboard() || !paths_in(text).is_empty();
    if found.is_none() && may_be_files {
        let request = PasteRequest::Text(text.to_owned());
        return services.exporter.read_pasted_files(request);
    }
    let text = found.map_or(text, |share_text| {
        // A share text that is broken into several lines is read as one.
        if text.trim_start().starts_with(share_text) {
            text
        } else {
            share_text
        }
    });
    let shared: SharedMelody = match text.parse() {
        Ok(shared) => shared,
        Err(error) => return state.notices.error(error.to_string()),
    };
    let Some(sweep) = state.maps.shown_sweep() else {
        let text = "there is no map yet to place the melody on; start a sweep first";
        return state.notices.error(text);
    };
    if shared.weights_hash != state.weights_hash() {
        let error = ShareError::OtherModel {
            open: state.weights_hash().to_owned(),
            needed: shared.weights_hash,
        };
        return state.notices.error(error.to_string());
    }
    if let SharedContent::Included(tokens) = &shared.content {
        let tokens = tokens.clone();
        return place(state, services, &shared, tokens);
    }
    if !state.can_decode() {
        return state.notices.error(MODEL_NOT_OPEN);
    }
    if let Some(job) = submit(state, services, Job::ReadShared(shared.clone())) {
        state
            .share
            .pasting
            .push(PastedMelody { job, sweep, shared });
    }
}

/// A paste found no files on the clipboard: requests its text, or tells the user what can be pasted.
pub(in crate::ui) fn receive_no_files(state: &mut AppState, request: &PasteRequest) {
    match request {
        PasteRequest::Command => state.share.paste_requested = true,
        PasteRequest::NoText => state.notices.info(NOTHING_TO_PASTE),
        PasteRequest::Text(_) => {
            let text = "the text on the clipboard is no share text of a melody (such a text begins with tunescape:1:), and there are no files beside it; copy one of these and paste again";
            state.notices.error(text);
        }
    }
}

/// Takes the decoded melody of a share text.
pub(in crate::ui) fn receive_melody(
    state: &mut AppState,
    services: &mut Services,
    job: JobId,
    tokens: Tokens,
) {
    let pasted = state.share.take_pasted(job);
    let Some(PastedMelody { sweep, shared, .. }) = pasted else {
        return;
    };
    if state.maps.shown_sweep() == Some(sweep) {
        place(state, services, &shared, tokens);
    } else {
        state.notices.info(
            "Another map was shown before the shared melody was decoded; paste its text again",
        );
    }
}

/// Places a shared melody on the map as an imported one, selects and plays it.
fn place(state: &mut AppState, services: &mut Services, shared: &SharedMelody, tokens: Tokens) {
    let plan = state.melodies.plan();
    let dimensions = plan.and_then(|plan| plan.region_centres.first().map(|point| point.len()));
    if dimensions != Some(shared.point.dimensions()) {
        let error = ShareError::Damaged("its point is not of this model");
        return state.notices.error(error.to_string());
    }
    let set = state.generate.next_set;
    let melody = Arc::new(Melody::from_tokens(tokens));
    let id = MelodyId::Generated {
        method: GenerateMethod::Imported,
        set,
        index: 0,
    };
    let shared_melody = GeneratedMelody {
        id,
        latent: shared.point.point(),
        attributes: AttributeRow::measure(&melody),
        melody,
    };
    let hash = state.weights_hash().to_owned();
    let added = GeneratedSet {
        names: vec![unused_name(state)],
        ..GeneratedSet::new(GenerateMethod::Imported, &[shared_melody], Vec::new(), hash)
    };
    state.generate.next_set += 1;
    state.push_undo(Some(ReversibleAction::RemoveGenerated(set)));
    state.melodies.add_generated_set(set, added);
    let added = state.melodies.added_melodies_of_set(set);
    layout::place(state, services, added);
    state.selection = Selection::single(id);
    play_melody(state, services, id);
}

/// A name that no other shared melody of the map has.
fn unused_name(state: &AppState) -> String {
    let names: Vec<&str> = state
        .melodies
        .generated_sets()
        .flat_map(|(_, set)| set.names.iter().map(String::as_str))
        .collect();
    let numbered_name = |number: usize| format!("Shared melody {number}");
    let mut number = 1;
    while names.contains(&numbered_name(number).as_str()) {
        number += 1;
    }
    numbered_name(number)
}
