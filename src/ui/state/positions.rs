//! Map positions of generated sets.

use super::generated_set::GeneratedSet;
use super::map_melodies::MapMelodies;
use crate::latent::LatentPoint;
use crate::sweep::{GenerateMethod, MelodyId};

impl MapMelodies {
    /// Adds a set of generated melodies and places it on the map. Points that are there do not move.
    pub fn add_generated_set(&mut self, number: u32, mut set: GeneratedSet) {
        let positions = self.positions(&set);
        for (entry, position) in set.entries.iter_mut().zip(positions) {
            entry.position = position;
        }
        self.insert_generated_set(number, set);
    }

    /// Positions of a set: imported melodies and landmarks by their distances to the regions, those of one song around their mean; an
    /// exploration around its centre; a blend from the position of one end to that of the other; a path where it was drawn.
    fn positions(&self, set: &GeneratedSet) -> Vec<[f64; 2]> {
        let Some(plan) = self.plan() else {
            return vec![[0.0; 2]; set.entries.len()];
        };
        let cloud_around = |position, centre: &LatentPoint| {
            self.projection()
                .cloud_positions(plan, position, centre, &set.latents)
        };
        let position_of = |id: &MelodyId| self.get(*id).map(|entry| entry.position);
        let by_distances = || set.latents.iter().map(|z| plan.place(z)).collect();
        match (set.method, set.source_ids.as_slice()) {
            (GenerateMethod::Path, _) => {
                return set.entries.iter().map(|entry| entry.position).collect();
            }
            (GenerateMethod::Explored, [centre]) => {
                if let (Some(place), Some(latent)) = (position_of(centre), self.latent(*centre)) {
                    return cloud_around(place, &latent);
                }
            }
            (GenerateMethod::Blended, [from, to]) => {
                let mut positions: Vec<[f64; 2]> = by_distances();
                if let (Some(from), Some(to), Some(&first), Some(&last)) = (
                    position_of(from),
                    position_of(to),
                    positions.first(),
                    positions.last(),
                ) {
                    let steps = (positions.len() - 1).max(1) as f64;
                    for (step, position) in positions.iter_mut().enumerate() {
                        let t = step as f64 / steps;
                        for axis in 0..2 {
                            position[axis] += (1.0 - t) * (from[axis] - first[axis])
                                + t * (to[axis] - last[axis]);
                        }
                    }
                }
                return positions;
            }
            // The windows of one song are close together in the latent space; on the map they have to be told apart.
            (GenerateMethod::Imported, _) if set.latents.len() > 1 && !set.is_landmarks => {
                let mean = LatentPoint::mean(
                    set.latents.iter(),
                    set.latents.first().map_or(0, LatentPoint::len),
                );
                return cloud_around(plan.place(&mean), &mean);
            }
            _ => {}
        }
        by_distances()
    }
}
