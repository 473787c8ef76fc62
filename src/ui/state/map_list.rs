//! Showing and closing the maps of this session.
//!
//! The parts of the shown map are fields of [`AppState`]; those of the other maps are in [`Maps`](super::maps::Maps).
//! Showing another map swaps the two, so that going back is instant and loses nothing.

use std::path::PathBuf;

use super::app_state::AppState;
use super::layout::LayoutState;
use super::map_melodies::MapMelodies;
use super::maps::{MapEntry, MapIdentity, MapState};
use super::path::PathState;
use super::selection::Selection;
use super::steer::SteerState;
use super::summary::Summary;
use super::undo::UndoStep;
use crate::worker::{JobId, ModelInfo};

impl AppState {
    /// The maps of this session, oldest first.
    pub fn maps(&self) -> Vec<MapEntry<'_>> {
        let stored = self.maps.stored.iter().map(|map| MapEntry {
            identity: &map.identity,
            melodies: &map.melodies,
            layout: &map.layout,
            steer: &map.steer,
            selection: &map.selection,
            path: &map.path,
            shown: false,
        });
        let shown = self.maps.shown.iter().map(|identity| MapEntry {
            identity,
            melodies: &self.melodies,
            layout: &self.layout,
            steer: &self.steer,
            selection: &self.selection,
            path: &self.path,
            shown: true,
        });
        let mut maps: Vec<_> = stored.chain(shown).collect();
        maps.sort_by_key(|map| map.identity.number);
        maps
    }

    /// Whether the shown map's own sweep is running.
    pub fn is_sweeping(&self) -> bool {
        self.sweep.running.is_some() && self.sweep.running == self.maps.shown_sweep()
    }

    /// Whether the open model is the one of the shown map, so that its latent points can be decoded.
    pub fn can_decode(&self) -> bool {
        let (Some(info), Some(map)) = (self.model.info(), &self.maps.shown) else {
            return false;
        };
        info.weights_hash == map.model.weights_hash
    }

    /// Shows a new map and stores the shown one.
    pub(in crate::ui) fn insert_map(
        &mut self,
        sweep: JobId,
        model: ModelInfo,
        model_path: Option<PathBuf>,
    ) {
        self.maps.created += 1;
        let steer = self.steer.for_new_map();
        let mut next = MapState {
            identity: MapIdentity {
                number: self.maps.created,
                sweep,
                model,
                model_path,
            },
            melodies: MapMelodies::default(),
            summary: Summary::default(),
            layout: LayoutState::default(),
            steer,
            selection: Selection::default(),
            undo: Vec::new(),
            redo: Vec::new(),
            path: PathState {
                tool_active: self.path.tool_active,
                ..PathState::default()
            },
            study: None,
        };
        let Some(identity) = self.maps.shown.replace(next.identity.clone()) else {
            self.swap_map_fields(&mut next);
            return;
        };
        self.swap_map_fields(&mut next);
        next.identity = identity;
        self.maps.stored.push(next);
    }

    /// Shows another map and stores the shown one. False if there is no such map.
    pub(in crate::ui) fn swap_map(&mut self, number: u32) -> bool {
        let index = self
            .maps
            .stored
            .iter()
            .position(|map| map.identity.number == number);
        let (Some(index), Some(shown)) = (index, self.maps.shown.take()) else {
            return false;
        };
        let mut map = self.maps.stored.swap_remove(index);
        self.maps.shown = Some(std::mem::replace(&mut map.identity, shown));
        self.swap_map_fields(&mut map);
        self.maps.stored.push(map);
        true
    }

    /// Replaces all maps by those of a session; shows the one of this number, or the last one.
    pub(in crate::ui) fn restore_maps(&mut self, maps: Vec<MapState>, shown: u32, created: u32) {
        let tool_active = self.path.tool_active;
        self.melodies = MapMelodies::default();
        self.summary = Summary::default();
        self.layout = LayoutState::default();
        self.steer = SteerState::default();
        self.selection = Selection::default();
        self.undo.retain(UndoStep::is_independent_of_maps);
        self.redo.retain(UndoStep::is_independent_of_maps);
        // Answers to requests of the path before must not be taken for this one's.
        let last_request_id = self.path.last_request_id + 1;
        self.path = PathState {
            tool_active,
            last_request_id,
            ..PathState::default()
        };
        self.analysis.swap_study(&mut None);
        let numbers = maps.iter().map(|map| map.identity.number);
        self.maps.created = numbers.max().unwrap_or(0).max(created);
        self.maps.shown = None;
        self.maps.stored = maps;
        let index = self
            .maps
            .stored
            .iter()
            .position(|map| map.identity.number == shown)
            .or_else(|| self.maps.stored.len().checked_sub(1));
        if let Some(index) = index {
            let mut map = self.maps.stored.remove(index);
            self.swap_map_fields(&mut map);
            self.maps.shown = Some(map.identity);
        }
    }

    fn swap_map_fields(&mut self, map: &mut MapState) {
        // An answer to the path of one map must not be taken for another's.
        let last_request_id = self.path.last_request_id.max(map.path.last_request_id) + 1;
        std::mem::swap(&mut self.melodies, &mut map.melodies);
        std::mem::swap(&mut self.summary, &mut map.summary);
        std::mem::swap(&mut self.layout, &mut map.layout);
        std::mem::swap(&mut self.steer, &mut map.steer);
        std::mem::swap(&mut self.selection, &mut map.selection);
        std::mem::swap(&mut self.path, &mut map.path);
        self.analysis.swap_study(&mut map.study);
        self.path.last_request_id = last_request_id;
        swap_steps(&mut self.undo, &mut map.undo);
        swap_steps(&mut self.redo, &mut map.redo);
    }

    /// Applies `change` to the map of a sweep as if it were shown. `None` if that map was closed.
    pub(in crate::ui) fn with_map<R>(
        &mut self,
        sweep: JobId,
        change: impl FnOnce(&mut Self) -> R,
    ) -> Option<R> {
        let shown = self.maps.shown.as_ref()?;
        if shown.sweep == sweep {
            return Some(change(self));
        }
        let shown_number = shown.number;
        let number = self.stored_map(sweep)?.identity.number;
        let last_request_id = self.path.last_request_id;
        self.swap_map(number);
        let result = change(self);
        self.swap_map(shown_number);
        self.path.last_request_id = last_request_id;
        Some(result)
    }

    fn stored_map(&self, sweep: JobId) -> Option<&MapState> {
        let mut stored = self.maps.stored.iter();
        stored.find(|map| map.identity.sweep == sweep)
    }

    /// The melodies of a sweep's map, shown or not.
    pub(in crate::ui) fn melodies_of_sweep(&mut self, sweep: JobId) -> Option<&mut MapMelodies> {
        if self.maps.shown.as_ref()?.sweep == sweep {
            return Some(&mut self.melodies);
        }
        let mut stored = self.maps.stored.iter_mut();
        let map = stored.find(|map| map.identity.sweep == sweep)?;
        Some(&mut map.melodies)
    }

    /// The sweep of the map that a steer job adds melodies to.
    pub(in crate::ui) fn sweep_steered_by(&self, job: JobId) -> Option<JobId> {
        let is_running = |steer: &SteerState| {
            let running = steer.running.as_ref();
            running.is_some_and(|running| running.job == job)
        };
        if is_running(&self.steer) {
            return Some(self.maps.shown.as_ref()?.sweep);
        }
        let mut stored = self.maps.stored.iter();
        stored
            .find(|map| is_running(&map.steer))
            .map(|map| map.identity.sweep)
    }

    /// Removes the map that was shown before, if the shown one will contain all of it: it is empty, or it is the same sweep,
    /// unfinished and without generated melodies.
    pub(in crate::ui) fn remove_superseded_map(&mut self) -> Option<MapIdentity> {
        let shown = self.maps.shown.as_ref()?;
        let last = self.maps.stored.last()?;
        let is_same_sweep = last.identity.model.weights_hash == shown.model.weights_hash
            && last.melodies.config() == self.melodies.config()
            && !last.melodies.is_complete();
        let is_superseded = last.melodies.decoded_count() == 0 || is_same_sweep;
        if !is_superseded || last.melodies.has_added_melodies() {
            return None;
        }
        self.maps.stored.pop().map(|map| map.identity)
    }

    /// Removes stored maps until no more than `max_melodies` melodies are left: the oldest first, and those without steered or
    /// generated melodies before the others.
    pub(in crate::ui) fn close_oldest_maps(&mut self, max_melodies: usize) -> Vec<MapIdentity> {
        let mut closed = Vec::new();
        loop {
            let stored = &self.maps.stored;
            let stored_melody_count: usize =
                stored.iter().map(|map| map.melodies.melody_count()).sum();
            if stored_melody_count <= max_melodies {
                return closed;
            }
            let first_to_close = |index: &usize| {
                stored.get(*index).map(|map| {
                    let keeps_results = map.melodies.has_added_melodies();
                    (keeps_results, map.identity.number)
                })
            };
            let Some(index) = (0..stored.len()).min_by_key(first_to_close) else {
                return closed;
            };
            closed.push(self.maps.stored.remove(index).identity);
        }
    }
}

/// Exchanges the steps of two maps. Those that belong to no map stay, as the last ones.
fn swap_steps(shown: &mut Vec<UndoStep>, stored: &mut Vec<UndoStep>) {
    let steps = std::mem::take(shown).into_iter();
    let (independent, of_map) = steps.partition::<Vec<_>, _>(UndoStep::is_independent_of_maps);
    *shown = std::mem::replace(stored, of_map);
    shown.extend(independent);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;

    use super::*;
    use crate::sweep::testing::FakeModel;
    use crate::sweep::{GenerateMethod, MelodyEntry, RunOptions, SweepConfig, Unobserved, run};
    use crate::ui::settings::Settings;
    use crate::ui::state::generated_set::GeneratedSet;

    fn model(weights_hash: &str) -> ModelInfo {
        ModelInfo {
            name: "Toy".to_owned(),
            weights_hash: weights_hash.to_owned(),
            device: "CPU".to_owned(),
            latent_size: 24,
            steps: 32,
            has_encoder: false,
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
        let mut decoder = FakeModel::new(24);
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut decoder, &mut Unobserved).unwrap();
        let job = JobId::for_test(seed);
        state.insert_map(job, model("0123456789ab"), None);
        state.melodies.reset(Arc::clone(&sweep.plan));
        let mut entries: Vec<MelodyEntry> = sweep.centres;
        if complete {
            entries.extend(sweep.samples);
        }
        state.melodies.add(entries);
    }

    fn numbers(state: &AppState) -> Vec<u32> {
        let maps = state.maps();
        maps.iter().map(|map| map.identity.number).collect()
    }

    #[test]
    fn maps_beyond_the_limit_are_closed_oldest_first_and_those_with_generated_melodies_last() {
        let mut state = AppState::new(Settings::default());
        add_map(&mut state, 1, true);
        let set = GeneratedSet::new(GenerateMethod::Explored, &[], Vec::new(), String::new());
        state.melodies.add_generated_set(0, set);
        for seed in 2..6 {
            add_map(&mut state, seed, true);
        }
        assert_eq!(numbers(&state), [1, 2, 3, 4, 5]);
        // Four maps of 20 are stored beside the shown one.
        assert!(state.close_oldest_maps(80).is_empty());
        let closed = state.close_oldest_maps(45);
        let closed: Vec<u32> = closed.iter().map(|map| map.number).collect();
        assert_eq!(closed, [2, 3]);
        assert_eq!(numbers(&state), [1, 4, 5]);
        // The shown map is never closed.
        state.close_oldest_maps(0);
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
