//! Files that were not written, until the user says whether others may be written over.

use std::path::PathBuf;

use crate::session::ExportFile;

/// Files that were not written because a file of the same name exists.
#[derive(Debug, Default)]
pub struct RefusedFiles {
    pub(super) files: Vec<ExportFile>,
    pub(super) taken: Vec<PathBuf>,
}

impl RefusedFiles {
    /// The existing files that would be written over.
    pub fn taken(&self) -> &[PathBuf] {
        &self.taken
    }
}
