//! Marks of generated melodies: lines of blends and variations, names of imported melodies.

use eframe::egui::{Align2, Painter, Pos2, Rect, Shape, Stroke, Vec2, vec2};

use super::dashes::dashed_line;
use super::screen_points::ScreenPoints;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, Colours, font};

/// Maximum number of names on the map.
const MAX_NAMES: usize = 40;
/// Distances between the starts of two names within which they overlap, points.
const NAME_SIZE: Vec2 = Vec2::new(130.0, 15.0);

/// Lines from what the melodies were generated from, below the points.
pub fn paint_lines(painter: &Painter, state: &AppState, points: &ScreenPoints, c: &Colours) {
    for (_, set) in state.melodies.generated_sets() {
        let position_of = |id: MelodyId| points.get(id).map(|point| point.position);
        let positions: Vec<Pos2> = set
            .entries
            .iter()
            .filter_map(|entry| position_of(entry.id))
            .collect();
        match set.method {
            GenerateMethod::Imported | GenerateMethod::Probe | GenerateMethod::Path => {}
            GenerateMethod::Explored => {
                let ray = Stroke::new(1.0, c.text.gamma_multiply(0.18));
                if let Some(centre) = set.source_ids.first().copied().and_then(position_of) {
                    for position in positions {
                        painter.line_segment([centre, position], ray);
                    }
                }
            }
            GenerateMethod::Blended => {
                let line = Stroke::new(1.5, c.text.gamma_multiply(0.75));
                painter.extend(dashed_line(&positions, line, 5.0, 4.0));
            }
        }
    }
}

/// A diamond around each imported melody that is no landmark, and its name on the right, or on the left where the map ends. Returns
/// the rectangles of the names.
pub fn paint_names(
    painter: &Painter,
    state: &AppState,
    points: &ScreenPoints,
    c: &Colours,
) -> Vec<Rect> {
    let mut names = Vec::new();
    let mut name_positions: Vec<Pos2> = Vec::new();
    for point in &points.list {
        let MelodyId::Generated {
            method: GenerateMethod::Imported,
            ..
        } = point.id
        else {
            continue;
        };
        if state
            .melodies
            .generated_set(point.id)
            .is_some_and(|set| set.is_landmarks)
        {
            continue;
        }
        let half_diagonal = point.radius + 5.0;
        let corners = [
            vec2(0.0, -half_diagonal),
            vec2(half_diagonal, 0.0),
            vec2(0.0, half_diagonal),
            vec2(-half_diagonal, 0.0),
        ]
        .map(|off| point.position + off);
        painter.add(Shape::closed_line(
            corners.to_vec(),
            Stroke::new(1.6, c.knob),
        ));
        let at = point.position + vec2(half_diagonal + 5.0, 0.0);
        let overlaps = |other: &Pos2| {
            (other.y - at.y).abs() < NAME_SIZE.y && (other.x - at.x).abs() < NAME_SIZE.x
        };
        if state.melodies.name(point.id).is_none() {
            continue;
        }
        if name_positions.len() >= MAX_NAMES || name_positions.iter().any(overlaps) {
            continue;
        }
        name_positions.push(at);
        let text = painter.layout_no_wrap(state.title(point.id), font(CAPTION), c.text);
        let mut corner = Align2::LEFT_CENTER.anchor_size(at, text.size());
        if corner.right() + 4.0 > painter.clip_rect().right() {
            let at = point.position - vec2(half_diagonal + 5.0, 0.0);
            corner = Align2::RIGHT_CENTER.anchor_size(at, text.size());
        }
        painter.rect_filled(
            corner.expand2(vec2(4.0, 1.0)),
            4.0,
            c.background.gamma_multiply(0.75),
        );
        painter.galley(corner.min, text, c.text);
        names.push(corner);
    }
    names
}
