//! The oscillators of the instruments, with exact pitch and without aliasing.

use super::{additive::AdditiveTone, fm::FmTone, instrument::Instrument, tone_partials::spectrum};

/// The oscillator of a note, without attack and release.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the audio callback may not allocate"
)]
pub(super) enum Tone {
    Fm(FmTone),
    Additive(AdditiveTone),
}

impl Tone {
    /// `frequency` and `sample_rate` in Hz; `force` is the velocity, `0.0..=1.0`.
    pub fn new(instrument: Instrument, frequency: f32, force: f32, sample_rate: f32) -> Self {
        match spectrum(instrument, frequency, force) {
            Some(spectrum) => Self::Additive(AdditiveTone::new(&spectrum, frequency, sample_rate)),
            None => Self::Fm(FmTone::new(frequency, force, sample_rate)),
        }
    }

    /// Renders the next samples, at most about 1.3 in absolute value.
    pub fn render(&mut self, samples: &mut [f32]) {
        match self {
            Self::Fm(tone) => samples.fill_with(|| tone.next_sample()),
            Self::Additive(tone) => samples.fill_with(|| tone.next_sample()),
        }
    }

    /// Approximate level, `0.0..=1.0`.
    pub fn level(&self) -> f32 {
        match self {
            Self::Fm(tone) => tone.level,
            Self::Additive(tone) => tone.level,
        }
    }
}
