//! Which panels the window shows and how large, decided by its size in one place.

use eframe::egui::{Rangef, Vec2};

use super::command::Panel;
use super::options::{BOTTOM_HEIGHT, LEFT_WIDTH, RIGHT_WIDTH};
use super::settings::Settings;

/// Most of the window's height that they get.
const BOTTOM_FRACTION: f32 = 0.35;
/// From this height on the transport fits.
const TALL: f32 = 420.0;
/// Height of the top bar, points.
pub const TOP_HEIGHT: f32 = 40.0;
/// Height of the left panel from which on steer and sweep are both seen without scrolling, points.
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
        let bottom = settings.bottom_panel && window.y > TALL;
        let half = window.x / 2.0;
        let tabs = left && right && half < LEFT_WIDTH.min + RIGHT_WIDTH.min;
        let (mut left_width, mut right_width) = (
            clamp(settings.left_width, LEFT_WIDTH, half),
            clamp(settings.right_width, RIGHT_WIDTH, half),
        );
        if left && right && !tabs {
            // The map gets half of the window: what the panels have more than they need shrinks alike.
            let more = [left_width - LEFT_WIDTH.min, right_width - RIGHT_WIDTH.min];
            let space = half - LEFT_WIDTH.min - RIGHT_WIDTH.min;
            let fraction = (space / (more[0] + more[1]).max(1.0)).clamp(0.0, 1.0);
            left_width = (LEFT_WIDTH.min + fraction * more[0]).floor();
            right_width = (RIGHT_WIDTH.min + fraction * more[1]).floor();
        }
        let bottom_height = clamp(
            settings.bottom_height,
            BOTTOM_HEIGHT,
            BOTTOM_FRACTION * window.y,
        );
        let below = if bottom { bottom_height } else { 0.0 };
        Self {
            left: left && (!tabs || side == Panel::Left),
            right: right && (!tabs || side == Panel::Right),
            tabs,
            one_section: window.y - TOP_HEIGHT - below < BOTH_SECTIONS_HEIGHT,
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
        let beside = |other: f32| self.window.x / 2.0 - if both { other } else { 0.0 };
        let (limits, space) = match panel {
            Panel::Left => (LEFT_WIDTH, beside(self.right_width)),
            Panel::Right => (RIGHT_WIDTH, beside(self.left_width)),
            Panel::Bottom => (BOTTOM_HEIGHT, BOTTOM_FRACTION * self.window.y),
        };
        Rangef::new(limits.min, limits.max.min(space).floor().max(limits.min))
    }
}

/// A stored size within its limits and the space that there is.
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
    pub shown: Panel,
    /// The section of the left panel.
    pub section: Section,
    wanted: (bool, bool),
}

impl SidePanelChoice {
    /// Steer and sweep.
    pub fn new(settings: &Settings) -> Self {
        Self {
            shown: Panel::Left,
            section: Section::Steer,
            wanted: (settings.left_panel, settings.right_panel),
        }
    }

    /// Selects a panel that was just switched on, and the inspector when `selected` says that a melody was selected elsewhere
    /// than in the panel.
    pub fn follow(&mut self, settings: &Settings, selected: bool) {
        let wanted = (settings.left_panel, settings.right_panel);
        if selected || (wanted.1 && !self.wanted.1) {
            self.shown = Panel::Right;
        } else if wanted.0 && !self.wanted.0 {
            self.shown = Panel::Left;
        }
        self.wanted = wanted;
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
                    let shown = PanelLayout::new(vec2(width, 900.0), &settings, side);
                    assert!(shown.left || shown.right, "{width}");
                    let left = if shown.left { shown.left_width } else { 0.0 };
                    let right = if shown.right { shown.right_width } else { 0.0 };
                    assert!(left + right <= width / 2.0, "{width} {shown:?}");
                    assert!(
                        shown.left_width >= LEFT_WIDTH.min && shown.right_width >= RIGHT_WIDTH.min
                    );
                    assert_eq!(shown.tabs, !(shown.left && shown.right));
                }
            }
        }
    }

    #[test]
    fn a_panel_can_be_dragged_until_the_map_has_half_of_the_window() {
        let settings = Settings::default();
        let shown = PanelLayout::new(vec2(1440.0, 900.0), &settings, Panel::Left);
        let limits = shown.limits(Panel::Left);
        assert_eq!((limits.min, limits.max), (264.0, 404.0));
        let wide = Settings {
            left_width: limits.max,
            ..settings
        };
        let shown = PanelLayout::new(vec2(1440.0, 900.0), &wide, Panel::Left);
        assert_eq!((shown.left_width, shown.right_width), (404.0, 316.0));
        assert_eq!(shown.limits(Panel::Right).max, 316.0);
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
        let shown = PanelLayout::new(vec2(640.0, 440.0), &settings, Panel::Left);
        assert!(shown.right && !shown.left && !shown.tabs);
    }

    #[test]
    fn a_panel_that_is_switched_on_or_has_news_is_shown() {
        let mut settings = Settings::default();
        let mut side = SidePanelChoice::new(&settings);
        side.follow(&settings, false);
        assert_eq!(side.shown, Panel::Left);
        side.follow(&settings, true);
        assert_eq!(side.shown, Panel::Right);
        settings.left_panel = false;
        side.follow(&settings, false);
        settings.left_panel = true;
        side.follow(&settings, false);
        assert_eq!(side.shown, Panel::Left);
    }
}
