//! The scale of text and buttons: the setting, changed by egui's keys (Ctrl with + and −) and limited by the window's size.

use eframe::egui::{Context, Vec2, vec2};

use super::settings::clamped_ui_scale;

/// The smallest window that the panels fit into, points.
pub const MIN_WINDOW: Vec2 = vec2(640.0, 440.0);

/// The scale that was last given to egui, percent; `None` at first.
#[derive(Default)]
pub struct UiScale(Option<u16>);

impl UiScale {
    /// Sets the scale of the next frame to the setting, or to the largest that the window has space for. If a key has changed the
    /// scale since the last call, the setting is changed to that.
    pub fn update(&mut self, ctx: &Context, setting: &mut u16) {
        let current = (100.0 * ctx.zoom_factor()).round() as u16;
        if self.0.is_some_and(|last| last != current) {
            *setting = clamped_ui_scale(current);
        }
        let scale = fitting_scale(*setting, ctx.content_rect().size() * ctx.zoom_factor());
        if scale != current {
            ctx.set_zoom_factor(f32::from(scale) / 100.0);
        }
        self.0 = Some(scale);
    }
}

/// The scale to draw in, percent: the wanted one, or the largest at which the window still has [`MIN_WINDOW`] points. `window` is
/// the size of the window in points at 100 %.
fn fitting_scale(wanted: u16, window: Vec2) -> u16 {
    let factor = (window.x / MIN_WINDOW.x).min(window.y / MIN_WINDOW.y);
    // Sizes in points are rounded: a tolerance, so that the scale does not alternate between two percentages.
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
