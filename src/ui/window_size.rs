//! The window's first size, fitted to the monitor.

use eframe::egui::{Context, Rect, Vec2, ViewportCommand, ViewportInfo};

/// Number of frames to wait for the system to report the window's position and its frame: the position may be known before the
/// window manager adds the frame. Wayland reports neither.
const FRAMES: u32 = 60;
/// Height that a task bar or dock may take on a desktop whose windows have frames, points.
const TASK_BAR: f32 = 48.0;

/// Makes a window smaller that does not fit on its monitor, once after it has opened.
#[derive(Default)]
pub struct InitialSize {
    frames: u32,
}

impl InitialSize {
    /// Fits the window to the monitor once its position and its frame are known. Called in each frame.
    pub fn update(&mut self, ctx: &Context) {
        if self.frames >= FRAMES {
            return;
        }
        let size = ctx.input(|input| self.wanted_size(input.viewport()));
        if let Some(size) = size {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
        }
    }

    /// The size that the window should have instead of its own, asked for once.
    fn wanted_size(&mut self, viewport: &ViewportInfo) -> Option<Vec2> {
        self.frames += 1;
        let fills_screen = [viewport.maximized, viewport.fullscreen].contains(&Some(true));
        let (inner, outer) = (viewport.inner_rect?, viewport.outer_rect?);
        let size = fitted(inner, outer, viewport.monitor_size?);
        // One that fills the screen was made so by the system.
        if fills_screen || size.is_some() {
            self.frames = FRAMES;
        }
        size.filter(|_| !fills_screen)
    }
}

/// The size of a window's content at which the window with its frame fits on the monitor; `None` if it fits already.
fn fitted(inner: Rect, outer: Rect, monitor: Vec2) -> Option<Vec2> {
    if monitor.min_elem() < 1.0 {
        return None;
    }
    let frame = outer.size() - inner.size();
    let bar = if frame.y > 0.0 { TASK_BAR } else { 0.0 };
    let space = monitor - frame - Vec2::new(0.0, bar);
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
        assert_eq!(fitted(inner, outer, small), Some(vec2(1364.0, 689.0)));
        assert_eq!(
            fitted(inner, outer, vec2(1440.0, 900.0)),
            Some(vec2(1438.0, 821.0))
        );
        assert_eq!(fitted(inner, outer, vec2(1920.0, 1080.0)), None);
    }

    #[test]
    fn a_window_without_a_frame_may_fill_the_screen() {
        let whole = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
        assert_eq!(fitted(whole, whole, vec2(1440.0, 900.0)), None);
    }

    #[test]
    fn a_frame_that_comes_after_the_first_frames_counts_and_a_maximised_window_stays() {
        let at = |inner: Rect, outer: Rect| ViewportInfo {
            inner_rect: Some(inner),
            outer_rect: Some(outer),
            monitor_size: Some(vec2(1440.0, 900.0)),
            ..ViewportInfo::default()
        };
        let whole = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
        let framed = Rect::from_min_size(pos2(0.0, 0.0), vec2(1442.0, 925.0));
        let inner = whole.translate(vec2(1.0, 24.0));
        let mut size = InitialSize::default();
        for _ in 0..3 {
            assert_eq!(size.wanted_size(&at(whole, whole)), None);
        }
        let wanted = size.wanted_size(&at(inner, framed));
        assert_eq!(wanted, Some(vec2(1438.0, 827.0)));
        assert_eq!(size.frames, FRAMES, "it is asked for once");
        let maximised = ViewportInfo {
            maximized: Some(true),
            ..at(inner, framed)
        };
        assert_eq!(InitialSize::default().wanted_size(&maximised), None);
    }
}
