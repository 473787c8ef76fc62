//! A voice: a tone with attack and release.

use super::{frame::MAX_CHUNK_FRAMES, instrument::Instrument, tone::Tone};

/// Time constant of a note that is cut off without a click, seconds.
const CUT_SECONDS: f32 = 0.006;
/// Time constant of the change from a steady level to the fade, seconds.
const FADE_START_SECONDS: f32 = 0.002;
/// Level below which a note has ended: -100 dB.
const SILENT_LEVEL: f32 = 1e-5;
/// Peak of a single note at full velocity.
const PEAK_LEVEL: f32 = 0.85;

/// A sounding note.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    tone: Tone,
    pitch: u8,
    sample_rate: f32,
    gain: f32,
    /// Progress of the attack, `0.0..=1.0`.
    attack: f32,
    attack_step: f32,
    /// Level of the release: 1 while the note is held.
    release: f32,
    /// Factor of `release` per sample.
    decay: f32,
    /// Value that `decay` approaches, so that the end of a note has no audible edge.
    target_decay: f32,
    /// Change of `decay` towards its target per sample.
    decay_step: f32,
    release_decay: f32,
}

impl Voice {
    pub fn new(instrument: Instrument, pitch: u8, velocity: u8, sample_rate: f32) -> Self {
        let force = f32::from(velocity) / 127.0;
        let decay = |seconds: f32| (-1.0 / (seconds * sample_rate)).exp();
        Self {
            tone: Tone::new(instrument, frequency(pitch), force, sample_rate),
            pitch,
            sample_rate,
            gain: PEAK_LEVEL * force.powf(1.4),
            attack: 0.0,
            attack_step: 1.0 / (instrument.attack() * sample_rate),
            release: 1.0,
            decay: 1.0,
            target_decay: 1.0,
            decay_step: 1.0 - decay(FADE_START_SECONDS),
            release_decay: decay(instrument.release()),
        }
    }

    /// Multiplies the amplitude.
    pub fn scale(&mut self, factor: f32) {
        self.gain *= factor;
    }

    pub fn pitch(&self) -> u8 {
        self.pitch
    }

    /// Starts the release of the instrument.
    pub fn release(&mut self) {
        self.target_decay = self.target_decay.min(self.release_decay);
    }

    /// Fades out as fast as possible.
    pub fn cut(&mut self) {
        self.target_decay = (-1.0 / (CUT_SECONDS * self.sample_rate)).exp();
    }

    /// Approximate level, `0.0..=1.0`.
    pub fn level(&self) -> f32 {
        self.tone.level() * self.release * self.gain
    }

    pub fn has_ended(&self) -> bool {
        self.level() < SILENT_LEVEL
    }

    /// Adds the next samples to a mix.
    pub fn add_to(&mut self, mix: &mut [f32]) {
        let mut tone = [0.0; MAX_CHUNK_FRAMES];
        for mix in mix.chunks_mut(MAX_CHUNK_FRAMES) {
            let tone = &mut tone[..mix.len()];
            self.tone.render(tone);
            for (mix, tone) in mix.iter_mut().zip(tone) {
                self.attack = (self.attack + self.attack_step).min(1.0);
                self.decay += (self.target_decay - self.decay) * self.decay_step;
                self.release *= self.decay;
                // Smoothstep.
                let attack = self.attack * self.attack * (3.0 - 2.0 * self.attack);
                *mix += *tone * attack * self.release * self.gain;
            }
        }
    }
}

/// Frequency in Hz of a MIDI pitch in equal temperament, A4 = 440 Hz.
fn frequency(pitch: u8) -> f32 {
    (440.0 * 2_f64.powf((f64::from(pitch) - 69.0) / 12.0)) as f32
}
