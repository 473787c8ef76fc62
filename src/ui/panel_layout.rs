//! The layout of the panels: which of them the window shows, and how large, depending on its size.

use eframe::egui::{Rangef, Vec2};

use super::command::Panel;
use super::options::{BOTTOM_HEIGHT, LEFT_WIDTH, RIGHT_WIDTH};
use super::settings::Settings;

/// Maximum fraction of the window's height for transport and kept melodies.
const BOTTOM_FRACTION: f32 = 0.35;
/// Window height above which the transport is shown, points.
const MIN_HEIGHT_WITH_BOTTOM: f32 = 420.0;
/// Height of the top bar, points.
pub const TOP_HEIGHT: f32 = 40.0;
/// Minimum height of the left panel for steer and sweep below each other, points.
const BOTH_SECTIONS_HEIGHT: f32 = 690.0;

/// The panels that are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelLayout {
    /// Steer and sweep on the left.
    pub left: bool,
    /// The inspector: on the right, or on the left under tabs.
    pub right: bool,
    /// Whether only one side panel fits: it is on the left, with tabs that choose its content.
    pub tabs: bool,
    /// Whether steer and sweep do not fit below each other: tabs choose one of them.
    pub one_section: bool,
    /// Transport and kept melodies.
    pub bottom: bool,
    /// Width of steer and sweep.
    pub left_width: f32,
    /// Width of the inspector, and of the only panel under tabs.
    pub right_width: f32,
    /// Height of transport and kept melodies.
    pub bottom_height: f32,
    window: Vec2,
}

impl PanelLayout {
    /// The panels that fit into a window of this size, points. Where only one side panel fits, it is `side`.
    pub fn new(window: Vec2, settings: &Settings, side: Panel) -> Self {
        let (left, right) = (settings.left_panel, settings.right_panel);
        let bottom = settings.bottom_panel && window.y > MIN_HEIGHT_WITH_BOTTOM;
        let half_width = window.x / 2.0;
        let tabs = left && right && half_width < LEFT_WIDTH.min + RIGHT_WIDTH.min;
        let (mut left_width, mut right_width) = (
            clamp(settings.left_width, LEFT_WIDTH, half_width),
            clamp(settings.right_width, RIGHT_WIDTH, half_width),
        );
        if left && right && !tabs {
            // The map gets half of the window: the parts of both widths above their minima shrink by the same factor.
            let surplus = [left_width - LEFT_WIDTH.min, right_width - RIGHT_WIDTH.min];
            let space = half_width - LEFT_WIDTH.min - RIGHT_WIDTH.min;
            let fraction = (space / (surplus[0] + surplus[1]).max(1.0)).clamp(0.0, 1.0);
            left_width = (LEFT_WIDTH.min + fraction * surplus[0]).floor();
            right_width = (RIGHT_WIDTH.min + fraction * surplus[1]).floor();
        }
        let bottom_height = clamp(
            settings.bottom_height,
            BOTTOM_HEIGHT,
            BOTTOM_FRACTION * window.y,
        );
        let used_height = if bottom { bottom_height } else { 0.0 };
        Self {
            left: left && (!tabs || side == Panel::Left),
            right: right && (!tabs || side == Panel::Right),
            tabs,
            one_section: window.y - TOP_HEIGHT - used_height < BOTH_SECTIONS_HEIGHT,
            bottom,
            left_width,
            right_width,
            bottom_height,
            window,
        }
    }

    /// The sizes that a panel can be dragged to.
    pub fn limits(&self, panel: Panel) -> Rangef {
        let both = self.left && self.right && !self.tabs;
        let space_beside =
            |other_width: f32| self.window.x / 2.0 - if both { other_width } else { 0.0 };
        let (limits, space) = match panel {
            Panel::Left => (LEFT_WIDTH, space_beside(self.right_width)),
            Panel::Right => (RIGHT_WIDTH, space_beside(self.left_width)),
            Panel::Bottom => (BOTTOM_HEIGHT, BOTTOM_FRACTION * self.window.y),
        };
        Rangef::new(limits.min, limits.max.min(space).floor().max(limits.min))
    }
}

/// A stored size, clamped to its limits and to the available space.
fn clamp(size: f32, limits: Rangef, space: f32) -> f32 {
    size.min(limits.max).min(space).floor().max(limits.min)
}

/// A section of the left panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The sliders.
    Steer,
    /// The form and the progress of a sweep.
    Sweep,
}

/// Which side panel, and which section of the left one, is shown where only one fits.
#[derive(Clone, Copy, Debug)]
pub struct SidePanelChoice {
    /// The panel.
    pub panel: Panel,
    /// The section of the left panel.
    pub section: Section,
    /// Whether the left and the right panel were switched on at the last call of `follow`.
    was_enabled: (bool, bool),
}

impl SidePanelChoice {
    /// The choice of a new window: the left panel with steer.
    pub fn new(settings: &Settings) -> Self {
        Self {
            panel: Panel::Left,
            section: Section::Steer,
            was_enabled: (settings.left_panel, settings.right_panel),
        }
    }

    /// Shows a panel that was just switched on. `selected` is whether a melody was selected outside the panels, which shows the
    /// inspector.
    pub fn follow(&mut self, settings: &Settings, selected: bool) {
        let now_enabled = (settings.left_panel, settings.right_panel);
        if selected || (now_enabled.1 && !self.was_enabled.1) {
            self.panel = Panel::Right;
        } else if now_enabled.0 && !self.was_enabled.0 {
            self.panel = Panel::Left;
        }
        self.was_enabled = now_enabled;
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::*;

    #[test]
    fn the_map_gets_half_of_the_window_at_every_size_and_with_every_width_of_the_panels() {
        for (left_width, right_width) in [(264.0, 316.0), (480.0, 316.0), (9e9, 9e9), (0.0, 1.0)] {
            let settings = Settings {
                left_width,
                right_width,
                ..Settings::default()
            };
            for width in (640..=2560).step_by(20) {
                for side in [Panel::Left, Panel::Right] {
                    let width = width as f32;
                    let layout = PanelLayout::new(vec2(width, 900.0), &settings, side);
                    assert!(layout.left || layout.right, "{width}");
                    let left = if layout.left { layout.left_width } else { 0.0 };
                    let right = if layout.right {
                        layout.right_width
                    } else {
                        0.0
                    };
                    assert!(left + right <= width / 2.0, "{width} {layout:?}");
                    assert!(
                        layout.left_width >= LEFT_WIDTH.min
                            && layout.right_width >= RIGHT_WIDTH.min
                    );
                    assert_eq!(layout.tabs, !(layout.left && layout.right));
                }
            }
        }
    }

    #[test]
    fn a_panel_can_be_dragged_until_the_map_has_half_of_the_window() {
        let settings = Settings::default();
        let layout = PanelLayout::new(vec2(1440.0, 900.0), &settings, Panel::Left);
        let limits = layout.limits(Panel::Left);
        assert_eq!((limits.min, limits.max), (264.0, 404.0));
        let wide = Settings {
            left_width: limits.max,
            ..settings
        };
        let layout = PanelLayout::new(vec2(1440.0, 900.0), &wide, Panel::Left);
        assert_eq!((layout.left_width, layout.right_width), (404.0, 316.0));
        assert_eq!(layout.limits(Panel::Right).max, 316.0);
    }

    #[test]
    fn steer_and_sweep_are_below_each_other_where_both_fit() {
        let one_section = |height, bottom_panel, bottom_height| {
            let settings = Settings {
                bottom_panel,
                bottom_height,
                ..Settings::default()
            };
            PanelLayout::new(vec2(1440.0, height), &settings, Panel::Left).one_section
        };
        assert!(!one_section(900.0, true, 116.0));
        assert!(one_section(900.0, true, 300.0));
        assert!(one_section(640.0, true, 116.0));
        assert!(!one_section(768.0, false, 116.0));
    }

    #[test]
    fn one_panel_that_is_on_needs_no_tabs() {
        let settings = Settings {
            left_panel: false,
            ..Settings::default()
        };
        let layout = PanelLayout::new(vec2(640.0, 440.0), &settings, Panel::Left);
        assert!(layout.right && !layout.left && !layout.tabs);
    }

    #[test]
    fn a_panel_that_is_switched_on_or_has_news_is_shown() {
        let mut settings = Settings::default();
        let mut side = SidePanelChoice::new(&settings);
        side.follow(&settings, false);
        assert_eq!(side.panel, Panel::Left);
        side.follow(&settings, true);
        assert_eq!(side.panel, Panel::Right);
        settings.left_panel = false;
        side.follow(&settings, false);
        settings.left_panel = true;
        side.follow(&settings, false);
        assert_eq!(side.panel, Panel::Left);
    }
}
