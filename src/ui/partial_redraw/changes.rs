//! The areas of the window in which two frames differ.

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Rect, pos2};

/// Maximum number of shapes in a row that may have been added, and removed, for the comparison to continue.
const MAX_LOOK_AHEAD: usize = 64;
/// Maximum number of areas. More are joined, as drawing an area goes through all shapes.
const MAX_AREAS: usize = 12;
/// Fraction of the window above which drawing all of it is as fast.
const LARGE_FRACTION: f32 = 0.4;
/// Width in points by which antialiased edges extend beyond a shape.
const EDGE_WIDTH: f32 = 2.0;

/// Areas that do not overlap, in points, on whole pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Areas(Vec<Rect>);

impl Areas {
    /// The areas.
    pub fn iter(&self) -> impl Iterator<Item = Rect> {
        self.0.iter().copied()
    }

    /// The fraction of the window that the areas cover, 0 to 1.
    pub fn covered_fraction(&self, window: Rect) -> f32 {
        self.0.iter().map(Rect::area).sum::<f32>() / window.area()
    }

    /// Adds an area, joined with those that overlap it.
    fn add(&mut self, mut area: Rect) {
        while let Some(index) = self.0.iter().position(|other| other.intersects(area)) {
            area |= self.0.swap_remove(index);
        }
        self.0.push(area);
        if self.0.len() > MAX_AREAS {
            let (first, second) = self.cheapest_pair();
            let joined = self.0[first] | self.0[second];
            self.0.swap_remove(second);
            self.0.swap_remove(first);
            self.add(joined);
        }
    }

    /// The indices, in order, of the two areas whose joined rectangle adds the least area.
    fn cheapest_pair(&self) -> (usize, usize) {
        let pairs =
            (0..self.0.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        let added_area = |&(first, second): &(usize, usize)| {
            let (a, b) = (self.0[first], self.0[second]);
            (a | b).area() - a.area() - b.area()
        };
        pairs
            .min_by(|a, b| added_area(a).total_cmp(&added_area(b)))
            .unwrap_or_default()
    }
}

/// The areas in which two frames differ; `None` if they differ too much for a partial redraw. Equal shapes count as unchanged
/// only if they are in the same order, as a later one covers an earlier one.
pub fn changed_areas(
    before: &[ClippedShape],
    now: &[ClippedShape],
    window: Rect,
    pixels_per_point: f32,
) -> Option<Areas> {
    let mut areas = Areas::default();
    let mut add_bounds = |shapes: &[ClippedShape]| {
        for shape in shapes {
            let bounds = visible_bounds(shape).intersect(window);
            if bounds.is_positive() {
                areas.add(expand_to_pixels(bounds, pixels_per_point).intersect(window));
            }
            if areas.covered_fraction(window) > LARGE_FRACTION {
                return None;
            }
        }
        Some(())
    };
    let (mut old, mut new) = (before, now);
    loop {
        let equal_count = std::iter::zip(old, new).take_while(|(a, b)| a == b).count();
        (old, new) = (&old[equal_count..], &new[equal_count..]);
        let (removed, added) = next_equal(old, new)?;
        if removed == 0 && added == 0 {
            return Some(areas);
        }
        add_bounds(&old[..removed])?;
        add_bounds(&new[..added])?;
        (old, new) = (&old[removed..], &new[added..]);
    }
}

/// The numbers of old and of new shapes to skip until both continue with an equal shape, or end. `None` if there is no such place
/// near enough.
fn next_equal(old: &[ClippedShape], new: &[ClippedShape]) -> Option<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Some((old.len(), new.len()));
    }
    for distance in 1..=2 * MAX_LOOK_AHEAD {
        // Most likely as many shapes were removed as added, so splits of the distance are tried from the middle outwards.
        for step in 0..=distance {
            let half = distance / 2;
            let removed = if step % 2 == 0 {
                half - step / 2
            } else {
                half + step.div_ceil(2)
            };
            let added = distance - removed;
            let both_end = removed == old.len() && added == new.len();
            let next_pair = (old.get(removed), new.get(added));
            if both_end || matches!(next_pair, (Some(a), Some(b)) if a == b) {
                return Some((removed, added));
            }
        }
    }
    None
}

/// The visible bounds of a shape, in points.
pub fn visible_bounds(shape: &ClippedShape) -> Rect {
    let rect = shape.shape.visual_bounding_rect();
    if rect.is_negative() {
        // An empty shape.
        return Rect::NOTHING;
    }
    (shape.transform_after_tessellation * rect)
        .expand(EDGE_WIDTH)
        .intersect(shape.clip_rect)
}

/// The smallest rectangle around `rect` of whole pixels.
fn expand_to_pixels(rect: Rect, pixels_per_point: f32) -> Rect {
    let (min, max) = (rect.min * pixels_per_point, rect.max * pixels_per_point);
    Rect::from_min_max(
        pos2(min.x.floor(), min.y.floor()) / pixels_per_point,
        pos2(max.x.ceil(), max.y.ceil()) / pixels_per_point,
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use eframe::egui::{Color32, Shape, vec2};

    use super::*;

    const WINDOW: Rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(1000.0, 500.0));

    fn square(x: f32, y: f32) -> ClippedShape {
        let rect = Rect::from_min_size(pos2(x, y), vec2(10.0, 10.0));
        ClippedShape::new(WINDOW, Shape::rect_filled(rect, 0.0, Color32::RED))
    }

    fn squares_at(xs: &[f32]) -> Vec<ClippedShape> {
        xs.iter().map(|x| square(*x, 20.0)).collect()
    }

    #[test]
    fn equal_frames_have_no_areas() {
        let frame = squares_at(&[0.0, 40.0, 80.0]);
        let areas = changed_areas(&frame, &frame, WINDOW, 1.0).unwrap();
        assert_eq!(areas, Areas::default());
    }

    #[test]
    fn a_shape_that_moved_marks_where_it_was_and_where_it_is() {
        let areas = changed_areas(
            &squares_at(&[0.0, 400.0, 80.0]),
            &squares_at(&[0.0, 600.5, 80.0]),
            WINDOW,
            1.0,
        );
        let changed: Vec<Rect> = areas.unwrap().iter().collect();
        let around = |min: f32, max: f32| Rect::from_min_max(pos2(min, 18.0), pos2(max, 32.0));
        assert_eq!(changed, [around(398.0, 412.0), around(598.0, 613.0)]);
    }

    #[test]
    fn shapes_that_come_and_go_mark_only_themselves() {
        let (fewer, more) = (
            squares_at(&[0.0, 100.0, 900.0]),
            squares_at(&[0.0, 100.0, 500.0, 700.0, 900.0]),
        );
        for (before, now) in [(&fewer, &more), (&more, &fewer)] {
            let areas = changed_areas(before, now, WINDOW, 1.0).unwrap();
            assert_eq!(areas.iter().count(), 2);
            assert!(
                areas
                    .iter()
                    .all(|area| area.min.x > 490.0 && area.max.x < 720.0)
            );
        }
    }

    #[test]
    fn a_change_of_order_marks_what_moved_to_the_front() {
        let (before, now) = (squares_at(&[0.0, 5.0]), squares_at(&[5.0, 0.0]));
        let areas = changed_areas(&before, &now, WINDOW, 1.0).unwrap();
        let overlap = Rect::from_min_max(pos2(5.0, 20.0), pos2(10.0, 30.0));
        assert!(areas.iter().any(|area| area.contains_rect(overlap)));
    }

    #[test]
    fn a_window_that_changed_in_most_of_it_has_no_areas() {
        let full_window =
            |colour| ClippedShape::new(WINDOW, Shape::rect_filled(WINDOW, 0.0, colour));
        let areas = changed_areas(
            &[full_window(Color32::RED)],
            &[full_window(Color32::BLUE)],
            WINDOW,
            1.0,
        );
        assert_eq!(areas, None);
    }

    #[test]
    fn areas_are_few_and_do_not_overlap() {
        let before: Vec<_> = (0..40).map(|n| square(n as f32 * 24.0, 10.0)).collect();
        let now: Vec<_> = (0..40).map(|n| square(n as f32 * 24.0, 40.0)).collect();
        let areas: Vec<Rect> = changed_areas(&before, &now, WINDOW, 1.5)
            .unwrap()
            .iter()
            .collect();
        assert!(areas.len() <= MAX_AREAS, "{areas:?}");
        for (index, area) in areas.iter().enumerate() {
            assert!(areas[..index].iter().all(|other| !other.intersects(*area)));
            let pixels = area.min * 1.5;
            assert!((pixels.x - pixels.x.round()).abs() < 1e-3);
        }
        for shape in before.iter().chain(&now) {
            let bounds = visible_bounds(shape);
            assert!(
                areas
                    .iter()
                    .any(|area| area.expand(1e-3).contains_rect(bounds.intersect(WINDOW)))
            );
        }
    }
}
