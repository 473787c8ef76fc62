//! The file of the session: where it is, and whether it is saved.

use std::path::{Path, PathBuf};

use crate::files::sanitise;
use crate::session::session_file::{KeptCopies, WriteAccess};
use crate::ui::chosen_view::ChosenView;

/// The file of the session.
#[derive(Default)]
pub struct SessionState {
    /// The file; `None` without one.
    pub file: Option<PathBuf>,
    /// The folder of sessions without a name.
    pub folder: PathBuf,
    /// Whether a session is being opened: no sweep starts by itself, and nothing is saved until it is there.
    pub opening: bool,
    /// Why the session file cannot be written to, if it cannot.
    pub access: Option<WriteAccess>,
    /// Why the last changes could not be written.
    pub write_error: Option<String>,
    /// Number of the last changes that were sent to be written.
    pub submitted: u64,
    /// Number of the last changes that are on the disk.
    pub saved: u64,
    /// The sessions that were open last, the latest first.
    pub recent: Vec<PathBuf>,
    /// Number of sessions that were opened.
    pub opened_count: u64,
    /// The part of the map that the user has chosen to see, in the last frame.
    pub(in crate::ui) camera: Option<ChosenView>,
    /// The part of the map to show when the session's map is shown first.
    pub(in crate::ui) view: Option<ChosenView>,
    /// Kept melodies of the session, to be compared with the library once that is open.
    pub(in crate::ui) kept: Option<KeptCopies>,
    /// Whether a sweep of the open model starts unless the session has a map.
    pub(in crate::ui) sweep_when_opened: bool,
    /// Whether the model was chosen on the command line: maps of another model do not replace it.
    pub(in crate::ui) model_chosen: bool,
}

impl SessionState {
    /// Whether the session has no name yet.
    pub fn is_untitled(&self) -> bool {
        let folder = self.file.as_ref().and_then(|file| file.parent());
        folder.is_some_and(|folder| folder == self.folder)
    }

    /// Its name; `None` without a session.
    pub fn name(&self) -> Option<String> {
        self.file.as_deref().map(session_name)
    }

    /// Whether it is saved, in a word or two, and in a sentence.
    pub fn status(&self) -> (&'static str, String) {
        let file = self.file.as_deref().unwrap_or(Path::new(""));
        let file = file.display();
        if let Some(text) = &self.write_error {
            return ("not saved", text.clone());
        }
        match self.access {
            Some(WriteAccess::OtherWindow) => (
                "read-only",
                format!("Open in another window, so changes here are not saved: {file}"),
            ),
            Some(WriteAccess::Protected) => (
                "read-only",
                format!("Write-protected, so changes are not saved: {file}"),
            ),
            _ if self.saved < self.submitted => ("saving…", format!("Saving in {file}")),
            _ => ("saved", format!("Every change is saved in {file}")),
        }
    }
}

/// The name of a session file, without its ending.
pub fn session_name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    sanitise(&stem.to_string_lossy()).into_owned()
}
