//! The points of the map as they are on screen, and which of them lie near a position.

use eframe::egui::{Pos2, Rect};

use super::camera::View;
use super::grid::Grid;
use super::screen_point::ScreenPoint;
use crate::latent::shepard_weights;
use crate::sweep::{GenerateMethod, MelodyId};

/// Number of points that a position between them is interpolated from.
const INTERPOLATION_NEIGHBOURS: usize = 6;

/// The points in drawing order, with a spatial index.
pub struct ScreenPoints {
    pub(super) list: Vec<ScreenPoint>,
    pub(super) grid: Grid,
}

impl ScreenPoints {
    /// Indexes points as a camera sees them; `fixed` selects those that do not move with the camera.
    pub fn new(
        list: Vec<ScreenPoint>,
        camera: (View, Rect),
        fixed: impl Fn(&ScreenPoint) -> bool,
    ) -> Self {
        let grid = Grid::new(&list, camera, fixed);
        Self { list, grid }
    }

    /// The point of a melody.
    pub fn get(&self, id: MelodyId) -> Option<&ScreenPoint> {
        self.list.iter().find(|point| point.id == id)
    }

    /// The playable points within `max_distance` of a position, and a few more.
    pub fn candidates_around(
        &self,
        position: Pos2,
        max_distance: f32,
    ) -> impl Iterator<Item = &ScreenPoint> {
        let indices = self.grid.candidates_around(position, max_distance);
        indices.filter_map(|index| self.list.get(index))
    }

    /// The playable point that a pointer at `position` selects, within `max_distance` of it. Large points take precedence over small
    /// ones, and those of the `open` region over other samples.
    pub fn hit(&self, position: Pos2, max_distance: f32, open: Option<u32>) -> Option<MelodyId> {
        self.candidates_around(position, max_distance)
            .filter_map(|point| {
                let distance = point.position.distance(position);
                let radius_bonus = match point.id {
                    MelodyId::Sample { region, .. } if Some(region) != open => 0.0,
                    _ => point.radius,
                };
                (distance <= max_distance).then_some((point.id, distance - radius_bonus))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(id, _)| id)
    }

    /// The points that a position is interpolated from, with weights that sum to 1: continuous in `position`, and a point alone
    /// at its own position. Melodies of probes and paths are left out, as they are interpolated themselves.
    pub fn weights(&self, position: Pos2) -> Vec<(MelodyId, f64)> {
        let decoded = |point: &ScreenPoint| {
            !matches!(
                point.id,
                MelodyId::Generated {
                    method: GenerateMethod::Probe | GenerateMethod::Path,
                    ..
                }
            )
        };
        let nearest =
            self.grid
                .nearest(&self.list, position, INTERPOLATION_NEIGHBOURS + 1, decoded);
        let mut distances: Vec<f64> = nearest.iter().map(|(_, d)| f64::from(*d)).collect();
        let Some(farthest) = distances.last().copied() else {
            return Vec::new();
        };
        // The farthest has weight 0 and sets the reach of the others; of too few points, all have a weight.
        let max_distance = if distances.len() > INTERPOLATION_NEIGHBOURS {
            distances.truncate(INTERPOLATION_NEIGHBOURS);
            farthest
        } else {
            2.0 * farthest
        };
        nearest
            .iter()
            .zip(shepard_weights(&distances, max_distance))
            .filter(|(_, weight)| *weight > 0.0)
            .filter_map(|((index, _), weight)| Some((self.list.get(*index)?.id, weight)))
            .collect()
    }
}
