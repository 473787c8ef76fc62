//! The path over the map: its line, the hands that draw and change it, the puck, and the card that plays it.

mod card;
mod ground;
mod hands;
mod paint;
mod simplify;

pub use card::{show as card, tool_button};
pub use ground::Ground;
pub use hands::hands;
pub use paint::paint;

use hands::{Hand, Target};

use crate::ui::curve::Curve;
use crate::ui::state::AppState;

/// What the map remembers of the path between frames.
#[derive(Default)]
pub struct PathView {
    hand: Hand,
    /// What the pointer is over.
    over: Option<Target>,
    /// The point that was touched last, which the Delete key means.
    touched: Option<usize>,
    /// The pointer's last request to hear a spot, and when.
    asked: Option<(eframe::egui::Pos2, f64)>,
    /// The pointer belongs to the path in this frame.
    claims: bool,
    /// Where the points were when the map began to glide to another layout, where they are now, and which glide it is.
    from: Vec<[f64; 2]>,
    shown: Vec<[f64; 2]>,
    glides: u64,
}

impl PathView {
    /// Whether the pointer belongs to the path in this frame, so that the map leaves it alone.
    pub fn claims(&self) -> bool {
        self.claims
    }

    /// Whether a hand draws, bends or drags, so that the map must not slip away below it.
    pub fn busy(&self) -> bool {
        !matches!(self.hand, Hand::Free)
    }

    /// The path's line as it is seen now: on its way to another layout, and as the hand bends it.
    fn curve(&self, state: &AppState) -> Option<Curve> {
        let path = state.path.drawn.as_ref()?;
        let mut points = if self.shown.len() == path.points.len() {
            self.shown.clone()
        } else {
            path.curve(&state.library).points().to_vec()
        };
        match &self.hand {
            Hand::Point { index, at, new } if *new => {
                points.insert((*index).min(points.len()), *at)
            }
            Hand::Point { index, at, .. } => {
                if let Some(point) = points.get_mut(*index) {
                    *point = *at;
                }
            }
            _ => {}
        }
        Some(Curve::new(points, path.closed))
    }

    /// Follows the points of the map to another layout, at their pace (`glide`, 0 to 1).
    pub fn glide(&mut self, state: &AppState, glide: f32) {
        let Some(path) = &state.path.drawn else {
            self.shown.clear();
            return;
        };
        let goal: Vec<[f64; 2]> = path
            .points
            .iter()
            .map(|point| point.place(&state.library))
            .collect();
        if self.glides != state.library.glides() {
            self.glides = state.library.glides();
            self.from = std::mem::take(&mut self.shown);
        }
        let t = f64::from(glide);
        self.shown = if t < 1.0 && self.from.len() == goal.len() {
            let mix = |(from, to): (&[f64; 2], &[f64; 2])| {
                [0, 1].map(|axis| from[axis] + t * (to[axis] - from[axis]))
            };
            self.from.iter().zip(&goal).map(mix).collect()
        } else {
            goal
        };
    }
}
