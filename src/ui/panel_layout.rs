//! Which panels the window shows, decided by its size in one place.

use eframe::egui::Vec2;

use super::command::Panel;
use super::settings::Settings;

/// Width of the panel with steer and sweep, points.
pub const LEFT: f32 = 264.0;
/// Width of the inspector, points.
pub const RIGHT: f32 = 316.0;
/// From this width on both side panels fit, and the map still gets half of the window.
const WIDE: f32 = 2.0 * (LEFT + RIGHT);
/// From this height on the transport fits.
const TALL: f32 = 420.0;

/// The panels that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelLayout {
    /// Steer and sweep on the left.
    pub left: bool,
    /// The inspector: on the right, or on the left under tabs.
    pub right: bool,
    /// Whether only one side panel fits: it is on the left, with tabs that choose its content.
    pub tabs: bool,
    /// Transport and kept melodies.
    pub bottom: bool,
}

impl PanelLayout {
    /// The panels that fit into a window of this size, points. Where only one side panel fits, it is `side`.
    pub fn new(window: Vec2, settings: &Settings, side: Panel) -> Self {
        let (left, right) = (settings.left_panel, settings.right_panel);
        let bottom = settings.bottom_panel && window.y > TALL;
        let tabs = left && right && window.x < WIDE;
        Self {
            left: left && (!tabs || side == Panel::Left),
            right: right && (!tabs || side == Panel::Right),
            tabs,
            bottom,
        }
    }
}

/// Which side panel is shown where only one fits.
#[derive(Clone, Copy, Debug)]
pub struct SidePanelChoice {
    /// The panel.
    pub shown: Panel,
    wanted: (bool, bool),
}

impl SidePanelChoice {
    /// Steer and sweep.
    pub fn new(settings: &Settings) -> Self {
        Self {
            shown: Panel::Left,
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
    fn the_map_gets_half_of_the_window_at_every_size() {
        let settings = Settings::default();
        for width in (640..=2560).step_by(20) {
            for side in [Panel::Left, Panel::Right] {
                let width = width as f32;
                let shown = PanelLayout::new(vec2(width, 900.0), &settings, side);
                assert!(shown.left || shown.right, "{width}");
                let left = if shown.left { LEFT } else { 0.0 };
                let right = if shown.right { RIGHT } else { 0.0 };
                assert!(left + right <= width / 2.0, "{width} {shown:?}");
                assert_eq!(shown.tabs, !(shown.left && shown.right));
            }
        }
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
