//! Noticing what other processes do to the library.

use std::path::Path;

use rusqlite::Connection;

use super::Library;
use super::error::LibraryError;

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

/// Device and inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// Which file has this name now; `None` where there is none, or the system cannot tell.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }

    /// Which file has this name now. Open files cannot be moved on this system, so that nothing has to be compared.
    #[cfg(not(unix))]
    pub(super) fn of(_path: &Path) -> Option<Self> {
        None
    }
}

/// Changes whenever another connection commits.
pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

impl Library {
    /// Whether other processes have changed the library since the last call, or since it was opened. Reads one page.
    ///
    /// # Errors
    /// [`LibraryError`] if the database cannot be read.
    pub fn external_changes(&mut self) -> Result<ExternalChange, LibraryError> {
        if self.file.is_some() && FileIdentity::of(&self.path) != self.file {
            return Ok(ExternalChange::Replaced);
        }
        let version =
            data_version(&self.connection).map_err(|error| LibraryError::new(&self.path, error))?;
        let before = std::mem::replace(&mut self.data_version, version);
        Ok(if before == version {
            ExternalChange::Unchanged
        } else {
            ExternalChange::Changed
        })
    }
}
