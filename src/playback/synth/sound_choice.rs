//! Which sound the synth makes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{instrument::Instrument, sound_font::Preset};

/// The sound chosen by the user, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundChoice {
    /// An instrument of the program's own.
    BuiltIn(Instrument),
    /// A preset of a SoundFont.
    SoundFont {
        /// The `.sf2` file.
        path: PathBuf,
        /// The preset of the file.
        preset: Preset,
    },
}

impl Default for SoundChoice {
    fn default() -> Self {
        Self::BuiltIn(Instrument::default())
    }
}

impl SoundChoice {
    /// Its name in a menu.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(instrument) => instrument.name(),
            Self::SoundFont { preset, .. } => &preset.name,
        }
    }

    /// The General MIDI program of the sound, or the nearest one, `0..=127`, for exported files.
    pub fn program(&self) -> u8 {
        match self {
            Self::BuiltIn(instrument) => instrument.program(),
            Self::SoundFont { preset, .. } => preset.program,
        }
    }

    /// The same sound for the synth, without name and file.
    pub(in crate::playback) fn synth_sound(&self) -> SynthSound {
        match self {
            Self::BuiltIn(instrument) => SynthSound::BuiltIn(*instrument),
            Self::SoundFont { preset, .. } => SynthSound::SoundFont {
                bank: preset.bank,
                program: preset.program,
            },
        }
    }
}

/// A sound without the font's file, which the synth gets separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SynthSound {
    /// An instrument of the program's own.
    BuiltIn(Instrument),
    /// A preset of the font that the synth has; while it has none, the default instrument sounds.
    SoundFont {
        /// MIDI bank, `0..=128`.
        bank: u8,
        /// MIDI program, `0..=127`.
        program: u8,
    },
}

/// Bit that is set in the packed form of a font's preset.
const SOUND_FONT_FLAG: u32 = 1 << 31;

impl SynthSound {
    /// As one number, for an atomic.
    pub(super) fn pack(self) -> u32 {
        match self {
            Self::BuiltIn(instrument) => instrument as u32,
            Self::SoundFont { bank, program } => {
                SOUND_FONT_FLAG | u32::from(bank) << 8 | u32::from(program)
            }
        }
    }

    /// The inverse of [`Self::pack`].
    pub(super) fn unpack(packed: u32) -> Self {
        let [_, _, bank, program] = packed.to_be_bytes();
        if packed & SOUND_FONT_FLAG != 0 {
            Self::SoundFont { bank, program }
        } else {
            let instrument = Instrument::ALL
                .into_iter()
                .find(|&instrument| instrument as u32 == packed);
            Self::BuiltIn(instrument.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_survives_packing() {
        let built_in = Instrument::ALL.map(SynthSound::BuiltIn);
        let fonts = [(0, 0), (128, 0), (8, 127)]
            .map(|(bank, program)| SynthSound::SoundFont { bank, program });
        for sound in built_in.into_iter().chain(fonts) {
            assert_eq!(SynthSound::unpack(sound.pack()), sound);
        }
    }
}
