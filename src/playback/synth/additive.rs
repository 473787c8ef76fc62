//! Tones that are sums of partials, each a decaying rotating phasor.

use super::{
    oscillator::{BAND_LIMIT, per_sample},
    tone_partials::{PARTIALS, ToneSpectrum},
};

/// A sum of partials.
#[derive(Clone, Debug)]
pub(super) struct AdditiveTone {
    /// Real and imaginary parts of the phasors; their length is the amplitude.
    re: [f32; PARTIALS],
    im: [f32; PARTIALS],
    /// Rotation and decay per sample.
    turn_re: [f32; PARTIALS],
    turn_im: [f32; PARTIALS],
    /// Level of the partial that sounds longest, from 1 down.
    pub level: f32,
    decay: f32,
}

impl AdditiveTone {
    /// The partials of a note at `frequency` Hz; those near the limit of the sample rate (Hz) are left out.
    pub fn new(spectrum: &ToneSpectrum, frequency: f32, sample_rate: f32) -> Self {
        let ToneSpectrum { peak, partials } = spectrum;
        let longest = partials
            .iter()
            .map(|partial| partial.decay)
            .fold(0.0, f32::max);
        let mut tone = Self {
            re: [0.0; PARTIALS],
            im: [0.0; PARTIALS],
            turn_re: [0.0; PARTIALS],
            turn_im: [0.0; PARTIALS],
            level: 1.0,
            decay: per_sample(longest, sample_rate),
        };
        let mut total = 0.0;
        for (k, partial) in partials.iter().enumerate() {
            if partial.ratio * frequency > BAND_LIMIT * sample_rate {
                continue;
            }
            // In double precision, as a rounding error would detune the note.
            let angle = std::f64::consts::TAU * f64::from(partial.ratio) * f64::from(frequency)
                / f64::from(sample_rate);
            let decay_factor = f64::from(per_sample(partial.decay, sample_rate));
            tone.re[k] = partial.amplitude;
            tone.turn_re[k] = (decay_factor * angle.cos()) as f32;
            tone.turn_im[k] = (decay_factor * angle.sin()) as f32;
            total += partial.amplitude.abs();
        }
        tone.re
            .iter_mut()
            .for_each(|re| *re *= peak / total.max(1e-6));
        tone
    }

    pub fn next_sample(&mut self) -> f32 {
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
