//! The polyphonic synth, rendering into memory.

use super::{
    effects::{Chorus, Reverb, soft_limit},
    frame::{Frame, MAX_CHUNK_FRAMES},
    instrument::Instrument,
    sound_choice::SynthSound,
    sound_font_player::{SoundFontPlayer, SoundFontSynth},
    voice::Voice,
};

/// Maximum number of voices. A melody needs one and a few for fading notes, a chord at most seven; the others are for melodies
/// that are started in quick succession.
const MAX_VOICES: usize = 32;
/// The instrument of chords: it blends with every other.
const CHORD_INSTRUMENT: Instrument = Instrument::WarmOrgan;
/// Amplitude of a chord's note relative to one of a melody, so that four of them stay below it.
const CHORD_GAIN: f32 = 0.35;
/// Level below which the output is silent: -120 dB.
const SILENT_LEVEL: f32 = 1e-6;
/// Time constant of a change of volume, seconds.
const VOLUME_RAMP_SECONDS: f32 = 0.01;

/// What a voice sounds for: the end of a note ends voices of its own kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VoiceUse {
    Melody,
    Chord,
    Click,
}

/// A polyphonic synth.
#[derive(Debug)]
pub struct Synth {
    sample_rate: f32,
    voices: [Option<Voice>; MAX_VOICES],
    /// What each voice sounds for.
    uses: [VoiceUse; MAX_VOICES],
    instrument: Instrument,
    sound_font: SoundFontPlayer,
    /// Whether later notes are played by the SoundFont.
    plays_sound_font: bool,
    /// A font that was replaced, to be dropped on another thread.
    replaced_sound_font: Option<Box<SoundFontSynth>>,
    volume: f32,
    target_volume: f32,
    /// Fraction of the difference to a target that is covered per sample.
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
            voices: [const { None }; MAX_VOICES],
            uses: [VoiceUse::Melody; MAX_VOICES],
            instrument: Instrument::default(),
            sound_font: SoundFontPlayer::new(sample_rate),
            plays_sound_font: false,
            replaced_sound_font: None,
            volume: 1.0,
            target_volume: 1.0,
            ramp: 1.0 - (-1.0 / (VOLUME_RAMP_SECONDS * sample_rate)).exp(),
            chorus: Chorus::new(sample_rate),
            chorus_amount: Instrument::default().chorus(),
            reverb: Reverb::new(sample_rate),
            quiet_frames: usize::MAX,
            tail_frames: (sample_rate * 0.2) as usize,
        }
    }

    /// Sets the sound of later notes; sounding notes keep theirs.
    pub fn set_sound(&mut self, sound: SynthSound) {
        match sound {
            SynthSound::BuiltIn(instrument) => {
                self.instrument = instrument;
                self.plays_sound_font = false;
            }
            SynthSound::SoundFont { bank, program } => {
                self.sound_font.set_preset(bank, program);
                self.plays_sound_font = true;
            }
        }
    }

    /// Gives the synth a font; the previous one fades out. Call only while [`Self::can_take_sound_font`].
    pub fn set_sound_font(&mut self, font: Box<SoundFontSynth>) {
        if let Some(old) = self.sound_font.replace(font) {
            self.replaced_sound_font = Some(old);
        }
    }

    /// Whether another font can be taken: one at a time may wait, and the last replaced one must have been fetched.
    pub fn can_take_sound_font(&self) -> bool {
        self.sound_font.has_room_for_font() && self.replaced_sound_font.is_none()
    }

    /// Fetches a font that is no longer needed.
    pub fn take_replaced_sound_font(&mut self) -> Option<Box<SoundFontSynth>> {
        self.replaced_sound_font.take()
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
        if self.plays_sound_font && self.sound_font.has_sound_font() {
            self.sound_font.note_on(pitch.min(127), velocity.min(127));
            return;
        }
        self.start_voice(self.instrument, pitch, velocity);
    }

    /// Starts a click of a metronome, with a short attack whatever the sound is. [`Self::click_off`] ends it.
    pub fn click(&mut self, pitch: u8, velocity: u8) {
        self.quiet_frames = 0;
        let slot = self.start_voice(Instrument::Pluck, pitch, velocity);
        self.uses[slot] = VoiceUse::Click;
    }

    /// Lets a click fade out. A melody note of the same pitch sounds on.
    pub fn click_off(&mut self, pitch: u8) {
        self.release(pitch, VoiceUse::Click);
    }

    /// Starts a note of a chord, with the same sound for every melody. It is independent of a melody note of the same pitch.
    pub fn chord_on(&mut self, pitch: u8, velocity: u8) {
        self.quiet_frames = 0;
        let slot = self.start_voice(CHORD_INSTRUMENT, pitch, velocity);
        self.uses[slot] = VoiceUse::Chord;
        if let Some(voice) = &mut self.voices[slot] {
            voice.scale(CHORD_GAIN);
        }
    }

    /// Lets a note of a chord fade out.
    pub fn chord_off(&mut self, pitch: u8) {
        self.release(pitch, VoiceUse::Chord);
    }

    /// Starts a voice and returns its index.
    fn start_voice(&mut self, instrument: Instrument, pitch: u8, velocity: u8) -> usize {
        let slot = self.free_slot();
        self.uses[slot] = VoiceUse::Melody;
        self.voices[slot] = Some(Voice::new(
            instrument,
            pitch.min(127),
            velocity.min(127),
            self.sample_rate,
        ));
        slot
    }

    /// Lets a note fade out.
    pub fn note_off(&mut self, pitch: u8) {
        self.release(pitch, VoiceUse::Melody);
        self.sound_font.note_off(pitch);
    }

    fn release(&mut self, pitch: u8, released: VoiceUse) {
        for (voice, voice_use) in self.voices.iter_mut().zip(self.uses) {
            if let Some(voice) = voice.as_mut().filter(|voice| voice.pitch() == pitch)
                && voice_use == released
            {
                voice.release();
            }
        }
    }

    /// Fades everything out within a few hundredths of a second.
    pub fn all_off(&mut self) {
        self.voices.iter_mut().flatten().for_each(Voice::cut);
        self.sound_font.all_off();
    }

    /// Renders the next frames. Samples are at most 1 in absolute value and never NaN.
    pub fn render(&mut self, frames: &mut [Frame]) {
        for chunk in frames.chunks_mut(MAX_CHUNK_FRAMES) {
            if self.quiet_frames > self.tail_frames {
                self.volume = self.target_volume;
                chunk.fill([0.0; 2]);
            } else {
                self.render_chunk(chunk);
            }
        }
    }

    fn render_chunk(&mut self, frames: &mut [Frame]) {
        let mut dry_samples = [0.0; MAX_CHUNK_FRAMES];
        let dry_samples = &mut dry_samples[..frames.len()];
        let mut is_audible = self.sound_font.has_held_notes();
        for slot in &mut self.voices {
            if let Some(voice) = slot {
                is_audible = true;
                voice.add_to(dry_samples);
                if voice.has_ended() {
                    *slot = None;
                }
            }
        }
        let mut font_frames = [[0.0; 2]; MAX_CHUNK_FRAMES];
        let font_frames = &mut font_frames[..frames.len()];
        if let Some(old) = self.sound_font.add_to(font_frames) {
            self.replaced_sound_font = Some(old);
        }
        for ((frame, &dry), font) in frames
            .iter_mut()
            .zip(dry_samples.iter())
            .zip(font_frames.iter())
        {
            self.volume += (self.target_volume - self.volume) * self.ramp;
            self.chorus_amount += (self.instrument.chorus() - self.chorus_amount) * self.ramp;
            let chorus = self.chorus.process(dry, self.chorus_amount);
            let reverb = self
                .reverb
                .process((chorus[0] + chorus[1] + font[0] + font[1]) * 0.5);
            let mixed = [
                chorus[0] + reverb[0] + font[0],
                chorus[1] + reverb[1] + font[1],
            ];
            is_audible |= mixed.iter().any(|sample| sample.abs() > SILENT_LEVEL);
            *frame = mixed.map(|sample| soft_limit(sample * self.volume));
        }
        self.quiet_frames = if is_audible {
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
        (0..MAX_VOICES)
            .min_by(|&a, &b| loudness(&self.voices[a]).total_cmp(&loudness(&self.voices[b])))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
