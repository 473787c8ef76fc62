//! Choices that the window offers, with their limits.

use eframe::egui::Rangef;
use serde::{Deserialize, Serialize};

use crate::melody::STEPS_PER_BAR;
use crate::wording::count_with_noun;

/// How the pointer plays the map, also between its points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlayBy {
    /// It hovers; dragging moves the map.
    Hover,
    /// It is dragged, and plays every position that it passes.
    #[default]
    #[serde(rename = "Sweep")]
    Drag,
    /// It clicks; dragging moves the map.
    Click,
}

/// Which theme to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
    /// The theme of the system.
    System,
}

/// Whether animations are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Motion {
    /// As the system says.
    #[default]
    System,
    /// All of them.
    Full,
    /// None: points and camera jump to their new positions, nothing pulses or fades.
    Reduced,
}

/// The measure by which melodies are similar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NeighbourMeasure {
    /// The melody distance: how similar they sound.
    #[default]
    Sound,
    /// Distance in the latent space.
    Latent,
}

/// Time that each melody (stop) of a path plays before the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopDuration {
    /// The whole melody twice.
    Twice,
    /// The whole melody once.
    #[default]
    Whole,
    /// One bar.
    Bar,
    /// Two beats.
    HalfBar,
    /// One beat.
    Beat,
}

impl StopDuration {
    /// All of them, slowest first.
    pub const ALL: [Self; 5] = [
        Self::Twice,
        Self::Whole,
        Self::Bar,
        Self::HalfBar,
        Self::Beat,
    ];

    /// The duration in steps, for melodies of `length` steps.
    pub fn steps(self, length: usize) -> usize {
        match self {
            Self::Twice => 2 * length,
            Self::Whole => length,
            Self::Bar => STEPS_PER_BAR,
            Self::HalfBar => STEPS_PER_BAR / 2,
            Self::Beat => STEPS_PER_BAR / 4,
        }
    }

    /// The duration as text in bars or beats: "2 bars", "1 beat".
    pub fn name(self, length: usize) -> String {
        let steps = self.steps(length);
        let (count, unit) = if steps >= STEPS_PER_BAR {
            (steps / STEPS_PER_BAR, "bar")
        } else {
            (4 * steps / STEPS_PER_BAR, "beat")
        };
        count_with_noun(count, unit)
    }
}

/// Where a steer searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchScope {
    /// All over the latent space.
    #[default]
    Anywhere,
    /// Near the selected melody.
    LikeSelected,
}

/// Limits of the width of the panel with steer and sweep, points. `min` is also the default; its contents fit into that.
pub const LEFT_WIDTH: Rangef = Rangef {
    min: 264.0,
    max: 480.0,
};
/// Limits of the width of the inspector, points. `min` is also the default; its contents fit into that.
pub const RIGHT_WIDTH: Rangef = Rangef {
    min: 316.0,
    max: 560.0,
};
/// Limits of the height of transport and kept melodies, points. `min` is also the default; their contents fit into that.
pub const BOTTOM_HEIGHT: Rangef = Rangef {
    min: 116.0,
    max: 320.0,
};
/// Sizes of text and buttons to choose from, percent.
pub const UI_SCALES: [u16; 8] = [75, 90, 100, 110, 125, 150, 175, 200];
/// Slowest tempo, beats per minute.
pub const MIN_TEMPO: f64 = 30.0;
/// Fastest tempo, beats per minute.
pub const MAX_TEMPO: f64 = 300.0;
/// Highest decoding temperature.
pub const MAX_TEMPERATURE: f32 = 2.0;
/// Maximum number of melodies of one steer.
pub const MAX_STEER_COUNT: u32 = 256;
/// Maximum number of points of a path.
pub const MAX_PATH_POINTS: usize = 48;
/// Maximum number of melodies on a path.
pub const MAX_PATH_STOPS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::StopDuration;

    #[test]
    fn a_pace_is_named_in_bars_and_beats() {
        let names = |length| StopDuration::ALL.map(|duration| duration.name(length));
        assert_eq!(
            names(32),
            ["4 bars", "2 bars", "1 bar", "2 beats", "1 beat"]
        );
        assert_eq!(names(256)[..2], ["32 bars", "16 bars"]);
        assert_eq!(
            StopDuration::ALL.map(|duration| duration.steps(32)),
            [64, 32, 16, 8, 4]
        );
    }
}
