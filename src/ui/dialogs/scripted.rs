//! Answers given beforehand, for kiosks and scripts.

use std::path::PathBuf;

use super::file_dialogs::FileDialogs;
use super::request::{Answer, DialogRequest, Question};

/// Set this to a file or folder and exports go there without a dialog.
const EXPORT_TO: &str = "TUNESCAPE_EXPORT_TO";

/// Set this to a MIDI file and opening a melody takes it without a dialog.
const OPEN_MELODY: &str = "TUNESCAPE_OPEN_MELODY";

/// Answers every question with one path, as `TUNESCAPE_EXPORT_TO` asks.
pub struct ScriptedDialogs {
    /// A folder, made when it is missing, or a `.mid` file.
    pub path: PathBuf,
}

impl ScriptedDialogs {
    /// The answer given in the environment, if there is one.
    pub fn from_environment() -> Option<Self> {
        path_in(EXPORT_TO).map(|path| Self { path })
    }
}

impl FileDialogs for ScriptedDialogs {
    fn ask(&self, request: &DialogRequest) -> Answer {
        match &request.question {
            Question::SaveMidi { .. } if self.path.extension().is_some_and(|end| end == "mid") => {
                Answer::place(&self.path)
            }
            Question::SaveMidi { suggestion } => Answer::place(self.path.join(suggestion)),
            Question::ExportFolder => Answer::place(&self.path),
            Question::Model => Answer::Cancelled,
            Question::Song => melody_from_environment().map_or(Answer::Cancelled, Answer::place),
        }
    }
}

/// The melody to open without a dialog, if the environment names one.
pub(super) fn melody_from_environment() -> Option<PathBuf> {
    path_in(OPEN_MELODY)
}

fn path_in(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    (!path.as_os_str().is_empty()).then_some(path)
}
