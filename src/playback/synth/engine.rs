//! The polyphonic synth, rendering into memory.

use super::{
    effects::{Chorus, Reverb, soft_limit},
    frame::{CHUNK, Frame},
    instrument::Instrument,
    voice::Voice,
};

/// Maximum number of voices. A melody has one note and a few fading ones at a time; the rest is for fast clicking.
const VOICES: usize = 24;
/// Level below which the output is silent: -120 dB.
const SILENCE: f32 = 1e-6;
/// Time constant of a change of volume, seconds.
const RAMP: f32 = 0.01;

/// A polyphonic synth.
#[derive(Debug)]
pub struct Synth {
    sample_rate: f32,
    voices: [Option<Voice>; VOICES],
    instrument: Instrument,
    volume: f32,
    target_volume: f32,
    /// Change towards the target per sample.
    ramp: f32,
    chorus: Chorus,
    chorus_amount: f32,
    reverb: Reverb,
    /// Number of silent frames since the last sound.
    quiet_frames: usize,
    /// Number of silent frames after which all delay lines are empty.
    tail_frames: usize,
}

impl Synth {
    /// A silent synth at full volume.
    ///
    /// `sample_rate` is in Hz; clamped to 4000..=768000.
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
            target_volume: 1.0,
            ramp: 1.0 - (-1.0 / (RAMP * sample_rate)).exp(),
            chorus: Chorus::new(sample_rate),
            chorus_amount: Instrument::default().chorus(),
            reverb: Reverb::new(sample_rate),
            quiet_frames: usize::MAX,
            tail_frames: (sample_rate * 0.2) as usize,
        }
    }

    /// Sets the instrument of later notes; sounding notes keep theirs.
    pub fn set_instrument(&mut self, instrument: Instrument) {
        self.instrument = instrument;
    }

    /// Sets the volume, `0.0..=1.0`, reached within a few hundredths of a second.
    pub fn set_volume(&mut self, volume: f32) {
        self.target_volume = if volume.is_finite() {
            volume.clamp(0.0, 1.0)
        } else {
            self.target_volume
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

    /// Renders the next frames. Samples are at most 1 in absolute value and never NaN.
    pub fn render(&mut self, frames: &mut [Frame]) {
        for chunk in frames.chunks_mut(CHUNK) {
            if self.quiet_frames > self.tail_frames {
                self.volume = self.target_volume;
                chunk.fill([0.0; 2]);
            } else {
                self.render_chunk(chunk);
            }
        }
    }

    fn render_chunk(&mut self, frames: &mut [Frame]) {
        let mut dry = [0.0; CHUNK];
        let dry = &mut dry[..frames.len()];
        let mut audible = false;
        for slot in &mut self.voices {
            if let Some(voice) = slot {
                audible = true;
                voice.add_to(dry);
                if voice.has_ended() {
                    *slot = None;
                }
            }
        }
        for (frame, &dry) in frames.iter_mut().zip(dry.iter()) {
            self.volume += (self.target_volume - self.volume) * self.ramp;
            self.chorus_amount += (self.instrument.chorus() - self.chorus_amount) * self.ramp;
            let chorus = self.chorus.process(dry, self.chorus_amount);
            let reverb = self.reverb.process((chorus[0] + chorus[1]) * 0.5);
            let mixed = [chorus[0] + reverb[0], chorus[1] + reverb[1]];
            audible |= mixed.iter().any(|sample| sample.abs() > SILENCE);
            *frame = mixed.map(|sample| soft_limit(sample * self.volume));
        }
        self.quiet_frames = if audible {
            0
        } else {
            self.quiet_frames + frames.len()
        };
        if self.quiet_frames > self.tail_frames {
            self.chorus.clear();
            self.reverb.clear();
        }
    }

    /// Index of a free voice, or of the quietest one.
    fn free_slot(&self) -> usize {
        let loudness = |voice: &Option<Voice>| voice.as_ref().map_or(-1.0, Voice::level);
        (0..VOICES)
            .min_by(|&a, &b| loudness(&self.voices[a]).total_cmp(&loudness(&self.voices[b])))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
