//! Marks on points: hovered, selected, kept and playing melodies.

use std::f32::consts::TAU;

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

use super::camera::View;
use super::dashes::dashed_line;
use super::screen_point::{ScreenPoint, is_sample_of};
use super::screen_points::ScreenPoints;
use crate::sweep::MelodyId;
use crate::ui::state::AppState;
use crate::ui::theme::Colours;

/// Lines from the open region to its samples.
pub fn paint_region_lines(painter: &Painter, points: &ScreenPoints, region: u32, c: &Colours) {
    let Some(centre) = points.get(MelodyId::Centre { region }) else {
        return;
    };
    let line = Stroke::new(1.0, c.text.gamma_multiply(0.2));
    for point in &points.list {
        if is_sample_of(point.id, region) {
            painter.line_segment([centre.position, point.position], line);
        }
    }
}

/// Rings around the listed similar melodies, and a line to the one whose row the pointer is on, with a dot at the edge of the
/// map if that melody is outside.
pub fn paint_similar(
    painter: &Painter,
    map: Rect,
    state: &AppState,
    points: &ScreenPoints,
    c: &Colours,
) {
    let Some((reference, _)) = &state.similar.reference else {
        return;
    };
    let list = state.similar.list();
    let mut listed_points: Vec<&ScreenPoint> = Vec::with_capacity(list.len());
    let mut centre = None;
    for point in &points.list {
        if point.id == *reference {
            centre = Some(point.position);
        } else if list.iter().any(|similar| similar.id == point.id) {
            listed_points.push(point);
        }
    }
    for point in listed_points {
        if state.similar.hovered != Some(point.id) {
            let ring = Stroke::new(1.5, c.text.gamma_multiply(0.55));
            painter.circle_stroke(point.position, point.radius + 3.5, ring);
            continue;
        }
        let line = Stroke::new(1.5, c.text.gamma_multiply(0.7));
        if let Some(centre) = centre {
            painter.extend(dashed_line(&[centre, point.position], line, 4.0, 4.0));
        }
        painter.circle_stroke(point.position, point.radius + 7.0, Stroke::new(2.5, c.text));
        if map.is_positive() && !map.contains(point.position) {
            // Large text leaves little of the map.
            let margin = 12.0_f32.min(map.width().min(map.height()) / 4.0);
            let edge = map.shrink(margin).clamp(point.position);
            painter.circle(edge, 5.0, c.text, Stroke::new(2.0, c.background));
        }
    }
}

/// Marks of selected, kept, hovered and playing melodies.
pub fn paint(
    painter: &Painter,
    rect: Rect,
    state: &AppState,
    points: &ScreenPoints,
    hovered: Option<MelodyId>,
    view: &View,
    c: &Colours,
) {
    let playing_id = state.playing_id();
    let focus = state.selection.focus;
    for point in &points.list {
        if state.selection.is_many() && state.selection.all.contains(&point.id) {
            painter.circle_stroke(
                point.position,
                point.radius + 2.5,
                Stroke::new(1.5, c.accent),
            );
        }
        if state.is_kept(point.id) {
            let at = point.position + vec2(0.72, -0.72) * (point.radius + 3.0);
            painter.circle(at, 2.6, c.accent, Stroke::new(1.2, c.background));
        }
        if hovered == Some(point.id) {
            painter.circle_stroke(point.position, point.radius + 3.0, Stroke::new(1.5, c.text));
        }
        if focus == Some(point.id) {
            let glow = Stroke::new(3.0, c.accent.gamma_multiply(0.25));
            painter.circle_stroke(point.position, point.radius + 5.5, glow);
            painter.circle_stroke(
                point.position,
                point.radius + 4.0,
                Stroke::new(2.0, c.accent),
            );
        }
        if playing_id == Some(point.id) {
            paint_progress_ring(painter, state, point.position, point.radius, c);
        }
    }
    // Probes have no points. During a drag of the pointer one sounds while the next, selected one waits for its sixteenth.
    for entry in state.melodies.probes() {
        let at = view.to_screen(rect, entry.position);
        if playing_id == Some(entry.id) {
            paint_progress_ring(painter, state, at, 3.0, c);
        }
        if focus == Some(entry.id) {
            let arm = Stroke::new(1.5, c.text);
            for off in [vec2(6.0, 0.0), vec2(0.0, 6.0)] {
                painter.line_segment([at - off, at + off], arm);
            }
        }
    }
}

/// The selection box from a corner to the pointer.
pub fn paint_selection_box(painter: &Painter, from: Pos2, c: &Colours) {
    if let Some(to) = painter.ctx().pointer_latest_pos() {
        painter.rect(
            Rect::from_two_pos(from, to),
            2.0,
            c.accent.gamma_multiply(0.10),
            Stroke::new(1.0, c.accent),
            StrokeKind::Inside,
        );
    }
}

/// The line around melodies that are being selected, closed by a line to its beginning.
pub fn paint_lasso(painter: &Painter, line: &[Pos2], c: &Colours) {
    if let [first, .., last] = line {
        painter.line(line.to_vec(), Stroke::new(1.5, c.accent));
        let closing = Stroke::new(1.0, c.accent.gamma_multiply(0.5));
        painter.line_segment([*last, *first], closing);
    }
}

/// A ring around the playing point, filled once per melody by the playhead, with a glow on every onset.
pub fn paint_progress_ring(
    painter: &Painter,
    state: &AppState,
    at: Pos2,
    radius: f32,
    c: &Colours,
) {
    let Some(playing) = state.playback.now_playing() else {
        return;
    };
    let (step, steps) = match state.playback.sequence_position() {
        Some((_, step)) => (
            step,
            playing
                .sequence
                .first()
                .map_or(1, |(_, melody)| melody.steps()),
        ),
        None => (state.playback.playhead.step, playing.melody.steps()),
    };
    let fraction = (step / steps.max(1) as f64).rem_euclid(1.0) as f32;
    // Steps since the last onset.
    let steps_since_onset = playing
        .melody
        .notes()
        .iter()
        .map(|note| state.playback.playhead.step - f64::from(note.start))
        .filter(|since| *since >= 0.0)
        .fold(f64::INFINITY, f64::min);
    let glow = if state.reduces_motion() {
        0.0
    } else {
        (1.0 - steps_since_onset / 4.0).clamp(0.0, 1.0) as f32
    };
    let radius = radius + 8.5;
    painter.circle_filled(
        at,
        radius + 4.0 + 5.0 * glow,
        c.playing.gamma_multiply(0.06 + 0.16 * glow),
    );
    painter.circle_stroke(at, radius, Stroke::new(2.0, c.playing.gamma_multiply(0.35)));
    painter.add(arc(at, radius, fraction, Stroke::new(3.0, c.playing)));
}

/// An arc from the top, clockwise.
fn arc(centre: Pos2, radius: f32, fraction: f32, stroke: Stroke) -> Shape {
    let parts = (64.0 * fraction).ceil().max(1.0) as usize;
    let points = (0..=parts)
        .map(|part| {
            let angle = fraction * TAU * part as f32 / parts as f32;
            centre + radius * vec2(angle.sin(), -angle.cos())
        })
        .collect();
    Shape::line(points, stroke)
}
