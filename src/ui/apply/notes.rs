//! Editing the notes of the melody in the inspector, and encoding an edited melody.

use std::sync::Arc;

use super::layout::place;
use super::model::{MODEL_NOT_OPEN, submit};
use super::path;
use super::play::play_melody;
use crate::attributes::AttributeRow;
use crate::melody::{Melody, NoteEdit};
use crate::sweep::{
    GenerateKind, GenerateMethod, GenerateRequest, Generated, GeneratedMelody, MelodyId,
};
use crate::ui::command::NotesCommand;
use crate::ui::services::Services;
use crate::ui::state::{
    AppState, EditedSet, GeneratedSet, GenerationSource, ImportedVersions, ReversibleAction,
    RunningGeneration, Selection,
};
use crate::worker::{Job, JobId};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: NotesCommand) {
    match command {
        NotesCommand::SetTool(true) => begin(state),
        NotesCommand::SetTool(false) => state.notes.stop_editing(),
        NotesCommand::Mark(start) => state.notes.marked_start = start,
        NotesCommand::Edit(note_edit) => edit(state, services, note_edit),
        NotesCommand::Encode => encode(state, services),
    }
}

fn begin(state: &mut AppState) {
    if state.inspector_melody().is_none() {
        let text = "Select a melody on the map first; E then edits its notes";
        return state.notices.info(text);
    }
    // One tool at a time.
    path::end_tool(state);
    state.generate.blend_from = None;
    state.notes.editing = true;
    state.notes.marked_start = None;
    state.settings.right_panel = true;
}

fn edit(state: &mut AppState, services: &mut Services, note_edit: NoteEdit) {
    let Some(entry) = state.inspector_melody() else {
        return;
    };
    let Some(melody) = note_edit.apply(&entry.melody) else {
        return;
    };
    let (id, next_marked) = (entry.id, note_edit.note_after(&entry.melody));
    let is_playing = is_playing(state, id);
    let melody = Arc::new(melody);
    let description = note_edit.description().to_owned();
    let edited = match edited_set_number(state, id) {
        Some(number) => edit_again(state, number, melody, description).then_some(id),
        None => add_edited(state, services, id, melody, description),
    };
    let Some(edited) = edited else { return };
    state.notes.marked_start = next_marked.map(|note| note.start);
    if is_playing {
        play_melody(state, services, edited);
    }
}

/// Whether this melody plays, or is about to, alone and not in a sequence.
fn is_playing(state: &AppState, id: MelodyId) -> bool {
    let generation = state.melodies.generation();
    let last = state.playback.last_request();
    state.playback.playhead.playing
        && last.is_some_and(|request| {
            request.id == Some(id)
                && request.generation == Some(generation)
                && request.sequence.is_empty()
        })
}

/// The number of an edited melody's set; `None` if the melody is not an edited one, or if its reconstruction by the model is
/// shown, whose notes are not those of the edit.
fn edited_set_number(state: &AppState, id: MelodyId) -> Option<u32> {
    let MelodyId::Generated {
        set: set_number, ..
    } = id
    else {
        return None;
    };
    let set = state.melodies.generated_set(id)?;
    let is_reconstruction = state.generate.reconstructed && !set.versions.is_empty();
    (set.edit.is_some() && !is_reconstruction).then_some(set_number)
}

/// Changes an edited melody. False if it is not there.
fn edit_again(state: &mut AppState, number: u32, melody: Arc<Melody>, description: String) -> bool {
    let mut sets = state.melodies.generated_sets();
    let existing = sets.find(|(set_number, _)| *set_number == number);
    let Some(before) = existing.map(|(_, set)| set.clone()) else {
        return false;
    };
    drop(sets);
    let mut set = before.clone();
    // The reconstruction was that of the melody before this edit.
    set.versions.clear();
    if let Some(entry) = set.entries.first_mut() {
        entry.attributes = AttributeRow::measure(&melody);
        entry.melody = melody;
    }
    if let Some(origin) = &mut set.edit {
        origin.edits = origin.edits.saturating_add(1);
    }
    push_edit_undo(state, number, Some(before), description);
    state.melodies.restore_generated_set(number, set);
    true
}

/// Adds an edited melody to the map, at the latent point of the melody that it comes from, and selects it. Returns its id.
fn add_edited(
    state: &mut AppState,
    services: &mut Services,
    source: MelodyId,
    melody: Arc<Melody>,
    description: String,
) -> Option<MelodyId> {
    let latent = state.melodies.latent(source)?;
    let number = state.generate.next_set;
    let id = MelodyId::Generated {
        method: GenerateMethod::Imported,
        set: number,
        index: 0,
    };
    let edited = GeneratedMelody {
        id,
        latent,
        attributes: AttributeRow::measure(&melody),
        melody,
    };
    let mut origin = state.as_edit_origin(source);
    origin.edits = 1;
    let hash = state.weights_hash().to_owned();
    let set = GeneratedSet {
        names: vec![unused_name(state, &origin.name)],
        edit: Some(origin),
        ..GeneratedSet::new(GenerateMethod::Imported, &[edited], Vec::new(), hash)
    };
    push_edit_undo(state, number, None, description);
    state.generate.next_set += 1;
    state.melodies.add_generated_set(number, set);
    let added = state.melodies.added_melodies_of_set(number);
    place(state, services, added);
    state.selection = Selection::single(id);
    Some(id)
}

fn push_edit_undo(
    state: &mut AppState,
    number: u32,
    before: Option<GeneratedSet>,
    description: String,
) {
    state.push_undo(Some(ReversibleAction::RestoreEdited(Box::new(EditedSet {
        number,
        set: before,
        description,
    }))));
}

/// The name of an edited melody, from its source's name: "Region 3, centre (edited)", with a number if that name is in use.
fn unused_name(state: &AppState, source: &str) -> String {
    let names: Vec<&str> = state
        .melodies
        .generated_sets()
        .flat_map(|(_, set)| set.names.iter().map(String::as_str))
        .collect();
    let base = source.split(" (edited").next().unwrap_or(source);
    let mut name = format!("{base} (edited)");
    let mut number = 2;
    while names.contains(&name.as_str()) {
        name = format!("{base} (edited {number})");
        number += 1;
    }
    name
}

/// Brings an edited melody back to an earlier or later state. Returns the inverse.
pub(super) fn restore(state: &mut AppState, services: &mut Services, step: EditedSet) -> EditedSet {
    let EditedSet {
        number,
        set,
        description,
    } = step;
    let current = state.melodies.remove_generated_set(number);
    if let Some(set) = set {
        state.melodies.restore_generated_set(number, set);
        let reconstructed = state.generate.reconstructed;
        state.melodies.show_reconstructions(reconstructed);
        let added = state.melodies.added_melodies_of_set(number);
        place(state, services, added);
    }
    EditedSet {
        number,
        set: current,
        description,
    }
}

fn encode(state: &mut AppState, services: &mut Services) {
    let Some(entry) = state.inspector_melody() else {
        return;
    };
    let (id, melody) = (entry.id, (*entry.melody).clone());
    let Some(set) = edited_set_number(state, id) else {
        return;
    };
    if state.encodes(id) {
        return;
    }
    let Some(sweep) = state.maps.shown_sweep().filter(|_| state.can_decode()) else {
        return state.notices.error(MODEL_NOT_OPEN);
    };
    state.generate.error = None;
    let job = Job::Generate {
        request: GenerateRequest {
            set,
            kind: GenerateKind::Encode(vec![melody]),
        },
        weights_hash: state.weights_hash().to_owned(),
    };
    if let Some(job) = submit(state, services, job) {
        state.generate.running.push(RunningGeneration {
            job,
            sweep,
            source: GenerationSource::Encode(id),
        });
    }
}

/// Gives an edited melody the latent point and the reconstruction that the model computed.
pub(super) fn receive(
    state: &mut AppState,
    services: &mut Services,
    sweep: JobId,
    id: MelodyId,
    encoded: &Generated,
) {
    let number = state.with_map(sweep, |state| set_encoded(state, id, encoded));
    // Also if the melody is on another map than the shown one.
    let reconstructed = state.generate.reconstructed;
    state.melodies.show_reconstructions(reconstructed);
    let Some(number) = number.flatten() else {
        return state
            .notices
            .info("The melody was changed or removed while it was encoded; encode it again");
    };
    if state.maps.shown_sweep() == Some(sweep) {
        let added = state.melodies.added_melodies_of_set(number);
        place(state, services, added);
    }
}

/// Stores latent point and reconstruction of an edited melody, unless it was changed since. Returns the number of its set.
fn set_encoded(state: &mut AppState, id: MelodyId, encoded: &Generated) -> Option<u32> {
    let (decoded, (original, quality)) = (encoded.melodies.first()?, encoded.originals.first()?);
    let MelodyId::Generated { set: number, .. } = id else {
        return None;
    };
    let before = state.melodies.generated_set(id)?.clone();
    let entry = before.entries.first()?;
    if before.edit.is_none() || entry.melody.tokens() != original.tokens() {
        return None;
    }
    let versions = ImportedVersions {
        original: (Arc::clone(&entry.melody), entry.attributes.clone()),
        reconstruction: (Arc::clone(&decoded.melody), decoded.attributes.clone()),
        quality: *quality,
    };
    let set = GeneratedSet {
        latents: vec![decoded.latent.clone()],
        versions: vec![versions],
        weights_hash: state.weights_hash().to_owned(),
        ..before.clone()
    };
    let description = format!("encode {}", state.title(id));
    push_edit_undo(state, number, Some(before), description);
    state.melodies.add_generated_set(number, set);
    // The edit is shown, with its reconstruction over it.
    state.generate.reconstructed = false;
    state.melodies.show_reconstructions(false);
    Some(number)
}
