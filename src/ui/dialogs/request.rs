//! What a dialog asks for, and the answer.

use std::path::{Path, PathBuf};

/// What a dialog asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Where to write one MIDI file.
    SaveMidi {
        /// Its name unless the user says otherwise.
        suggestion: String,
    },
    /// Which folder to write many files into.
    ExportFolder,
    /// Which model to open: a file of it, whatever its form.
    Model,
    /// Which MIDI file to take melodies from.
    Song,
}

impl Question {
    /// Title of the dialog.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::SaveMidi { .. } => "Export melody",
            Self::ExportFolder => "Export into a folder",
            Self::Model => "Open a model",
            Self::Song => "Open a melody",
        }
    }

    /// Whether files are to be written, not read.
    #[must_use]
    pub fn is_export(&self) -> bool {
        matches!(self, Self::SaveMidi { .. } | Self::ExportFolder)
    }

    /// The folder that an answer lies in: where the next dialog of the kind begins.
    #[must_use]
    pub fn folder_of(&self, answer: &Path) -> Option<PathBuf> {
        let folder = match self {
            Self::ExportFolder => answer,
            _ => answer.parent()?,
        };
        (!folder.as_os_str().is_empty()).then(|| folder.to_path_buf())
    }
}

/// A question, and where its dialog begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogRequest {
    /// What is asked for.
    pub question: Question,
    /// A folder that exists; `None` leaves the choice to the dialog.
    pub folder: Option<PathBuf>,
}

/// A place the user chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Where.
    pub path: PathBuf,
    /// The dialog has already asked whether a file at this very path may be replaced.
    pub may_replace: bool,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A place.
    Chosen(Chosen),
    /// The user closed the dialog.
    Cancelled,
}

impl Answer {
    /// A place where nothing may be replaced unasked.
    #[must_use]
    pub fn place(path: impl Into<PathBuf>) -> Self {
        Self::Chosen(Chosen {
            path: path.into(),
            may_replace: false,
        })
    }
}
