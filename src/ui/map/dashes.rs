//! Dashed lines whose number of dashes is bounded.

use eframe::egui::{Pos2, Shape, Stroke};

/// Maximum number of dashes of one line.
const MAX_DASHES: f32 = 10_000.0;

/// Dashes along a line, in points of the screen. A line so long that it would have too many, as most of it lies outside a map
/// that is zoomed in, is drawn whole.
pub(in crate::ui::map) fn dashed_line(
    points: &[Pos2],
    stroke: Stroke,
    dash: f32,
    gap: f32,
) -> Vec<Shape> {
    let length: f32 = points
        .windows(2)
        .map(|ends| ends[0].distance(ends[1]))
        .sum();
    if length.is_finite() && length < MAX_DASHES * (dash + gap) {
        return Shape::dashed_line(points, stroke, dash, gap);
    }
    vec![Shape::line(points.to_vec(), stroke)]
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Color32, pos2};

    use super::*;

    #[test]
    fn a_line_of_any_length_has_few_dashes() {
        let stroke = Stroke::new(1.0, Color32::WHITE);
        for end_x in [90.0, 1e9, f32::MAX, f32::INFINITY, f32::NAN] {
            let shapes = dashed_line(&[pos2(0.0, 0.0), pos2(end_x, 0.0)], stroke, 4.0, 5.0);
            assert!((1..=10_001).contains(&shapes.len()), "{end_x}");
        }
        let short = [pos2(0.0, 0.0), pos2(90.0, 0.0)];
        assert_eq!(dashed_line(&short, stroke, 4.0, 5.0).len(), 10);
    }
}
