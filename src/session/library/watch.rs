//! Detection of changes that other processes make to the library.

use super::database::Library;
use super::error::{LibraryError, library_error};
use crate::session::database::{FileIdentity, data_version};

/// What other processes have done to the library since the last check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalChange {
    /// Nothing.
    Unchanged,
    /// Committed changes; read it again.
    Changed,
    /// Moved or deleted the file; open it again.
    Replaced,
}

impl Library {
    /// Checks whether other processes have changed the library since the last call, or since it was opened. Reads one page.
    ///
    /// # Errors
    /// [`LibraryError`] if the database cannot be read.
    pub fn external_changes(&mut self) -> Result<ExternalChange, LibraryError> {
        if self.file.is_some() && FileIdentity::read(&self.path) != self.file {
            return Ok(ExternalChange::Replaced);
        }
        let version =
            data_version(&self.connection).map_err(|error| library_error(&self.path, error))?;
        let previous = std::mem::replace(&mut self.data_version, version);
        Ok(if previous == version {
            ExternalChange::Unchanged
        } else {
            ExternalChange::Changed
        })
    }
}
