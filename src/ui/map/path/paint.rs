//! Painting of the path: its line above the points, its melodies in their colours, and the marker.

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, vec2};

use super::path_view::{PathDrag, PathPart, PathView};
use crate::ui::curve::Curve;
use crate::ui::map::attribute_colours::melody_colour;
use crate::ui::map::camera::View;
use crate::ui::map::dashes::dashed_line;
use crate::ui::map::marks;
use crate::ui::state::AppState;
use crate::ui::theme::Colours;

/// Radius of a melody on the path, points.
const STOP_RADIUS: f32 = 3.0;
/// Radius of a point of the path while it can be dragged, points.
const POINT_RADIUS: f32 = 5.5;
/// Radius of the marker, points.
const MARKER_RADIUS: f32 = 6.0;

/// Paints the path over the points.
pub fn paint(
    painter: &Painter,
    rect: Rect,
    state: &AppState,
    view: &PathView,
    camera: &View,
    c: &Colours,
) {
    let screen = |position: [f64; 2]| camera.to_screen(rect, position);
    if let Some(curve) = view.curve(state) {
        line(painter, state, &curve, &screen, c);
        if matches!(view.drag, PathDrag::None | PathDrag::Marker) && !state.path.decoding {
            stops(painter, state, &curve, &screen, c);
        }
        if state.path.tool_active {
            handles(painter, view, &curve, &screen, c);
        }
        paint_marker(painter, state, view, &curve, &screen, c);
    }
    if let PathDrag::Line(line) = &view.drag {
        let points: Vec<Pos2> = line.iter().map(|position| screen(*position)).collect();
        stroke(painter, points, c);
    }
}

fn stroke(painter: &Painter, points: Vec<Pos2>, c: &Colours) {
    let outline = Stroke::new(5.0, c.background.gamma_multiply(0.6));
    painter.add(Shape::line(points.clone(), outline));
    painter.add(Shape::line(
        points,
        Stroke::new(2.0, c.text.gamma_multiply(0.9)),
    ));
}

fn line(
    painter: &Painter,
    state: &AppState,
    curve: &Curve,
    screen: &dyn Fn([f64; 2]) -> Pos2,
    c: &Colours,
) {
    let points: Vec<Pos2> = curve.polyline().into_iter().map(screen).collect();
    let same_layout = state
        .path
        .drawn
        .as_ref()
        .is_none_or(|path| path.layout_kind == state.layout.shown_kind);
    if same_layout {
        stroke(painter, points, c);
    } else {
        // Dashed, as in another layout the line crosses melodies that it does not play.
        let line = Stroke::new(1.6, c.text.gamma_multiply(0.7));
        painter.extend(dashed_line(&points, line, 4.0, 5.0));
    }
}

fn stops(
    painter: &Painter,
    state: &AppState,
    curve: &Curve,
    screen: &dyn Fn([f64; 2]) -> Pos2,
    c: &Colours,
) {
    let Some(stops) = state.path.stops() else {
        return;
    };
    let playing_id = state.playing_id();
    for (entry, parameter) in stops.set.entries.iter().zip(&stops.parameters) {
        let colour = melody_colour(state, entry).unwrap_or(c.muted);
        let (radius, width, edge) = if playing_id == Some(entry.id) {
            (STOP_RADIUS + 1.0, 1.8, c.playing)
        } else {
            (STOP_RADIUS, 1.2, c.text)
        };
        let at = screen(curve.position(*parameter));
        painter.circle(at, radius, colour, Stroke::new(width, edge));
    }
}

/// The points of the path, to be dragged.
fn handles(
    painter: &Painter,
    view: &PathView,
    curve: &Curve,
    screen: &dyn Fn([f64; 2]) -> Pos2,
    c: &Colours,
) {
    for (index, point) in curve.points().iter().enumerate() {
        let is_dragged =
            matches!(view.drag, PathDrag::Point { index: dragged, .. } if dragged == index);
        let is_active = is_dragged || view.hovered == Some(PathPart::Point(index));
        let radius = if is_active {
            POINT_RADIUS + 1.5
        } else {
            POINT_RADIUS
        };
        let fill = if is_active { c.accent } else { c.panel };
        painter.circle(screen(*point), radius, fill, Stroke::new(1.8, c.accent));
    }
    if let (PathDrag::None, Some(PathPart::Line(parameter))) = (&view.drag, view.hovered) {
        // A click here inserts a point.
        let at = screen(curve.position(parameter));
        painter.circle(
            at,
            POINT_RADIUS,
            c.accent.gamma_multiply(0.35),
            Stroke::new(1.5, c.accent),
        );
        let arm = Stroke::new(1.3, c.text);
        painter.line_segment([at - vec2(2.5, 0.0), at + vec2(2.5, 0.0)], arm);
        painter.line_segment([at - vec2(0.0, 2.5), at + vec2(0.0, 2.5)], arm);
    }
}

/// The marker, in the colour of what plays while the path or the marker sounds.
fn paint_marker(
    painter: &Painter,
    state: &AppState,
    view: &PathView,
    curve: &Curve,
    screen: &dyn Fn([f64; 2]) -> Pos2,
    c: &Colours,
) {
    let Some(parameter) = state.path_marker() else {
        return;
    };
    let at = screen(curve.position(parameter));
    let sounds = state.playing_path().is_some()
        || (state.path.dragged_parameter.is_some() && state.playback.playhead.playing);
    let is_active = matches!(view.drag, PathDrag::Marker) || view.hovered == Some(PathPart::Marker);
    if sounds {
        marks::paint_progress_ring(painter, state, at, MARKER_RADIUS - 4.0, c);
        painter.circle(at, MARKER_RADIUS, c.playing, Stroke::new(1.5, c.background));
    } else {
        painter.circle(at, MARKER_RADIUS + 1.0, c.panel, Stroke::new(2.0, c.text));
        painter.circle_filled(at, 2.5, c.text);
    }
    if is_active {
        painter.circle_stroke(at, MARKER_RADIUS + 5.0, Stroke::new(1.5, c.text));
    }
}
