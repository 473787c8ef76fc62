//! The instruments of the synth, and their parameters.

use serde::{Deserialize, Serialize};

/// A sound of the built-in synth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// A struck tine with a bell-like attack, as on an electric stage piano.
    #[default]
    ElectricPiano,
    /// A softly plucked string.
    Pluck,
    /// A soft organ that sounds as long as the note.
    WarmOrgan,
}

impl Instrument {
    /// All of them, in the order a menu shows them.
    pub const ALL: [Self; 3] = [Self::ElectricPiano, Self::Pluck, Self::WarmOrgan];

    /// Its name in a menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::ElectricPiano => "Electric piano",
            Self::Pluck => "Soft pluck",
            Self::WarmOrgan => "Warm organ",
        }
    }

    /// Amount of chorus, `0.0..=1.0`.
    pub(super) fn chorus(self) -> f32 {
        match self {
            Self::ElectricPiano => 0.22,
            Self::Pluck => 0.08,
            Self::WarmOrgan => 0.35,
        }
    }

    /// Duration of the attack, seconds.
    pub(super) fn attack(self) -> f32 {
        match self {
            Self::ElectricPiano => 0.003,
            Self::Pluck => 0.002,
            Self::WarmOrgan => 0.020,
        }
    }

    /// Time constant of the release, seconds.
    pub(super) fn release(self) -> f32 {
        match self {
            Self::ElectricPiano => 0.050,
            Self::Pluck => 0.070,
            Self::WarmOrgan => 0.060,
        }
    }
}
