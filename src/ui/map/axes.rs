//! The axes of a layout by two attributes: faint lines at round values, and their numbers in the margin, which no card covers.

use eframe::egui::epaint::TextShape;
use eframe::egui::{Painter, Rangef, Rect, Stroke, pos2};

use super::camera::View;
use super::overlay_frame::EDGE;
use crate::attributes::{ATTRIBUTES, Attribute};
use crate::sweep::AxisScale;
use crate::ui::theme::{Colours, font};
use crate::ui::widgets::numbers::format_number;

/// Font size of the numbers, points: they fit into the margin, which is as wide as the distance of the cards from the edge.
const FONT_SIZE: f32 = 11.0;
/// Minimum distance between two numbers, points.
const MIN_TICK_DISTANCE: f64 = 36.0;
/// Minimum space between a number and the name of the axis, points.
const TITLE_GAP: f32 = 10.0;

/// A round value, in display units, and its position along its edge of the map.
#[derive(Clone, Debug, PartialEq)]
struct Tick {
    /// Screen coordinate along the edge, points.
    position: f32,
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
        let end_values = [map.left_bottom(), map.right_top()].map(|end| {
            let value = axis_scale.value(view.to_map(map, end)[axis]);
            value.clamp(attribute.possible_range.0, attribute.possible_range.1)
        });
        let limits = end_values.map(attribute.to_display_unit);
        let points_per_unit = (attribute.from_display_unit)(1.0) * axis_scale.scale * view.scale;
        let ticks = round_values(
            limits,
            MIN_TICK_DISTANCE / points_per_unit.abs(),
            attribute.decimals,
        );
        let screen_position = |value: f64| {
            let mut map_position = view.centre;
            map_position[axis] = axis_scale.position((attribute.from_display_unit)(value));
            let at = view.to_screen(map, map_position);
            [at.x, at.y][axis]
        };
        let tick = |(value, decimals): (f64, usize)| Tick {
            position: screen_position(value),
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

/// The multiples of a round step (1, 2 or 5 times a power of ten, at least `distance`) between two values, each with the decimals
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
    let step_decimals = if step.fract() == 0.0 { 0 } else { decimals };
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last)
        .map(|k| (k as f64 * step, step_decimals))
        .collect()
}

/// Draws the lines, below the points.
pub(super) fn paint_lines(
    painter: &Painter,
    map: Rect,
    axes: [AxisScale; 2],
    view: &View,
    c: &Colours,
) {
    let stroke = Stroke::new(1.0, c.muted.gamma_multiply(0.16));
    for (axis, scale) in axes.into_iter().enumerate() {
        let visible = VisibleAxis::new(axis, scale, map, view);
        for tick in visible.iter().flat_map(|visible| &visible.ticks) {
            if axis == 0 {
                painter.vline(tick.position, map.y_range(), stroke);
            } else {
                painter.hline(map.x_range(), tick.position, stroke);
            }
        }
    }
}

/// Writes the numbers and the names of the axes into the margin, above the points.
pub(super) fn paint_numbers(
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
        let text_shape = |text: String, along: f32, anchor: f32| {
            let galley = painter.layout_no_wrap(text, font(FONT_SIZE), c.muted);
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
        let (title, length) = text_shape(visible.title(), end, 1.0);
        painter.add(title);
        let number_range = if axis == 0 {
            Rangef::new(map.left() + EDGE, end - length - TITLE_GAP)
        } else {
            Rangef::new(end + length + TITLE_GAP, map.bottom() - EDGE)
        };
        for tick in visible.ticks {
            let (number, length) = text_shape(tick.text, tick.position, 0.5);
            let half = length / 2.0;
            if number_range.contains(tick.position - half)
                && number_range.contains(tick.position + half)
            {
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
