//! A SoundFont that plays inside the audio callback, without allocations.

use super::{
    frame::{Frame, MAX_CHUNK_FRAMES},
    sound_font::SoundFontFile,
};

/// Frames that the font's synthesizer renders at a time, and so the largest error of an onset: 0.7 ms at 48 kHz.
const BLOCK_FRAMES: usize = 32;
/// Factor on the samples of a font, so that it is about as loud as the built-in instruments.
const MASTER_VOLUME: f32 = 2.0;
/// Duration of the fade before a font is replaced or silenced, seconds.
const FADE_SECONDS: f32 = 0.01;
/// MIDI channel of melodic presets, and that of percussion.
const MELODIC_CHANNEL: i32 = 0;
const PERCUSSION_CHANNEL: i32 = 9;
const CONTROL_CHANGE: i32 = 0xB0;
const BANK_SELECT: i32 = 0;
const PROGRAM_CHANGE: i32 = 0xC0;

/// A font ready to play at a sample rate.
pub struct SoundFontSynth {
    synthesizer: rustysynth::Synthesizer,
}

impl std::fmt::Debug for SoundFontSynth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SoundFontSynth({} Hz)",
            self.synthesizer.get_sample_rate()
        )
    }
}

impl SoundFontSynth {
    /// `None` if the font cannot be played at this sample rate in Hz (16,000 to 192,000 can).
    pub fn new(file: &SoundFontFile, sample_rate: u32) -> Option<Self> {
        let mut settings = rustysynth::SynthesizerSettings::new(i32::try_from(sample_rate).ok()?);
        settings.block_size = BLOCK_FRAMES;
        // Off, because the built-in reverb is applied to the output of fonts too.
        settings.enable_reverb_and_chorus = false;
        let mut synthesizer = rustysynth::Synthesizer::new(file.font(), &settings).ok()?;
        synthesizer.set_master_volume(MASTER_VOLUME);
        Some(Self { synthesizer })
    }
}

/// Plays one font at a time, and changes to another without a click.
#[derive(Debug)]
pub(super) struct SoundFontPlayer {
    /// The font that plays.
    synth: Option<Box<SoundFontSynth>>,
    /// The font that replaces `synth` once that has faded out.
    next_synth: Option<Box<SoundFontSynth>>,
    /// Bank and program of later notes.
    preset: (u8, u8),
    /// MIDI channel of later notes.
    channel: i32,
    /// Number of notes that are held.
    held_note_count: u32,
    /// Factor of the fade, 0 to 1, and its change per frame.
    gain: f32,
    gain_step: f32,
    /// Whether the font fades out, after which all its notes end.
    is_fading_out: bool,
}

impl SoundFontPlayer {
    pub fn new(sample_rate: f32) -> Self {
        Self {
            synth: None,
            next_synth: None,
            preset: (0, 0),
            channel: MELODIC_CHANNEL,
            held_note_count: 0,
            gain: 1.0,
            gain_step: 1.0 / (FADE_SECONDS * sample_rate),
            is_fading_out: false,
        }
    }

    /// Changes to another font. Returns a font that was still waiting, to be dropped on another thread.
    pub fn replace(&mut self, font: Box<SoundFontSynth>) -> Option<Box<SoundFontSynth>> {
        self.is_fading_out = self.synth.is_some();
        if self.is_fading_out {
            self.next_synth.replace(font)
        } else {
            self.synth = Some(font);
            self.select_preset();
            None
        }
    }

    /// Whether [`Self::replace`] would keep all fonts: none is waiting.
    pub fn has_room_for_font(&self) -> bool {
        self.next_synth.is_none()
    }

    /// Chooses the preset of later notes.
    pub fn set_preset(&mut self, bank: u8, program: u8) {
        if self.preset != (bank, program) {
            self.preset = (bank, program);
            self.select_preset();
        }
    }

    pub fn has_sound_font(&self) -> bool {
        self.synth.is_some()
    }

    /// Whether a note is held, however quiet it is.
    pub fn has_held_notes(&self) -> bool {
        self.held_note_count > 0
    }

    pub fn note_on(&mut self, pitch: u8, velocity: u8) {
        let channel = self.channel;
        if let Some(synth) = &mut self.synth {
            synth
                .synthesizer
                .note_on(channel, i32::from(pitch), i32::from(velocity));
            self.held_note_count += 1;
        }
    }

    pub fn note_off(&mut self, pitch: u8) {
        if let Some(synth) = &mut self.synth {
            // The note may have begun before the preset was changed.
            for channel in [MELODIC_CHANNEL, PERCUSSION_CHANNEL] {
                synth.synthesizer.note_off(channel, i32::from(pitch));
            }
            self.held_note_count = self.held_note_count.saturating_sub(1);
        }
    }

    /// Fades everything out.
    pub fn all_off(&mut self) {
        self.is_fading_out |= self.synth.is_some();
    }

    /// Adds the next frames, at most [`MAX_CHUNK_FRAMES`], to a mix. Returns a font that was replaced.
    pub fn add_to(&mut self, mix: &mut [Frame]) -> Option<Box<SoundFontSynth>> {
        let synth = self.synth.as_mut()?;
        let (mut left, mut right) = ([0.0; MAX_CHUNK_FRAMES], [0.0; MAX_CHUNK_FRAMES]);
        let (left, right) = (&mut left[..mix.len()], &mut right[..mix.len()]);
        synth.synthesizer.render(left, right);
        let target = if self.is_fading_out { 0.0 } else { 1.0 };
        for ((frame, left), right) in mix.iter_mut().zip(left).zip(right) {
            self.gain += (target - self.gain).clamp(-self.gain_step, self.gain_step);
            frame[0] += *left * self.gain;
            frame[1] += *right * self.gain;
        }
        (self.is_fading_out && self.gain <= 0.0)
            .then(|| self.finish_fade())
            .flatten()
    }

    /// Ends every note, now inaudible, and changes to the next font. Returns the previous one.
    fn finish_fade(&mut self) -> Option<Box<SoundFontSynth>> {
        self.is_fading_out = false;
        self.gain = 1.0;
        self.held_note_count = 0;
        if let Some(synth) = &mut self.synth {
            synth.synthesizer.note_off_all(true);
        }
        let next = self.next_synth.take()?;
        let old = self.synth.replace(next);
        self.select_preset();
        old
    }

    fn select_preset(&mut self) {
        let (bank, program) = self.preset;
        // Percussion is bank 128 of a SoundFont, which MIDI reaches by its channel.
        let (channel, bank) = if bank >= 128 {
            (PERCUSSION_CHANNEL, bank - 128)
        } else {
            (MELODIC_CHANNEL, bank)
        };
        self.channel = channel;
        if let Some(synth) = &mut self.synth {
            synth.synthesizer.process_midi_message(
                channel,
                CONTROL_CHANGE,
                BANK_SELECT,
                i32::from(bank),
            );
            synth
                .synthesizer
                .process_midi_message(channel, PROGRAM_CHANGE, i32::from(program), 0);
        }
    }
}
