//! The card next to the pointer: the hovered melody and its attributes.

use eframe::egui::{Align2, Area, Id, Order, Painter, Pos2, Rect, Sense, Ui, Vec2, vec2};

use crate::attributes::ATTRIBUTES;
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::state::AppState;
use crate::ui::theme::{BODY, CAPTION, Colours, font};
use crate::ui::widgets::controls::card_frame;
use crate::ui::widgets::numbers::with_unit;
use crate::ui::widgets::piano_roll::{self, RollStyle};

const WIDTH: f32 = 240.0;
const ROLL_HEIGHT: f32 = 52.0;
const LINE_HEIGHT: f32 = 16.0;
const PADDING: f32 = 10.0;
/// Offset from the pointer, points.
const OFFSET: Vec2 = Vec2::new(18.0, 14.0);

/// Shows the card near the pointer, inside the map and over everything on it.
pub fn show(ui: &Ui, map: Rect, pointer: Pos2, state: &AppState, entry: &MelodyEntry, c: &Colours) {
    let is_silent = entry.melody.is_empty();
    let shown = (0..ATTRIBUTES.len()).filter(|index| state.shows_value(*index));
    let line_count = if is_silent { 1 } else { shown.count() };
    let roll = if is_silent { 0.0 } else { ROLL_HEIGHT + 8.0 };
    let size = vec2(
        WIDTH,
        PADDING * 2.0 + 20.0 + roll + LINE_HEIGHT * line_count as f32,
    );
    // To the right and below, or on the other side where that is outside the map.
    let mut corner = pointer + OFFSET;
    if corner.x + size.x > map.right() - 8.0 {
        corner.x = pointer.x - OFFSET.x - size.x;
    }
    if corner.y + size.y > map.bottom() - 8.0 {
        corner.y = pointer.y - OFFSET.y - size.y;
    }
    corner = corner.max(map.min + vec2(8.0, 8.0));
    let card = Rect::from_min_size(corner, size);
    Area::new(Id::unique("card of the melody under the pointer"))
        .order(Order::Tooltip)
        .interactable(false)
        .fixed_pos(corner)
        .constrain(false)
        .show(ui.ctx(), |ui| {
            ui.allocate_exact_size(size, Sense::hover());
            paint(&ui.painter().with_clip_rect(map), card, state, entry, c);
        });
}

fn paint(painter: &Painter, card: Rect, state: &AppState, entry: &MelodyEntry, c: &Colours) {
    card_frame(painter, card, c.panel.gamma_multiply(0.97), (1.0, c.line));
    let inner = card.shrink(PADDING);
    let text =
        |at, align, text: &str, size, colour| painter.text(at, align, text, font(size), colour);
    let title = state.title(entry.id);
    text(inner.left_top(), Align2::LEFT_TOP, &title, BODY, c.text);
    let mut y = inner.top() + 22.0;
    if entry.melody.is_empty() {
        let at = Pos2::new(inner.left(), y);
        text(at, Align2::LEFT_TOP, "This one is silent", CAPTION, c.muted);
        return;
    }
    let area = Rect::from_min_size(Pos2::new(inner.left(), y), vec2(inner.width(), ROLL_HEIGHT));
    painter.rect_filled(area, 3.0, c.background);
    let style = RollStyle {
        note: c.accent,
        grid: true,
        playhead: state.playback.step_in(&entry.melody),
    };
    piano_roll::paint(painter, area.shrink(3.0), &entry.melody, &style, c);
    y += ROLL_HEIGHT + 8.0;
    let colour_by = state.colour_attribute();
    let all = ATTRIBUTES.iter().enumerate();
    for (index, attribute) in all.filter(|(index, _)| state.shows_value(*index)) {
        // A region has the colour of its mean.
        let mean = match entry.id {
            MelodyId::Centre { region } if index == colour_by => {
                state.melodies.region_mean(region as usize, index)
            }
            _ => None,
        };
        if let Some(value) = entry.attributes.value(index) {
            let mut number = with_unit(attribute, (attribute.to_display_unit)(value));
            if let Some(mean) = mean {
                let mean = (attribute.to_display_unit)(mean);
                number = format!("{number}, region {mean:.*}", attribute.decimals);
            }
            let colour = if index == colour_by { c.text } else { c.muted };
            let (left, right) = (Pos2::new(inner.left(), y), Pos2::new(inner.right(), y));
            text(left, Align2::LEFT_TOP, attribute.name, CAPTION, colour);
            text(right, Align2::RIGHT_TOP, &number, CAPTION, c.text);
            y += LINE_HEIGHT;
        }
    }
}
