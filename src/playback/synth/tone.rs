//! The oscillators of the instruments, with exact pitch and without aliasing.

use std::f32::consts::TAU;

use super::{instrument::Instrument, sine::sine};

/// Maximum number of partials of an additive tone.
const PARTIALS: usize = 12;
/// Partials above this share of the sample rate are left out.
const BAND_LIMIT: f32 = 0.45;
/// Reference frequency of the decay times: middle C.
const MIDDLE_C: f32 = 261.6;

/// The oscillator of a note, without attack and release.
#[derive(Clone, Debug)]
pub(super) enum Tone {
    Fm(FmTone),
    Additive(AdditiveTone),
}

impl Tone {
    /// `frequency` and `sample_rate` in Hz; `force` is the velocity, `0.0..=1.0`.
    pub fn new(instrument: Instrument, frequency: f32, force: f32, sample_rate: f32) -> Self {
        match instrument {
            Instrument::ElectricPiano => Self::Fm(FmTone::new(frequency, force, sample_rate)),
            Instrument::Pluck => Self::Additive(AdditiveTone::pluck(frequency, force, sample_rate)),
            Instrument::WarmOrgan => Self::Additive(AdditiveTone::organ(frequency, sample_rate)),
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

/// Electric piano by frequency modulation (Chowning 1973, with the decaying modulation index that gives struck tones).
///
/// Two carriers at the pitch itself: the body is modulated at the pitch, the tine at an integer multiple of it. All ratios are
/// integers, so every side band is a harmonic and the pitch is exact.
#[derive(Clone, Debug)]
pub(super) struct FmTone {
    /// Position in the wave, `0.0..1.0`. In double precision, or long notes would drift.
    phase: f64,
    step: f64,
    tine_ratio: f64,
    level: f32,
    decay: f32,
    /// Modulation indices, in turns of the carrier (the literature's index divided by 2 pi).
    body_index: f32,
    body_decay: f32,
    /// Final index of the body, so that a held note does not become a pure sine.
    body_floor: f32,
    tine_index: f32,
    tine_decay: f32,
}

impl FmTone {
    fn new(frequency: f32, force: f32, sample_rate: f32) -> Self {
        let lowness = MIDDLE_C / frequency;
        // Carson's rule: a modulated wave reaches up to about carrier + (index + 1) * modulator. Both indices are reduced
        // to stay below the band limit.
        let headroom = BAND_LIMIT * sample_rate / frequency - 1.0;
        let tine_ratio = [14.0, 9.0, 5.0, 3.0]
            .into_iter()
            .find(|ratio| ratio * 1.6 < headroom)
            .unwrap_or(1.0);
        let body_limit = (headroom - 1.0).clamp(0.0, 1.6);
        let tine_limit = (headroom / tine_ratio - 1.0).clamp(0.0, 0.6);
        let brightness = 0.35 + 0.65 * force;
        let body_index = (1.5 * brightness * lowness.powf(0.25)).min(body_limit);
        let decay = 1.6 * lowness.powf(0.45).clamp(0.25, 2.2);
        Self {
            phase: 0.0,
            step: f64::from(frequency) / f64::from(sample_rate),
            tine_ratio: f64::from(tine_ratio),
            level: 1.0,
            decay: per_sample(decay, sample_rate),
            body_index: body_index / TAU,
            body_decay: per_sample(0.5 * decay, sample_rate),
            body_floor: 0.25 * body_index / TAU,
            tine_index: (0.55 * brightness).min(tine_limit) / TAU,
            tine_decay: per_sample(0.16 * decay, sample_rate),
        }
    }

    fn next_sample(&mut self) -> f32 {
        let phase = self.phase as f32;
        let tine_phase = (self.phase * self.tine_ratio) as f32;
        let body = sine(phase + (self.body_index + self.body_floor) * sine(phase));
        let tine = sine(phase + self.tine_index * sine(tine_phase));
        let sample = (0.68 * body + 0.32 * tine) * self.level;

        self.phase += self.step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        self.level *= self.decay;
        self.body_index *= self.body_decay;
        self.tine_index *= self.tine_decay;
        sample
    }
}

/// A sum of harmonics, each a decaying rotating phasor.
#[derive(Clone, Debug)]
pub(super) struct AdditiveTone {
    /// Real and imaginary parts of the phasors; their length is the amplitude.
    re: [f32; PARTIALS],
    im: [f32; PARTIALS],
    /// Rotation and decay per sample.
    turn_re: [f32; PARTIALS],
    turn_im: [f32; PARTIALS],
    level: f32,
    decay: f32,
}

impl AdditiveTone {
    /// A string plucked at a quarter of its length: harmonics by the plucked string's Fourier series,
    /// `sin(n pi / 4) / n^2`, the higher ones dying sooner.
    fn pluck(frequency: f32, force: f32, sample_rate: f32) -> Self {
        let decay = 0.95 * (MIDDLE_C / frequency).powf(0.5).clamp(0.3, 2.0);
        let tilt = 2.15 - 0.45 * force;
        Self::new(frequency, sample_rate, 1.3, decay, |n| {
            let amplitude = (n * std::f32::consts::FRAC_PI_4).sin() / n.powf(tilt);
            (amplitude, decay / (1.0 + 0.30 * (n - 1.0)))
        })
    }

    /// Drawbars, mostly low ones, without decay.
    fn organ(frequency: f32, sample_rate: f32) -> Self {
        const DRAWBARS: [f32; PARTIALS] = [
            1.0, 0.45, 0.22, 0.12, 0.03, 0.06, 0.0, 0.03, 0.0, 0.0, 0.0, 0.0,
        ];
        Self::new(frequency, sample_rate, 0.95, f32::INFINITY, |n| {
            (DRAWBARS[n as usize - 1], f32::INFINITY)
        })
    }

    /// `partial` gives the relative amplitude and the decay time in seconds of the n-th harmonic, n from 1; `peak` is what the
    /// amplitudes add up to.
    fn new(
        frequency: f32,
        sample_rate: f32,
        peak: f32,
        decay: f32,
        partial: impl Fn(f32) -> (f32, f32),
    ) -> Self {
        let mut tone = Self {
            re: [0.0; PARTIALS],
            im: [0.0; PARTIALS],
            turn_re: [0.0; PARTIALS],
            turn_im: [0.0; PARTIALS],
            level: 1.0,
            decay: per_sample(decay, sample_rate),
        };
        let mut total = 0.0;
        for k in 0..PARTIALS {
            let n = (k + 1) as f32;
            if n * frequency > BAND_LIMIT * sample_rate {
                break;
            }
            let (amplitude, decay) = partial(n);
            // In double precision, as a rounding error would detune the note.
            let angle = std::f64::consts::TAU * f64::from(n) * f64::from(frequency)
                / f64::from(sample_rate);
            let length = f64::from(per_sample(decay, sample_rate));
            tone.re[k] = amplitude;
            tone.turn_re[k] = (length * angle.cos()) as f32;
            tone.turn_im[k] = (length * angle.sin()) as f32;
            total += amplitude.abs();
        }
        tone.re
            .iter_mut()
            .for_each(|re| *re *= peak / total.max(1e-6));
        tone
    }

    fn next_sample(&mut self) -> f32 {
        let mut sum = 0.0;
        for k in 0..PARTIALS {
            let (re, im) = (self.re[k], self.im[k]);
            sum += im;
            self.re[k] = re * self.turn_re[k] - im * self.turn_im[k];
            self.im[k] = re * self.turn_im[k] + im * self.turn_re[k];
        }
        self.level *= self.decay;
        sum
    }
}

/// The factor per sample of a decay to 1/e within `seconds`.
fn per_sample(seconds: f32, sample_rate: f32) -> f32 {
    (-1.0 / (seconds * sample_rate)).exp()
}
