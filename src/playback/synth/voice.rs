//! One note: a tone with its attack and its release.

use super::{CHUNK, instrument::Instrument, tone::Tone};

/// Seconds in which a note that has to go at once falls to 1/e: fast, but without a click.
const CUT: f32 = 0.006;
/// Below this (-100 dB) a note is over.
const OVER: f32 = 1e-5;
/// Peak of a single note at full velocity.
const LOUDNESS: f32 = 0.85;

/// A sounding note.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    tone: Tone,
    pitch: u8,
    sample_rate: f32,
    gain: f32,
    /// How far the attack has come, `0.0..=1.0`.
    rise: f32,
    rise_step: f32,
    /// The release: 1 while the note is held.
    fall: f32,
    /// What `fall` is multiplied with per sample.
    fall_factor: f32,
    release_factor: f32,
}

impl Voice {
    pub fn new(instrument: Instrument, pitch: u8, velocity: u8, sample_rate: f32) -> Self {
        let force = f32::from(velocity) / 127.0;
        let fall_factor = |seconds: f32| (-1.0 / (seconds * sample_rate)).exp();
        Self {
            tone: Tone::new(instrument, frequency(pitch), force, sample_rate),
            pitch,
            sample_rate,
            gain: LOUDNESS * force.powf(1.4),
            rise: 0.0,
            rise_step: 1.0 / (instrument.attack() * sample_rate),
            fall: 1.0,
            fall_factor: 1.0,
            release_factor: fall_factor(instrument.release()),
        }
    }

    pub fn pitch(&self) -> u8 {
        self.pitch
    }

    /// Lets it fade in the instrument's own way.
    pub fn release(&mut self) {
        self.fall_factor = self.fall_factor.min(self.release_factor);
    }

    /// Lets it fade as fast as possible.
    pub fn cut(&mut self) {
        self.fall_factor = (-1.0 / (CUT * self.sample_rate)).exp();
    }

    /// Roughly how loud it is, `0.0..=1.0`.
    pub fn level(&self) -> f32 {
        self.tone.level() * self.fall * self.gain
    }

    pub fn is_over(&self) -> bool {
        self.level() < OVER
    }

    /// Adds the next samples to a mix.
    pub fn add_to(&mut self, mix: &mut [f32]) {
        let mut tone = [0.0; CHUNK];
        for mix in mix.chunks_mut(CHUNK) {
            let tone = &mut tone[..mix.len()];
            self.tone.render(tone);
            for (mix, tone) in mix.iter_mut().zip(tone) {
                self.rise = (self.rise + self.rise_step).min(1.0);
                self.fall *= self.fall_factor;
                // A curve without corners at either end.
                let attack = self.rise * self.rise * (3.0 - 2.0 * self.rise);
                *mix += *tone * attack * self.fall * self.gain;
            }
        }
    }
}

/// Frequency in Hz of a MIDI pitch in equal temperament, A4 = 440 Hz.
fn frequency(pitch: u8) -> f32 {
    (440.0 * 2_f64.powf((f64::from(pitch) - 69.0) / 12.0)) as f32
}
