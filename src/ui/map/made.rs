//! Marks of made melodies: the line of a blend, the rays of a cloud, and the names of somebody's own.

use eframe::egui::{Align2, Painter, Pos2, Shape, Stroke, vec2};

use super::dots::ScreenPoint;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, Colours, font};

/// Most names written on the map; more would lie on each other.
const MOST_NAMES: usize = 40;
/// Names nearer than this overlap, points.
const APART: f32 = 15.0;

/// Lines below the points: what was made from what.
pub fn lines(painter: &Painter, state: &AppState, placed: &[ScreenPoint], c: &Colours) {
    for (_, set) in state.library.made() {
        let at = |id: MelodyId| placed.iter().find(|dot| dot.id == id).map(|dot| dot.at);
        let points: Vec<Pos2> = set
            .entries
            .iter()
            .filter_map(|entry| at(entry.id))
            .collect();
        match set.by {
            GenerateMethod::Imported | GenerateMethod::Spot | GenerateMethod::Path => {}
            GenerateMethod::Explored => {
                let ray = Stroke::new(1.0, c.text.gamma_multiply(0.18));
                if let Some(centre) = set.from.first().copied().and_then(at) {
                    for point in points {
                        painter.line_segment([centre, point], ray);
                    }
                }
            }
            GenerateMethod::Blended => {
                let line = Stroke::new(1.5, c.text.gamma_multiply(0.75));
                painter.extend(Shape::dashed_line(&points, line, 5.0, 4.0));
            }
        }
    }
}

/// A diamond around each own melody, and its name beside it.
pub fn names(painter: &Painter, state: &AppState, placed: &[ScreenPoint], c: &Colours) {
    let mut written: Vec<Pos2> = Vec::new();
    for dot in placed {
        let MelodyId::Generated {
            by: GenerateMethod::Imported,
            ..
        } = dot.id
        else {
            continue;
        };
        let reach = dot.radius + 5.0;
        let corners = [
            vec2(0.0, -reach),
            vec2(reach, 0.0),
            vec2(0.0, reach),
            vec2(-reach, 0.0),
        ]
        .map(|off| dot.at + off);
        painter.add(Shape::closed_line(
            corners.to_vec(),
            Stroke::new(1.6, c.knob),
        ));
        let at = dot.at + vec2(reach + 5.0, 0.0);
        let crowded =
            |other: &Pos2| (other.y - at.y).abs() < APART && (other.x - at.x).abs() < 130.0;
        let Some(name) = state.library.name(dot.id) else {
            continue;
        };
        if written.len() >= MOST_NAMES || written.iter().any(crowded) {
            continue;
        }
        written.push(at);
        let text = painter.layout_no_wrap(name.to_owned(), font(CAPTION), c.text);
        let corner = Align2::LEFT_CENTER.anchor_size(at, text.size());
        painter.rect_filled(
            corner.expand2(vec2(4.0, 1.0)),
            4.0,
            c.ground.gamma_multiply(0.75),
        );
        painter.galley(corner.min, text, c.text);
    }
}
