//! The size of text and buttons: the setting, what egui's own keys (Ctrl with + and −) make of it, and what the window has
//! space for.

use eframe::egui::{Context, Vec2, vec2};

use super::settings::clamped_scale;

/// The smallest window that the panels fit into, points.
pub const MIN_WINDOW: Vec2 = vec2(640.0, 440.0);

/// The size that the window was last told, percent; `None` at first.
#[derive(Default)]
pub struct UiScale(Option<u16>);

impl UiScale {
    /// Draws the next frame in the size of the setting, or as large as the window has space for. If a key has changed the
    /// size since the last call, the setting follows.
    pub fn update(&mut self, ctx: &Context, setting: &mut u16) {
        let drawn = (100.0 * ctx.zoom_factor()).round() as u16;
        if self.0.is_some_and(|last| last != drawn) {
            *setting = clamped_scale(drawn);
        }
        let scale = fitting_scale(*setting, ctx.content_rect().size() * ctx.zoom_factor());
        if scale != drawn {
            ctx.set_zoom_factor(f32::from(scale) / 100.0);
        }
        self.0 = Some(scale);
    }
}

/// The size to draw in, percent: the wanted one, or the largest that leaves the smallest window's points. `window` is the
/// size of the window in points at 100 %.
fn fitting_scale(wanted: u16, window: Vec2) -> u16 {
    let factor = (window.x / MIN_WINDOW.x).min(window.y / MIN_WINDOW.y);
    // Sizes in points are rounded; a whole percent must not flicker.
    let largest = (100.0 * factor + 0.01).floor().max(100.0) as u16;
    wanted.min(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_so_large_that_the_panels_have_less_than_in_the_smallest_window() {
        for (wanted, window, expected) in [
            (200, [1440.0, 900.0], 200),
            (200, [1366.0, 768.0], 174),
            (200, [1024.0, 640.0], 145),
            (125, [1024.0, 640.0], 125),
            (200, [640.0, 440.0], 100),
            (200, [300.0, 200.0], 100),
            (75, [640.0, 440.0], 75),
        ] {
            assert_eq!(fitting_scale(wanted, window.into()), expected, "{window:?}");
        }
    }
}
