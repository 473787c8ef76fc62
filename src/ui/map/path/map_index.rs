//! A spatial index of the map's melodies, independent of the camera.

use eframe::egui::{Pos2, Rect};

use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::map::camera::View;
use crate::ui::map::screen_point::ScreenPoint;
use crate::ui::map::screen_points::ScreenPoints;
use crate::ui::state::{Anchor, MapMelodies};

/// A camera for which screen and map positions are the same.
const IDENTITY: View = View {
    centre: [0.0, 0.0],
    scale: 1.0,
};

/// A spatial index of the melodies that probes and paths are interpolated from.
pub struct MapIndex(ScreenPoints);

impl MapIndex {
    /// Indexes the melodies at their present positions.
    pub fn new(melodies: &MapMelodies) -> Self {
        let generated = melodies
            .generated_sets()
            .filter(|(_, set)| set.method != GenerateMethod::Path)
            .flat_map(|(_, set)| &set.entries);
        let points = melodies
            .swept()
            .chain(melodies.steered())
            .chain(generated)
            .filter(|entry| melodies.is_placed(entry.id))
            .map(|entry| ScreenPoint {
                id: entry.id,
                position: to_pos2(entry.position),
                radius: 0.0,
                ready: true,
            })
            .collect();
        Self(ScreenPoints::new(points, (IDENTITY, Rect::ZERO), |_| false))
    }

    /// The melodies that a position is interpolated from, and their weights.
    pub fn weights(&self, position: [f64; 2]) -> Vec<(MelodyId, f64)> {
        self.0.weights(to_pos2(position))
    }

    /// An anchor at a position.
    pub fn anchor(&self, position: [f64; 2], melodies: &MapMelodies) -> Anchor {
        Anchor::new(position, self.weights(position), melodies)
    }
}

fn to_pos2(position: [f64; 2]) -> Pos2 {
    Pos2::new(position[0] as f32, position[1] as f32)
}
