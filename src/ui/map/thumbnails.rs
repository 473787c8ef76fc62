//! Close up, every point shows its melody.

use eframe::egui::{Painter, Pos2, Rect, vec2};

use super::dots::Placed;
use crate::ui::state::AppState;
use crate::ui::theme::Colours;
use crate::ui::widgets::piano_roll::{self, Roll};

/// More points than this in view and thumbnails would lie on each other.
const MOST: usize = 60;
/// Two thumbnails nearer than this overlap.
const APART: f32 = 44.0;

/// Draws a small roll below each point in view, if there is room for them.
pub fn paint(painter: &Painter, map: Rect, state: &AppState, placed: &[Placed], c: &Colours) {
    let in_view = || {
        placed
            .iter()
            .filter(|dot| dot.ready && map.contains(dot.at))
    };
    if in_view().nth(MOST).is_some() {
        return;
    }
    let mut taken: Vec<Pos2> = Vec::new();
    for dot in in_view() {
        let Some(entry) = state.library.get(dot.id) else {
            continue;
        };
        if taken.iter().any(|at| at.distance(dot.at) < APART) {
            continue;
        }
        taken.push(dot.at);
        let area = Rect::from_center_size(dot.at + vec2(0.0, dot.radius + 18.0), vec2(54.0, 20.0));
        let look = Roll {
            note: c.text.gamma_multiply(0.55),
            grid: false,
            playhead: state.listening.step_in(&entry.melody),
        };
        piano_roll::paint(painter, area, &entry.melody, &look, c);
    }
}
