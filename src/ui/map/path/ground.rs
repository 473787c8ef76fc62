//! What lies under a path: the points of the map as the library has them, whatever part of the map is on screen.

use eframe::egui::{Pos2, Rect};

use super::super::camera::View;
use super::super::dots::ScreenPoint;
use super::super::grid::Grid;
use super::super::spots::near;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::state::{Anchor, Library};

/// A camera that changes nothing.
const SELF: View = View {
    centre: [0.0, 0.0],
    scale: 1.0,
};

/// The points that spots and paths are made of, by where they are on the map.
pub struct Ground {
    placed: Vec<ScreenPoint>,
    grid: Grid,
}

impl Ground {
    /// The ground of a library as it is now.
    pub fn new(library: &Library) -> Self {
        let made = library
            .made()
            .filter(|(_, set)| set.by != GenerateMethod::Path)
            .flat_map(|(_, set)| &set.entries);
        let placed: Vec<ScreenPoint> = library
            .swept()
            .chain(library.steered())
            .chain(made)
            .map(|entry: &MelodyEntry| ScreenPoint {
                id: entry.id,
                at: on_ground(entry.position),
                radius: 0.0,
                ready: true,
            })
            .collect();
        Self {
            // Places on the map are their own screen here.
            grid: Grid::new(&placed, (SELF, Rect::ZERO), |_| false),
            placed,
        }
    }

    /// The melodies that a spot at this place is made of, and their weights.
    pub fn near(&self, place: [f64; 2]) -> Vec<(MelodyId, f64)> {
        near(&self.placed, &self.grid, on_ground(place))
    }

    /// An anchor at this place.
    pub fn anchor(&self, place: [f64; 2], library: &Library) -> Anchor {
        Anchor::new(place, self.near(place), library)
    }
}

fn on_ground(place: [f64; 2]) -> Pos2 {
    Pos2::new(place[0] as f32, place[1] as f32)
}
