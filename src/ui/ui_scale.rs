//! The size of text and buttons: the setting, and what egui's own keys (Ctrl with + and −) make of it.

use eframe::egui::Context;

use super::settings::clamped_scale;

/// The size that the window was last told, percent; `None` at first.
#[derive(Default)]
pub struct UiScale(Option<u16>);

impl UiScale {
    /// Draws the next frame in the size of the setting. If a key has changed the size since the last call, the setting follows.
    pub fn update(&mut self, ctx: &Context, setting: &mut u16) {
        let drawn = (100.0 * ctx.zoom_factor()).round() as u16;
        if self.0.is_some_and(|last| last != drawn) {
            *setting = clamped_scale(drawn);
        }
        if *setting != drawn {
            ctx.set_zoom_factor(f32::from(*setting) / 100.0);
        }
        self.0 = Some(*setting);
    }
}
