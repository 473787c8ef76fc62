//! The request of a file dialog, and the user's answer.

use std::path::{Path, PathBuf};

use crate::playback::AudioFormat;

/// The purpose of a file dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogPurpose {
    /// To choose a path for one MIDI file.
    SaveMidi {
        /// The suggested file name.
        suggestion: String,
    },
    /// To choose a path for one score.
    SaveScore {
        /// The suggested file name.
        suggestion: String,
    },
    /// To choose a path for one recording.
    SaveRecording {
        /// The suggested file name.
        suggestion: String,
        /// The requested format; the extension of the chosen name may select another one.
        format: AudioFormat,
    },
    /// To choose a folder for several files.
    ExportFolder,
    /// To choose a model: any of its files, in any supported format.
    Model,
    /// To choose a MIDI file to import melodies from.
    Song,
    /// To choose a folder of MIDI files to learn from.
    LearnFolder,
    /// To choose a SoundFont to play with.
    SoundFont,
    /// To choose a session.
    Session,
    /// To choose a path for the session.
    SaveSession {
        /// The suggested file name.
        suggestion: String,
    },
}

impl DialogPurpose {
    /// Title of the dialog.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::SaveMidi { .. } => "Export as a MIDI file",
            Self::SaveScore { .. } => "Export as a score",
            Self::SaveRecording { .. } => "Record as sound",
            Self::ExportFolder => "Export into a folder",
            Self::Model => "Open a model",
            Self::Song => "Open a melody",
            Self::LearnFolder => "Learn from a folder",
            Self::SoundFont => "Open a SoundFont",
            Self::Session => "Open a session",
            Self::SaveSession { .. } => "Save the session as",
        }
    }

    /// Whether the dialog chooses a path to write to.
    #[must_use]
    pub fn is_export(&self) -> bool {
        self.suggestion().is_some() || *self == Self::ExportFolder
    }

    /// The suggested file name; `None` if no single file is written.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Self::SaveMidi { suggestion }
            | Self::SaveScore { suggestion }
            | Self::SaveRecording { suggestion, .. }
            | Self::SaveSession { suggestion } => Some(suggestion),
            Self::ExportFolder
            | Self::LearnFolder
            | Self::Model
            | Self::Song
            | Self::SoundFont
            | Self::Session => None,
        }
    }

    /// The folder of the chosen path, in which the next dialog for the same purpose starts.
    #[must_use]
    pub fn folder_of(&self, answer: &Path) -> Option<PathBuf> {
        let folder = match self {
            Self::ExportFolder | Self::LearnFolder => answer,
            _ => answer.parent()?,
        };
        (!folder.as_os_str().is_empty()).then(|| folder.to_path_buf())
    }
}

/// A file dialog to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogRequest {
    /// Its purpose.
    pub purpose: DialogPurpose,
    /// The folder in which it starts, which exists; `None` for the dialog's own choice.
    pub folder: Option<PathBuf>,
}

/// A file or folder that the user chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenPath {
    /// Its path.
    pub path: PathBuf,
    /// Whether the user has confirmed in the dialog that a file at exactly this path may be replaced.
    pub may_replace: bool,
}

/// The user's answer to a file dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogAnswer {
    /// A path was chosen.
    Chosen(ChosenPath),
    /// The user closed the dialog.
    Cancelled,
}

impl DialogAnswer {
    /// A chosen path at which the user has not confirmed a replacement.
    #[must_use]
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Chosen(ChosenPath {
            path: path.into(),
            may_replace: false,
        })
    }
}
