//! Tones that are sums of partials, each a decaying rotating phasor.

use super::{
    oscillator::{BAND_LIMIT, decay_per_sample},
    tone_partials::{MAX_PARTIALS, ToneSpectrum},
};

/// A sum of partials.
#[derive(Clone, Debug)]
pub(super) struct AdditiveTone {
    /// Real and imaginary parts of the phasors; their length is the amplitude.
    re: [f32; MAX_PARTIALS],
    im: [f32; MAX_PARTIALS],
    /// Rotation and decay per sample.
    rotation_re: [f32; MAX_PARTIALS],
    rotation_im: [f32; MAX_PARTIALS],
    /// Level of the partial with the longest decay, which starts at 1.
    pub level: f32,
    decay: f32,
}

impl AdditiveTone {
    /// The tone of a note at `frequency` Hz. Partials too high for the sample rate (Hz) are left out.
    pub fn new(spectrum: &ToneSpectrum, frequency: f32, sample_rate: f32) -> Self {
        let ToneSpectrum { peak, partials } = spectrum;
        let longest_decay = partials
            .iter()
            .map(|partial| partial.decay)
            .fold(0.0, f32::max);
        let mut tone = Self {
            re: [0.0; MAX_PARTIALS],
            im: [0.0; MAX_PARTIALS],
            rotation_re: [0.0; MAX_PARTIALS],
            rotation_im: [0.0; MAX_PARTIALS],
            level: 1.0,
            decay: decay_per_sample(longest_decay, sample_rate),
        };
        let mut amplitude_sum = 0.0;
        for (k, partial) in partials.iter().enumerate() {
            if partial.ratio * frequency > BAND_LIMIT * sample_rate {
                continue;
            }
            // In double precision, as a rounding error would detune the note.
            let angle = std::f64::consts::TAU * f64::from(partial.ratio) * f64::from(frequency)
                / f64::from(sample_rate);
            let decay_factor = f64::from(decay_per_sample(partial.decay, sample_rate));
            tone.re[k] = partial.amplitude;
            tone.rotation_re[k] = (decay_factor * angle.cos()) as f32;
            tone.rotation_im[k] = (decay_factor * angle.sin()) as f32;
            amplitude_sum += partial.amplitude.abs();
        }
        tone.re
            .iter_mut()
            .for_each(|re| *re *= peak / amplitude_sum.max(1e-6));
        tone
    }

    pub fn next_sample(&mut self) -> f32 {
        let mut sum = 0.0;
        for k in 0..MAX_PARTIALS {
            let (re, im) = (self.re[k], self.im[k]);
            sum += im;
            self.re[k] = re * self.rotation_re[k] - im * self.rotation_im[k];
            self.im[k] = re * self.rotation_im[k] + im * self.rotation_re[k];
        }
        self.level *= self.decay;
        sum
    }
}
