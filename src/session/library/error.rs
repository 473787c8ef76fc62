//! Errors of the library.

use std::path::Path;

use crate::session::database::{DatabaseError, DatabaseSubject};

/// Why the library could not be opened, read or changed.
pub type LibraryError = DatabaseError;

/// The error for a failed call on the library `path`.
pub(super) fn library_error(path: &Path, source: rusqlite::Error) -> LibraryError {
    DatabaseError::new(DatabaseSubject::Library, path, source)
}
