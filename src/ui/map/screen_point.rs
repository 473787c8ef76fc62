//! A point of the map on screen.

use eframe::egui::Pos2;

use crate::sweep::MelodyId;

/// A melody's point as it was drawn in the last frame.
#[derive(Clone, Copy, Debug)]
pub struct ScreenPoint {
    /// The melody.
    pub id: MelodyId,
    /// Position of its centre, points of screen.
    pub position: Pos2,
    /// Radius, points of screen.
    pub radius: f32,
    /// Whether the melody is decoded, so that it can be played.
    pub ready: bool,
}

/// Whether a melody is a sample of a region.
pub fn is_sample_of(id: MelodyId, region: u32) -> bool {
    matches!(id, MelodyId::Sample { region: r, .. } if r == region)
}
