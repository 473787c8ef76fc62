//! The window's first size, fitted to the monitor.

use eframe::egui::{Context, Rect, Vec2, ViewportCommand};

/// Number of frames to wait for the system to report the window's position. Wayland never does.
const FRAMES: u32 = 20;
/// Height that a task bar or dock may take on a desktop whose windows have frames, points.
const TASK_BAR: f32 = 48.0;

/// Makes a window smaller that does not fit on its monitor, once after it has opened.
#[derive(Default)]
pub struct InitialSize {
    frames: u32,
}

impl InitialSize {
    /// Fits the window to the monitor once its position is known. Called in each frame.
    pub fn update(&mut self, ctx: &Context) {
        if self.frames >= FRAMES {
            return;
        }
        self.frames += 1;
        let (inner, outer, monitor) = ctx.input(|input| {
            let viewport = input.viewport();
            (
                viewport.inner_rect,
                viewport.outer_rect,
                viewport.monitor_size,
            )
        });
        let (Some(inner), Some(outer), Some(monitor)) = (inner, outer, monitor) else {
            return;
        };
        self.frames = FRAMES;
        if let Some(size) = fitted(inner, outer, monitor) {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
        }
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
}
