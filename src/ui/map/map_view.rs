//! State of the map widget between frames.

use eframe::egui::{Id, Pos2, Rect};

use super::camera::Camera;
use super::disc_atlas::DiscAtlas;
use super::field_layer::FieldLayer;
use super::gesture::Gesture;
use super::map_points::MapPoints;
use super::path::path_view::PathView;
use super::points_layer::PointsLayer;
use super::probes::ProbeRequests;
use super::repaint_rate::RepaintRate;
use super::screen_point::ScreenPoint;
use super::slice::SliceView;
use super::thumbnails::Thumbnail;
use crate::sweep::MelodyId;
use crate::ui::chosen_view::ChosenView;

/// The camera, the layers that are drawn again only when they change, and the gestures under way.
#[derive(Default)]
pub struct MapView {
    pub(super) camera: Camera,
    /// Generation of the map and number of the request that the camera was last fitted to.
    pub(super) fitted_request: Option<(u64, u64)>,
    /// A view to show once the whole map was fitted.
    pub(super) next_view: Option<ChosenView>,
    /// Number of the movement of the points that the camera last followed.
    pub(super) followed_movement: u64,
    /// Number of the transition for which the selection was last kept in view.
    pub(super) followed_transition: u64,
    /// The widget's rectangle, and the part that no overlay covers, that the camera was last fitted to.
    pub(super) fitted_rects: Option<(Rect, Rect)>,
    pub(super) atlas: Option<DiscAtlas>,
    pub(super) map_points: MapPoints,
    pub(super) layer: Option<PointsLayer>,
    pub(super) field: FieldLayer,
    pub(super) thumbnails: Vec<Thumbnail>,
    pub(super) probes: ProbeRequests,
    pub(super) slice: SliceView,
    pub(super) path: PathView,
    pub(super) gesture: Gesture,
    /// The open region, and when it was opened.
    pub(super) open_region: Option<(u32, f64)>,
    pub(super) hovered: Option<MelodyId>,
    /// When the hint was first shown.
    pub(super) hint_since: Option<f64>,
    /// Whether points or camera were moving in the last frame.
    pub(super) moving: bool,
    /// Whether the inspector is on screen, so that the hovered melody needs no card if it is selected.
    pub(in crate::ui) inspector_shown: bool,
    /// Whether what plays has to be named here, because no other panel does.
    pub(in crate::ui) names_what_plays: bool,
    /// Whether something plays that is named here.
    pub(in crate::ui) shows_playing_name: bool,
    /// Whether movements are left out.
    pub(super) reduced_motion: bool,
    pub(super) rect: Option<Rect>,
    pub(super) id: Option<Id>,
    pub(super) repaint_rate: RepaintRate,
}

impl MapView {
    /// Sets how often the map is drawn while a melody plays.
    pub fn set_repaint_rate(&mut self, rate: RepaintRate) {
        self.repaint_rate = rate;
    }

    /// The part of the map that the user has chosen to see.
    pub fn chosen_view(&self) -> Option<ChosenView> {
        self.next_view.or_else(|| self.camera.chosen_view())
    }

    /// Shows a part of the next map that is shown.
    pub fn choose_view(&mut self, view: ChosenView) {
        self.next_view = Some(view);
    }

    /// The widget, once drawn.
    pub fn id(&self) -> Option<Id> {
        self.id
    }

    /// Screen position of a melody in the last frame.
    pub fn position(&self, id: MelodyId) -> Option<Pos2> {
        Some(self.layer.as_ref()?.points.get(id)?.position)
    }

    /// Screen position of a map position in the last frame.
    pub fn to_screen(&self, place: [f64; 2]) -> Option<Pos2> {
        let params = &self.layer.as_ref()?.params;
        Some(params.view.to_screen(params.rect, place))
    }

    /// All points as they were drawn in the last frame.
    pub fn points(&self) -> &[ScreenPoint] {
        self.layer.as_ref().map_or(&[], |layer| &layer.points.list)
    }

    /// Number of melodies that were drawn as small piano rolls in the last frame.
    pub fn thumbnail_count(&self) -> usize {
        self.thumbnails.len()
    }

    /// Number of points that the filter or a slider dimmed in the last frame.
    pub fn dimmed_count(&self) -> usize {
        self.map_points
            .list
            .iter()
            .filter(|point| point.dim)
            .count()
    }

    /// Whether points or camera were moving in the last frame.
    pub fn moving(&self) -> bool {
        self.moving
    }

    /// The widget's rectangle in the last frame.
    pub fn rect(&self) -> Option<Rect> {
        self.rect
    }

    /// Whether the space key was used to pan, so that its release does not start or stop playing.
    pub fn panned_by_space(&self) -> bool {
        self.gesture.panned_by_space
    }

    /// Forgets that the space key was used to pan.
    pub fn reset_panned_by_space(&mut self) {
        self.gesture.panned_by_space = false;
    }
}
