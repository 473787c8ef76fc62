//! The initial size of the window, fitted to the monitor.

use eframe::egui::{Context, Rect, Vec2, ViewportCommand, ViewportInfo};

/// Number of drawn frames to wait for the system to report the window's position and window frame. The position may be known
/// before the window manager adds the window frame. Wayland reports neither.
const MAX_FRAMES: u32 = 60;
/// Maximum height of a task bar or dock, points. It counts only if windows have frames.
const TASK_BAR_HEIGHT: f32 = 48.0;

/// Shrinks a window that does not fit on its monitor, once after it has opened.
#[derive(Default)]
pub struct InitialSize {
    frames: u32,
}

impl InitialSize {
    /// Fits the window to the monitor once its position and its window frame are known. Called in each drawn frame.
    pub fn update(&mut self, ctx: &Context) {
        if self.frames >= MAX_FRAMES {
            return;
        }
        let size = ctx.input(|input| self.wanted_size(input.viewport()));
        if let Some(size) = size {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
        }
    }

    /// The size that the window should have instead of its own. Returned at most once.
    fn wanted_size(&mut self, viewport: &ViewportInfo) -> Option<Vec2> {
        self.frames += 1;
        let fills_screen = [viewport.maximized, viewport.fullscreen].contains(&Some(true));
        let (inner, outer) = (viewport.inner_rect?, viewport.outer_rect?);
        let size = fitted_size(inner, outer, viewport.monitor_size?);
        // The system has made the window fill the screen.
        if fills_screen || size.is_some() {
            self.frames = MAX_FRAMES;
        }
        size.filter(|_| !fills_screen)
    }
}

/// The content size at which a window with its frame fits on the monitor; `None` if it fits already.
fn fitted_size(inner: Rect, outer: Rect, monitor: Vec2) -> Option<Vec2> {
    if monitor.min_elem() < 1.0 {
        return None;
    }
    let frame = outer.size() - inner.size();
    let bar_height = if frame.y > 0.0 { TASK_BAR_HEIGHT } else { 0.0 };
    let space = monitor - frame - Vec2::new(0.0, bar_height);
    let fits = inner.width() <= space.x + 1.0 && inner.height() <= space.y + 1.0;
    (!fits).then(|| inner.size().min(space))
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;

    #[test]
    fn a_window_with_a_frame_leaves_space_for_the_task_bar() {
        let inner = Rect::from_min_size(pos2(1.0, 30.0), vec2(1440.0, 900.0));
        let outer = Rect::from_min_max(pos2(0.0, 0.0), pos2(1442.0, 931.0));
        let small = vec2(1366.0, 768.0);
        assert_eq!(fitted_size(inner, outer, small), Some(vec2(1364.0, 689.0)));
        assert_eq!(
            fitted_size(inner, outer, vec2(1440.0, 900.0)),
            Some(vec2(1438.0, 821.0))
        );
        assert_eq!(fitted_size(inner, outer, vec2(1920.0, 1080.0)), None);
    }

    #[test]
    fn a_window_without_a_frame_may_fill_the_screen() {
        let full_screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
        assert_eq!(
            fitted_size(full_screen, full_screen, vec2(1440.0, 900.0)),
            None
        );
    }

    #[test]
    fn a_frame_that_comes_after_the_first_frames_counts_and_a_maximised_window_stays() {
        let viewport = |inner: Rect, outer: Rect| ViewportInfo {
            inner_rect: Some(inner),
            outer_rect: Some(outer),
            monitor_size: Some(vec2(1440.0, 900.0)),
            ..ViewportInfo::default()
        };
        let full_screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
        let framed = Rect::from_min_size(pos2(0.0, 0.0), vec2(1442.0, 925.0));
        let inner = full_screen.translate(vec2(1.0, 24.0));
        let mut size = InitialSize::default();
        for _ in 0..3 {
            assert_eq!(size.wanted_size(&viewport(full_screen, full_screen)), None);
        }
        let wanted = size.wanted_size(&viewport(inner, framed));
        assert_eq!(wanted, Some(vec2(1438.0, 827.0)));
        assert_eq!(size.frames, MAX_FRAMES, "it is asked for once");
        let maximised = ViewportInfo {
            maximized: Some(true),
            ..viewport(inner, framed)
        };
        assert_eq!(InitialSize::default().wanted_size(&maximised), None);
    }
}
