//! The melodies of the current sweep, as they arrive.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::constellation::Constellation;
use super::made::{GeneratedSet, ImportedSides};
use crate::attributes::ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::sweep::{
    GenerateMethod, MelodyEntry, MelodyId, NeighbourCandidate, SweepConfig, SweepPlan,
};
use crate::worker::AddedMelody;

/// A number that no library has had before in this process.
fn unique() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// Spots that are remembered: a sweep of the pointer asks for up to 17 between two sixteenths of the slowest tempo.
const SPOTS: usize = 24;

/// A sweep's layout, the melodies decoded so far, and those steered from it.
#[derive(Default)]
pub struct Library {
    plan: Option<Arc<SweepPlan>>,
    constellation: Constellation,
    centres: Vec<Option<MelodyEntry>>,
    /// Region by region, `samples` per region.
    samples: Vec<Option<MelodyEntry>>,
    steered: BTreeMap<u32, Vec<MelodyEntry>>,
    /// Latent points of the steered melodies.
    steered_latents: BTreeMap<u32, Vec<LatentPoint>>,
    made: BTreeMap<u32, GeneratedSet>,
    /// Positions of the samples in the latent layout, whatever layout is shown.
    latent_places: Vec<[f64; 2]>,
    /// Raised by one when points should glide to their new positions.
    glides: u64,
    /// The last few spots that were played between the points: one sounds on while newer ones wait for their beat.
    spots: VecDeque<(MelodyEntry, LatentPoint)>,
    /// Per region and attribute: sum and count over its decoded melodies.
    sums: Vec<(f64, u32)>,
    empty: usize,
    decoded: usize,
    generation: u64,
    version: u64,
}

impl Library {
    /// Forgets everything and makes room for a sweep.
    pub fn begin(&mut self, plan: Arc<SweepPlan>) {
        let regions = plan.centroids.len();
        let samples = regions * plan.config.samples as usize;
        *self = Self {
            centres: vec![None; regions],
            samples: vec![None; samples],
            latent_places: vec![[0.0; 2]; samples],
            sums: vec![(0.0, 0); regions * ATTRIBUTES.len()],
            generation: unique(),
            version: unique(),
            glides: self.glides,
            constellation: Constellation::new(&plan),
            plan: Some(plan),
            ..Self::default()
        };
    }

    /// Adds decoded melodies. An id outside the plan is left out.
    pub fn add(&mut self, batch: Vec<MelodyEntry>) {
        self.version = unique();
        let per_region = self.per_region();
        for mut entry in batch {
            let (slot, region) = match entry.id {
                MelodyId::Centre { region } => (self.centres.get_mut(region as usize), region),
                MelodyId::Sample { region, sample } if (sample as usize) < per_region => {
                    let index = region as usize * per_region + sample as usize;
                    (self.samples.get_mut(index), region)
                }
                _ => continue,
            };
            let Some(slot) = slot else { continue };
            if slot.is_some() {
                continue;
            }
            self.decoded += 1;
            if let Some(place) = self
                .plan
                .as_ref()
                .and_then(|plan| self.constellation.position(plan, entry.id))
            {
                entry.position = place;
            }
            if let MelodyId::Sample { region, sample } = entry.id
                && let Some(place) = self
                    .latent_places
                    .get_mut(region as usize * per_region + sample as usize)
            {
                *place = entry.position;
            }
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

    /// Adds the melodies of a steer and their latent points. Nothing that is there moves.
    ///
    /// # Shapes
    /// - `latents`: one per entry
    pub fn add_steered(
        &mut self,
        steer: u32,
        entries: Vec<MelodyEntry>,
        latents: Vec<LatentPoint>,
    ) {
        self.version = unique();
        self.steered.insert(steer, entries);
        self.steered_latents.insert(steer, latents);
    }

    /// Places a set of made melodies on the map and adds it. Nothing that is there moves.
    pub fn add_made(&mut self, number: u32, mut set: GeneratedSet) {
        let places = self.places(&set);
        for (entry, place) in set.entries.iter_mut().zip(places) {
            entry.position = place;
        }
        self.version = unique();
        self.made.insert(number, set);
    }

    /// Where the melodies of a set belong: own ones by their distances to the regions, those of
    /// one song around their common place; a cloud around its centre; a
    /// blend from one end to the other, whatever the ends' own places are.
    fn places(&self, set: &GeneratedSet) -> Vec<[f64; 2]> {
        let Some(plan) = &self.plan else {
            return vec![[0.0; 2]; set.entries.len()];
        };
        let at = |id: &MelodyId| self.get(*id).map(|entry| entry.position);
        match (set.by, set.from.as_slice()) {
            // A path lies where it was drawn.
            (GenerateMethod::Path, _) => {
                return set.entries.iter().map(|entry| entry.position).collect();
            }
            (GenerateMethod::Explored, [centre]) => {
                if let (Some(place), Some(latent)) = (at(centre), self.latent(*centre)) {
                    return self
                        .constellation
                        .around(plan, place, &latent, &set.latents);
                }
            }
            (GenerateMethod::Blended, [from, to]) => {
                let mut places: Vec<[f64; 2]> = set.latents.iter().map(|z| plan.place(z)).collect();
                if let (Some(from), Some(to), Some(&first), Some(&last)) =
                    (at(from), at(to), places.first(), places.last())
                {
                    let steps = (places.len() - 1).max(1) as f64;
                    for (step, place) in places.iter_mut().enumerate() {
                        let t = step as f64 / steps;
                        for axis in 0..2 {
                            place[axis] += (1.0 - t) * (from[axis] - first[axis])
                                + t * (to[axis] - last[axis]);
                        }
                    }
                }
                return places;
            }
            // The windows of one song lie close together in the space; on the map they have to be told apart.
            (GenerateMethod::Imported, _) if set.latents.len() > 1 => {
                let middle = middle(&set.latents);
                let place = plan.place(&middle);
                return self
                    .constellation
                    .around(plan, place, &middle, &set.latents);
            }
            _ => {}
        }
        set.latents
            .iter()
            .map(|latent| plan.place(latent))
            .collect()
    }

    /// The last few spots that were played between the points, oldest first. No points of the map: nothing that is drawn from
    /// them changes.
    pub fn spots(&self) -> impl Iterator<Item = &MelodyEntry> {
        self.spots.iter().map(|(entry, _)| entry)
    }

    /// Adds a spot. The oldest goes when there are many: by then something else sounds.
    pub fn add_spot(&mut self, entry: MelodyEntry, latent: LatentPoint) {
        if self.spots.len() == SPOTS {
            self.spots.pop_front();
        }
        self.spots.push_back((entry, latent));
    }

    fn spot_of(&self, id: MelodyId) -> Option<&(MelodyEntry, LatentPoint)> {
        self.spots.iter().rev().find(|(entry, _)| entry.id == id)
    }

    /// Takes a set of made melodies off the map.
    pub fn remove_made(&mut self, number: u32) -> Option<GeneratedSet> {
        self.version = unique();
        self.made.remove(&number)
    }

    /// Sets of made melodies, oldest first, with their numbers.
    pub fn made(&self) -> impl Iterator<Item = (u32, &GeneratedSet)> {
        self.made.iter().map(|(number, set)| (*number, set))
    }

    /// The set that a made melody belongs to.
    pub fn made_set(&self, id: MelodyId) -> Option<&GeneratedSet> {
        match id {
            MelodyId::Generated {
                by: GenerateMethod::Spot,
                ..
            } => None,
            MelodyId::Generated { set, .. } => self.made.get(&set),
            _ => None,
        }
    }

    /// Both sides of an own melody.
    pub fn own_sides(&self, id: MelodyId) -> Option<&ImportedSides> {
        match id {
            MelodyId::Generated { index, .. } => self.made_set(id)?.own.get(index as usize),
            _ => None,
        }
    }

    /// The name that a melody was given, if it was given one.
    pub fn name(&self, id: MelodyId) -> Option<&str> {
        match id {
            MelodyId::Generated { index, .. } => self
                .made_set(id)?
                .names
                .get(index as usize)
                .map(String::as_str),
            _ => None,
        }
    }

    /// Shows own melodies as the model decodes them, or as they were played.
    pub fn show_reconstructions(&mut self, reconstructed: bool) {
        self.version = unique();
        for set in self.made.values_mut() {
            set.show_reconstructions(reconstructed);
        }
    }

    /// The latent point of a melody.
    pub fn latent(&self, id: MelodyId) -> Option<LatentPoint> {
        match id {
            MelodyId::Centre { .. } | MelodyId::Sample { .. } => self.plan.as_ref()?.latent(id),
            MelodyId::Steered { steer, index } => self
                .steered_latents
                .get(&steer)?
                .get(index as usize)
                .cloned(),
            MelodyId::Generated {
                by: GenerateMethod::Spot,
                ..
            } => self.spot_of(id).map(|(_, latent)| latent.clone()),
            MelodyId::Generated { index, .. } => {
                self.made_set(id)?.latents.get(index as usize).cloned()
            }
        }
    }

    /// A melody as it is compared with others.
    pub fn candidate(&self, id: MelodyId) -> Option<NeighbourCandidate> {
        Some(NeighbourCandidate {
            id,
            melody: Arc::clone(&self.get(id)?.melody),
            latent: Some(self.latent(id)?),
        })
    }

    /// All melodies of the map, to be compared with one. Those of the sweep have their latent points in the plan.
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
        let made = self.made.values().flat_map(|set| &set.entries);
        self.swept()
            .chain(self.steered())
            .chain(made)
            .map(candidate)
            .collect()
    }

    /// Takes a steer back.
    pub fn remove_steered(&mut self, steer: u32) {
        self.version = unique();
        self.steered.remove(&steer);
        self.steered_latents.remove(&steer);
    }

    /// Moves melodies to these positions: at once, or so that they are seen to glide there.
    ///
    /// # Shapes
    /// - `positions`: one per id
    pub fn move_to(&mut self, ids: &[MelodyId], positions: &[[f64; 2]], glide: bool) {
        self.version = unique();
        self.glides += u64::from(glide);
        let per_region = self.per_region();
        for (id, position) in ids.iter().zip(positions) {
            let slot = match *id {
                MelodyId::Centre { region } => self
                    .centres
                    .get_mut(region as usize)
                    .and_then(Option::as_mut),
                MelodyId::Sample { region, sample } => self
                    .samples
                    .get_mut(region as usize * per_region + sample as usize)
                    .and_then(Option::as_mut),
                MelodyId::Steered { steer, index } => self
                    .steered
                    .get_mut(&steer)
                    .and_then(|entries| entries.get_mut(index as usize)),
                MelodyId::Generated {
                    by: GenerateMethod::Spot,
                    ..
                } => self
                    .spots
                    .iter_mut()
                    .map(|(entry, _)| entry)
                    .find(|entry| entry.id == *id),
                MelodyId::Generated { set, index, .. } => self
                    .made
                    .get_mut(&set)
                    .and_then(|set| set.entries.get_mut(index as usize)),
            };
            if let Some(entry) = slot {
                entry.position = *position;
            }
        }
    }

    /// Where a centre or sample lies in the latent layout, whatever layout is shown.
    pub fn latent_place(&self, id: MelodyId) -> Option<[f64; 2]> {
        match id {
            MelodyId::Centre { region } => {
                self.plan.as_ref()?.map.points.get(region as usize).copied()
            }
            MelodyId::Sample { region, sample } => self
                .latent_places
                .get(region as usize * self.per_region() + sample as usize)
                .copied(),
            MelodyId::Steered { .. } | MelodyId::Generated { .. } => None,
        }
    }

    /// The melodies that are placed on a map and not laid out.
    pub fn later(&self) -> Vec<AddedMelody> {
        self.steered
            .keys()
            .flat_map(|steer| self.later_of(*steer))
            .chain(
                self.made
                    .iter()
                    .filter(|(_, set)| set.by != GenerateMethod::Path)
                    .flat_map(|(number, _)| self.later_of_made(*number)),
            )
            .chain(self.spots.iter().map(|(entry, latent)| AddedMelody {
                entry: entry.clone(),
                latent: latent.clone(),
            }))
            .collect()
    }

    /// The melodies of one made set, to be placed on a map.
    pub fn later_of_made(&self, number: u32) -> Vec<AddedMelody> {
        let set = self.made.get(&number);
        set.into_iter()
            .flat_map(|set| set.entries.iter().zip(&set.latents))
            .map(|(entry, latent)| AddedMelody {
                entry: entry.clone(),
                latent: latent.clone(),
            })
            .collect()
    }

    /// The melodies of one steer, to be placed on a map.
    pub fn later_of(&self, steer: u32) -> Vec<AddedMelody> {
        let entries = self.steered.get(&steer).into_iter().flatten();
        let latents = self.steered_latents.get(&steer).into_iter().flatten();
        entries
            .zip(latents)
            .map(|(entry, latent)| AddedMelody {
                entry: entry.clone(),
                latent: latent.clone(),
            })
            .collect()
    }

    /// Changes when points should glide to new positions.
    pub fn glides(&self) -> u64 {
        self.glides
    }

    /// The sweep's layout, once known.
    pub fn plan(&self) -> Option<&Arc<SweepPlan>> {
        self.plan.as_ref()
    }

    /// What it was sampled by.
    pub fn config(&self) -> Option<&SweepConfig> {
        self.plan.as_ref().map(|plan| &plan.config)
    }

    /// Whether every centre and sample is decoded.
    pub fn is_complete(&self) -> bool {
        self.decoded == self.centres.len() + self.samples.len()
    }

    /// Melodies that were steered or made, with those of own songs; played spots do not count.
    pub fn found_melodies(&self) -> usize {
        let made = self.made.values().map(|set| set.entries.len());
        made.chain(self.steered.values().map(Vec::len)).sum()
    }

    /// Whether anything was steered or made on it, other than songs that were brought and go along to the next map.
    pub fn holds_found_melodies(&self) -> bool {
        !self.steered.is_empty()
            || self
                .made
                .values()
                .any(|set| set.by != GenerateMethod::Imported)
    }

    /// All its melodies.
    pub fn melodies(&self) -> usize {
        self.decoded + self.found_melodies()
    }

    /// Changes with every sweep, and differs between maps: an id means a melody only within its generation.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Changes with everything that changes, and differs between maps.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Number of regions.
    pub fn regions(&self) -> usize {
        self.centres.len()
    }

    /// Samples per region.
    pub fn per_region(&self) -> usize {
        self.plan
            .as_ref()
            .map_or(0, |plan| plan.config.samples as usize)
    }

    /// Melodies decoded so far, without steered ones.
    pub fn decoded(&self) -> usize {
        self.decoded
    }

    /// Melodies without a note, among the decoded ones.
    pub fn empty(&self) -> usize {
        self.empty
    }

    /// A melody, if it is decoded.
    pub fn get(&self, id: MelodyId) -> Option<&MelodyEntry> {
        match id {
            MelodyId::Centre { region } => self.centres.get(region as usize)?.as_ref(),
            MelodyId::Sample { region, sample } => {
                let per_region = self.per_region();
                if sample as usize >= per_region {
                    return None;
                }
                self.samples
                    .get(region as usize * per_region + sample as usize)?
                    .as_ref()
            }
            MelodyId::Steered { steer, index } => self.steered.get(&steer)?.get(index as usize),
            MelodyId::Generated {
                by: GenerateMethod::Spot,
                ..
            } => self.spot_of(id).map(|(entry, _)| entry),
            MelodyId::Generated { index, .. } => self.made_set(id)?.entries.get(index as usize),
        }
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
        self.steered.values().flatten()
    }

    /// Melodies of one steer.
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

    /// Whether the region's own centre is decoded and can be played.
    pub fn region_ready(&self, region: usize) -> bool {
        self.centres.get(region).is_some_and(Option::is_some)
    }
}

/// The mean of latent points.
fn middle(points: &[LatentPoint]) -> LatentPoint {
    let mut sums = vec![0.0_f64; points.first().map_or(0, LatentPoint::len)];
    for point in points {
        for (sum, x) in sums.iter_mut().zip(point.as_slice()) {
            *sum += f64::from(*x);
        }
    }
    let count = points.len().max(1) as f64;
    LatentPoint::new(sums.into_iter().map(|sum| (sum / count) as f32).collect())
}
