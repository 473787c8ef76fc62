//! The camera: the visible part of the map, and its movements.

use eframe::egui::{Pos2, Rect, Vec2};

use crate::ui::chosen_view::ChosenView;
use crate::ui::theme::MOVE_SECONDS;

/// A visible part of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Map position in the middle of the widget.
    pub centre: [f64; 2],
    /// Points of screen per map unit.
    pub scale: f64,
}

impl View {
    /// Screen position of a map point. Map y grows upwards.
    pub fn to_screen(self, rect: Rect, point: [f64; 2]) -> Pos2 {
        let middle = rect.center();
        Pos2::new(
            middle.x + ((point[0] - self.centre[0]) * self.scale) as f32,
            middle.y - ((point[1] - self.centre[1]) * self.scale) as f32,
        )
    }

    /// Map point at a screen position.
    pub fn to_map(self, rect: Rect, position: Pos2) -> [f64; 2] {
        let offset = position - rect.center();
        [
            self.centre[0] + f64::from(offset.x) / self.scale,
            self.centre[1] - f64::from(offset.y) / self.scale,
        ]
    }
}

/// A view that moves smoothly.
#[derive(Clone, Debug)]
pub struct Camera {
    start_view: View,
    end_view: View,
    /// Time at which the movement started, seconds; `None` while the camera stands still.
    move_start: Option<f64>,
    /// Scale at which the whole map is visible; zoom is relative to it.
    fit_scale: f64,
    /// The user has zoomed or panned since the whole map was shown.
    moved_by_user: bool,
    /// Whether movements are not animated.
    pub reduced_motion: bool,
}

impl Default for Camera {
    fn default() -> Self {
        let view = View {
            centre: [0.0, 0.0],
            scale: 1.0,
        };
        Self {
            start_view: view,
            end_view: view,
            move_start: None,
            fit_scale: 1.0,
            moved_by_user: false,
            reduced_motion: false,
        }
    }
}

/// Minimum zoom: how large the map is drawn, 1 where all of it is visible.
const MIN_ZOOM: f64 = 0.4;
/// Maximum zoom.
const MAX_ZOOM: f64 = 60.0;

impl Camera {
    /// The view at a time.
    pub fn view(&self, now: f64) -> View {
        let Some(since) = self.move_start.filter(|_| !self.reduced_motion) else {
            return self.end_view;
        };
        let t = ((now - since) / MOVE_SECONDS).clamp(0.0, 1.0);
        let eased = 1.0 - (1.0 - t).powi(3);
        let scale =
            self.start_view.scale * (self.end_view.scale / self.start_view.scale).powf(eased);
        // Linear in 1/scale, which keeps the point under the cursor in place during a zoom.
        let ratio = self.end_view.scale / self.start_view.scale;
        let fraction = if (ratio - 1.0).abs() < 1e-6 {
            eased
        } else {
            (1.0 - self.start_view.scale / scale) / (1.0 - 1.0 / ratio)
        };
        View {
            centre: [
                self.start_view.centre[0]
                    + (self.end_view.centre[0] - self.start_view.centre[0]) * fraction,
                self.start_view.centre[1]
                    + (self.end_view.centre[1] - self.start_view.centre[1]) * fraction,
            ],
            scale,
        }
    }

    /// Whether the camera is still moving.
    pub fn is_moving(&self, now: f64) -> bool {
        !self.reduced_motion
            && self
                .move_start
                .is_some_and(|since| now - since < MOVE_SECONDS)
    }

    /// The zoom, 1 when the whole map is visible.
    pub fn zoom(&self, now: f64) -> f64 {
        self.view(now).scale / self.fit_scale
    }

    /// Whether the zoom is at its maximum, within 2 %.
    pub fn is_at_max_zoom(&self, now: f64) -> bool {
        self.zoom(now) > 0.98 * MAX_ZOOM
    }

    /// Zooms by a factor around a position without an animation, for fingers and trackpads, whose own movement is gradual.
    pub fn zoom_immediately(&mut self, rect: Rect, position: Pos2, factor: f64, now: f64) {
        self.end_view = self.view(now);
        self.zoom_at(rect, position, factor, now);
        self.move_start = None;
    }

    /// Zooms by a factor around the position of the cursor.
    pub fn zoom_at(&mut self, rect: Rect, position: Pos2, factor: f64, now: f64) {
        self.moved_by_user = true;
        let fixed_point = self.end_view.to_map(rect, position);
        self.start_view = self.view(now);
        let scale = (self.end_view.scale * factor)
            .clamp(self.fit_scale * MIN_ZOOM, self.fit_scale * MAX_ZOOM);
        let offset = position - rect.center();
        self.end_view = View {
            centre: [
                fixed_point[0] - f64::from(offset.x) / scale,
                fixed_point[1] + f64::from(offset.y) / scale,
            ],
            scale,
        };
        self.move_start = Some(now);
    }

    /// Moves the view by a drag offset in points of screen, without an animation.
    pub fn pan(&mut self, offset: Vec2, now: f64) {
        self.moved_by_user = true;
        let mut view = self.view(now);
        view.centre[0] -= f64::from(offset.x) / view.scale;
        view.centre[1] += f64::from(offset.y) / view.scale;
        self.start_view = view;
        self.end_view = view;
        self.move_start = None;
    }

    /// Shows all points inside `free_rect`, a part of the widget's `rect`; animated from the time `now` if it is given.
    pub fn fit(&mut self, rect: Rect, free_rect: Rect, points: &[[f64; 2]], now: Option<f64>) {
        let Some(view) = fitted_view(rect, free_rect, points) else {
            return;
        };
        self.fit_scale = view.scale;
        self.start_view = now.map_or(self.end_view, |now| self.view(now));
        self.end_view = view;
        self.move_start = now;
        self.moved_by_user = false;
    }

    /// Shows all points again after they have moved, at once, unless the user has chosen another view.
    pub fn follow(&mut self, rect: Rect, free_rect: Rect, points: &[[f64; 2]]) {
        if !self.moved_by_user {
            self.fit(rect, free_rect, points, None);
        }
    }

    /// Follows a change of the widget's size: shows all points again, unless the user has chosen another view, which then
    /// keeps its centre and scale.
    pub fn resize(&mut self, rect: Rect, free_rect: Rect, points: &[[f64; 2]]) {
        self.follow(rect, free_rect, points);
        if self.moved_by_user
            && let Some(view) = fitted_view(rect, free_rect, points)
        {
            self.fit_scale = view.scale;
        }
    }

    /// The view that the user has chosen, at the end of any movement; `None` while the whole map is shown.
    pub fn chosen_view(&self) -> Option<ChosenView> {
        self.moved_by_user.then(|| ChosenView {
            centre: self.end_view.centre,
            zoom: self.end_view.scale / self.fit_scale,
        })
    }

    /// Shows a view that the user had chosen, without an animation. To be called while the whole map is shown.
    pub fn set_chosen_view(&mut self, view: ChosenView) {
        let is_valid = view.centre.iter().all(|x| x.is_finite()) && view.zoom.is_finite();
        if is_valid {
            self.end_view = View {
                centre: view.centre,
                scale: self.fit_scale * view.zoom.clamp(MIN_ZOOM, MAX_ZOOM),
            };
            self.start_view = self.end_view;
            self.move_start = None;
            self.moved_by_user = true;
        }
    }

    /// Brings a map point into view if it is outside, moving no more than needed.
    pub fn reveal(&mut self, rect: Rect, point: [f64; 2], now: f64) {
        let at = self.end_view.to_screen(rect, point);
        if !rect.is_positive() {
            return;
        }
        let inner = rect.shrink(32.0_f32.min(rect.width().min(rect.height()) / 4.0));
        if inner.contains(at) {
            return;
        }
        let offset = at - inner.clamp(at);
        self.start_view = self.view(now);
        self.end_view.centre[0] += f64::from(offset.x) / self.end_view.scale;
        self.end_view.centre[1] -= f64::from(offset.y) / self.end_view.scale;
        self.move_start = Some(now);
    }
}

/// The view that shows all points inside `free_rect`; `None` without points.
fn fitted_view(rect: Rect, free_rect: Rect, points: &[[f64; 2]]) -> Option<View> {
    let [low, high] = bounds(points)?;
    let width = (high[0] - low[0]).max(1e-6);
    let height = (high[1] - low[1]).max(1e-6);
    let space = free_rect.size().max(Vec2::splat(80.0));
    let scale = (f64::from(space.x) / width).min(f64::from(space.y) / height);
    let offset = free_rect.center() - rect.center();
    Some(View {
        centre: [
            f64::midpoint(low[0], high[0]) - f64::from(offset.x) / scale,
            f64::midpoint(low[1], high[1]) + f64::from(offset.y) / scale,
        ],
        scale,
    })
}

/// Lowest and highest corner of a set of points.
pub fn bounds(points: &[[f64; 2]]) -> Option<[[f64; 2]; 2]> {
    let (first, rest) = points.split_first()?;
    Some(rest.iter().fold([*first, *first], |[low, high], point| {
        [
            [low[0].min(point[0]), low[1].min(point[1])],
            [high[0].max(point[0]), high[1].max(point[1])],
        ]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{pos2, vec2};

    const RECT: Rect = Rect {
        min: pos2(100.0, 50.0),
        max: pos2(900.0, 650.0),
    };

    #[test]
    fn the_point_under_the_cursor_stays_there_during_a_zoom() {
        let mut camera = Camera::default();
        camera.fit(RECT, RECT, &[[-20.0, -20.0], [20.0, 20.0]], None);
        let cursor = pos2(250.0, 500.0);
        let before = camera.view(0.0).to_map(RECT, cursor);
        camera.zoom_at(RECT, cursor, 3.0, 0.0);
        for step in 0..=10 {
            let after = camera
                .view(MOVE_SECONDS * f64::from(step) / 10.0)
                .to_map(RECT, cursor);
            assert!((after[0] - before[0]).abs() < 1e-9, "{after:?} {before:?}");
            assert!((after[1] - before[1]).abs() < 1e-9, "{after:?} {before:?}");
        }
        assert!((camera.zoom(1.0) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_fitted_map_lies_inside_the_free_part() {
        let points = [[-3.0, 1.0], [40.0, 9.0], [7.0, -30.0]];
        let free_rect = Rect::from_min_max(pos2(170.0, 120.0), pos2(860.0, 560.0));
        let mut camera = Camera::default();
        camera.fit(RECT, free_rect, &points, None);
        for point in points {
            let at = camera.view(0.0).to_screen(RECT, point);
            assert!(free_rect.expand(0.1).contains(at), "{at:?}");
        }
    }

    #[test]
    fn the_map_follows_the_window_until_the_user_moves_it() {
        let points = [[-20.0, -20.0], [20.0, 20.0]];
        let large = Rect::from_min_max(RECT.min, RECT.min + 2.0 * RECT.size());
        let mut camera = Camera::default();
        camera.fit(RECT, RECT, &points, None);
        let before = camera.view(0.0).scale;
        camera.resize(large, large, &points);
        assert!((camera.view(0.0).scale / before - 2.0).abs() < 1e-6);
        camera.zoom_at(large, large.center(), 3.0, 0.0);
        let chosen = camera.view(1.0);
        camera.resize(RECT, RECT, &points);
        assert_eq!(camera.view(1.0), chosen);
        assert!((camera.zoom(1.0) - 6.0).abs() < 1e-6);
    }

    #[test]
    fn the_map_fills_the_window_while_its_points_spread_until_the_user_moves_it() {
        let spread = |size: f64| [[-size, -size], [size, size]];
        let mut camera = Camera::default();
        camera.fit(RECT, RECT, &spread(1.0), None);
        for size in [2.0, 5.0, 9.0] {
            camera.follow(RECT, RECT, &spread(size));
            let [low, high] = spread(size).map(|point| camera.view(0.0).to_screen(RECT, point));
            assert!((Rect::from_two_pos(low, high).height() - RECT.height()).abs() < 0.1);
        }
        camera.pan(vec2(25.0, -10.0), 0.0);
        let chosen = camera.view(0.0);
        camera.follow(RECT, RECT, &spread(20.0));
        assert_eq!(camera.view(0.0), chosen);
    }

    #[test]
    fn panning_moves_the_map_with_the_pointer() {
        let mut camera = Camera::default();
        let point = camera.view(0.0).to_map(RECT, pos2(300.0, 300.0));
        camera.pan(vec2(25.0, -10.0), 0.0);
        let at = camera.view(0.0).to_screen(RECT, point);
        assert!((at - pos2(325.0, 290.0)).length() < 1e-3);
    }
}
