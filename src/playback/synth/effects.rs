//! The effects: chorus, reverb and limiter.

use std::f32::consts::TAU;

use super::sine::sine;

/// Smaller values are set to zero, as arithmetic on denormal numbers is many times slower.
const DENORMAL: f32 = 1e-15;

/// A delay line of a fixed length, in samples.
#[derive(Debug)]
struct DelayLine {
    samples: Box<[f32]>,
    /// Index of the oldest sample.
    position: usize,
}

impl DelayLine {
    fn new(length: usize) -> Self {
        Self {
            samples: vec![0.0; length.max(4)].into_boxed_slice(),
            position: 0,
        }
    }

    /// The oldest sample.
    fn oldest(&self) -> f32 {
        self.samples[self.position]
    }

    /// Replaces the oldest sample.
    fn push(&mut self, sample: f32) {
        self.samples[self.position] = if sample.abs() < DENORMAL { 0.0 } else { sample };
        self.position = if self.position + 1 == self.samples.len() {
            0
        } else {
            self.position + 1
        };
    }

    /// The value `delay` samples ago, by linear interpolation.
    fn tap(&self, delay: f32) -> f32 {
        let length = self.samples.len();
        let delay = delay.clamp(1.0, (length - 2) as f32);
        let whole_samples = delay as usize;
        let fraction = delay - whole_samples as f32;
        let sample_ago = |back: usize| {
            self.samples[if self.position >= back {
                self.position - back
            } else {
                self.position + length - back
            }]
        };
        let (newer, older) = (sample_ago(whole_samples), sample_ago(whole_samples + 1));
        newer + (older - newer) * fraction
    }

    fn clear(&mut self) {
        self.samples.fill(0.0);
    }
}

/// Stereo chorus: a slowly modulated delay on each side, a quarter turn apart.
#[derive(Debug)]
pub(super) struct Chorus {
    line: DelayLine,
    phase: f32,
    phase_step: f32,
    centre: f32,
    depth: f32,
}

impl Chorus {
    const RATE_HZ: f32 = 0.55;
    const CENTRE_SECONDS: f32 = 0.009;
    const DEPTH_SECONDS: f32 = 0.0016;

    pub fn new(sample_rate: f32) -> Self {
        Self {
            line: DelayLine::new((sample_rate * 0.012) as usize + 4),
            phase: 0.0,
            phase_step: Self::RATE_HZ / sample_rate,
            centre: Self::CENTRE_SECONDS * sample_rate,
            depth: Self::DEPTH_SECONDS * sample_rate,
        }
    }

    /// The dry signal, with `amount` of the delayed ones.
    pub fn process(&mut self, sample: f32, amount: f32) -> [f32; 2] {
        self.line.push(sample);
        self.phase += self.phase_step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        [self.phase, self.phase + 0.25]
            .map(|phase| sample + amount * self.line.tap(self.centre + self.depth * sine(phase)))
    }

    pub fn clear(&mut self) {
        self.line.clear();
    }
}

/// Reverb of a small room: a feedback delay network of four lines with a Householder matrix (Jot and Chaigne 1991).
#[derive(Debug)]
pub(super) struct Reverb {
    lines: [DelayLine; 4],
    gains: [f32; 4],
    /// One-pole low-pass per line, as walls absorb treble.
    damped: [f32; 4],
    damping: f32,
}

impl Reverb {
    /// Seconds, without a common divisor, so that echoes do not coincide.
    const DELAYS: [f32; 4] = [0.0233, 0.0297, 0.0371, 0.0437];
    /// Time of a decay by 60 dB, seconds.
    const RT60: f32 = 0.9;
    const AMOUNT: f32 = 0.11;

    pub fn new(sample_rate: f32) -> Self {
        Self {
            lines: Self::DELAYS.map(|seconds| DelayLine::new((seconds * sample_rate) as usize)),
            gains: Self::DELAYS.map(|seconds| 10_f32.powf(-3.0 * seconds / Self::RT60)),
            damped: [0.0; 4],
            damping: (-TAU * 4_500.0 / sample_rate).exp(),
        }
    }

    /// The wet signal, left and right.
    pub fn process(&mut self, sample: f32) -> [f32; 2] {
        for ((damped, line), gain) in self.damped.iter_mut().zip(&self.lines).zip(self.gains) {
            let echo = line.oldest() * gain;
            *damped = echo + (*damped - echo) * self.damping;
            if damped.abs() < DENORMAL {
                *damped = 0.0;
            }
        }
        // The Householder matrix: the identity less half the sum of all lines.
        let half_sum = 0.5 * self.damped.iter().sum::<f32>();
        for (line, damped) in self.lines.iter_mut().zip(self.damped) {
            line.push(sample + damped - half_sum);
        }
        let [a, b, c, d] = self.damped;
        [(a - c) * Self::AMOUNT * 2.0, (b - d) * Self::AMOUNT * 2.0]
    }

    pub fn clear(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::clear);
        self.damped = [0.0; 4];
    }
}

/// Leaves samples up to 0.7 as they are and compresses larger ones, never reaching 1. NaN and infinity become silence.
pub(super) fn soft_limit(sample: f32) -> f32 {
    const KNEE: f32 = 0.7;
    const RANGE: f32 = 0.999 - KNEE;
    let magnitude = sample.abs();
    if magnitude <= KNEE {
        sample
    } else if magnitude.is_finite() {
        (KNEE + RANGE * ((magnitude - KNEE) / RANGE).tanh()).copysign(sample)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limiter_leaves_quiet_sound_alone_and_never_lets_anything_above_one() {
        for k in -70..=70 {
            let sample = k as f32 / 100.0;
            assert_eq!(soft_limit(sample), sample);
        }
        let mut previous = 0.7;
        for k in 0..1000 {
            let limited = soft_limit(0.7 + k as f32 / 100.0);
            assert!(limited >= previous && limited < 1.0);
            previous = limited;
        }
        assert_eq!(soft_limit(f32::NAN), 0.0);
        assert_eq!(soft_limit(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn the_reverb_decays_by_sixty_decibels_in_about_its_rt60() {
        let mut reverb = Reverb::new(48_000.0);
        let mut energy = |impulse: f32, frames: usize| -> f32 {
            (0..frames)
                .map(|k| reverb.process(if k == 0 { impulse } else { 0.0 }))
                .map(|[l, r]| l * l + r * r)
                .sum()
        };
        let early_energy = energy(1.0, 4_800);
        let _ = energy(0.0, 43_200 - 4_800);
        let late_energy = energy(0.0, 4_800);
        let decay_db = 10.0 * (early_energy / late_energy).log10();
        // Damping makes the treble die sooner, so the whole falls somewhat faster than the 60 dB in 0.9 s.
        assert!((50.0..90.0).contains(&decay_db), "{decay_db} dB");
    }
}
