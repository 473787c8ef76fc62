//! The built-in synth: a few good voices, a little space around them, and the sound device they come out of.
//!
//! [`Synth`] renders into plain memory and knows no device, clock or thread; it neither allocates nor locks after
//! [`Synth::new`]. `SynthStream` puts it behind the system's default sound device.

mod block_clock;
mod controls;
mod effects;
mod instrument;
mod sine;
mod stream;
mod tone;
mod voice;

pub(super) use controls::SynthControls;
pub use instrument::Instrument;
pub(super) use stream::{SynthQueue, SynthStream};

use effects::{Chorus, Reverb, soft_limit};
use voice::Voice;

/// Voices at once. A melody has one note and a few tails at a time; the rest is for fast clicking.
const VOICES: usize = 24;
/// Frames made at a time.
const CHUNK: usize = 64;
/// Below this (-120 dB) the echo of the last note counts as over.
const SILENCE: f32 = 1e-6;
/// Seconds that a change of volume takes, so that it does not crackle.
const GLIDE: f32 = 0.01;

/// One stereo sample, left and right, `-1.0..=1.0`.
pub type Frame = [f32; 2];

/// A polyphonic synth.
#[derive(Debug)]
pub struct Synth {
    sample_rate: f32,
    voices: [Option<Voice>; VOICES],
    instrument: Instrument,
    volume: f32,
    /// Where `volume` is on its way to.
    wanted_volume: f32,
    glide: f32,
    chorus: Chorus,
    chorus_amount: f32,
    reverb: Reverb,
    /// Frames since anything was heard.
    quiet_frames: usize,
    /// So many quiet frames empty every delay line.
    memory_frames: usize,
}

impl Synth {
    /// A silent synth at full volume.
    ///
    /// `sample_rate` is in Hz; rates that no device has are brought into 4000..=768000.
    pub fn new(sample_rate: f32) -> Self {
        let sample_rate = if sample_rate.is_finite() {
            sample_rate.clamp(4_000.0, 768_000.0)
        } else {
            48_000.0
        };
        Self {
            sample_rate,
            voices: [const { None }; VOICES],
            instrument: Instrument::default(),
            volume: 1.0,
            wanted_volume: 1.0,
            glide: 1.0 - (-1.0 / (GLIDE * sample_rate)).exp(),
            chorus: Chorus::new(sample_rate),
            chorus_amount: Instrument::default().chorus(),
            reverb: Reverb::new(sample_rate),
            quiet_frames: usize::MAX,
            memory_frames: (sample_rate * 0.2) as usize,
        }
    }

    /// Chooses the sound of the notes to come; sounding notes keep theirs.
    pub fn set_instrument(&mut self, instrument: Instrument) {
        self.instrument = instrument;
    }

    /// Sets the volume, `0.0..=1.0`, reached within a few hundredths of a second.
    pub fn set_volume(&mut self, volume: f32) {
        self.wanted_volume = if volume.is_finite() {
            volume.clamp(0.0, 1.0)
        } else {
            self.wanted_volume
        };
    }

    /// Starts a note: MIDI pitch (69 is A4, 440 Hz) and velocity, 1..=127. Velocity 0 ends it, as in MIDI.
    pub fn note_on(&mut self, pitch: u8, velocity: u8) {
        if velocity == 0 {
            self.note_off(pitch);
            return;
        }
        self.quiet_frames = 0;
        let slot = self.free_slot();
        self.voices[slot] = Some(Voice::new(
            self.instrument,
            pitch.min(127),
            velocity.min(127),
            self.sample_rate,
        ));
    }

    /// Lets a note fade out.
    pub fn note_off(&mut self, pitch: u8) {
        for voice in self
            .voices
            .iter_mut()
            .flatten()
            .filter(|voice| voice.pitch() == pitch)
        {
            voice.release();
        }
    }

    /// Fades everything out within a few hundredths of a second.
    pub fn all_off(&mut self) {
        self.voices.iter_mut().flatten().for_each(Voice::cut);
    }

    /// Writes the next frames. Never above 1 in absolute value, never NaN.
    pub fn render(&mut self, frames: &mut [Frame]) {
        for chunk in frames.chunks_mut(CHUNK) {
            if self.quiet_frames > self.memory_frames {
                self.volume = self.wanted_volume;
                chunk.fill([0.0; 2]);
            } else {
                self.render_chunk(chunk);
            }
        }
    }

    fn render_chunk(&mut self, frames: &mut [Frame]) {
        let mut dry = [0.0; CHUNK];
        let dry = &mut dry[..frames.len()];
        let mut heard = false;
        for slot in &mut self.voices {
            if let Some(voice) = slot {
                heard = true;
                voice.add_to(dry);
                if voice.is_over() {
                    *slot = None;
                }
            }
        }
        for (frame, &dry) in frames.iter_mut().zip(dry.iter()) {
            self.volume += (self.wanted_volume - self.volume) * self.glide;
            self.chorus_amount += (self.instrument.chorus() - self.chorus_amount) * self.glide;
            let wide = self.chorus.process(dry, self.chorus_amount);
            let room = self.reverb.process((wide[0] + wide[1]) * 0.5);
            let mixed = [wide[0] + room[0], wide[1] + room[1]];
            heard |= mixed.iter().any(|sample| sample.abs() > SILENCE);
            *frame = mixed.map(|sample| soft_limit(sample * self.volume));
        }
        self.quiet_frames = if heard {
            0
        } else {
            self.quiet_frames + frames.len()
        };
        if self.quiet_frames > self.memory_frames {
            self.chorus.clear();
            self.reverb.clear();
        }
    }

    /// A free voice, or the one that is missed least.
    fn free_slot(&self) -> usize {
        let loudness = |voice: &Option<Voice>| voice.as_ref().map_or(-1.0, Voice::level);
        (0..VOICES)
            .min_by(|&a, &b| loudness(&self.voices[a]).total_cmp(&loudness(&self.voices[b])))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
