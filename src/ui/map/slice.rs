//! A slice of the latent space over the map: while its key is held, the melodies around the pointer on a grid that is played by
//! moving. Outside the grid, the pointer takes it along.

use eframe::egui::{
    Align2, Color32, ColorImage, Context, Key, Modifiers, Painter, Pos2, Rect, Response, Stroke,
    StrokeKind, TextureHandle, TextureOptions, Ui, Vec2, pos2, vec2,
};

use super::attribute_colours::attribute_colour;
use super::camera::View;
use super::probes;
use super::screen_points::ScreenPoints;
use crate::sweep::LatentSlice;
use crate::ui::command::{Command, ProbeCommand, SliceCommand};
use crate::ui::palette::Palette;
use crate::ui::state::{AppState, interpolate_latent};
use crate::ui::theme::{Colours, font};

/// The key that shows it.
pub const SLICE_KEY: Key = Key::G;
/// Width and height, points.
const SLICE_SIZE: f32 = 264.0;
/// Largest part of the map that it covers.
const MAX_MAP_FRACTION: f32 = 0.7;

/// The slice on the screen.
#[derive(Default)]
pub struct SliceView {
    /// Where it is drawn.
    rect: Option<Rect>,
    /// The cell under the pointer, and when its melody was requested.
    requested: Option<(usize, f64)>,
    /// The picture of a slice and what it depends on.
    picture: Option<(PictureKey, TextureHandle)>,
}

/// What the picture of a slice depends on: its number and side, the attribute, its limits and the colours.
type PictureKey = ((u64, usize), usize, (f64, f64), Palette, Color32);

impl SliceView {
    /// Whether the pointer plays a slice and not the map.
    pub fn is_open(&self) -> bool {
        self.rect.is_some()
    }
}

/// Opens, moves and closes the slice, and requests the melody of the cell under the pointer.
pub fn handle(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    slice: &mut SliceView,
    (points, view): (&ScreenPoints, &View),
    out: &mut Vec<Command>,
) {
    let is_typing = ui.ctx().egui_wants_keyboard_input() && !response.has_focus();
    let (is_key_held, now) = ui.input(|input| {
        let is_key_held = input.key_down(SLICE_KEY) && input.modifiers == Modifiers::NONE;
        (is_key_held && input.focused, input.time)
    });
    let pointer = response.hover_pos().filter(|_| response.contains_pointer());
    let is_wanted = is_key_held && !is_typing && probes::can_play(state);
    if !is_wanted {
        if slice.rect.take().is_some() || state.slice.open.is_some() {
            out.push(Command::Slice(SliceCommand::Close));
        }
        slice.requested = None;
        return;
    }
    let Some(position) = pointer else {
        return;
    };
    let is_inside = slice
        .rect
        .is_some_and(|rect| rect.contains(position) && response.rect.contains_rect(rect));
    if !is_inside {
        let Some(centre) = interpolate_latent(&points.weights(position), &state.melodies) else {
            return;
        };
        slice.rect = Some(slice_rect(response.rect, position));
        slice.requested = None;
        let position = view.to_map(response.rect, position);
        out.push(Command::Slice(SliceCommand::Open {
            at: position,
            centre,
        }));
        return;
    }
    let (Some(rect), Some(open)) = (slice.rect, &state.slice.open) else {
        return;
    };
    let Some(latent_slice) = &open.slice else {
        return;
    };
    let cell = cell_at(rect, position, latent_slice.side);
    let is_new = slice.requested.is_none_or(|(last, _)| last != cell);
    let is_interval_over = slice
        .requested
        .is_none_or(|(_, time)| now - time >= probes::REQUEST_INTERVAL);
    if is_new && is_interval_over {
        slice.requested = Some((cell, now));
        if let Some(latent) = latent_slice.points.get(cell) {
            out.push(Command::Probe(ProbeCommand::Play {
                at: open.map_position,
                latent: latent.clone(),
            }));
        }
    } else if is_new {
        ui.ctx().request_repaint();
    }
}

/// A square around the pointer, inside the map.
fn slice_rect(map: Rect, position: Pos2) -> Rect {
    let size = SLICE_SIZE.min(MAX_MAP_FRACTION * map.size().min_elem());
    let free = map.shrink(size / 2.0);
    let centre = position.clamp(free.min, free.max.max(free.min));
    Rect::from_center_size(centre, Vec2::splat(size))
}

/// The index of the melody at a position; rows go upwards.
fn cell_at(rect: Rect, position: Pos2, side: usize) -> usize {
    let part = (position - rect.left_bottom()) / rect.size();
    let index = |part: f32| ((part * side as f32) as usize).min(side.saturating_sub(1));
    index(-part.y) * side + index(part.x)
}

/// Draws the slice.
pub fn paint(
    ctx: &Context,
    painter: &Painter,
    state: &AppState,
    slice: &mut SliceView,
    c: &Colours,
) {
    let (Some(rect), Some(open)) = (slice.rect, &state.slice.open) else {
        return;
    };
    painter.rect_filled(rect, 6.0, c.panel);
    let edge = Stroke::new(1.0, c.accent);
    let Some(latent_slice) = &open.slice else {
        painter.rect_stroke(rect, 6.0, edge, StrokeKind::Outside);
        let centre = Align2::CENTER_CENTER;
        painter.text(rect.center(), centre, "Decoding…", font(12.0), c.muted);
        return;
    };
    let key = (
        (open.number, latent_slice.side),
        state.colour_attribute(),
        super::attribute_colours::colour_limits(state),
        state.settings.palette,
        c.background,
    );
    let is_drawn = slice
        .picture
        .as_ref()
        .is_some_and(|(drawn, _)| *drawn == key);
    if !is_drawn {
        let image = picture(state, latent_slice, c.background);
        let texture = ctx.load_texture("slice", image, TextureOptions::NEAREST);
        slice.picture = Some((key, texture));
    }
    if let Some((_, texture)) = &slice.picture {
        let texture_rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), rect, texture_rect, Color32::WHITE);
    }
    painter.rect_stroke(rect, 0.0, edge, StrokeKind::Outside);
    if let Some((cell, _)) = slice.requested {
        let width = rect.width() / latent_slice.side as f32;
        let (row, column) = (cell / latent_slice.side, cell % latent_slice.side);
        let corner = rect.left_bottom() + vec2(column as f32, -(row as f32) - 1.0) * width;
        let cell = Rect::from_min_size(corner, Vec2::splat(width));
        painter.rect_stroke(cell, 1.0, Stroke::new(2.0, c.text), StrokeKind::Outside);
    }
}

/// One pixel per melody, in the colour of its attribute; `empty` where it has none.
fn picture(state: &AppState, slice: &LatentSlice, empty: Color32) -> ColorImage {
    let side = slice.side;
    let pixel = |index: usize| {
        let (row, column) = (side - 1 - index / side, index % side);
        let attributes = slice.attributes.get(row * side + column);
        attributes
            .and_then(|attributes| attribute_colour(state, attributes))
            .unwrap_or(empty)
    };
    let pixels = (0..side * side).map(pixel).collect();
    ColorImage::new([side, side], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_stays_inside_the_map_and_its_cells_go_up_and_to_the_right() {
        let map = Rect::from_min_size(pos2(250.0, 40.0), vec2(800.0, 700.0));
        let corner = slice_rect(map, map.min);
        assert!(map.contains_rect(corner) && corner.min == map.min);
        let small = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 100.0));
        assert!(small.contains_rect(slice_rect(small, small.max)));
        let rect = slice_rect(map, map.center());
        let inside = vec2(1.0, -1.0);
        assert_eq!(cell_at(rect, rect.left_bottom() + inside, 24), 0);
        assert_eq!(cell_at(rect, rect.right_bottom() - vec2(1.0, 1.0), 24), 23);
        assert_eq!(cell_at(rect, rect.right_top() - inside, 24), 575);
    }
}
