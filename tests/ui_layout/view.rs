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
    pub scale: f32,
    /// Zoom factor of everything, which Ctrl with plus and minus changes.
    pub text: f32,
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
            .native_pixels_per_point = Some(self.scale);
        harness.ctx.set_zoom_factor(self.text);
        harness.set_size(Vec2::from(self.size) / self.text);
        harness.run_steps(4);
        (state.open)(harness);
        harness.run_steps(2);
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            size: [width, height],
            scale,
            text,
            theme,
        } = self;
        write!(
            f,
            "{width}x{height} at {scale} pixels per point, text {:.0} %, {theme:?}",
            100.0 * text
        )
    }
}
