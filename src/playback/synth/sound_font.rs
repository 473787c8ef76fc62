//! SoundFont files (`.sf2`): reading one, and its presets.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{files::folder_entries, panics::catch_panic};

/// Largest file that is read, bytes. The largest published General MIDI fonts are about 1.5 GB.
const MAX_FILE_SIZE: u64 = 4 << 30;

/// Why a SoundFont could not be used, in one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SoundFontError {
    /// The file could not be read.
    #[error(
        "The SoundFont {path} could not be read ({source}): check that it is there and that you may read it."
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is larger than any SoundFont.
    #[error("{path} is too large for a SoundFont ({size} bytes): choose another file.")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// The samples are compressed, as in an `.sf3` file.
    #[error(
        "{path} is a compressed SoundFont (.sf3), which the synth cannot play: choose an .sf2 file."
    )]
    Compressed {
        /// The file.
        path: PathBuf,
    },
    /// The file is no SoundFont, or it is damaged.
    #[error("{path} is not a SoundFont, or it is damaged ({reason}): choose an .sf2 file.")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why, in words.
        reason: String,
    },
    /// The file has no preset.
    #[error("The SoundFont {path} has no instruments: choose another file.")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// One instrument of a SoundFont.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preset {
    /// Its name in the font.
    pub name: String,
    /// MIDI bank, `0..=128`; 128 holds percussion.
    pub bank: u8,
    /// MIDI program, `0..=127`.
    pub program: u8,
}

/// A SoundFont in memory.
#[derive(Clone)]
pub struct SoundFontFile {
    path: PathBuf,
    presets: Arc<[Preset]>,
    font: Arc<rustysynth::SoundFont>,
}

impl std::fmt::Debug for SoundFontFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SoundFontFile({}, {} presets)",
            self.path.display(),
            self.presets.len()
        )
    }
}

impl SoundFontFile {
    /// Reads a SoundFont.
    ///
    /// # Errors
    /// If the file cannot be read, or is no SoundFont with at least one preset.
    pub fn open(path: &Path) -> Result<Self, SoundFontError> {
        let read_error = |source| SoundFontError::Read {
            path: path.to_owned(),
            source,
        };
        let invalid = |reason: String| SoundFontError::Invalid {
            path: path.to_owned(),
            reason,
        };
        let file = File::open(path).map_err(read_error)?;
        let metadata = file.metadata().map_err(read_error)?;
        if !metadata.is_file() {
            return Err(invalid("it is no file".to_owned()));
        }
        if metadata.len() > MAX_FILE_SIZE {
            return Err(SoundFontError::TooLarge {
                path: path.to_owned(),
                size: metadata.len(),
            });
        }
        // The reader trusts the counts in the file, so a damaged one may end in a panic.
        let font = catch_panic(|| rustysynth::SoundFont::new(&mut BufReader::new(file)))
            .map_err(invalid)?
            .map_err(|error| match error {
                rustysynth::SoundFontError::UnsupportedSampleFormat => SoundFontError::Compressed {
                    path: path.to_owned(),
                },
                other => invalid(other.to_string()),
            })?;
        let mut presets: Vec<_> = font
            .get_presets()
            .iter()
            .filter_map(|preset| {
                Some(Preset {
                    name: preset.get_name().trim().to_owned(),
                    bank: u8::try_from(preset.get_bank_number())
                        .ok()
                        .filter(|&bank| bank <= 128)?,
                    program: u8::try_from(preset.get_patch_number())
                        .ok()
                        .filter(|&program| program <= 127)?,
                })
            })
            .collect();
        presets.sort_by_key(|preset| (preset.bank, preset.program));
        if presets.is_empty() {
            return Err(SoundFontError::Empty {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            presets: presets.into(),
            font: Arc::new(font),
        })
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its presets, by bank and program. At least one.
    pub fn presets(&self) -> &Arc<[Preset]> {
        &self.presets
    }

    pub(super) fn font(&self) -> &Arc<rustysynth::SoundFont> {
        &self.font
    }
}

/// The SoundFonts that the system offers, in the order of preference: those that Linux distributions install.
pub fn system_sound_fonts() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        "/usr/share/sounds/sf2",
        "/usr/share/soundfonts",
        "/usr/local/share/soundfonts",
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    folders.extend(std::env::home_dir().map(|home| home.join(".local/share/soundfonts")));
    folders
        .iter()
        .flat_map(|folder| sound_fonts_in(folder))
        .collect()
}

/// The `.sf2` files of a folder by name, without those that are links to another of them.
fn sound_fonts_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder_entries(folder) else {
        return Vec::new();
    };
    let mut fonts: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("sf2"))
                && path.is_file()
        })
        .collect();
    fonts.sort();
    let files: Vec<_> = fonts
        .iter()
        .filter(|path| !path.is_symlink())
        .cloned()
        .collect();
    // `default-GM.sf2` of Debian is a link to one of the others.
    fonts.retain(|path| {
        !path.is_symlink()
            || path.canonicalize().is_ok_and(|target| {
                !files
                    .iter()
                    .any(|file| file.canonicalize().is_ok_and(|file| file == target))
            })
    });
    fonts
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_file_that_is_no_sound_font_is_refused_in_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.sf2");
        for content in [
            &b""[..],
            b"RIFF",
            b"RIFF\xff\xff\xff\x7fsfbk",
            b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0",
        ] {
            std::fs::write(&path, content).unwrap();
            let error = SoundFontFile::open(&path).unwrap_err().to_string();
            assert!(
                error.contains("notes.sf2") && error.ends_with("choose an .sf2 file."),
                "{error}"
            );
        }
        let error = SoundFontFile::open(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with('.'), "{error}");
        let error = SoundFontFile::open(&folder.path().join("absent.sf2"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("could not be read"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn a_link_to_a_listed_font_is_not_listed_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("b.sf2");
        std::fs::write(&file, b"").unwrap();
        std::os::unix::fs::symlink(&file, folder.path().join("a-default.SF2")).unwrap();
        std::fs::write(folder.path().join("readme.txt"), b"").unwrap();
        assert_eq!(sound_fonts_in(folder.path()), [file]);
        assert!(sound_fonts_in(&folder.path().join("absent")).is_empty());
    }
}
