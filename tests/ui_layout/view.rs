//! A view of a window: its size, the scales of the screen and of the text, and the theme.

use std::fmt;

use eframe::egui::{Event, Popup, Vec2, ViewportId};
use tunescape::ui::{Command, ThemeChoice};

use crate::states::State;
use crate::window::Window;

/// The size, scales and theme in which a window is shown.
#[derive(Clone, Copy)]
pub struct View {
    /// Size of the window, points at a text size of 1.
    pub size: [f32; 2],
    /// Pixels per point at a text size of 1.
    pub pixels_per_point: f32,
    /// Zoom factor of everything, which Ctrl with plus and minus changes.
    pub text_zoom: f32,
    pub theme: ThemeChoice,
}

impl View {
    /// Applies the view to a window in this state.
    pub fn show(self, window: &mut Window, state: &State) {
        let harness = &mut window.harness;
        Popup::close_all(&harness.ctx);
        harness.event(Event::PointerGone);
        harness.state_mut().command(Command::SetTheme(self.theme));
        let viewports = &mut harness.input_mut().viewports;
        viewports
            .entry(ViewportId::ROOT)
            .or_default()
            .native_pixels_per_point = Some(self.pixels_per_point);
        harness.ctx.set_zoom_factor(self.text_zoom);
        harness.set_size(Vec2::from(self.size) / self.text_zoom);
        harness.run_steps(4);
        (state.open)(harness);
        harness.run_steps(2);
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            size: [width, height],
            pixels_per_point,
            text_zoom,
            theme,
        } = self;
        write!(
            f,
            "{width}x{height} at {pixels_per_point} pixels per point, text {:.0} %, {theme:?}",
            100.0 * text_zoom
        )
    }
}
