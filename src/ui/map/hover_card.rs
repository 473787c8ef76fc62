//! The card beside the pointer: what a melody is, before it is heard.

use eframe::egui::{Align2, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, vec2};

use crate::attributes::ATTRIBUTES;
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::state::AppState;
use crate::ui::theme::{BODY, CAPTION, CORNER, Colours, font};
use crate::ui::widgets::numbers::with_unit;
use crate::ui::widgets::piano_roll::{self, Roll};

const WIDTH: f32 = 240.0;
const ROLL: f32 = 52.0;
const LINE: f32 = 16.0;
const PAD: f32 = 10.0;
/// Distance from the pointer.
const OFF: Vec2 = Vec2::new(18.0, 14.0);

/// Paints the card near the pointer, inside the map.
pub fn paint(
    painter: &Painter,
    map: Rect,
    pointer: Pos2,
    state: &AppState,
    entry: &MelodyEntry,
    c: &Colours,
) {
    let silent = entry.melody.is_empty();
    let lines = if silent { 1 } else { ATTRIBUTES.len() };
    let roll = if silent { 0.0 } else { ROLL + 8.0 };
    let size = vec2(WIDTH, PAD * 2.0 + 20.0 + roll + LINE * lines as f32);
    // To the right and below, or wherever there is room.
    let mut corner = pointer + OFF;
    if corner.x + size.x > map.right() - 8.0 {
        corner.x = pointer.x - OFF.x - size.x;
    }
    if corner.y + size.y > map.bottom() - 8.0 {
        corner.y = pointer.y - OFF.y - size.y;
    }
    corner = corner.max(map.min + vec2(8.0, 8.0));
    let card = Rect::from_min_size(corner, size);
    painter.rect(
        card,
        f32::from(CORNER),
        c.panel.gamma_multiply(0.97),
        Stroke::new(1.0, c.line),
        StrokeKind::Inside,
    );
    let inner = card.shrink(PAD);
    painter.text(
        inner.left_top(),
        Align2::LEFT_TOP,
        state.title(entry.id),
        font(BODY),
        c.text,
    );
    let mut y = inner.top() + 22.0;
    if silent {
        painter.text(
            Pos2::new(inner.left(), y),
            Align2::LEFT_TOP,
            "This one is silent",
            font(CAPTION),
            c.muted,
        );
        return;
    }
    let area = Rect::from_min_size(Pos2::new(inner.left(), y), vec2(inner.width(), ROLL));
    painter.rect_filled(area, 3.0, c.ground);
    let look = Roll {
        note: c.accent,
        grid: true,
        playhead: state.listening.step_in(&entry.melody),
    };
    piano_roll::paint(painter, area.shrink(3.0), &entry.melody, &look, c);
    y += ROLL + 8.0;
    let colour_by = state.colour_attribute();
    for (index, attribute) in ATTRIBUTES.iter().enumerate() {
        // A region is coloured by its mean, and says so.
        let mean = match entry.id {
            MelodyId::Centre { region } if index == colour_by => {
                state.library.region_mean(region as usize, index)
            }
            _ => None,
        };
        if let Some(value) = entry.attributes.value(index) {
            let mut text = with_unit(attribute, (attribute.display_scale)(value));
            if let Some(mean) = mean {
                let mean = (attribute.display_scale)(mean);
                text = format!("{text}, region {mean:.*}", attribute.decimals);
            }
            let name = if index == colour_by { c.text } else { c.muted };
            painter.text(
                Pos2::new(inner.left(), y),
                Align2::LEFT_TOP,
                attribute.name,
                font(CAPTION),
                name,
            );
            painter.text(
                Pos2::new(inner.right(), y),
                Align2::RIGHT_TOP,
                text,
                font(CAPTION),
                c.text,
            );
            y += LINE;
        }
    }
}
