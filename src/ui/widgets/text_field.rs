//! The field for a line of text.

use eframe::egui::{Align2, TextEdit, vec2};

/// Minimum height of the field, points.
const HEIGHT: f32 = 24.0;

/// A field for a line of text, centred vertically; egui's own field would put it at the top.
pub fn text_field(text: &mut String) -> TextEdit<'_> {
    TextEdit::singleline(text)
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, HEIGHT))
}
