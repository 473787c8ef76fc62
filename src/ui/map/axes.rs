//! The names of the axes, for the layout that has axes.

use eframe::egui::epaint::TextShape;
use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use crate::attributes::ATTRIBUTES;
use crate::sweep::Layout;
use crate::ui::theme::{CAPTION, Colours, font};

/// Distance of the names from the edges, points.
const EDGE: f32 = 22.0;
/// Length of the arrow behind a name, points.
const ARROW: f32 = 34.0;

/// Writes the names of the attributes along the lower and the left edge, each with an arrow to higher values.
pub(super) fn paint(painter: &Painter, map: Rect, layout: Layout, c: &Colours) {
    let Layout::Axes { x, y } = layout else {
        return;
    };
    let name = |index: usize| ATTRIBUTES.get(index).map_or("", |attribute| attribute.name);
    let write = |text: &str| painter.layout_no_wrap(text.to_owned(), font(CAPTION), c.muted);

    let right = write(name(x));
    let end = pos2(map.right() - EDGE, map.bottom() - EDGE);
    let from = end - vec2(ARROW, 0.0);
    let corner = from - vec2(right.size().x + 8.0, right.size().y / 2.0);
    painter.galley(corner, right, c.muted);
    arrow(painter, from, end, c);

    let up = write(name(y));
    let end = pos2(map.left() + EDGE + 10.0, map.center().y - 60.0);
    let from = end + vec2(0.0, ARROW);
    // Rotated by a quarter turn to the left.
    let corner = from + vec2(-up.size().y / 2.0, up.size().x + 8.0);
    let rotated = TextShape::new(corner, up, c.muted).with_angle(-std::f32::consts::FRAC_PI_2);
    painter.add(rotated);
    arrow(painter, from, end, c);
}

fn arrow(painter: &Painter, from: Pos2, to: Pos2, c: &Colours) {
    let stroke = Stroke::new(1.5, c.muted);
    let along: Vec2 = (to - from).normalized();
    painter.line_segment([from, to], stroke);
    let head = [along.rot90() - along, -along.rot90() - along].map(|back| to + 4.0 * back);
    painter.add(Shape::line(vec![head[0], to, head[1]], stroke));
}
