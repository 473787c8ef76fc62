//! Hands on the path: setting points, drawing, bending, and dragging the puck.

use eframe::egui::{CursorIcon, Event, Key, PointerButton, Pos2, Response, Ui};

use super::super::camera::View;
use super::super::{MapView, REACH, dots, spots};
use super::simplify::handful;
use crate::sweep::MelodyId;
use crate::ui::command::{Command, PathCommand};
use crate::ui::curve::{Curve, distance};
use crate::ui::options::MAX_PATH_POINTS;
use crate::ui::state::AppState;

/// How near the pointer has to be to a point of the path, points of screen; and to the middle of one that the puck is on.
const POINT: f32 = 11.0;
const MIDDLE: f32 = 6.0;
/// How near to the puck.
const PUCK: f32 = 14.0;
/// How near to the line, or to a melody on it.
const LINE: f32 = 8.0;
/// How far a drawn line may be from what it is simplified to, points of screen.
const TOLERANCE: f64 = 7.0;
/// Places of a drawn line nearer than this to the last one are left out, points of screen.
const SPACING: f32 = 3.0;
/// A drawn line that ends this near to its beginning leads back to it, points of screen.
const CLOSING: f64 = 22.0;
/// Shortest time between two requests to hear a spot, seconds.
const PAUSE: f64 = 0.03;

/// What a hand does.
#[derive(Default)]
pub enum Hand {
    /// Nothing.
    #[default]
    Free,
    /// It draws a line, in map units.
    Draws(Vec<[f64; 2]>),
    /// It moves a point of the path.
    Point {
        /// Which.
        index: usize,
        /// Where it is now.
        at: [f64; 2],
        /// It is not in the path yet, but comes before the one with this number.
        new: bool,
    },
    /// It has the puck.
    Puck,
}

/// What a pointer can be over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// The puck.
    Puck,
    /// A point of the path.
    Point(usize),
    /// The line, here.
    Line(f64),
    /// A melody on the path.
    Station(usize),
}

/// Takes the pointer where it means the path, and turns what it does into commands.
pub fn hands(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    now: f64,
    out: &mut Vec<Command>,
) {
    let frame = view.camera.view(now);
    let seen = Seen {
        response,
        frame,
        curve: view.path.curve(state),
    };
    let (modifiers, space, escape) = ui.input(|input| {
        (
            input.modifiers.any(),
            input.key_down(Key::Space),
            input.key_pressed(Key::Escape),
        )
    });
    let busy = view.path.busy();
    if busy && escape {
        if matches!(view.path.hand, Hand::Puck) {
            out.push(Command::Path(PathCommand::LetGo));
        }
        view.path.hand = Hand::Free;
    }
    let pointer = response.interact_pointer_pos().or_else(|| {
        let hover = response.hover_pos();
        hover.filter(|_| response.contains_pointer())
    });
    if !busy {
        // A quick hand is far from what it took by the time that its press is a drag.
        let pressed = ui.input(|input| input.pointer.press_origin());
        let begins = response.drag_started_by(PointerButton::Primary);
        let meant = pressed.filter(|_| begins).or(pointer);
        view.path.over = meant.and_then(|at| seen.target(state, at));
        let other = modifiers || space || state.making.blend_from.is_some();
        view.path.claims = !other && (state.path.tool || view.path.over.is_some());
        if !state.path.tool && matches!(view.path.over, Some(Target::Point(_) | Target::Line(_))) {
            view.path.claims = false;
        }
    }
    if !view.path.claims {
        return;
    }
    begin(ui, response, state, view, &seen);
    if response.dragged_by(PointerButton::Primary)
        || response.drag_stopped_by(PointerButton::Primary)
    {
        drag(ui, state, view, &seen, now, out);
    }
    if response.drag_stopped_by(PointerButton::Primary) {
        release(state, view, &seen, out);
    }
    if matches!(view.path.hand, Hand::Free) {
        clicks(response, state, view, &seen, out);
        removes(ui, response, state, view, out);
    }
    if pointer.is_some() {
        cursor(ui, response, view);
    }
}

/// The path as it lies on the screen.
struct Seen<'a> {
    response: &'a Response,
    frame: View,
    curve: Option<Curve>,
}

impl Seen<'_> {
    fn on_screen(&self, place: [f64; 2]) -> Pos2 {
        self.frame.to_screen(self.response.rect, place)
    }

    fn on_map(&self, at: Pos2) -> [f64; 2] {
        self.frame.to_map(self.response.rect, at)
    }

    fn target(&self, state: &AppState, at: Pos2) -> Option<Target> {
        let curve = self.curve.as_ref()?;
        let puck = state
            .puck()
            .map(|puck| self.on_screen(curve.at(puck)).distance(at));
        let point = if state.path.tool {
            let far = |place: &[f64; 2]| self.on_screen(*place).distance(at);
            let points = curve.points().iter().map(far).enumerate();
            points.min_by(|a, b| a.1.total_cmp(&b.1))
        } else {
            None
        };
        match (point, puck) {
            (Some((index, away)), _) if away < MIDDLE => return Some(Target::Point(index)),
            (_, Some(away)) if away < PUCK => return Some(Target::Puck),
            (Some((index, away)), _) if away < POINT => return Some(Target::Point(index)),
            _ => {}
        }
        if !state.path.tool
            && let Some(stations) = state.path.stations()
        {
            let far = |place: &f64| self.on_screen(curve.at(*place)).distance(at);
            let near = stations.at.iter().map(far).enumerate();
            let near = near.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((station, _)) = near.filter(|(_, away)| *away < LINE) {
                return Some(Target::Station(station));
            }
        }
        let nearest = curve.nearest(self.on_map(at), None)?;
        let near = nearest.distance * self.frame.scale < f64::from(LINE);
        (near && curve.segments() > 0).then_some(Target::Line(nearest.at))
    }

    /// Where a point goes that is let go here: onto a melody of the map if one is that near.
    fn snapped(&self, state: &AppState, view: &MapView, at: Pos2) -> [f64; 2] {
        let placed = view.placed();
        dots::hit(placed, &view.grid, at, 0.8 * REACH, None)
            .and_then(|id| state.library.get(id))
            .map_or_else(|| self.on_map(at), |entry| entry.position)
    }
}

/// A press that has moved is a drag: of what it began on.
fn begin(ui: &Ui, response: &Response, state: &AppState, view: &mut MapView, seen: &Seen<'_>) {
    if !response.drag_started_by(PointerButton::Primary) {
        return;
    }
    response.request_focus();
    let Some(from) = ui.input(|input| input.pointer.press_origin()) else {
        return;
    };
    view.path.asked = None;
    view.path.hand = match seen.target(state, from) {
        Some(Target::Puck) => Hand::Puck,
        Some(Target::Point(index)) => {
            view.path.touched = Some(index);
            Hand::Point {
                index,
                at: seen.on_map(from),
                new: false,
            }
        }
        Some(Target::Line(at)) if state.path.tool => {
            let index = at as usize + 1;
            view.path.touched = Some(index);
            Hand::Point {
                index,
                at: seen.on_map(from),
                new: true,
            }
        }
        _ if state.path.tool => Hand::Draws(vec![seen.on_map(from)]),
        _ => Hand::Free,
    };
}

fn drag(
    ui: &Ui,
    state: &AppState,
    view: &mut MapView,
    seen: &Seen<'_>,
    now: f64,
    out: &mut Vec<Command>,
) {
    let Some(at) = seen.response.interact_pointer_pos() else {
        return;
    };
    // All places since the last frame: a slow screen must not cut corners.
    let passed: Vec<Pos2> = ui.input(|input| {
        let moved = input.events.iter().filter_map(|event| match event {
            Event::PointerMoved(at) => Some(*at),
            _ => None,
        });
        moved.chain([at]).collect()
    });
    let mut hears = true;
    match &mut view.path.hand {
        Hand::Free => return,
        Hand::Puck => {
            hears = false;
            let near = state.puck();
            let nearest = seen
                .curve
                .as_ref()
                .and_then(|curve| curve.nearest(seen.on_map(at), near));
            if let Some(nearest) = nearest
                && state.path.held != Some(nearest.at)
            {
                out.push(Command::Path(PathCommand::Hold(nearest.at)));
            }
        }
        Hand::Point { at: place, .. } => *place = seen.on_map(at),
        Hand::Draws(line) => {
            for at in passed {
                let last = line.last().map(|last| seen.on_screen(*last).distance(at));
                if last.is_none_or(|away| away >= SPACING) {
                    line.push(seen.on_map(at));
                }
            }
        }
    }
    if hears && spots::possible(state) {
        hear(state, view, seen, at, now, out);
    }
}

/// What the hand passes is heard.
fn hear(
    state: &AppState,
    view: &mut MapView,
    seen: &Seen<'_>,
    at: Pos2,
    now: f64,
    out: &mut Vec<Command>,
) {
    let fresh = view
        .path
        .asked
        .is_none_or(|(last, when)| last.distance(at) >= 0.5 && now - when >= PAUSE);
    if fresh && seen.response.rect.contains(at) {
        view.path.asked = Some((at, now));
        let response = seen.response;
        spots::ask(
            response,
            state,
            view.placed(),
            &view.grid,
            &seen.frame,
            at,
            out,
        );
    }
}

fn release(state: &AppState, view: &mut MapView, seen: &Seen<'_>, out: &mut Vec<Command>) {
    let at = seen
        .response
        .interact_pointer_pos()
        .or(seen.response.hover_pos());
    match std::mem::take(&mut view.path.hand) {
        Hand::Free => {}
        Hand::Puck => out.push(Command::Path(PathCommand::LetGo)),
        Hand::Point {
            index,
            at: place,
            new,
        } => {
            let place = at.map_or(place, |at| seen.snapped(state, view, at));
            out.push(Command::Path(if new {
                PathCommand::Insert(index, place)
            } else {
                PathCommand::Move(index, place)
            }));
        }
        Hand::Draws(line) => {
            let unit = 1.0 / seen.frame.scale;
            let most = (state.settings.path_stations as usize).min(MAX_PATH_POINTS / 2);
            let mut points = handful(&line, TOLERANCE * unit, most);
            let closed = match (points.first(), points.last()) {
                (Some(first), Some(last)) => {
                    points.len() > 3 && distance(*first, *last) < CLOSING * unit
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

fn clicks(
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    seen: &Seen<'_>,
    out: &mut Vec<Command>,
) {
    if !response.clicked_by(PointerButton::Primary) {
        return;
    }
    let Some(at) = response.interact_pointer_pos() else {
        return;
    };
    response.request_focus();
    let open = |state: &AppState| {
        let path = state.path.drawn.as_ref();
        path.is_some_and(|path| !path.closed && path.points.len() > 2)
    };
    let request = match view.path.over {
        Some(Target::Puck) => return,
        Some(Target::Station(station)) => {
            if let Some(id) = station_id(state, station) {
                out.push(Command::Select(id));
            }
            return;
        }
        _ if !state.path.tool => return,
        // The second click of two ends the path.
        _ if response.double_clicked() => PathCommand::Tool(false),
        Some(Target::Point(0)) if open(state) => PathCommand::Close(true),
        Some(Target::Point(index)) => {
            view.path.touched = Some(index);
            return;
        }
        Some(Target::Line(on)) => {
            view.path.touched = Some(on as usize + 1);
            PathCommand::Insert(on as usize + 1, seen.on_map(at))
        }
        None => PathCommand::Append(seen.snapped(state, view, at)),
    };
    out.push(Command::Path(request));
}

fn station_id(state: &AppState, station: usize) -> Option<MelodyId> {
    let stations = state.path.stations()?;
    stations.set.entries.get(station).map(|entry| entry.id)
}

/// A right click, or the Delete key, takes a point away.
fn removes(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    view: &mut MapView,
    out: &mut Vec<Command>,
) {
    if !state.path.tool {
        return;
    }
    let over = match view.path.over {
        Some(Target::Point(index)) => Some(index),
        _ => None,
    };
    let clicked = over.filter(|_| response.secondary_clicked());
    let key = ui.input(|input| input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace));
    let keyed = over
        .or(view.path.touched)
        .filter(|_| key && !ui.ctx().text_edit_focused());
    if let Some(index) = clicked.or(keyed) {
        view.path.touched = None;
        out.push(Command::Path(PathCommand::Remove(index)));
    }
}

/// The pointer's shape, and what can be done here.
fn cursor(ui: &Ui, response: &Response, view: &MapView) {
    let (icon, told) = match (&view.path.hand, view.path.over) {
        (Hand::Puck | Hand::Point { .. }, _) => (CursorIcon::Grabbing, None),
        (Hand::Draws(_), _) | (Hand::Free, None) => (CursorIcon::Crosshair, None),
        (Hand::Free, Some(Target::Puck)) => (
            CursorIcon::Grab,
            Some("Drag it along the path: what it passes plays"),
        ),
        (Hand::Free, Some(Target::Point(_))) => (
            CursorIcon::Grab,
            Some("Drag to move, right-click to remove"),
        ),
        (Hand::Free, Some(Target::Line(_))) => {
            (CursorIcon::Copy, Some("Click for a new point of the path"))
        }
        (Hand::Free, Some(Target::Station(_))) => (CursorIcon::PointingHand, None),
    };
    ui.set_cursor_icon(icon);
    if let Some(told) = told {
        response.clone().on_hover_text_at_pointer(told);
    }
}
