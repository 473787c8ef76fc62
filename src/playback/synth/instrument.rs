//! The instruments of the synth, and their parameters.

use serde::{Deserialize, Serialize};

/// A sound of the built-in synth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// A struck tine with a bell-like attack, as on an electric stage piano.
    #[default]
    ElectricPiano,
    /// A struck stiff string.
    GrandPiano,
    /// A softly plucked string.
    Pluck,
    /// A triangle wave, like a flute.
    SoftLead,
    /// A square wave, like a clarinet or an early games console.
    SquareLead,
    /// A sawtooth behind a closing filter.
    Bass,
    /// A soft organ that sounds as long as the note.
    WarmOrgan,
    /// Slowly rising, wide and soft.
    Pad,
    /// A struck bar, like a glockenspiel.
    Bell,
}

/// Parameters of an instrument besides its oscillator.
struct InstrumentParams {
    name: &'static str,
    /// General MIDI program that comes nearest, counted from 0 (General MIDI level 1, table 2).
    program: u8,
    /// Amount of chorus, `0.0..=1.0`.
    chorus: f32,
    /// Duration of the attack, seconds.
    attack: f32,
    /// Time constant of the release, seconds.
    release: f32,
}

impl Instrument {
    /// All of them, in the order a menu shows them.
    pub const ALL: [Self; 9] = [
        Self::ElectricPiano,
        Self::GrandPiano,
        Self::Pluck,
        Self::SoftLead,
        Self::SquareLead,
        Self::Bass,
        Self::WarmOrgan,
        Self::Pad,
        Self::Bell,
    ];

    const fn params(self) -> InstrumentParams {
        let (name, program, chorus, attack, release) = match self {
            Self::ElectricPiano => ("Electric piano", 4, 0.22, 0.003, 0.050),
            Self::GrandPiano => ("Grand piano", 0, 0.06, 0.002, 0.080),
            Self::Pluck => ("Soft pluck", 24, 0.08, 0.002, 0.070),
            Self::SoftLead => ("Soft lead", 73, 0.15, 0.030, 0.060),
            Self::SquareLead => ("Square lead", 80, 0.10, 0.006, 0.030),
            Self::Bass => ("Bass", 38, 0.04, 0.004, 0.040),
            Self::WarmOrgan => ("Warm organ", 16, 0.35, 0.020, 0.060),
            Self::Pad => ("Pad", 89, 0.26, 0.180, 0.110),
            Self::Bell => ("Bell", 9, 0.12, 0.002, 0.120),
        };
        InstrumentParams {
            name,
            program,
            chorus,
            attack,
            release,
        }
    }

    /// Its name in a menu.
    pub fn name(self) -> &'static str {
        self.params().name
    }

    /// Its name on the command line, such as `electric-piano`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::ElectricPiano => "electric-piano",
            Self::GrandPiano => "grand-piano",
            Self::Pluck => "soft-pluck",
            Self::SoftLead => "soft-lead",
            Self::SquareLead => "square-lead",
            Self::Bass => "bass",
            Self::WarmOrgan => "warm-organ",
            Self::Pad => "pad",
            Self::Bell => "bell",
        }
    }

    /// The General MIDI program that comes nearest, `0..=127`, for exported files.
    pub fn program(self) -> u8 {
        self.params().program
    }

    /// Amount of chorus, `0.0..=1.0`.
    pub(super) fn chorus(self) -> f32 {
        self.params().chorus
    }

    /// Duration of the attack, seconds.
    pub(super) fn attack(self) -> f32 {
        self.params().attack
    }

    /// Time constant of the release, seconds.
    pub(super) fn release(self) -> f32 {
        self.params().release
    }
}
