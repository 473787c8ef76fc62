//! Melodies added to a map after its sweep, and all its melodies as possible neighbours of one.

use std::sync::Arc;

use super::generated_set::GeneratedSet;
use super::map_melodies::{MapMelodies, next_unique_number};
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId, NeighbourCandidate};
use crate::worker::AddedMelody;

impl MapMelodies {
    /// Adds melodies of a steer, or replaces those of the same ids, and sets what it asked for as their common name. Points
    /// that are there do not move. Returns the melodies that are new or not the same as before.
    pub fn set_steered(
        &mut self,
        steer: u32,
        name: &str,
        melodies: Vec<AddedMelody>,
    ) -> Vec<AddedMelody> {
        self.version = next_unique_number();
        self.steer_names.insert(steer, name.to_owned());
        let set = self.steered.entry(steer).or_default();
        let mut changed = Vec::new();
        for melody in melodies {
            let MelodyId::Steered { index, .. } = melody.entry.id else {
                continue;
            };
            let count = set.len();
            match set.get_mut(index as usize) {
                Some(previous)
                    if previous.entry.melody == melody.entry.melody
                        && previous.latent == melody.latent =>
                {
                    continue;
                }
                Some(previous) => *previous = melody.clone(),
                None if index as usize == count => set.push(melody.clone()),
                // The places before it are still free; the result of the steer has none left.
                None => continue,
            }
            changed.push(melody);
        }
        changed
    }

    /// Adds a set whose melodies have their positions already.
    pub fn restore_generated_set(&mut self, number: u32, set: GeneratedSet) {
        self.insert_generated_set(number, set);
    }

    /// The melodies of each steer with its number, oldest first.
    pub fn steered_sets(&self) -> impl Iterator<Item = (u32, &[AddedMelody])> {
        let sets = self.steered.iter();
        sets.map(|(number, melodies)| (*number, melodies.as_slice()))
    }

    /// The common name of the melodies of a steer, as "Density 6.2".
    pub fn steer_name(&self, steer: u32) -> Option<&str> {
        self.steer_names.get(&steer).map(String::as_str)
    }

    /// Keeps melodies off the map until they are moved to their positions.
    pub fn await_positions(&mut self, ids: impl IntoIterator<Item = MelodyId>) {
        self.version = next_unique_number();
        self.unplaced.extend(ids);
    }

    /// Shows all melodies where they are, also those that have not been moved to their positions.
    pub fn stop_awaiting_positions(&mut self) {
        self.version = next_unique_number();
        self.unplaced.clear();
    }

    /// Whether a melody has a position on the map.
    pub fn is_placed(&self, id: MelodyId) -> bool {
        !self.unplaced.contains(&id)
    }

    /// The melodies that were added to the map after its layout, without those of a path.
    pub fn added_melodies(&self) -> Vec<AddedMelody> {
        let sets = self.generated.iter();
        let sets = sets.filter(|(_, set)| set.method != GenerateMethod::Path);
        self.steered
            .values()
            .flatten()
            .cloned()
            .chain(sets.flat_map(|(number, _)| self.added_melodies_of_set(*number)))
            .chain(self.probes.iter().cloned())
            .collect()
    }

    /// The melodies of a generated set, to be placed on the map.
    pub fn added_melodies_of_set(&self, number: u32) -> Vec<AddedMelody> {
        let set = self.generated.get(&number);
        set.into_iter()
            .flat_map(|set| set.entries.iter().zip(&set.latents))
            .map(|(entry, latent)| AddedMelody {
                entry: entry.clone(),
                latent: latent.clone(),
            })
            .collect()
    }

    /// Number of steered and generated melodies; probes do not count.
    pub fn added_count(&self) -> usize {
        let generated = self.generated.values().map(|set| set.entries.len());
        generated.chain(self.steered.values().map(Vec::len)).sum()
    }

    /// Whether the map has steered or generated melodies, other than imported ones, which are copied to the next map.
    pub fn has_added_melodies(&self) -> bool {
        let mut sets = self.generated.values();
        !self.steered.is_empty() || sets.any(|set| set.method != GenerateMethod::Imported)
    }

    /// A melody to find neighbours of.
    pub fn candidate(&self, id: MelodyId) -> Option<NeighbourCandidate> {
        Some(NeighbourCandidate {
            id,
            melody: Arc::clone(&self.get(id)?.melody),
            latent: Some(self.latent(id)?),
        })
    }

    /// All melodies of the map as possible neighbours. The latent points of the sweep's melodies are in the plan.
    pub fn candidates(&self) -> Vec<NeighbourCandidate> {
        let candidate = |entry: &MelodyEntry| NeighbourCandidate {
            id: entry.id,
            melody: Arc::clone(&entry.melody),
            latent: if entry.id.region().is_some() {
                None
            } else {
                self.latent(entry.id)
            },
        };
        let generated = self.generated.values().flat_map(|set| &set.entries);
        self.swept()
            .chain(self.steered())
            .chain(generated)
            .map(candidate)
            .collect()
    }
}
