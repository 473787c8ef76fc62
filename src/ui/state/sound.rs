//! The sounds that can be chosen besides the built-in ones.

use std::path::{Path, PathBuf};

use crate::playback::{SoundDevice, SoundFontFile, system_sound_fonts};

/// SoundFonts and sound devices.
#[derive(Debug, Default)]
pub struct SoundState {
    /// The font that is open.
    pub sound_font: Option<SoundFontFile>,
    /// The font that is being read.
    pub reading: Option<PathBuf>,
    /// Fonts of the system; `None` until they are looked for.
    pub system_fonts: Option<Vec<PathBuf>>,
    /// Sound devices, as they were listed last.
    pub devices: Vec<SoundDevice>,
    /// Whether the settings page is open.
    pub settings_open: bool,
}

impl SoundState {
    /// Looks for the fonts of the system, once.
    pub fn find_system_fonts(&mut self) {
        self.system_fonts.get_or_insert_with(system_sound_fonts);
    }

    /// The font that is open, if it was read from this file.
    pub fn open_sound_font(&self, path: &Path) -> Option<&SoundFontFile> {
        self.sound_font.as_ref().filter(|font| font.path() == path)
    }
}
