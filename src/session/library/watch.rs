//! Noticing what other processes do to the library.

use super::database::Library;
use super::error::{LibraryError, library_error};
use crate::session::database::{FileIdentity, data_version};

/// What other processes have done to the library since it was last asked.
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
    /// Whether other processes have changed the library since the last call, or since it was opened. Reads one page.
    ///
    /// # Errors
    /// [`LibraryError`] if the database cannot be read.
    pub fn external_changes(&mut self) -> Result<ExternalChange, LibraryError> {
        if self.file.is_some() && FileIdentity::read(&self.path) != self.file {
            return Ok(ExternalChange::Replaced);
        }
        let version =
            data_version(&self.connection).map_err(|error| library_error(&self.path, error))?;
        let before = std::mem::replace(&mut self.data_version, version);
        Ok(if before == version {
            ExternalChange::Unchanged
        } else {
            ExternalChange::Changed
        })
    }
}
