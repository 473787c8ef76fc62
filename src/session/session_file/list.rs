//! The recent sessions, in a small file of the data folder.

use std::path::{Path, PathBuf};

use crate::files::{WriteError, write_atomic};

/// Maximum number of sessions in the list.
const MAX_SESSIONS: usize = 10;

/// The paths of the sessions that were opened last, most recent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionList(pub Vec<PathBuf>);

impl SessionList {
    /// Reads the list. If the file is missing or invalid the list is empty; sessions can be opened without it.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let paths: Vec<PathBuf> = serde_json::from_str(&text).unwrap_or_default();
        Self(paths)
    }

    /// Moves a session to the front of the list, or inserts it there.
    pub fn add(&mut self, session: &Path) {
        let session = std::path::absolute(session).unwrap_or_else(|_| session.to_path_buf());
        self.0.retain(|other| *other != session);
        self.0.insert(0, session);
        self.0.truncate(MAX_SESSIONS);
    }

    /// Writes the list. Names that are not Unicode are left out.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let unicode_paths: Vec<&str> = self.0.iter().filter_map(|path| path.to_str()).collect();
        write_atomic(path, true, |file| {
            Ok(serde_json::to_writer(file, &unicode_paths)?)
        })
    }
}
