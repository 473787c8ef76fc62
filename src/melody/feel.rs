//! How a melody is played: swing, length of notes, transposition, velocity and small human deviations.

use std::fmt;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::scale::Scale;
use super::tokens::{STEPS_PER_BAR, STEPS_PER_QUARTER};

/// Ticks in a quarter note: the resolution of times below a step, and of the MIDI files that are written.
pub const TICKS_PER_QUARTER: u16 = 480;
/// Ticks in a sixteenth-note step.
pub const TICKS_PER_STEP: u32 = TICKS_PER_QUARTER as u32 / STEPS_PER_QUARTER as u32;
/// Maximum number of semitones of a transposition, up or down.
pub const MAX_TRANSPOSE: i8 = 36;
/// Shortest length of notes, percent of the written length.
pub const MIN_NOTE_LENGTH_PERCENT: u8 = 10;
/// Longest length of notes, percent of the written length.
pub const MAX_NOTE_LENGTH_PERCENT: u8 = 200;

/// Default velocity of notes: the model writes none.
pub const DEFAULT_VELOCITY: u8 = 80;
/// Latest start of a humanised note at full strength: 21 ms at 120 quarter notes per minute.
const MAX_DELAY_TICKS: u32 = 20;
/// Largest part of its length by which a humanised note is shorter at full strength.
const MAX_SHORTENING: f64 = 0.2;
/// Difference of velocity between neighbouring metrical levels at full strength.
const ACCENT_VELOCITY: f64 = 6.0;
/// Largest random change of velocity at full strength.
const VELOCITY_SPREAD: f64 = 6.0;

/// The pair of equal notes whose second one is delayed by swing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwingUnit {
    /// Two eighths in each quarter.
    Eighth,
    /// Two sixteenths in each eighth.
    #[default]
    Sixteenth,
}

impl SwingUnit {
    /// Length of the pair, ticks.
    fn pair_ticks(self) -> u32 {
        match self {
            Self::Eighth => 4 * TICKS_PER_STEP,
            Self::Sixteenth => 2 * TICKS_PER_STEP,
        }
    }
}

/// How a melody is played. The default is exactly what the model wrote.
///
/// Equal settings and equal melodies give equal notes: every deviation is a function of the seed and the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Feel {
    /// Swing in percent, 0 to 100; see [`Self::swing_ratio`].
    pub swing: u8,
    /// The notes that swing.
    pub swing_unit: SwingUnit,
    /// Length of notes in percent of the written length, 10 (staccato) to 200 (legato). No note lasts into the next one.
    pub note_length: u8,
    /// Semitones up, or down below 0; at most three octaves.
    pub transpose: i8,
    /// Move every note to the nearest one of this scale, after the transposition. This changes the melody itself.
    pub snap: Option<Scale>,
    /// Velocity of every note before accents, 1 to 127.
    pub velocity: u8,
    /// Strength of accents and deviations in percent, 0 to 100.
    pub humanise: u8,
    /// Seed of the deviations.
    pub seed: u64,
}

impl Default for Feel {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// Deviations of one note from the written one.
pub(super) struct Deviation {
    /// Ticks by which it starts later.
    pub delay: u32,
    /// Part of its length that is left out.
    pub shortening: f64,
    /// Change of its velocity.
    pub velocity: f64,
}

impl Feel {
    /// Exactly what the model wrote.
    pub const PLAIN: Self = Self {
        swing: 0,
        swing_unit: SwingUnit::Sixteenth,
        note_length: 100,
        transpose: 0,
        snap: None,
        velocity: DEFAULT_VELOCITY,
        humanise: 0,
        seed: 0,
    };

    /// Plain but for sixteenths that swing by this ratio in percent, 50 to 75; see [`Self::swing_ratio`].
    #[must_use]
    pub fn with_swing_ratio(ratio: u8) -> Self {
        Self {
            swing: 4 * (ratio.clamp(50, 75) - 50),
            ..Self::PLAIN
        }
    }

    /// The same settings with every number clamped to its range: those of a file may be anything.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            swing: self.swing.min(100),
            note_length: self
                .note_length
                .clamp(MIN_NOTE_LENGTH_PERCENT, MAX_NOTE_LENGTH_PERCENT),
            transpose: self.transpose.clamp(-MAX_TRANSPOSE, MAX_TRANSPOSE),
            velocity: self.velocity.clamp(1, 127),
            humanise: self.humanise.min(100),
            ..self
        }
    }

    /// Whether melodies are played exactly as the model wrote them.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let plain = Self {
            seed: self.seed,
            swing_unit: self.swing_unit,
            ..Self::PLAIN
        };
        *self == plain
    }

    /// Percent of its pair's time that the first note has: 50 is straight, 66.7 a triplet, and 75 the most.
    ///
    /// This is the measure of drum machines since the Linn LM-1, as Roger Linn explains it (*Roger Linn on swing, groove and
    /// the magic of the MPC's timing*, Attack Magazine 2013): "the ratio of time duration between the first and second 16th
    /// notes within each 8th note", where 50 % is no swing and 66 % "means perfect triplet swing".
    #[must_use]
    pub fn swing_ratio(&self) -> f64 {
        50.0 + f64::from(self.swing.min(100)) / 4.0
    }

    /// The tick at which something sounds that is written at `tick`. Never earlier, and in the same order.
    pub(super) fn swung_tick(&self, tick: u32) -> u32 {
        let pair = self.swing_unit.pair_ticks();
        let half = pair / 2;
        // The ratio of `swing_ratio`, to the nearest tick.
        let first_ticks = half + (half * u32::from(self.swing.min(100)) + 100) / 200;
        let tick_in_pair = tick % pair;
        let swung_in_pair = if tick_in_pair < half {
            tick_in_pair * first_ticks / half
        } else {
            first_ticks + (tick_in_pair - half) * (pair - first_ticks) / half
        };
        (tick - tick_in_pair).saturating_add(swung_in_pair)
    }

    /// The deviations of the note that starts at `step`.
    ///
    /// Accents follow the metrical levels of a 4/4 bar as in Longuet-Higgins and Lee, *The rhythmic interpretation of monophonic
    /// music* (Music Perception 1, 1984): the bar, its half, the quarter, the eighth, the sixteenth. Notes are late but
    /// never early, so that a melody that is switched to at a step loses none of its notes.
    pub(super) fn deviation(&self, step: u32) -> Deviation {
        let strength = f64::from(self.humanise.min(100)) / 100.0;
        if strength == 0.0 {
            return Deviation {
                delay: 0,
                shortening: 0.0,
                velocity: 0.0,
            };
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(step));
        let mut draw = || rng.random::<f64>();
        // The mean of two uniform draws: a triangular distribution, with half the largest delay as the most common one.
        let delay = f64::midpoint(draw(), draw());
        let shortening = draw();
        let spread = draw() * 2.0 - 1.0;
        let step_in_bar = step % STEPS_PER_BAR as u32;
        let level = f64::from(4 - step_in_bar.trailing_zeros().min(4)) - 2.0;
        Deviation {
            delay: (delay * strength * f64::from(MAX_DELAY_TICKS)).round() as u32,
            shortening: shortening * strength * MAX_SHORTENING,
            velocity: strength * (spread * VELOCITY_SPREAD - level * ACCENT_VELOCITY),
        }
    }

    /// A pitch transposed, before the snap, and whether it had to be moved by octaves to stay within MIDI's 0 to 127.
    pub(super) fn transposed(&self, pitch: u8) -> (u8, bool) {
        let exact = i16::from(pitch) + i16::from(self.transpose);
        let mut in_range = exact;
        while in_range > 127 {
            in_range -= 12;
        }
        while in_range < 0 {
            in_range += 12;
        }
        (in_range as u8, in_range != exact)
    }
}

/// What differs from the model's own notes, in words; `as written` if nothing does.
impl fmt::Display for Feel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::PLAIN;
        let mut parts = Vec::new();
        if self.swing > 0 {
            let unit = match self.swing_unit {
                SwingUnit::Eighth => "8ths",
                SwingUnit::Sixteenth => "16ths",
            };
            parts.push(format!("swing {} % of {unit}", self.swing));
        }
        if self.note_length != plain.note_length {
            parts.push(format!("note length {} %", self.note_length));
        }
        if self.transpose != 0 {
            parts.push(format!("transposed {:+} semitones", self.transpose));
        }
        if let Some(scale) = self.snap {
            parts.push(format!("snapped to {scale}"));
        }
        if self.velocity != plain.velocity {
            parts.push(format!("velocity {}", self.velocity));
        }
        if self.humanise > 0 {
            parts.push(format!(
                "humanised {} % (seed {})",
                self.humanise, self.seed
            ));
        }
        if parts.is_empty() {
            return f.write_str("as written");
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swing(percent: u8, swing_unit: SwingUnit) -> Vec<u32> {
        let feel = Feel {
            swing: percent,
            swing_unit,
            ..Feel::default()
        };
        (0..5)
            .map(|step| feel.swung_tick(step * TICKS_PER_STEP))
            .collect()
    }

    #[test]
    fn swing_goes_from_straight_over_the_triplet_to_the_dotted_note() {
        use SwingUnit::{Eighth, Sixteenth};
        assert_eq!(swing(0, Sixteenth), [0, 120, 240, 360, 480]);
        assert_eq!(swing(0, Eighth), [0, 120, 240, 360, 480]);
        // Two thirds of 240 and of 480 ticks.
        assert_eq!(swing(67, Sixteenth), [0, 160, 240, 400, 480]);
        assert_eq!(swing(67, Eighth), [0, 160, 320, 400, 480]);
        // Three quarters.
        assert_eq!(swing(100, Sixteenth), [0, 180, 240, 420, 480]);
        assert_eq!(swing(100, Eighth), [0, 180, 360, 420, 480]);
    }

    #[test]
    fn a_pitch_that_would_leave_midi_keeps_its_name_in_another_octave() {
        let transposed_by = |transpose| Feel {
            transpose,
            ..Feel::default()
        };
        assert_eq!(transposed_by(12).transposed(60), (72, false));
        assert_eq!(transposed_by(24).transposed(108), (120, true));
        assert_eq!(transposed_by(-24).transposed(21), (9, true));
        assert_eq!(transposed_by(-21).transposed(21), (0, false));
    }

    #[test]
    fn the_swing_ratio_is_the_percentage_of_the_first_note() {
        for ratio in 50..=75 {
            assert_eq!(
                Feel::with_swing_ratio(ratio).swing_ratio(),
                f64::from(ratio)
            );
        }
        assert!(Feel::with_swing_ratio(0).is_plain());
    }

    #[test]
    fn a_feel_is_described_by_its_differences_from_plain() {
        assert_eq!(Feel::default().to_string(), "as written");
        let feel = Feel {
            swing: 67,
            note_length: 60,
            transpose: -12,
            snap: "D dorian".parse().ok(),
            velocity: 100,
            humanise: 30,
            seed: 5,
            ..Feel::default()
        };
        assert_eq!(
            feel.to_string(),
            "swing 67 % of 16ths, note length 60 %, transposed -12 semitones, snapped to D dorian, velocity 100, humanised 30 % (seed 5)"
        );
        assert!(!feel.is_plain() && Feel::default().is_plain());
    }

    #[test]
    fn numbers_out_of_range_are_clamped() {
        let feel = Feel {
            swing: 255,
            note_length: 0,
            transpose: 120,
            velocity: 0,
            humanise: 200,
            ..Feel::default()
        };
        let clamped = feel.clamped();
        assert_eq!(
            (clamped.swing, clamped.note_length),
            (100, MIN_NOTE_LENGTH_PERCENT)
        );
        assert_eq!((clamped.transpose, clamped.velocity), (MAX_TRANSPOSE, 1));
        assert_eq!(clamped.humanise, 100);
    }
}
