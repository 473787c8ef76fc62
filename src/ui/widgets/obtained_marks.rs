//! Marks under the track of a slider for the result of a steer: the target as a line; the range, the middle half and the
//! median of the obtained values.

use eframe::egui::{Align2, Painter, Rangef, Rect, Shape, Stroke, pos2, vec2};

use crate::ui::theme::{CAPTION, Colours, font, mix};

/// The values of an attribute that a steer obtained.
#[derive(Clone, Debug, PartialEq)]
pub struct ObtainedMarks {
    /// The value that was asked for.
    pub target: f64,
    /// Minimum, lower quartile, median, upper quartile and maximum.
    pub five_number_summary: [f64; 5],
    /// Median and range, as "6 (5.5 to 6.5)".
    pub text: String,
    /// Shown on hover.
    pub hint: String,
}

/// Distance of the marks from the track, points.
const MARK_OFFSET: f32 = 11.0;
/// Half the height of the mark of the target, points.
const TICK_HALF_HEIGHT: f32 = 4.0;

impl ObtainedMarks {
    /// Draws the marks below `track`; `x` gives the horizontal position of a value.
    pub fn paint(&self, painter: &Painter, track: Rect, x: impl Fn(f64) -> f32, c: &Colours) {
        let y = track.center().y + MARK_OFFSET;
        let [least, lower, median, upper, greatest] = self.five_number_summary.map(&x);
        let range = mix(c.panel, c.muted, 0.55);
        let line = |from: f32, to: f32, width: f32| {
            let ends = Rangef::new(from, to.max(from + 1.0));
            painter.hline(ends, y, Stroke::new(width, range));
        };
        line(least, greatest, 1.5);
        line(lower, upper, 4.0);
        let target_x = x(self.target);
        let height = Rangef::new(y - TICK_HALF_HEIGHT, y + TICK_HALF_HEIGHT);
        painter.vline(target_x, height, Stroke::new(1.5, c.accent));
        let tip = pos2(median, y - 2.5);
        painter.add(Shape::convex_polygon(
            vec![tip, tip + vec2(4.0, 6.0), tip + vec2(-4.0, 6.0)],
            c.playing,
            Stroke::NONE,
        ));
        self.paint_text(
            painter,
            track,
            y,
            [least.min(target_x), greatest.max(target_x)],
            c,
        );
    }

    /// Draws the text: to the right of the marks, else to their left, else not at all, depending on the space.
    fn paint_text(&self, painter: &Painter, track: Rect, y: f32, marks: [f32; 2], c: &Colours) {
        const GAP: f32 = 8.0;
        let galley = painter.layout_no_wrap(self.text.clone(), font(CAPTION), c.muted);
        let width = galley.size().x;
        let [first, last] = marks;
        let left = if last + GAP + width <= track.right() {
            last + GAP
        } else if first - GAP - width >= track.left() {
            first - GAP - width
        } else {
            return;
        };
        let rect = Align2::LEFT_CENTER.anchor_size(pos2(left, y), galley.size());
        painter.galley(rect.min, galley, c.muted);
    }
}
