//! Building the maps of the window from a session that was read.

use std::path::PathBuf;
use std::sync::Arc;

use super::map_view::{MapView, SetDetails};
use super::window_view::WindowView;
use crate::attributes::AttributeRow;
use crate::melody::Reconstruction;
use crate::session::piece::Piece;
use crate::session::session_file::{HeardMelody, SessionContents, StoredMap, StoredSet};
use crate::sweep::MelodyId;
use crate::ui::state::{GeneratedSet, ImportedVersions, MapIdentity, MapMelodies, MapState};
use crate::worker::{AddedMelody, JobId, ModelInfo, RestoredSweep};

/// A session that was read, ready to be shown.
pub struct RestoredSession {
    /// Its maps.
    pub maps: Vec<MapState>,
    /// The sweeps of the maps, for the model's thread.
    pub sweeps: Vec<RestoredSweep>,
    /// The stored view of the window.
    pub view: WindowView,
    /// What was heard.
    pub heard: Vec<HeardMelody>,
    /// The timeline.
    pub piece: Arc<Piece>,
}

impl RestoredSession {
    /// Builds the maps of a session; `jobs` are the ids of their sweeps.
    pub fn new(contents: SessionContents, jobs: Vec<JobId>) -> Self {
        let view: WindowView = serde_json::from_str(&contents.view).unwrap_or_else(|error| {
            if !contents.view.is_empty() {
                tracing::warn!("how the session was left could not be read: {error}");
            }
            WindowView::default()
        });
        let (mut maps, mut sweeps) = (Vec::new(), Vec::new());
        for (map, sweep) in contents.maps.into_iter().zip(jobs) {
            sweeps.push(RestoredSweep {
                sweep,
                plan: Arc::clone(&map.plan),
                entries: map.swept.entries.clone(),
                weights_hash: map.model.weights_hash.clone(),
            });
            maps.push(map_state(map, sweep, view.reconstructed));
        }
        Self {
            maps,
            sweeps,
            view,
            heard: contents.heard,
            piece: contents.piece,
        }
    }
}

/// Builds a map.
fn map_state(map: StoredMap, job: JobId, reconstructed: bool) -> MapState {
    let mut melodies = MapMelodies::default();
    melodies.reset(Arc::clone(&map.plan));
    let ids: Vec<MelodyId> = map.swept.entries.iter().map(|entry| entry.id).collect();
    let positions = map.swept.positions();
    melodies.add(map.swept.entries);
    melodies.move_to(&ids, &positions, false);
    for set in map.sets {
        add_set(&mut melodies, set);
    }
    melodies.show_reconstructions(reconstructed);
    let identity = MapIdentity {
        number: map.number,
        sweep: job,
        model: ModelInfo {
            name: map.model.name,
            weights_hash: map.model.weights_hash,
            device: String::new(),
            latent_size: map.model.latent_size,
            steps: map.model.steps,
            // Known once it is open.
            has_encoder: false,
        },
        model_path: map.model.path.map(PathBuf::from),
    };
    let mut state = MapState::restored(identity, melodies);
    state.layout.shown_kind = map.swept.layout;
    match serde_json::from_str::<MapView>(&map.view) {
        Ok(view) => view.restore(&mut state),
        Err(error) if !map.view.is_empty() => {
            tracing::warn!("how map {} was left could not be read: {error}", map.number);
        }
        Err(_) => {}
    }
    state
}

fn add_set(melodies: &mut MapMelodies, set: StoredSet) {
    let details: SetDetails = serde_json::from_str(&set.details).unwrap_or_default();
    let number = set.key.number;
    let Some(method) = set.key.method else {
        let added = set.entries.into_iter().zip(set.latents);
        let added = added.map(|(entry, latent)| AddedMelody { entry, latent });
        melodies.set_steered(number, &details.name, added.collect());
        return;
    };
    let with_attributes = |melody: &Arc<_>| (Arc::clone(melody), AttributeRow::measure(melody));
    let versions = set.entries.iter().zip(&set.reconstructions);
    let versions = versions.map(|(entry, reconstruction)| ImportedVersions {
        original: with_attributes(&entry.melody),
        reconstruction: with_attributes(reconstruction),
        quality: Reconstruction::measure(&entry.melody, reconstruction),
    });
    let set = GeneratedSet {
        method,
        versions: versions.collect(),
        entries: set.entries,
        latents: set.latents,
        names: details.names,
        source_ids: details.sources,
        weights_hash: details.weights_hash,
        is_landmarks: details.landmarks,
        edit: details.edit,
    };
    melodies.restore_generated_set(number, set);
}
