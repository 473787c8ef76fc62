//! The tone of the electric piano: frequency modulation.

use std::f32::consts::TAU;

use super::{
    oscillator::{BAND_LIMIT, MIDDLE_C, decay_per_sample},
    sine::sine,
};

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
    pub level: f32,
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
    /// `frequency` and `sample_rate` in Hz; `force` is the velocity, `0.0..=1.0`.
    pub fn new(frequency: f32, force: f32, sample_rate: f32) -> Self {
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
            decay: decay_per_sample(decay, sample_rate),
            body_index: body_index / TAU,
            body_decay: decay_per_sample(0.5 * decay, sample_rate),
            body_floor: 0.25 * body_index / TAU,
            tine_index: (0.55 * brightness).min(tine_limit) / TAU,
            tine_decay: decay_per_sample(0.16 * decay, sample_rate),
        }
    }

    pub fn next_sample(&mut self) -> f32 {
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
