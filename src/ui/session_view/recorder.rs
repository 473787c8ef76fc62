//! Comparing the window with what its session has of it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::map_view::{MapView, SetDetails};
use super::window_view::WindowView;
use crate::session::piece::Piece;
use crate::session::session_file::{
    KeptCopies, SessionChange, SetKey, StoredMap, StoredModel, StoredSet, SweptMelodies,
};
use crate::sweep::{GenerateMethod, MelodyEntry};
use crate::ui::chosen_view::ChosenView;
use crate::ui::state::{AppState, GeneratedSet, MapEntry};
use crate::worker::AddedMelody;

/// What the session has of the window.
#[derive(Default)]
pub struct SessionRecorder {
    maps: BTreeMap<u32, RecordedMap>,
    view: Option<WindowView>,
    /// The reading of the library whose melodies it has.
    kept: u64,
    /// Number of the newest heard melody that it has.
    heard: u64,
    /// The timeline that it has.
    piece: Arc<Piece>,
}

/// What the session has of a map.
#[derive(Default)]
struct RecordedMap {
    /// Version of the melodies that were compared last; `None` if something of them is still to be compared.
    version: Option<u64>,
    /// Number of decoded melodies of the sweep that were written.
    decoded: usize,
    positions: u64,
    sets: BTreeMap<SetKey, u64>,
    view: Option<MapView>,
}

impl SessionRecorder {
    /// What has changed since the last call; after it, everything counts as written.
    pub fn changes(&mut self, state: &AppState, camera: Option<ChosenView>) -> Vec<SessionChange> {
        let mut changes = Vec::new();
        let maps = state.maps();
        let numbers: BTreeSet<u32> = maps.iter().map(|map| map.identity.number).collect();
        self.maps.retain(|number, _| {
            let is_there = numbers.contains(number);
            if !is_there {
                changes.push(SessionChange::RemoveMap(*number));
            }
            is_there
        });
        for map in &maps {
            // The melodies of a running sweep are written when it ends.
            if state.sweep.running != Some(map.identity.sweep) && map.melodies.decoded() > 0 {
                let recorded = self.maps.entry(map.identity.number).or_default();
                recorded.changes(map, &mut changes);
            }
        }
        let view = WindowView::of(state, camera);
        if self.view.as_ref() != Some(&view) {
            match serde_json::to_string(&view) {
                Ok(text) => changes.push(SessionChange::View(text)),
                Err(error) => tracing::error!("the view could not be stored: {error}"),
            }
            self.view = Some(view);
        }
        let reads = state.kept_melodies.reads();
        // Copies of melodies that the library cannot read any more stay.
        let is_whole = state.kept_melodies.unreadable() == 0;
        if reads != self.kept && is_whole && state.session.kept.is_none() {
            self.kept = reads;
            changes.push(SessionChange::Kept(KeptCopies {
                library_id: state.kept_melodies.library_id().map(str::to_owned),
                entries: Arc::new(state.kept_melodies.library_entries()),
            }));
        }
        self.heard_changes(state, &mut changes);
        let piece = &state.timeline.piece;
        if !Arc::ptr_eq(&self.piece, piece) {
            if self.piece != *piece {
                changes.push(SessionChange::Piece(Arc::clone(piece)));
            }
            self.piece = Arc::clone(piece);
        }
        changes
    }

    fn heard_changes(&mut self, state: &AppState, changes: &mut Vec<SessionChange>) {
        let history = &state.history;
        if self.heard == history.last_number() {
            return;
        }
        let passed = history.passed_until(self.heard);
        changes.extend(passed.map(SessionChange::RemoveHeard));
        changes.push(SessionChange::Heard(history.heard_since(self.heard)));
        self.heard = history.last_number();
    }
}

impl RecordedMap {
    fn changes(&mut self, map: &MapEntry<'_>, changes: &mut Vec<SessionChange>) {
        let number = map.identity.number;
        if self.version != Some(map.melodies.version()) {
            let settled = map.layout.layout_progress.is_none() && map.steer.running.is_none();
            self.melody_changes(map, changes);
            self.version = settled.then(|| map.melodies.version());
        }
        let view = MapView::of(map);
        if self.view.as_ref() != Some(&view) {
            if let Some(text) = text_of(&view) {
                changes.push(SessionChange::MapView(number, text));
            }
            self.view = Some(view);
        }
    }

    fn melody_changes(&mut self, map: &MapEntry<'_>, changes: &mut Vec<SessionChange>) {
        let number = map.identity.number;
        let (decoded, places) = (map.melodies.decoded(), hash(map.melodies.swept()));
        if self.decoded != decoded {
            changes.extend(stored_map(map).map(|map| SessionChange::Map(Box::new(map))));
            (self.decoded, self.positions) = (decoded, places);
        } else if self.positions != places && map.layout.layout_progress.is_none() {
            self.positions = places;
            changes.push(SessionChange::Positions {
                map: number,
                layout: map.layout.shown,
                positions: map.melodies.swept().map(|entry| entry.position).collect(),
            });
        }
        // A steer that still searches is written when it ends.
        let running = map.steer.running.as_ref().map(|running| running.number);
        let steered = map.melodies.steered_sets();
        let steered = steered.filter(|(steer, _)| Some(*steer) != running);
        let mut sets = BTreeMap::new();
        for (steer, melodies) in steered {
            let key = SetKey {
                method: None,
                number: steer,
            };
            let hashed = hash(melodies.iter().map(|added| &added.entry));
            sets.insert(key, hashed);
            if self.sets.get(&key) != Some(&hashed) {
                let name = map.melodies.steer_name(steer).unwrap_or_default();
                let set = steered_set(key, name, melodies);
                changes.push(SessionChange::Set(number, Box::new(set)));
            }
        }
        for (set_number, set) in map.melodies.generated_sets() {
            let key = SetKey {
                method: Some(set.method),
                number: set_number,
            };
            let hashed = set_hash(set);
            sets.insert(key, hashed);
            if self.sets.get(&key) != Some(&hashed) {
                let set = generated_set(key, set);
                changes.push(SessionChange::Set(number, Box::new(set)));
            }
        }
        for key in self.sets.keys().filter(|key| !sets.contains_key(key)) {
            changes.push(SessionChange::RemoveSet(number, *key));
        }
        self.sets = sets;
    }
}

fn text_of<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value)
        .inspect_err(|error| tracing::error!("a part of the session could not be stored: {error}"))
        .ok()
}

/// Changes whenever a melody is another one or has moved. Equal only within this run of the program.
fn hash<'a>(entries: impl IntoIterator<Item = &'a MelodyEntry>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for entry in entries {
        Arc::as_ptr(&entry.melody).hash(&mut hasher);
        entry.position.map(f64::to_bits).hash(&mut hasher);
    }
    hasher.finish()
}

/// The same of a generated set, whose reconstructions may come later.
fn set_hash(set: &GeneratedSet) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash(&set.entries).hash(&mut hasher);
    for versions in &set.versions {
        Arc::as_ptr(&versions.reconstruction.0).hash(&mut hasher);
    }
    hasher.finish()
}

fn stored_map(map: &MapEntry<'_>) -> Option<StoredMap> {
    let model = &map.identity.model;
    Some(StoredMap {
        number: map.identity.number,
        model: StoredModel {
            name: model.name.clone(),
            weights_hash: model.weights_hash.clone(),
            latent_size: model.latent_size,
            steps: model.steps,
            path: map.identity.model_path.as_ref().and_then(model_path),
        },
        plan: Arc::clone(map.melodies.plan()?),
        swept: SweptMelodies {
            layout: map.layout.shown,
            entries: map.melodies.swept().cloned().collect(),
        },
        sets: Vec::new(),
        view: String::new(),
    })
}

/// The path of a model from anywhere, if it is Unicode.
fn model_path(path: &PathBuf) -> Option<String> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    path.into_os_string().into_string().ok()
}

fn steered_set(key: SetKey, name: &str, melodies: &[AddedMelody]) -> StoredSet {
    let details = SetDetails {
        name: name.to_owned(),
        ..SetDetails::default()
    };
    StoredSet {
        key,
        details: text_of(&details).unwrap_or_default(),
        entries: melodies.iter().map(|added| added.entry.clone()).collect(),
        latents: melodies.iter().map(|added| added.latent.clone()).collect(),
        reconstructions: Vec::new(),
    }
}

/// A generated set; of imported melodies, those of the file and their reconstructions, whichever are shown.
fn generated_set(key: SetKey, set: &GeneratedSet) -> StoredSet {
    let mut entries = set.entries.clone();
    if set.method == GenerateMethod::Imported {
        for (entry, versions) in entries.iter_mut().zip(&set.versions) {
            entry.melody = Arc::clone(&versions.original.0);
        }
    }
    let reconstruction =
        |versions: &crate::ui::state::ImportedVersions| Arc::clone(&versions.reconstruction.0);
    StoredSet {
        key,
        details: text_of(&SetDetails::of(set)).unwrap_or_default(),
        entries,
        latents: set.latents.clone(),
        reconstructions: set.versions.iter().map(reconstruction).collect(),
    }
}
