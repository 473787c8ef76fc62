//! The maps of this session: the one that is shown, and those beside it.
//!
//! Everything that belongs to one map is a [`MapState`]. The shown map's stands in the fields of [`AppState`]; showing
//! another map exchanges the two, so that going back is instant and loses nothing.

use std::path::PathBuf;
use std::sync::Arc;

use super::{
    AppState, Found, LayoutState, Library, PathState, Selection, SteerState, Summary, UndoStep,
};
use crate::worker::{JobId, ModelInfo};

/// Melodies that the maps beside the shown one may hold together. Beyond, the oldest map is closed. A sweep of 3,660 melodies
/// took 2.6 KiB of memory for each, so these are at most about 400 MB.
pub const MOST_STORED_MELODIES: usize = 150_000;

/// Which sweep and which model a map comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct MapIdentity {
    /// Number in the list, from 1; never used twice in a session.
    pub number: u32,
    /// The job of its sweep.
    pub sweep: JobId,
    /// The model that decoded it.
    pub model: ModelInfo,
    /// The file of that model; `None` for the program's own.
    pub model_path: Option<PathBuf>,
}

/// What belongs to one map.
pub struct MapState {
    /// Where it comes from.
    pub identity: MapIdentity,
    /// Its melodies.
    pub library: Library,
    summary: Summary,
    layout: LayoutState,
    steer: SteerState,
    selection: Selection,
    undo: Vec<UndoStep>,
    path: PathState,
    found: Option<Arc<Found>>,
}

/// The maps of this session.
#[derive(Default)]
pub struct Maps {
    /// Where the shown map comes from; `None` before the first sweep.
    pub shown: Option<MapIdentity>,
    stored: Vec<MapState>,
    created: u32,
}

/// One map in the list.
pub struct MapEntry<'a> {
    /// Where it comes from.
    pub identity: &'a MapIdentity,
    /// Its melodies.
    pub library: &'a Library,
    /// It is the one on screen.
    pub shown: bool,
}

impl Maps {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.stored.len() + usize::from(self.shown.is_some())
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl AppState {
    /// The maps of this session, oldest first.
    pub fn maps(&self) -> Vec<MapEntry<'_>> {
        let stored = self.maps.stored.iter().map(|map| MapEntry {
            identity: &map.identity,
            library: &map.library,
            shown: false,
        });
        let shown = self.maps.shown.iter().map(|identity| MapEntry {
            identity,
            library: &self.library,
            shown: true,
        });
        let mut maps: Vec<_> = stored.chain(shown).collect();
        maps.sort_by_key(|map| map.identity.number);
        maps
    }

    /// Whether the shown map's own sweep is running.
    pub fn sweeping(&self) -> bool {
        let shown = self.maps.shown.as_ref().map(|map| map.sweep);
        self.sweep.running.is_some() && self.sweep.running == shown
    }

    /// Whether the open model is the one that the shown map was made with, so that its latent points can be decoded.
    pub fn decodes(&self) -> bool {
        let (Some(info), Some(map)) = (self.model.info(), &self.maps.shown) else {
            return false;
        };
        info.weights_hash == map.model.weights_hash
    }

    /// Begins a map: the shown one is stored beside it.
    pub(in crate::ui) fn begin_map(
        &mut self,
        sweep: JobId,
        model: ModelInfo,
        model_path: Option<PathBuf>,
    ) {
        self.maps.created += 1;
        let mut steer = SteerState::new();
        // The sliders stay where they are.
        steer.wanted.clone_from(&self.steer.wanted);
        steer.attribute = self.steer.attribute;
        steer.waiting = self.steer.waiting.take();
        let mut next = MapState {
            identity: MapIdentity {
                number: self.maps.created,
                sweep,
                model,
                model_path,
            },
            library: Library::default(),
            summary: Summary::default(),
            layout: LayoutState::default(),
            steer,
            selection: Selection::default(),
            undo: Vec::new(),
            path: PathState {
                tool: self.path.tool,
                ..PathState::default()
            },
            found: None,
        };
        let Some(identity) = self.maps.shown.replace(next.identity.clone()) else {
            // Nothing that belongs to a map is there yet but the settings of the sliders.
            self.exchange_fields(&mut next);
            return;
        };
        self.exchange_fields(&mut next);
        next.identity = identity;
        self.maps.stored.push(next);
    }

    /// Shows another map in place of the shown one, which is stored. False if there is no such map.
    pub(in crate::ui) fn exchange_map(&mut self, number: u32) -> bool {
        let place = self
            .maps
            .stored
            .iter()
            .position(|map| map.identity.number == number);
        let (Some(place), Some(shown)) = (place, self.maps.shown.take()) else {
            return false;
        };
        let mut map = self.maps.stored.swap_remove(place);
        self.maps.shown = Some(std::mem::replace(&mut map.identity, shown));
        self.exchange_fields(&mut map);
        self.maps.stored.push(map);
        true
    }

    fn exchange_fields(&mut self, map: &mut MapState) {
        // An answer for the path of one map must not be taken for another's.
        let asked = self.path.asked.max(map.path.asked) + 1;
        std::mem::swap(&mut self.library, &mut map.library);
        std::mem::swap(&mut self.summary, &mut map.summary);
        std::mem::swap(&mut self.layout, &mut map.layout);
        std::mem::swap(&mut self.steer, &mut map.steer);
        std::mem::swap(&mut self.selection, &mut map.selection);
        std::mem::swap(&mut self.path, &mut map.path);
        self.analysis.exchange(&mut map.found);
        self.path.asked = asked;
        // Kept melodies belong to no map: what was kept or removed last is still the last step to undo.
        let (outliving, own) = self
            .undo
            .drain(..)
            .partition::<Vec<_>, _>(UndoStep::outlives_the_map);
        self.undo = std::mem::replace(&mut map.undo, own);
        self.undo.extend(outliving);
    }

    /// Lets `change` work on the map of a sweep as if it were shown. `None` if that map has been closed.
    pub(in crate::ui) fn with_map<R>(
        &mut self,
        sweep: JobId,
        change: impl FnOnce(&mut Self) -> R,
    ) -> Option<R> {
        let shown = self.maps.shown.as_ref()?;
        if shown.sweep == sweep {
            return Some(change(self));
        }
        let back = shown.number;
        let number = self.stored_map(sweep)?.identity.number;
        let asked = self.path.asked;
        self.exchange_map(number);
        let result = change(self);
        self.exchange_map(back);
        self.path.asked = asked;
        Some(result)
    }

    fn stored_map(&self, sweep: JobId) -> Option<&MapState> {
        let mut stored = self.maps.stored.iter();
        stored.find(|map| map.identity.sweep == sweep)
    }

    /// The melodies of a sweep's map, shown or not.
    pub(in crate::ui) fn library_of(&mut self, sweep: JobId) -> Option<&mut Library> {
        if self.maps.shown.as_ref()?.sweep == sweep {
            return Some(&mut self.library);
        }
        let mut stored = self.maps.stored.iter_mut();
        let map = stored.find(|map| map.identity.sweep == sweep)?;
        Some(&mut map.library)
    }

    /// The sweep of the map whose steer is this job.
    pub(in crate::ui) fn steered_map(&self, job: JobId) -> Option<JobId> {
        let is_running = |steer: &SteerState| steer.running.is_some_and(|(id, _)| id == job);
        if is_running(&self.steer) {
            return Some(self.maps.shown.as_ref()?.sweep);
        }
        let mut stored = self.maps.stored.iter();
        stored
            .find(|map| is_running(&map.steer))
            .map(|map| map.identity.sweep)
    }

    /// Takes the map that was shown before out of the list, if it holds nothing that the shown one will not hold as
    /// well: no melody at all, or the same sweep unfinished with nothing made of it.
    pub(in crate::ui) fn remove_superseded_map(&mut self) -> Option<MapIdentity> {
        let shown = self.maps.shown.as_ref()?;
        let last = self.maps.stored.last()?;
        let same = last.identity.model.weights_hash == shown.model.weights_hash
            && last.library.config() == self.library.config()
            && !last.library.is_complete();
        let superseded = last.library.decoded() == 0 || same;
        if !superseded || last.library.holds_found_melodies() {
            return None;
        }
        self.maps.stored.pop().map(|map| map.identity)
    }

    /// Takes maps out of the list until those left hold no more than `most` melodies: the oldest first, and those on
    /// which nothing was steered or made before the others.
    pub(in crate::ui) fn close_maps_beyond(&mut self, most: usize) -> Vec<MapIdentity> {
        let mut closed = Vec::new();
        loop {
            let stored = &self.maps.stored;
            let held: usize = stored.iter().map(|map| map.library.melodies()).sum();
            if held <= most {
                return closed;
            }
            let order = |place: &usize| {
                stored.get(*place).map(|map| {
                    let found = map.library.holds_found_melodies();
                    (found, map.identity.number)
                })
            };
            let Some(place) = (0..stored.len()).min_by_key(order) else {
                return closed;
            };
            closed.push(self.maps.stored.remove(place).identity);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;

    use super::*;
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{GenerateMethod, MelodyEntry, RunOptions, SweepConfig, Unobserved, run};
    use crate::ui::Settings;
    use crate::ui::state::GeneratedSet;

    fn model(weights_hash: &str) -> ModelInfo {
        ModelInfo {
            name: "Toy".to_owned(),
            weights_hash: weights_hash.to_owned(),
            device: "CPU".to_owned(),
            latent_size: 24,
            steps: 32,
        }
    }

    /// Adds a map of 5 regions of 3 samples, which is 20 melodies.
    fn add_map(state: &mut AppState, seed: u64, complete: bool) {
        let config = SweepConfig {
            regions: 5,
            samples: 3,
            seed,
            ..SweepConfig::default()
        };
        let mut decoder = FakeDecoder::new(24);
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut decoder, &mut Unobserved).unwrap();
        let job = JobId::for_test(seed);
        state.begin_map(job, model("0123456789ab"), None);
        state.library.begin(Arc::clone(&sweep.plan));
        let mut entries: Vec<MelodyEntry> = sweep.centres;
        if complete {
            entries.extend(sweep.samples);
        }
        state.library.add(entries);
    }

    fn numbers(state: &AppState) -> Vec<u32> {
        let maps = state.maps();
        maps.iter().map(|map| map.identity.number).collect()
    }

    #[test]
    fn maps_beyond_the_limit_are_closed_oldest_first_and_those_with_found_melodies_last() {
        let mut state = AppState::new(Settings::default());
        add_map(&mut state, 1, true);
        let set = GeneratedSet::new(GenerateMethod::Explored, &[], Vec::new(), String::new());
        state.library.add_made(0, set);
        for seed in 2..6 {
            add_map(&mut state, seed, true);
        }
        assert_eq!(numbers(&state), [1, 2, 3, 4, 5]);
        // Four maps of 20 are stored beside the shown one.
        assert!(state.close_maps_beyond(80).is_empty());
        let closed = state.close_maps_beyond(45);
        let closed: Vec<u32> = closed.iter().map(|map| map.number).collect();
        assert_eq!(closed, [2, 3]);
        assert_eq!(numbers(&state), [1, 4, 5]);
        // The shown map is never closed.
        state.close_maps_beyond(0);
        assert_eq!(numbers(&state), [5]);
    }

    #[test]
    fn an_unfinished_map_is_superseded_by_its_own_sweep_and_by_no_other() {
        let mut state = AppState::new(Settings::default());
        add_map(&mut state, 1, false);
        add_map(&mut state, 1, true);
        assert_eq!(state.remove_superseded_map().unwrap().number, 1);
        add_map(&mut state, 2, false);
        // The complete one stays.
        assert!(state.remove_superseded_map().is_none());
        add_map(&mut state, 3, true);
        assert!(state.remove_superseded_map().is_none());
        assert_eq!(numbers(&state), [2, 3, 4]);
    }
}
