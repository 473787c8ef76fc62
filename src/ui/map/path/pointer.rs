//! Editing the path with the pointer: setting and moving points, drawing, and dragging the marker.

use eframe::egui::{CursorIcon, Event, Key, PointerButton, Pos2, Response, Ui};

use super::path_view::{PathDrag, PathPart};
use super::simplify::simplify_to;
use crate::ui::command::{Command, PathCommand};
use crate::ui::curve::Curve;
use crate::ui::geometry::distance;
use crate::ui::map::camera::View;
use crate::ui::map::map_view::MapView;
use crate::ui::map::pointer::HIT_DISTANCE;
use crate::ui::map::probes;
use crate::ui::options::MAX_PATH_POINTS;
use crate::ui::state::AppState;

/// Distances within which the pointer is on a part of the path, points of screen. Points take precedence over the marker within
/// the smaller distance.
const POINT_DISTANCE: f32 = 11.0;
const POINT_PRIORITY_DISTANCE: f32 = 6.0;
const MARKER_DISTANCE: f32 = 14.0;
const LINE_DISTANCE: f32 = 8.0;
/// Maximum distance of a drawn line from its simplification, points of screen.
const SIMPLIFY_TOLERANCE: f64 = 7.0;
/// Minimum distance between two points of a drawn line, points of screen.
const MIN_POINT_SPACING: f32 = 3.0;
/// Distance between the ends of a drawn line within which it is closed, points of screen.
const CLOSING_DISTANCE: f64 = 22.0;

/// Captures the pointer where it is on the path or draws one, and emits its commands.
pub fn handle(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    now: f64,
    out: &mut Vec<Command>,
) {
    let screen = PathOnScreen {
        response,
        camera: view.camera.view(now),
        curve: view.path.curve(state),
    };
    let (modifiers, space, escape) = ui.input(|input| {
        (
            input.modifiers.any(),
            input.key_down(Key::Space),
            input.key_pressed(Key::Escape),
        )
    });
    let dragging = view.path.is_dragging();
    let fingers = view.gesture.two_fingers;
    if dragging && (escape || fingers) {
        if matches!(view.path.drag, PathDrag::Marker) {
            out.push(Command::Path(PathCommand::ReleaseMarker));
        }
        view.path.drag = PathDrag::None;
    }
    let pointer = response.interact_pointer_pos().or_else(|| {
        let hover = response.hover_pos();
        hover.filter(|_| response.contains_pointer())
    });
    if fingers {
        view.path.captures_pointer = false;
    } else if !dragging {
        // A press becomes a drag only after the pointer has moved away from where it began.
        let pressed = ui.input(|input| input.pointer.press_origin());
        let drag_starts = response.drag_started_by(PointerButton::Primary);
        let at = pressed.filter(|_| drag_starts).or(pointer);
        view.path.hovered = at.and_then(|at| screen.part_at(state, at));
        let is_other_gesture = modifiers || space || state.generate.blend_from.is_some();
        view.path.captures_pointer =
            !is_other_gesture && (state.path.tool_active || view.path.hovered.is_some());
        if !state.path.tool_active
            && matches!(
                view.path.hovered,
                Some(PathPart::Point(_) | PathPart::Line(_))
            )
        {
            view.path.captures_pointer = false;
        }
    }
    if !view.path.captures_pointer {
        return;
    }
    begin_drag(ui, response, state, view, &screen);
    if response.dragged_by(PointerButton::Primary)
        || response.drag_stopped_by(PointerButton::Primary)
    {
        continue_drag(ui, state, view, &screen, now, out);
    }
    if response.drag_stopped_by(PointerButton::Primary) {
        end_drag(state, view, &screen, out);
    }
    if matches!(view.path.drag, PathDrag::None) {
        handle_click(response, state, view, &screen, out);
        remove_by_key(ui, state, view, out);
    }
    if pointer.is_some() {
        set_cursor(ui, response, view);
    }
}

/// The path as it is on screen.
struct PathOnScreen<'a> {
    response: &'a Response,
    camera: View,
    curve: Option<Curve>,
}

impl PathOnScreen<'_> {
    fn to_screen(&self, position: [f64; 2]) -> Pos2 {
        self.camera.to_screen(self.response.rect, position)
    }

    fn to_map(&self, at: Pos2) -> [f64; 2] {
        self.camera.to_map(self.response.rect, at)
    }

    fn part_at(&self, state: &AppState, at: Pos2) -> Option<PathPart> {
        let curve = self.curve.as_ref()?;
        let marker = state
            .path_marker()
            .map(|marker| self.to_screen(curve.position(marker)).distance(at));
        let point = if state.path.tool_active {
            let distance = |point: &[f64; 2]| self.to_screen(*point).distance(at);
            let points = curve.points().iter().map(distance).enumerate();
            points.min_by(|a, b| a.1.total_cmp(&b.1))
        } else {
            None
        };
        match (point, marker) {
            (Some((index, distance)), _) if distance < POINT_PRIORITY_DISTANCE => {
                return Some(PathPart::Point(index));
            }
            (_, Some(distance)) if distance < MARKER_DISTANCE => return Some(PathPart::Marker),
            (Some((index, distance)), _) if distance < POINT_DISTANCE => {
                return Some(PathPart::Point(index));
            }
            _ => {}
        }
        if !state.path.tool_active
            && let Some(stops) = state.path.stops()
        {
            let distance =
                |parameter: &f64| self.to_screen(curve.position(*parameter)).distance(at);
            let stop_distances = stops.parameters.iter().map(distance).enumerate();
            let nearest_stop = stop_distances.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((stop, _)) = nearest_stop.filter(|(_, distance)| *distance < LINE_DISTANCE)
            {
                return Some(PathPart::Stop(stop));
            }
        }
        let nearest = curve.nearest(self.to_map(at), None)?;
        let is_near = nearest.distance * self.camera.scale < f64::from(LINE_DISTANCE);
        (is_near && curve.segments() > 0).then_some(PathPart::Line(nearest.parameter))
    }

    /// The map position of a point that is dropped here: that of a melody if one is near.
    fn snap(&self, state: &AppState, view: &MapView, at: Pos2) -> [f64; 2] {
        let points = view.layer.as_ref().map(|layer| &layer.points);
        points
            .and_then(|points| points.hit(at, 0.8 * HIT_DISTANCE, None))
            .and_then(|id| state.melodies.get(id))
            .map_or_else(|| self.to_map(at), |entry| entry.position)
    }
}

/// Begins a drag of what is under the pointer.
fn begin_drag(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    screen: &PathOnScreen<'_>,
) {
    if !response.drag_started_by(PointerButton::Primary) {
        return;
    }
    response.request_focus();
    let Some(from) = ui.input(|input| input.pointer.press_origin()) else {
        return;
    };
    view.path.last_request = None;
    view.path.drag = match screen.part_at(state, from) {
        Some(PathPart::Marker) => PathDrag::Marker,
        Some(PathPart::Point(index)) => {
            view.path.last_edited = Some(index);
            PathDrag::Point {
                index,
                position: screen.to_map(from),
                is_new: false,
            }
        }
        Some(PathPart::Line(parameter)) if state.path.tool_active => {
            let index = parameter as usize + 1;
            view.path.last_edited = Some(index);
            PathDrag::Point {
                index,
                position: screen.to_map(from),
                is_new: true,
            }
        }
        _ if state.path.tool_active => PathDrag::Line(vec![screen.to_map(from)]),
        _ => PathDrag::None,
    };
}

fn continue_drag(
    ui: &Ui,
    state: &AppState,
    view: &mut MapView,
    screen: &PathOnScreen<'_>,
    now: f64,
    out: &mut Vec<Command>,
) {
    let Some(at) = screen.response.interact_pointer_pos() else {
        return;
    };
    // All positions since the last frame, so that a slow frame cuts no corners.
    let pointer_positions: Vec<Pos2> = ui.input(|input| {
        let moved = input.events.iter().filter_map(|event| match event {
            Event::PointerMoved(at) => Some(*at),
            _ => None,
        });
        moved.chain([at]).collect()
    });
    let mut plays_probes = true;
    match &mut view.path.drag {
        PathDrag::None => return,
        PathDrag::Marker => {
            plays_probes = false;
            let marker = state.path_marker();
            let nearest = screen
                .curve
                .as_ref()
                .and_then(|curve| curve.nearest(screen.to_map(at), marker));
            if let Some(nearest) = nearest
                && state.path.dragged_parameter != Some(nearest.parameter)
            {
                out.push(Command::Path(PathCommand::DragMarker(nearest.parameter)));
            }
        }
        PathDrag::Point { position, .. } => *position = screen.to_map(at),
        PathDrag::Line(line) => {
            for at in pointer_positions {
                let last = line.last().map(|last| screen.to_screen(*last).distance(at));
                if last.is_none_or(|distance| distance >= MIN_POINT_SPACING) {
                    line.push(screen.to_map(at));
                }
            }
        }
    }
    if plays_probes && probes::can_play(state) {
        request_probe(state, view, screen, at, now, out);
    }
}

/// Plays the probe that the drag passes.
fn request_probe(
    state: &AppState,
    view: &mut MapView,
    screen: &PathOnScreen<'_>,
    at: Pos2,
    now: f64,
    out: &mut Vec<Command>,
) {
    let response = screen.response;
    if !response.rect.contains(at) || !probes::may_request(view.path.last_request, at, now) {
        return;
    }
    if let Some(layer) = &view.layer {
        view.path.last_request = Some((at, now));
        probes::request(response, state, &layer.points, &screen.camera, at, out);
    }
}

fn end_drag(
    state: &AppState,
    view: &mut MapView,
    screen: &PathOnScreen<'_>,
    out: &mut Vec<Command>,
) {
    let at = screen
        .response
        .interact_pointer_pos()
        .or(screen.response.hover_pos());
    match std::mem::take(&mut view.path.drag) {
        PathDrag::None => {}
        PathDrag::Marker => out.push(Command::Path(PathCommand::ReleaseMarker)),
        PathDrag::Point {
            index,
            position,
            is_new,
        } => {
            let position = at.map_or(position, |at| screen.snap(state, view, at));
            out.push(Command::Path(if is_new {
                PathCommand::Insert(index, position)
            } else {
                PathCommand::Move(index, position)
            }));
        }
        PathDrag::Line(line) => {
            let unit = 1.0 / screen.camera.scale;
            let max_points = (state.settings.path_stops as usize).min(MAX_PATH_POINTS / 2);
            let mut points = simplify_to(&line, SIMPLIFY_TOLERANCE * unit, max_points);
            let closed = match (points.first(), points.last()) {
                (Some(first), Some(last)) => {
                    points.len() > 3 && distance(*first, *last) < CLOSING_DISTANCE * unit
                }
                _ => false,
            };
            if closed {
                points.pop();
            }
            if points.len() > 1 {
                out.push(Command::Path(PathCommand::Draw { points, closed }));
            }
        }
    }
}

fn handle_click(
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    screen: &PathOnScreen<'_>,
    out: &mut Vec<Command>,
) {
    if !response.clicked_by(PointerButton::Primary) {
        return;
    }
    let Some(at) = response.interact_pointer_pos() else {
        return;
    };
    response.request_focus();
    let path = state.path.drawn.as_ref();
    let can_close = path.is_some_and(|path| !path.closed && path.points.len() > 2);
    let request = match view.path.hovered {
        Some(PathPart::Marker) => return,
        Some(PathPart::Stop(stop)) => {
            let stops = state.path.stops();
            let entry = stops.and_then(|stops| stops.set.entries.get(stop));
            out.extend(entry.map(|entry| Command::Select(entry.id)));
            return;
        }
        _ if !state.path.tool_active => return,
        // A double click ends the path.
        _ if response.double_clicked() => PathCommand::SetTool(false),
        Some(PathPart::Point(0)) if can_close => PathCommand::SetClosed(true),
        Some(PathPart::Point(index)) => {
            view.path.last_edited = Some(index);
            return;
        }
        Some(PathPart::Line(parameter)) => {
            view.path.last_edited = Some(parameter as usize + 1);
            PathCommand::Insert(parameter as usize + 1, screen.to_map(at))
        }
        None => PathCommand::Append(screen.snap(state, view, at)),
    };
    out.push(Command::Path(request));
}

/// Removes a point by the Delete key.
fn remove_by_key(ui: &Ui, state: &AppState, view: &mut MapView, out: &mut Vec<Command>) {
    if !state.path.tool_active {
        return;
    }
    let key = ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace));
    let point = view.path.point_under_pointer().or(view.path.last_edited);
    if let Some(index) = point.filter(|_| key && !ui.ctx().text_edit_focused()) {
        view.path.last_edited = None;
        out.push(Command::Path(PathCommand::Remove(index)));
    }
}

/// Sets the cursor, and shows a hint of the possible action.
fn set_cursor(ui: &Ui, response: &Response, view: &MapView) {
    let (icon, hint) = match (&view.path.drag, view.path.hovered) {
        (PathDrag::Marker | PathDrag::Point { .. }, _) => (CursorIcon::Grabbing, None),
        (PathDrag::Line(_), _) | (PathDrag::None, None) => (CursorIcon::Crosshair, None),
        (PathDrag::None, Some(PathPart::Marker)) => (
            CursorIcon::Grab,
            Some("Drag it along the path: what it passes plays"),
        ),
        (PathDrag::None, Some(PathPart::Point(_))) => {
            (CursorIcon::Grab, Some("Drag to move, Delete removes it"))
        }
        (PathDrag::None, Some(PathPart::Line(_))) => {
            (CursorIcon::Copy, Some("Click for a new point of the path"))
        }
        (PathDrag::None, Some(PathPart::Stop(_))) => (CursorIcon::PointingHand, None),
    };
    ui.set_cursor_icon(icon);
    if let Some(hint) = hint {
        response.clone().on_hover_text_at_pointer(hint);
    }
}
