//! The colour bar, and the menu that chooses what the colours mean.

use eframe::egui::{
    self, Align2, Button, Grid, Mesh, Painter, Popup, Rect, Sense, Shape, Ui, Vec2, WidgetInfo,
    pos2, vec2,
};

use super::overlay_frame::EDGE;
use crate::attributes::{ATTRIBUTES, Attribute};
use crate::ui::command::Command;
use crate::ui::options::Motion;
use crate::ui::palette::Palette;
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, Colours, font};
use crate::ui::widgets::controls::{card_frame, theme_colours};
use crate::ui::widgets::numbers::{format_number, short_unit};

/// Attributes in a row of the menu.
const COLUMNS: usize = 2;
/// Size of the bar with all its text, points.
pub const SIZE: Vec2 = Vec2::new(224.0, 62.0);

/// Height of the map, points, below which the bar is drawn compact, so that it covers fewer of the map's points.
const COMPACT_BELOW_HEIGHT: f32 = 460.0;
/// Height of the compact bar, points.
const COMPACT_HEIGHT: f32 = 38.0;

/// Height of the bar on a map of a height, both in points.
pub fn bar_height(map_height: f32) -> f32 {
    if map_height < COMPACT_BELOW_HEIGHT {
        COMPACT_HEIGHT
    } else {
        SIZE.y
    }
}

/// Draws the bar in the lower left corner of the map; a click opens the menu.
pub fn show(ui: &mut Ui, map: Rect, state: &AppState, out: &mut Vec<Command>) {
    let theme = theme_colours(ui);
    let index = state.colour_attribute();
    let (Some(attribute), Some(summary)) = (ATTRIBUTES.get(index), state.summary.get(index)) else {
        return;
    };
    let inner = map.shrink(EDGE);
    let size = vec2(SIZE.x, bar_height(map.height()));
    let card = Rect::from_min_size(pos2(inner.left(), inner.bottom() - size.y), size);
    let response = ui.interact(card, ui.scope_id().with("colour bar"), Sense::click());
    let name = format!("Colour: {}", attribute.name);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &name));
    let line = if response.hovered() {
        theme.muted
    } else {
        theme.line
    };
    card_frame(
        ui.painter(),
        card,
        theme.panel.gamma_multiply(0.94),
        (1.0, line),
    );
    let paint = if size.y < SIZE.y {
        paint_compact
    } else {
        paint_full
    };
    let palette = state.settings.palette;
    paint(
        ui.painter(),
        card,
        attribute,
        summary.limits,
        palette,
        theme,
    );
    let response = response.on_hover_text("Choose what the colours mean");
    Popup::menu(&response)
        .align(egui::RectAlign::TOP_START)
        .show(|ui| menu(ui, state, out));
}

/// Name and unit, the bar, and four numbers below it.
fn paint_full(
    painter: &Painter,
    card: Rect,
    attribute: &Attribute,
    (low, high): (f64, f64),
    palette: Palette,
    theme: &Colours,
) {
    let area = card.shrink2(vec2(10.0, 8.0));
    // The names of notes need no unit, and a long unit is written short.
    let unit = short_unit(attribute);
    let text = |at, align, text: &str, colour| painter.text(at, align, text, font(CAPTION), colour);
    let label = text(area.left_top(), Align2::LEFT_TOP, "Colour: ", theme.muted);
    text(
        label.right_top(),
        Align2::LEFT_TOP,
        attribute.name,
        theme.text,
    );
    text(area.right_top(), Align2::RIGHT_TOP, unit, theme.muted);
    let bar = Rect::from_min_max(
        pos2(area.left(), area.top() + 19.0),
        pos2(area.right(), area.top() + 28.0),
    );
    painter.add(gradient(bar, palette));
    let aligns = [
        Align2::LEFT_TOP,
        Align2::CENTER_TOP,
        Align2::CENTER_TOP,
        Align2::RIGHT_TOP,
    ];
    for (part, align) in (0..).zip(aligns) {
        let t = f64::from(part) / 3.0;
        let x = bar.left() + bar.width() * t as f32;
        let number = number_text(attribute, low + (high - low) * t, high - low);
        text(pos2(x, bar.bottom() + 3.0), align, &number, theme.muted);
    }
}

/// Name and limits in one line, and the bar below it.
fn paint_compact(
    painter: &Painter,
    card: Rect,
    attribute: &Attribute,
    (low, high): (f64, f64),
    palette: Palette,
    theme: &Colours,
) {
    let area = card.shrink2(vec2(10.0, 6.0));
    let text = |at, align, text: &str, colour| painter.text(at, align, text, font(CAPTION), colour);
    text(
        area.left_top(),
        Align2::LEFT_TOP,
        attribute.name,
        theme.text,
    );
    let number = |value| number_text(attribute, value, high - low);
    let limits = format!("{}–{}", number(low), number(high));
    text(area.right_top(), Align2::RIGHT_TOP, &limits, theme.muted);
    let bar = Rect::from_min_max(pos2(area.left(), area.bottom() - 7.0), area.max);
    painter.add(gradient(bar, palette));
}

/// A value with as many digits as the width of its range needs.
fn number_text(attribute: &Attribute, value: f64, range: f64) -> String {
    attribute
        .note_name(value)
        .unwrap_or_else(|| format_number(value, usize::from(range < 6.0)))
}

fn menu(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.set_min_width(230.0);
    // It fits into the lowest window.
    ui.spacing_mut().item_spacing.y = 2.0;
    let index = state.colour_attribute();
    Grid::new("colours").num_columns(COLUMNS).show(ui, |ui| {
        for (choice_index, attribute) in ATTRIBUTES.iter().enumerate() {
            let button = ui.add(Button::selectable(choice_index == index, attribute.name));
            if button.on_hover_text(attribute.description).clicked() {
                out.push(Command::ColourBy(choice_index));
            }
            if choice_index % COLUMNS == COLUMNS - 1 {
                ui.end_row();
            }
        }
    });
    ui.separator();
    for choice in Palette::ALL {
        let button = Button::selectable(choice == state.settings.palette, choice.name());
        if ui.add(button).clicked() {
            out.push(Command::SetPalette(choice));
        }
    }
    ui.separator();
    let mut fill = state.settings.show_fill;
    if ui.checkbox(&mut fill, "Fill between the points").changed() {
        out.push(Command::ShowFill(fill));
    }
    let mut contours = state.settings.contours;
    let checkbox = egui::Checkbox::new(&mut contours, "Lines between the levels");
    if ui.add_enabled(fill, checkbox).changed() {
        out.push(Command::ShowContours(contours));
    }
    let mut reduced = state.reduces_motion();
    let hint = "Points and map are at once where they go; nothing pulses or fades";
    let checkbox = ui.checkbox(&mut reduced, "Reduce motion");
    if checkbox.on_hover_text(hint).changed() {
        let motion = if reduced {
            Motion::Reduced
        } else {
            Motion::Full
        };
        out.push(Command::SetMotion(motion));
    }
}

fn gradient(bar: Rect, palette: Palette) -> Shape {
    const PARTS: usize = 48;
    let mut mesh = Mesh::default();
    for part in 0..=PARTS {
        let t = part as f32 / PARTS as f32;
        let x = bar.left() + bar.width() * t;
        let colour = palette.colour(f64::from(t));
        let base = mesh.vertices.len() as u32;
        mesh.colored_vertex(pos2(x, bar.top()), colour);
        mesh.colored_vertex(pos2(x, bar.bottom()), colour);
        if part > 0 {
            mesh.add_triangle(base - 2, base - 1, base);
            mesh.add_triangle(base - 1, base, base + 1);
        }
    }
    Shape::mesh(mesh)
}
