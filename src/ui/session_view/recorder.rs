//! Comparing the window with what was written to its session.

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

/// What was written of the window.
#[derive(Default)]
pub struct SessionRecorder {
    maps: BTreeMap<u32, RecordedMap>,
    view: Option<WindowView>,
    /// Number of library reads at the time when the kept melodies were written.
    library_reads: u64,
    /// Number of the newest heard melody that was written.
    last_heard: u64,
    /// The timeline that was written.
    piece: Arc<Piece>,
}

/// What was written of a map.
#[derive(Default)]
struct RecordedMap {
    /// Version of the melodies at the last comparison; `None` if they have to be compared again, as a layout or steer runs.
    version: Option<u64>,
    /// Number of written melodies of the sweep.
    decoded: usize,
    /// Hash of their positions.
    positions_hash: u64,
    /// Hash of each set.
    set_hashes: BTreeMap<SetKey, u64>,
    view: Option<MapView>,
}

impl SessionRecorder {
    /// The changes since the last call. They count as written from then on.
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
            if state.sweep.running != Some(map.identity.sweep) && map.melodies.decoded_count() > 0 {
                let recorded = self.maps.entry(map.identity.number).or_default();
                recorded.changes(map, &mut changes);
            }
        }
        let view = WindowView::from_state(state, camera);
        if self.view.as_ref() != Some(&view) {
            match serde_json::to_string(&view) {
                Ok(text) => changes.push(SessionChange::SetView(text)),
                Err(error) => tracing::error!("the view could not be stored: {error}"),
            }
            self.view = Some(view);
        }
        let reads = state.kept_melodies.read_count();
        // Otherwise the copies in the session stay: some may be of melodies that the library can no longer read.
        let is_complete = state.kept_melodies.unreadable_count() == 0;
        if reads != self.library_reads && is_complete && state.session.kept.is_none() {
            self.library_reads = reads;
            changes.push(SessionChange::ReplaceKept(KeptCopies {
                library_id: state.kept_melodies.library_id().map(str::to_owned),
                entries: Arc::new(state.kept_melodies.library_entries()),
            }));
        }
        self.heard_changes(state, &mut changes);
        let piece = &state.timeline.piece;
        if !Arc::ptr_eq(&self.piece, piece) {
            if self.piece != *piece {
                changes.push(SessionChange::ReplacePiece(Arc::clone(piece)));
            }
            self.piece = Arc::clone(piece);
        }
        changes
    }

    fn heard_changes(&mut self, state: &AppState, changes: &mut Vec<SessionChange>) {
        let history = &state.history;
        if self.last_heard == history.last_number() {
            return;
        }
        let passed = history.passed_until(self.last_heard);
        changes.extend(passed.map(SessionChange::RemoveHeard));
        changes.push(SessionChange::AppendHeard(
            history.heard_since(self.last_heard),
        ));
        self.last_heard = history.last_number();
    }
}

impl RecordedMap {
    fn changes(&mut self, map: &MapEntry<'_>, changes: &mut Vec<SessionChange>) {
        let number = map.identity.number;
        if self.version != Some(map.melodies.version()) {
            let is_settled = map.layout.layout_progress.is_none() && map.steer.running.is_none();
            self.melody_changes(map, changes);
            self.version = is_settled.then(|| map.melodies.version());
        }
        let view = MapView::from_map(map);
        if self.view.as_ref() != Some(&view) {
            if let Some(text) = to_json(&view) {
                changes.push(SessionChange::SetMapView(number, text));
            }
            self.view = Some(view);
        }
    }

    fn melody_changes(&mut self, map: &MapEntry<'_>, changes: &mut Vec<SessionChange>) {
        let number = map.identity.number;
        let (decoded, positions_hash) = (map.melodies.decoded_count(), hash(map.melodies.swept()));
        if self.decoded != decoded {
            changes.extend(stored_map(map).map(|map| SessionChange::PutMap(Box::new(map))));
            (self.decoded, self.positions_hash) = (decoded, positions_hash);
        } else if self.positions_hash != positions_hash && map.layout.layout_progress.is_none() {
            self.positions_hash = positions_hash;
            changes.push(SessionChange::SetPositions {
                map: number,
                layout: map.layout.shown_kind,
                positions: map.melodies.swept().map(|entry| entry.position).collect(),
            });
        }
        // A steer that still searches is written when it ends.
        let running = map.steer.running.as_ref().map(|running| running.number);
        let steered = map.melodies.steered_sets();
        let steered = steered.filter(|(steer, _)| Some(*steer) != running);
        let mut set_hashes = BTreeMap::new();
        for (steer, melodies) in steered {
            let key = SetKey {
                method: None,
                number: steer,
            };
            let set_hash = hash(melodies.iter().map(|added| &added.entry));
            set_hashes.insert(key, set_hash);
            if self.set_hashes.get(&key) != Some(&set_hash) {
                let name = map.melodies.steer_name(steer).unwrap_or_default();
                let set = steered_set(key, name, melodies);
                changes.push(SessionChange::PutSet(number, Box::new(set)));
            }
        }
        for (set_number, set) in map.melodies.generated_sets() {
            let key = SetKey {
                method: Some(set.method),
                number: set_number,
            };
            let set_hash = generated_set_hash(set);
            set_hashes.insert(key, set_hash);
            if self.set_hashes.get(&key) != Some(&set_hash) {
                let set = generated_set(key, set);
                changes.push(SessionChange::PutSet(number, Box::new(set)));
            }
        }
        for key in self
            .set_hashes
            .keys()
            .filter(|key| !set_hashes.contains_key(key))
        {
            changes.push(SessionChange::RemoveSet(number, *key));
        }
        self.set_hashes = set_hashes;
    }
}

fn to_json<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value)
        .inspect_err(|error| tracing::error!("a part of the session could not be stored: {error}"))
        .ok()
}

/// Hash of the identity and position of melodies. It is only valid within one run of the program.
fn hash<'a>(entries: impl IntoIterator<Item = &'a MelodyEntry>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for entry in entries {
        Arc::as_ptr(&entry.melody).hash(&mut hasher);
        entry.position.map(f64::to_bits).hash(&mut hasher);
    }
    hasher.finish()
}

/// Hash of a generated set, with its reconstructions, which may be added later.
fn generated_set_hash(set: &GeneratedSet) -> u64 {
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
            path: map
                .identity
                .model_path
                .as_ref()
                .and_then(absolute_model_path),
        },
        plan: Arc::clone(map.melodies.plan()?),
        swept: SweptMelodies {
            layout: map.layout.shown_kind,
            entries: map.melodies.swept().cloned().collect(),
        },
        sets: Vec::new(),
        view: String::new(),
    })
}

/// The absolute path of a model, if it is Unicode.
fn absolute_model_path(path: &PathBuf) -> Option<String> {
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
        details: to_json(&details).unwrap_or_default(),
        entries: melodies.iter().map(|added| added.entry.clone()).collect(),
        latents: melodies.iter().map(|added| added.latent.clone()).collect(),
        reconstructions: Vec::new(),
    }
}

/// A generated set as it is stored. Imported melodies are stored as they are in the file, with their reconstructions, no matter
/// which of the two are shown.
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
        details: to_json(&SetDetails::from_set(set)).unwrap_or_default(),
        entries,
        latents: set.latents.clone(),
        reconstructions: set.versions.iter().map(reconstruction).collect(),
    }
}
