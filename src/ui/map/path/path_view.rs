//! State of the path's drawing between frames.

use eframe::egui::Pos2;

use crate::sweep::MelodyId;
use crate::ui::curve::Curve;
use crate::ui::geometry::lerp;
use crate::ui::state::AppState;

/// The path's drag under way, its hover, and its transition to another layout.
#[derive(Default)]
pub struct PathView {
    pub(super) drag: PathDrag,
    /// What the pointer is over.
    pub(super) hovered: Option<PathPart>,
    /// The point that was edited last, which the Delete key removes.
    pub(super) last_edited: Option<usize>,
    /// Position and time of the last request to play a probe.
    pub(super) last_request: Option<(Pos2, f64)>,
    /// Whether the pointer belongs to the path in this frame.
    pub(super) captures_pointer: bool,
    /// Positions of the points at the start of the transition to another layout, their positions now, and the number of the transition.
    start_positions: Vec<[f64; 2]>,
    shown_positions: Vec<[f64; 2]>,
    transitions: u64,
}

/// A drag on the path.
#[derive(Default)]
pub enum PathDrag {
    /// None is under way.
    #[default]
    None,
    /// Draws a line, in map units.
    Line(Vec<[f64; 2]>),
    /// Moves a point of the path.
    Point {
        /// Its index.
        index: usize,
        /// Its position now.
        position: [f64; 2],
        /// Whether it is new, and will be inserted before the point with this index.
        is_new: bool,
    },
    /// Moves the marker.
    Marker,
}

/// A part of the path that the pointer can be over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PathPart {
    /// The marker.
    Marker,
    /// A point of the path.
    Point(usize),
    /// The line, at a parameter of the curve.
    Line(f64),
    /// A melody on the path.
    Stop(usize),
}

impl PathView {
    /// Whether the pointer belongs to the path in this frame, so that the map ignores it.
    pub fn captures_pointer(&self) -> bool {
        self.captures_pointer
    }

    /// The point of the path under the pointer, by its index.
    pub fn point_under_pointer(&self) -> Option<usize> {
        match self.hovered {
            Some(PathPart::Point(index)) => Some(index),
            _ => None,
        }
    }

    /// The melody on the path under the pointer.
    pub fn stop_under_pointer(&self, state: &AppState) -> Option<MelodyId> {
        let stops = state.path.stops()?;
        let stop = match self.hovered? {
            PathPart::Stop(stop) => stop,
            PathPart::Marker => stops.nearest(state.path_marker()?),
            PathPart::Point(_) | PathPart::Line(_) => return None,
        };
        stops.set.entries.get(stop).map(|entry| entry.id)
    }

    /// Whether a drag is under way, during which the camera must not move.
    pub fn is_dragging(&self) -> bool {
        !matches!(self.drag, PathDrag::None)
    }

    /// The path's line as it is seen now: during a transition, and with the point that is dragged.
    pub(super) fn curve(&self, state: &AppState) -> Option<Curve> {
        let path = state.path.drawn.as_ref()?;
        let mut points = if self.shown_positions.len() == path.points.len() {
            self.shown_positions.clone()
        } else {
            path.curve(&state.melodies).points().to_vec()
        };
        if let PathDrag::Point {
            index,
            position,
            is_new,
        } = self.drag
        {
            if is_new {
                points.insert(index.min(points.len()), position);
            } else if let Some(point) = points.get_mut(index) {
                *point = position;
            }
        }
        Some(Curve::new(points, path.closed))
    }

    /// Moves the points with those of the map to another layout; `transition` is the progress, 0 to 1.
    pub fn update_transition(&mut self, state: &AppState, transition: f32) {
        let Some(path) = &state.path.drawn else {
            self.shown_positions.clear();
            return;
        };
        let points = path.points.iter();
        let end_positions: Vec<[f64; 2]> = points
            .map(|point| point.position(&state.melodies))
            .collect();
        if self.transitions != state.melodies.transitions() {
            self.transitions = state.melodies.transitions();
            self.start_positions = std::mem::take(&mut self.shown_positions);
        }
        self.shown_positions =
            if transition < 1.0 && self.start_positions.len() == end_positions.len() {
                let pairs = self.start_positions.iter().zip(&end_positions);
                pairs
                    .map(|(from, to)| lerp(*from, *to, f64::from(transition)))
                    .collect()
            } else {
                end_positions
            };
    }
}
