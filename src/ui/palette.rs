//! Colour maps for attributes, and the colours of groups. `colour_vision` tests them for colour-blind people.
//!
//! Anchors of viridis and cividis as published with matplotlib and viridisLite (Smith and van der Walt 2015; Nuñez, Anderton
//! and Renslow 2018), and of the diverging red/blue scheme of ColorBrewer (Brewer 2002), with linear interpolation.

use eframe::egui::Color32;
use serde::{Deserialize, Serialize};

/// A colour map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Palette {
    /// Perceptually uniform, dark blue to yellow.
    #[default]
    Viridis,
    /// Perceptually uniform with every kind of colour vision, dark blue to yellow.
    Cividis,
    /// Diverging: blue is low, red is high.
    RedBlue,
}

const VIRIDIS: [u32; 9] = [
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
];
const CIVIDIS: [u32; 10] = [
    0x00204d, 0x00336f, 0x39486b, 0x575c6d, 0x707173, 0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b,
    0xffea46,
];
const RED_BLUE: [u32; 11] = [
    0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d,
    0xb2182b, 0x67001f,
];

impl Palette {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Viridis, Self::Cividis, Self::RedBlue];

    /// Its name in the menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viridis => "Viridis",
            Self::Cividis => "Cividis, safe for colour-blind eyes",
            Self::RedBlue => "Red and blue, diverging",
        }
    }

    /// The colour at `t`, 0 for the lowest value and 1 for the highest.
    pub fn colour(self, t: f64) -> Color32 {
        let anchors: &[u32] = match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::RedBlue => &RED_BLUE,
        };
        let t = if t.is_finite() {
            t.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let position = t * (anchors.len() - 1) as f64;
        let low = (position as usize).min(anchors.len() - 2);
        let (Some(&low_colour), Some(&high_colour)) = (anchors.get(low), anchors.get(low + 1))
        else {
            return Color32::GRAY;
        };
        let fraction = position - low as f64;
        let channel = |shift: u32| {
            let (a, b) = (
                f64::from(low_colour >> shift & 255),
                f64::from(high_colour >> shift & 255),
            );
            (a + (b - a) * fraction).round() as u8
        };
        Color32::from_rgb(channel(16), channel(8), channel(0))
    }
}

/// Colours of low, mid and high, distinguishable with every kind of colour vision (Okabe and Ito 2008).
pub const GROUP_COLOURS: [Color32; 3] = [
    Color32::from_rgb(0x56, 0xb4, 0xe9),
    Color32::from_rgb(0x99, 0x99, 0x99),
    Color32::from_rgb(0xe6, 0x9f, 0x00),
];

/// Position of a value between the limits of the colour bar, 0 to 1.
pub fn normalize(value: f64, (low, high): (f64, f64)) -> f64 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

/// Number of colours of a ramp: more than eight bits per channel can distinguish.
const RAMP_STEPS: usize = 512;

/// A lookup table of a palette's colours with an opacity: fast enough for a hundred thousand points.
pub struct Ramp {
    colours: Vec<Color32>,
    no_value: Color32,
    limits: (f64, f64),
}

impl Ramp {
    /// The colours between the limits of the colour bar; `no_value` is for melodies without a value.
    pub fn new(palette: Palette, limits: (f64, f64), no_value: Color32, opacity: f32) -> Self {
        let last = (RAMP_STEPS - 1) as f64;
        let colour = |step: usize| palette.colour(step as f64 / last).gamma_multiply(opacity);
        Self {
            colours: (0..RAMP_STEPS).map(colour).collect(),
            no_value: no_value.gamma_multiply(opacity),
            limits,
        }
    }

    /// The colour of a value.
    pub fn colour(&self, value: Option<f64>) -> Color32 {
        let Some(value) = value else {
            return self.no_value;
        };
        let step = normalize(value, self.limits) * (RAMP_STEPS - 1) as f64;
        self.colours
            .get(step.round() as usize)
            .copied()
            .unwrap_or(self.no_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_runs_from_dark_violet_over_teal_to_yellow() {
        assert_eq!(Palette::Viridis.colour(0.0), Color32::from_rgb(68, 1, 84));
        assert_eq!(
            Palette::Viridis.colour(0.5),
            Color32::from_rgb(33, 145, 140)
        );
        assert_eq!(
            Palette::Viridis.colour(1.0),
            Color32::from_rgb(253, 231, 37)
        );
        assert_eq!(
            Palette::Viridis.colour(f64::NAN),
            Palette::Viridis.colour(-3.0)
        );
    }

    #[test]
    fn a_ramp_has_the_colours_of_its_palette_to_a_step_of_eight_bits() {
        let ramp = Ramp::new(Palette::RedBlue, (2.0, 12.0), Color32::GRAY, 1.0);
        for tenth in 0..=140 {
            let value = f64::from(tenth) / 10.0;
            let (ramp_colour, expected) = (
                ramp.colour(Some(value)),
                Palette::RedBlue.colour(normalize(value, (2.0, 12.0))),
            );
            let differences =
                (0..3).map(|channel| ramp_colour[channel].abs_diff(expected[channel]));
            assert!(
                differences.max() <= Some(2),
                "{value}: {ramp_colour:?} {expected:?}"
            );
        }
        assert_eq!(ramp.colour(None), Color32::GRAY);
    }
}
