//! Choosing files: the system's own dialogs, or an answer given beforehand.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::files::MIDI_ENDINGS;

/// Set this to a file or folder and exports go there without a dialog: for kiosks and scripts.
pub const EXPORT_TO: &str = "TUNESCAPE_EXPORT_TO";

/// Set this to a MIDI file and opening a melody takes it without a dialog: for kiosks and scripts.
pub const OPEN_MELODY: &str = "TUNESCAPE_OPEN_MELODY";

/// A place the user chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Where.
    pub path: PathBuf,
    /// The dialog has already asked whether an existing file may go.
    pub may_replace: bool,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A place.
    Chosen(Chosen),
    /// The user thought better of it.
    Cancelled,
    /// No dialog came up; the text is for the user.
    NoDialog(String),
}

/// Asks for files and folders. Called on a thread of its own: an answer may take minutes.
pub trait FileDialogs: Send + Sync {
    /// Where to write one file, named `suggestion` unless the user says otherwise.
    fn save_file(&self, suggestion: &str) -> Answer;
    /// Which folder to write many files into.
    fn folder(&self) -> Answer;
    /// Which model to open: a file of it, whatever its form.
    fn weights(&self) -> Answer;
    /// Which MIDI file to take melodies from.
    fn melody(&self) -> Answer;
}

/// The system's dialogs.
pub struct NativeDialogs;

/// Nobody closes a dialog this fast: it never opened.
const TOO_FAST: Duration = Duration::from_millis(250);

impl NativeDialogs {
    fn ask(dialog: impl FnOnce() -> Option<PathBuf>, may_replace: bool) -> Answer {
        let asked = Instant::now();
        match dialog() {
            Some(path) => Answer::Chosen(Chosen { path, may_replace }),
            None if asked.elapsed() < TOO_FAST => Answer::NoDialog(format!(
                "the system's file dialog did not open; start Tunescape with {EXPORT_TO} set to a folder to export there"
            )),
            None => Answer::Cancelled,
        }
    }
}

impl FileDialogs for NativeDialogs {
    fn save_file(&self, suggestion: &str) -> Answer {
        Self::ask(
            || {
                rfd::FileDialog::new()
                    .set_title("Export melody")
                    .add_filter("MIDI file", &["mid"])
                    .set_file_name(suggestion)
                    .save_file()
            },
            true,
        )
    }

    fn folder(&self) -> Answer {
        Self::ask(
            || {
                rfd::FileDialog::new()
                    .set_title("Export melodies into a folder")
                    .pick_folder()
            },
            false,
        )
    }

    fn weights(&self) -> Answer {
        Self::ask(
            || {
                rfd::FileDialog::new()
                    .set_title("Open a model")
                    .add_filter("Models", &["safetensors", "tar", "index", "json"])
                    .add_filter("All files", &["*"])
                    .pick_file()
            },
            false,
        )
    }

    fn melody(&self) -> Answer {
        if let Some(path) = melody_from_environment() {
            return ScriptedDialogs::chosen(&path);
        }
        Self::ask(
            || {
                rfd::FileDialog::new()
                    .set_title("Open a melody")
                    .add_filter("MIDI file", &midi_endings())
                    .add_filter("All files", &["*"])
                    .pick_file()
            },
            false,
        )
    }
}

/// The endings of MIDI files, in small letters and in capitals: some dialogs tell these apart.
fn midi_endings() -> Vec<String> {
    let capitals = MIDI_ENDINGS.map(str::to_ascii_uppercase);
    MIDI_ENDINGS
        .map(str::to_owned)
        .into_iter()
        .chain(capitals)
        .collect()
}

/// Answers every question with one path, as `TUNESCAPE_EXPORT_TO` asks.
pub struct ScriptedDialogs {
    /// A folder, made when it is missing, or a `.mid` file whose folder exists.
    pub path: PathBuf,
}

impl ScriptedDialogs {
    /// The answer given in the environment, if there is one.
    pub fn from_environment() -> Option<Self> {
        let path = PathBuf::from(std::env::var_os(EXPORT_TO)?);
        (!path.as_os_str().is_empty()).then_some(Self { path })
    }

    fn chosen(path: &Path) -> Answer {
        Answer::Chosen(Chosen {
            path: path.to_owned(),
            may_replace: false,
        })
    }
}

impl FileDialogs for ScriptedDialogs {
    fn save_file(&self, suggestion: &str) -> Answer {
        if self.path.extension().is_some_and(|end| end == "mid") {
            Self::chosen(&self.path)
        } else {
            // If the folder cannot be made, writing into it tells why.
            std::fs::create_dir_all(&self.path).ok();
            Self::chosen(&self.path.join(suggestion))
        }
    }

    fn folder(&self) -> Answer {
        Self::chosen(&self.path)
    }

    fn weights(&self) -> Answer {
        Answer::Cancelled
    }

    fn melody(&self) -> Answer {
        melody_from_environment().map_or(Answer::Cancelled, |path| Self::chosen(&path))
    }
}

fn melody_from_environment() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(OPEN_MELODY)?);
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_shows_files_of_every_midi_ending_in_any_case() {
        let endings = midi_endings();
        for ending in ["mid", "midi", "kar", "smf", "rmi", "MID", "KAR", "RMI"] {
            assert!(endings.iter().any(|known| known == ending), "{ending}");
        }
    }
}
