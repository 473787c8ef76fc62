//! The few signs that the file dialog of `egui_file` draws and the window's fonts lack.

use eframe::egui::epaint::text::{
    FontPriority, GlyphBitmap, GlyphRasterizer, GlyphRasterizerRequest, RasterizedGlyph,
};
use eframe::egui::{Color32, ColorImage, Context, vec2};

/// Points per side of a pixel at which a shape is looked at.
const FINE: usize = 4;

/// A shape in the unit square, y downwards: whether a point is inside.
type Sign = fn(f32, f32) -> bool;

/// Draws the signs in this context from its next frame on.
pub fn install(ctx: &Context) {
    ctx.add_glyph_rasterizer(
        GlyphRasterizer::new("tunescape file dialog", draw).with_priority(FontPriority::Highest),
    );
}

fn sign(cluster: &str) -> Option<Sign> {
    Some(match cluster {
        "📁" | "📂" | "🗀" => folder,
        "🗋" => page,
        "💾" => disk,
        "⬆" => arrow,
        "⟲" => turn,
        _ => return None,
    })
}

fn draw(request: &GlyphRasterizerRequest<'_>) -> Option<RasterizedGlyph> {
    let sign = sign(request.cluster)?;
    let side = (request.font_size_px.ceil() as usize).clamp(1, 512);
    let inside = |row: usize, column: usize| {
        let at = |pixel: usize, part: usize| {
            (pixel as f32 + (part as f32 + 0.5) / FINE as f32) / side as f32
        };
        let parts = (0..FINE * FINE).map(|part| (part % FINE, part / FINE));
        let count = parts.filter(|(x, y)| sign(at(column, *x), at(row, *y)));
        Color32::from_white_alpha((count.count() * 255 / (FINE * FINE)) as u8)
    };
    let pixels = (0..side * side).map(|k| inside(k / side, k % side));
    Some(RasterizedGlyph {
        bitmap: GlyphBitmap {
            image: ColorImage::new([side, side], pixels.collect()),
            // The signs stand a little below the line, as high letters do above it.
            offset_px: vec2(0.0, -0.85 * side as f32),
            is_color: false,
        },
        advance_px: side as f32,
    })
}

fn within(x: f32, y: f32, [left, top, right, bottom]: [f32; 4]) -> bool {
    (left..right).contains(&x) && (top..bottom).contains(&y)
}

fn folder(x: f32, y: f32) -> bool {
    within(x, y, [0.06, 0.3, 0.94, 0.84]) || within(x, y, [0.06, 0.18, 0.44, 0.3])
}

/// A sheet with a corner cut off.
fn page(x: f32, y: f32) -> bool {
    within(x, y, [0.2, 0.08, 0.8, 0.92]) && x - y < 0.46
}

/// A disk with its shutter and its label.
fn disk(x: f32, y: f32) -> bool {
    within(x, y, [0.1, 0.1, 0.9, 0.9])
        && !within(x, y, [0.3, 0.16, 0.66, 0.36])
        && !within(x, y, [0.24, 0.54, 0.76, 0.84])
}

fn arrow(x: f32, y: f32) -> bool {
    let half = (x - 0.5).abs();
    within(x, y, [0.38, 0.4, 0.62, 0.9]) || ((0.1..0.5).contains(&y) && half < y - 0.1)
}

/// Three quarters of a circle with a head at its open end.
fn turn(x: f32, y: f32) -> bool {
    let (dx, dy) = (x - 0.5, y - 0.5);
    let ring = (0.26..0.38).contains(&dx.hypot(dy)) && !(dx < 0.0 && dy < 0.0);
    let head = (0.3..0.5).contains(&x) && (y - 0.18).abs() < 0.9 * (x - 0.3);
    ring || head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_dialog_covers_a_part_of_its_square() {
        for cluster in ["📁", "📂", "🗀", "🗋", "💾", "⬆", "⟲"] {
            let Some(sign) = sign(cluster) else {
                panic!("{cluster} is not drawn");
            };
            let at = |k: usize| (k as f32 + 0.5) / 50.0;
            let inside = (0..2_500).filter(|k| sign(at(k % 50), at(k / 50))).count();
            assert!((300..2_000).contains(&inside), "{cluster}: {inside}");
        }
        assert!(sign("a").is_none());
    }
}
