//! File dialogs answered by environment variables, for kiosks and scripts.

use std::path::PathBuf;

use super::file_dialogs::FileDialogs;
use super::guard::DialogGuard;
use super::request::{DialogAnswer, DialogPurpose, DialogRequest};
use crate::playback::AudioFormat;
use crate::session::SCORE_EXTENSION;

/// Environment variable with a file or folder that exports are written to without a dialog.
const EXPORT_TO: &str = "TUNESCAPE_EXPORT_TO";

/// Environment variable with a MIDI file that is opened as a melody without a dialog.
const OPEN_MELODY: &str = "TUNESCAPE_OPEN_MELODY";

/// Answers every dialog with the path in `TUNESCAPE_EXPORT_TO`.
pub struct ScriptedDialogs {
    /// A folder, created if it is missing, or a `.mid` file.
    pub path: PathBuf,
}

impl ScriptedDialogs {
    /// The dialogs of the environment variable, if it is set.
    pub fn from_environment() -> Option<Self> {
        path_in(EXPORT_TO).map(|path| Self { path })
    }
}

impl FileDialogs for ScriptedDialogs {
    fn ask(&self, request: &DialogRequest, _guard: DialogGuard) -> DialogAnswer {
        match &request.purpose {
            DialogPurpose::SaveMidi { .. }
                if self
                    .path
                    .extension()
                    .is_some_and(|extension| extension == "mid") =>
            {
                DialogAnswer::path(&self.path)
            }
            DialogPurpose::SaveScore { .. }
                if self
                    .path
                    .extension()
                    .is_some_and(|extension| extension == SCORE_EXTENSION) =>
            {
                DialogAnswer::path(&self.path)
            }
            DialogPurpose::SaveRecording { .. } if AudioFormat::from_path(&self.path).is_some() => {
                DialogAnswer::path(&self.path)
            }
            DialogPurpose::SaveMidi { suggestion }
            | DialogPurpose::SaveScore { suggestion }
            | DialogPurpose::SaveRecording { suggestion, .. }
            | DialogPurpose::SaveSession { suggestion } => {
                DialogAnswer::path(self.path.join(suggestion))
            }
            DialogPurpose::ExportFolder => DialogAnswer::path(&self.path),
            DialogPurpose::Model
            | DialogPurpose::LearnFolder
            | DialogPurpose::SoundFont
            | DialogPurpose::Session => DialogAnswer::Cancelled,
            DialogPurpose::Song => {
                melody_from_environment().map_or(DialogAnswer::Cancelled, DialogAnswer::path)
            }
        }
    }
}

/// The path in the environment variable of melodies to open, if it is set.
pub(super) fn melody_from_environment() -> Option<PathBuf> {
    path_in(OPEN_MELODY)
}

fn path_in(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    (!path.as_os_str().is_empty()).then_some(path)
}
