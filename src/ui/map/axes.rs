//! The axes of the layout that has axes: faint lines at round values, and their numbers in the margin, which no card covers.

use eframe::egui::epaint::TextShape;
use eframe::egui::{Painter, Rangef, Rect, Stroke, pos2};

use super::camera::View;
use super::overlay_frame::EDGE;
use crate::attributes::{ATTRIBUTES, Attribute};
use crate::sweep::AxisScale;
use crate::ui::theme::{Colours, font};
use crate::ui::widgets::numbers::format_number;

/// Size of the numbers: the margin is no wider than the distance of the cards from the edge.
const SIZE: f32 = 11.0;
/// Least distance of two numbers, points.
const DISTANCE: f64 = 36.0;
/// Space between a number and the name of the axis, points.
const GAP: f32 = 10.0;

/// A round value, in display units, and its position along its edge of the map.
#[derive(Clone, Debug, PartialEq)]
struct Tick {
    /// Points.
    at: f32,
    text: String,
}

/// The part of an axis that the camera shows.
struct VisibleAxis {
    attribute: &'static Attribute,
    ticks: Vec<Tick>,
}

impl VisibleAxis {
    /// The axis along x (0) or y (1).
    fn new(axis: usize, axis_scale: AxisScale, map: Rect, view: &View) -> Option<Self> {
        let attribute = ATTRIBUTES.get(axis_scale.attribute)?;
        let ends = [map.left_bottom(), map.right_top()].map(|end| {
            let value = axis_scale.value(view.to_map(map, end)[axis]);
            value.clamp(attribute.possible.0, attribute.possible.1)
        });
        let shown = ends.map(attribute.to_display_unit);
        let unit = (attribute.from_display_unit)(1.0) * axis_scale.scale * view.scale;
        let ticks = round_values(shown, DISTANCE / unit.abs(), attribute.decimals);
        let place = |value: f64| {
            let mut place = view.centre;
            place[axis] = axis_scale.position((attribute.from_display_unit)(value));
            let at = view.to_screen(map, place);
            [at.x, at.y][axis]
        };
        let tick = |(value, decimals): (f64, usize)| Tick {
            at: place(value),
            text: format_number(value, decimals),
        };
        Some(Self {
            attribute,
            ticks: ticks.into_iter().map(tick).collect(),
        })
    }

    /// Name and unit.
    fn title(&self) -> String {
        format!("{}, {}", self.attribute.name, self.attribute.unit)
    }
}

/// The multiples of 1, 2 or 5 times a power of ten between two values that are at least `distance` apart, each with the decimals
/// that it needs; no step is finer than `decimals` allow.
fn round_values([low, high]: [f64; 2], distance: f64, decimals: usize) -> Vec<(f64, usize)> {
    if !(distance.is_finite() && distance > 0.0 && low < high) {
        return Vec::new();
    }
    let power = distance.log10().floor();
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * 10_f64.powf(power));
    let step = steps.into_iter().find(|step| *step >= distance);
    let step = step
        .unwrap_or(steps[3])
        .max(10_f64.powi(-(decimals as i32)));
    let needed = if step.fract() == 0.0 { 0 } else { decimals };
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|k| (k as f64 * step, needed)).collect()
}

/// Draws the lines, below the points.
pub(super) fn lines(painter: &Painter, map: Rect, axes: [AxisScale; 2], view: &View, c: &Colours) {
    let stroke = Stroke::new(1.0, c.muted.gamma_multiply(0.16));
    for (axis, scale) in axes.into_iter().enumerate() {
        let visible = VisibleAxis::new(axis, scale, map, view);
        for tick in visible.iter().flat_map(|visible| &visible.ticks) {
            if axis == 0 {
                painter.vline(tick.at, map.y_range(), stroke);
            } else {
                painter.hline(map.x_range(), tick.at, stroke);
            }
        }
    }
}

/// Writes the numbers and the names of the axes into the margin, above the points.
pub(super) fn numbers(
    painter: &Painter,
    map: Rect,
    axes: [AxisScale; 2],
    view: &View,
    c: &Colours,
) {
    for (axis, scale) in axes.into_iter().enumerate() {
        let Some(visible) = VisibleAxis::new(axis, scale, map, view) else {
            continue;
        };
        let margin = if axis == 0 {
            map.with_min_y(map.bottom() - EDGE)
        } else {
            map.with_max_x(map.left() + EDGE)
        };
        painter.rect_filled(margin, 0.0, c.background.gamma_multiply(0.85));
        let write = |text: String, along: f32, anchor: f32| {
            let galley = painter.layout_no_wrap(text, font(SIZE), c.muted);
            let (length, height) = (galley.size().x, galley.size().y);
            // A quarter turn to the left on the left edge, where the text runs upwards.
            let (corner, angle) = if axis == 0 {
                let top = margin.center().y - height / 2.0;
                (pos2(along - anchor * length, top), 0.0)
            } else {
                let left = margin.center().x - height / 2.0;
                let bottom = along + anchor * length;
                (pos2(left, bottom), -std::f32::consts::FRAC_PI_2)
            };
            (
                TextShape::new(corner, galley, c.muted).with_angle(angle),
                length,
            )
        };
        // The name stands at the end of the axis.
        let end = if axis == 0 {
            map.right() - EDGE
        } else {
            map.top() + EDGE
        };
        let (title, length) = write(visible.title(), end, 1.0);
        painter.add(title);
        let free = if axis == 0 {
            Rangef::new(map.left() + EDGE, end - length - GAP)
        } else {
            Rangef::new(end + length + GAP, map.bottom() - EDGE)
        };
        for tick in visible.ticks {
            let (number, length) = write(tick.text, tick.at, 0.5);
            let half = length / 2.0;
            if free.contains(tick.at - half) && free.contains(tick.at + half) {
                painter.add(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_round_far_enough_apart_and_no_finer_than_the_attribute() {
        let values = |ends, distance| {
            let ticks = round_values(ends, distance, 1).into_iter();
            ticks
                .map(|(value, decimals)| format_number(value, decimals))
                .collect::<Vec<_>>()
        };
        assert_eq!(values([0.0, 7.3], 1.4), ["0", "2", "4", "6"]);
        assert_eq!(values([-12.0, 9.0], 4.0), ["-10", "-5", "0", "5"]);
        assert_eq!(values([5.8, 6.4], 0.15), ["5.8", "6.0", "6.2", "6.4"]);
        assert_eq!(values([5.95, 6.15], 0.001), ["6.0", "6.1"]);
        assert!(values([3.0, 3.0], 1.0).is_empty());
        assert!(values([0.0, 3.0], f64::NAN).is_empty());
    }
}
