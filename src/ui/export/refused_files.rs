//! Files that were not written, kept until the user decides about the existing ones.

use std::path::PathBuf;

use crate::session::ExportFile;

/// Files that were not written because a file of the same name exists.
#[derive(Debug, Default)]
pub struct RefusedFiles {
    pub(super) files: Vec<ExportFile>,
    pub(super) existing: Vec<PathBuf>,
}

impl RefusedFiles {
    /// The existing files that would be overwritten.
    pub fn existing(&self) -> &[PathBuf] {
        &self.existing
    }
}
