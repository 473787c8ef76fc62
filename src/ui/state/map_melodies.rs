//! The melodies of one map: those of its sweep as they are decoded, and those that are added to it.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::generated_set::{GeneratedSet, ImportedVersions};
use super::projection::Projection;
use crate::attributes::ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId, SweepConfig, SweepPlan};
use crate::worker::AddedMelody;

/// A number that was not returned before in this process.
pub(super) fn next_unique_number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Probes that are stored: a drag of the pointer requests up to 17 between two sixteenths of the slowest tempo.
const MAX_PROBES: usize = 24;

/// A sweep's plan, its melodies decoded so far, and the melodies added to its map.
#[derive(Default)]
pub struct MapMelodies {
    plan: Option<Arc<SweepPlan>>,
    projection: Projection,
    centres: Vec<Option<MelodyEntry>>,
    /// Region by region, [`MapMelodies::samples_per_region`] of each.
    samples: Vec<Option<MelodyEntry>>,
    pub(super) steered: BTreeMap<u32, Vec<AddedMelody>>,
    /// What each steer asked for, as "Density 6.2".
    pub(super) steer_names: BTreeMap<u32, String>,
    /// Added melodies whose positions are not known yet.
    pub(super) unplaced: HashSet<MelodyId>,
    pub(super) generated: BTreeMap<u32, GeneratedSet>,
    /// Positions of the samples in the latent layout, whatever layout is shown.
    latent_positions: Vec<[f64; 2]>,
    /// Number of animated moves of the points so far: incremented when points should move to new positions in an animation.
    transitions: u64,
    /// Whether the landmarks are no points of the map.
    pub(super) hides_landmarks: bool,
    /// The latest probes: one plays on until the next sixteenth while newer ones are queued.
    pub(super) probes: VecDeque<AddedMelody>,
    /// Per region and attribute: sum and count over its decoded melodies.
    sums: Vec<(f64, u32)>,
    empty: usize,
    decoded: usize,
    generation: u64,
    pub(super) version: u64,
}

impl MapMelodies {
    /// Removes all melodies and prepares for those of a sweep.
    pub fn reset(&mut self, plan: Arc<SweepPlan>) {
        let regions = plan.region_centres.len();
        let samples = regions * plan.config.samples as usize;
        *self = Self {
            centres: vec![None; regions],
            samples: vec![None; samples],
            latent_positions: vec![[0.0; 2]; samples],
            sums: vec![(0.0, 0); regions * ATTRIBUTES.len()],
            generation: next_unique_number(),
            version: next_unique_number(),
            transitions: self.transitions,
            hides_landmarks: self.hides_landmarks,
            projection: Projection::new(&plan),
            plan: Some(plan),
            ..Self::default()
        };
    }

    /// Adds decoded melodies of the sweep. An id outside the plan is ignored.
    pub fn add(&mut self, batch: Vec<MelodyEntry>) {
        self.version = next_unique_number();
        for mut entry in batch {
            let index = self.sample_index(entry.id);
            let slot = match (entry.id, index) {
                (MelodyId::Centre { region }, _) => self.centres.get_mut(region as usize),
                (_, Some(index)) => self.samples.get_mut(index),
                _ => None,
            };
            let (Some(slot), Some(region)) = (slot, entry.id.region()) else {
                continue;
            };
            if slot.is_some() {
                continue;
            }
            if let Some(plan) = &self.plan
                && let Some(position) = self.projection.sample_position(plan, entry.id)
            {
                entry.position = position;
            }
            if let Some(latent_position) =
                index.and_then(|index| self.latent_positions.get_mut(index))
            {
                *latent_position = entry.position;
            }
            self.decoded += 1;
            self.empty += usize::from(entry.attributes.is_empty());
            let row = region as usize * ATTRIBUTES.len();
            for attribute in 0..ATTRIBUTES.len() {
                if let (Some(value), Some(sum)) = (
                    entry.attributes.value(attribute),
                    self.sums.get_mut(row + attribute),
                ) {
                    sum.0 += value;
                    sum.1 += 1;
                }
            }
            *slot = Some(entry);
        }
    }

    /// Removes the melodies of a steer, and returns them.
    pub fn remove_steered(&mut self, steer: u32) -> Vec<AddedMelody> {
        self.version = next_unique_number();
        self.steered.remove(&steer).unwrap_or_default()
    }

    pub(super) fn insert_generated_set(&mut self, number: u32, set: GeneratedSet) {
        self.version = next_unique_number();
        self.generated.insert(number, set);
    }

    /// Removes a generated set.
    pub fn remove_generated_set(&mut self, number: u32) -> Option<GeneratedSet> {
        self.version = next_unique_number();
        self.generated.remove(&number)
    }

    /// Generated sets with their numbers, oldest first.
    pub fn generated_sets(&self) -> impl Iterator<Item = (u32, &GeneratedSet)> {
        self.generated.iter().map(|(number, set)| (*number, set))
    }

    /// The set that a generated melody belongs to, and its index there; `None` for probes.
    fn set_and_index(&self, id: MelodyId) -> Option<(&GeneratedSet, usize)> {
        match id {
            MelodyId::Generated { method, set, index } if method != GenerateMethod::Probe => {
                Some((self.generated.get(&set)?, index as usize))
            }
            _ => None,
        }
    }

    /// The set that a generated melody belongs to.
    pub fn generated_set(&self, id: MelodyId) -> Option<&GeneratedSet> {
        self.set_and_index(id).map(|(set, _)| set)
    }

    /// Original and reconstruction of an imported melody.
    pub fn imported_versions(&self, id: MelodyId) -> Option<&ImportedVersions> {
        let (set, index) = self.set_and_index(id)?;
        set.versions.get(index)
    }

    /// The name that a melody was given, if it was given one.
    pub fn name(&self, id: MelodyId) -> Option<&str> {
        let (set, index) = self.set_and_index(id)?;
        set.names.get(index).map(String::as_str)
    }

    /// Shows imported melodies as the model decodes them, or as they are in the file.
    pub fn show_reconstructions(&mut self, reconstructed: bool) {
        self.version = next_unique_number();
        for set in self.generated.values_mut() {
            set.show_reconstructions(reconstructed);
        }
    }

    /// The latest probes, oldest first. They are no points of the map, so they change nothing that is drawn from the points.
    pub fn probes(&self) -> impl Iterator<Item = &MelodyEntry> {
        self.probes.iter().map(|probe| &probe.entry)
    }

    /// Adds a probe, in place of the oldest if there are many.
    pub fn add_probe(&mut self, entry: MelodyEntry, latent: LatentPoint) {
        if self.probes.len() == MAX_PROBES {
            self.probes.pop_front();
        }
        self.probes.push_back(AddedMelody { entry, latent });
    }

    /// A steered melody or a probe.
    fn steered_or_probe(&self, id: MelodyId) -> Option<&AddedMelody> {
        match id {
            MelodyId::Steered { steer, index } => self.steered.get(&steer)?.get(index as usize),
            _ => self.probes.iter().rev().find(|probe| probe.entry.id == id),
        }
    }

    /// A melody, if it is decoded.
    pub fn get(&self, id: MelodyId) -> Option<&MelodyEntry> {
        match id {
            MelodyId::Centre { region } => self.centres.get(region as usize)?.as_ref(),
            MelodyId::Sample { .. } => self.samples.get(self.sample_index(id)?)?.as_ref(),
            _ => match self.set_and_index(id) {
                Some((set, index)) => set.entries.get(index),
                None => self.steered_or_probe(id).map(|added| &added.entry),
            },
        }
    }

    fn get_mut(&mut self, id: MelodyId) -> Option<&mut MelodyEntry> {
        match id {
            MelodyId::Centre { region } => self.centres.get_mut(region as usize)?.as_mut(),
            MelodyId::Sample { .. } => {
                let index = self.sample_index(id)?;
                self.samples.get_mut(index)?.as_mut()
            }
            MelodyId::Steered { steer, index } => {
                let melodies = self.steered.get_mut(&steer)?;
                melodies
                    .get_mut(index as usize)
                    .map(|added| &mut added.entry)
            }
            MelodyId::Generated {
                method: GenerateMethod::Probe,
                ..
            } => {
                let mut entries = self.probes.iter_mut().map(|probe| &mut probe.entry);
                entries.find(|entry| entry.id == id)
            }
            MelodyId::Generated { set, index, .. } => {
                let set = self.generated.get_mut(&set)?;
                set.entries.get_mut(index as usize)
            }
        }
    }

    /// Index into the samples of all regions.
    fn sample_index(&self, id: MelodyId) -> Option<usize> {
        let per_region = self.samples_per_region();
        match id {
            MelodyId::Sample { region, sample } if (sample as usize) < per_region => {
                Some(region as usize * per_region + sample as usize)
            }
            _ => None,
        }
    }

    /// The latent point of a melody.
    pub fn latent(&self, id: MelodyId) -> Option<LatentPoint> {
        match id {
            MelodyId::Centre { .. } | MelodyId::Sample { .. } => self.plan.as_ref()?.latent(id),
            _ => match self.set_and_index(id) {
                Some((set, index)) => set.latents.get(index).cloned(),
                None => self.steered_or_probe(id).map(|added| added.latent.clone()),
            },
        }
    }

    /// Least and greatest x and y of the melodies of the sweep; `None` without any.
    #[must_use]
    pub fn bounds(&self) -> Option<[[f64; 2]; 2]> {
        let mut bounds = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
        for entry in self.swept() {
            for (range, coordinate) in bounds.iter_mut().zip(entry.position) {
                *range = [range[0].min(coordinate), range[1].max(coordinate)];
            }
        }
        bounds
            .iter()
            .all(|[low, high]| low <= high)
            .then_some(bounds)
    }

    /// Moves melodies to these positions: at once, or in an animation.
    ///
    /// # Shapes
    /// - `positions`: one per id
    pub fn move_to(&mut self, ids: &[MelodyId], positions: &[[f64; 2]], animated: bool) {
        self.version = next_unique_number();
        self.transitions += u64::from(animated);
        for (id, position) in ids.iter().zip(positions) {
            self.unplaced.remove(id);
            if let Some(entry) = self.get_mut(*id) {
                entry.position = *position;
            }
        }
    }

    /// Position of a centre or sample in the latent layout, whatever layout is shown.
    pub fn latent_position(&self, id: MelodyId) -> Option<[f64; 2]> {
        match id {
            MelodyId::Centre { region } => {
                self.plan.as_ref()?.map.points.get(region as usize).copied()
            }
            _ => self.latent_positions.get(self.sample_index(id)?).copied(),
        }
    }

    /// Number of animated moves so far; a change means that points should move to their new positions in an animation.
    pub fn transitions(&self) -> u64 {
        self.transitions
    }

    /// The sweep's plan, once known.
    pub fn plan(&self) -> Option<&Arc<SweepPlan>> {
        self.plan.as_ref()
    }

    pub(super) fn projection(&self) -> &Projection {
        &self.projection
    }

    /// The sweep's configuration, once known.
    pub fn config(&self) -> Option<&SweepConfig> {
        self.plan.as_ref().map(|plan| &plan.config)
    }

    /// Whether every centre and sample is decoded.
    pub fn is_complete(&self) -> bool {
        self.decoded == self.centres.len() + self.samples.len()
    }

    /// Number of all its melodies.
    pub fn melody_count(&self) -> usize {
        self.decoded + self.added_count()
    }

    /// Changes with every sweep, and differs between maps: an id identifies a melody only within its generation.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Changes with every change, and differs between maps.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Number of regions.
    pub fn region_count(&self) -> usize {
        self.centres.len()
    }

    /// Number of samples per region.
    pub fn samples_per_region(&self) -> usize {
        self.plan
            .as_ref()
            .map_or(0, |plan| plan.config.samples as usize)
    }

    /// The decoded melodies of a region: its centre and its samples.
    pub fn region_ids(&self, region: u32) -> Vec<MelodyId> {
        let swept = self.swept().map(|entry| entry.id);
        swept.filter(|id| id.region() == Some(region)).collect()
    }

    /// Number of melodies of the sweep decoded so far.
    pub fn decoded_count(&self) -> usize {
        self.decoded
    }

    /// Number of decoded melodies of the sweep without a note.
    pub fn empty_count(&self) -> usize {
        self.empty
    }

    /// Decoded centres and samples.
    pub fn swept(&self) -> impl Iterator<Item = &MelodyEntry> {
        self.centres.iter().chain(&self.samples).flatten()
    }

    /// Decoded samples, in order.
    pub fn samples(&self) -> impl Iterator<Item = &MelodyEntry> {
        self.samples.iter().flatten()
    }

    /// Steered melodies, oldest steer first.
    pub fn steered(&self) -> impl Iterator<Item = &MelodyEntry> {
        self.steered.values().flatten().map(|added| &added.entry)
    }

    /// Number of melodies of a steer.
    pub fn steer_len(&self, steer: u32) -> usize {
        self.steered.get(&steer).map_or(0, Vec::len)
    }

    /// Map position of a region, in map units.
    pub fn region_position(&self, region: usize) -> Option<[f64; 2]> {
        match self.centres.get(region).and_then(Option::as_ref) {
            Some(centre) => Some(centre.position),
            None => self.plan.as_ref()?.map.points.get(region).copied(),
        }
    }

    /// Mean of an attribute over a region's decoded melodies, without the empty ones.
    pub fn region_mean(&self, region: usize, attribute: usize) -> Option<f64> {
        let &(sum, count) = self.sums.get(region * ATTRIBUTES.len() + attribute)?;
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Whether the region's centre is decoded and can be played.
    pub fn is_region_ready(&self, region: usize) -> bool {
        self.centres.get(region).is_some_and(Option::is_some)
    }
}
