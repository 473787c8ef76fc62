//! Why the library could not be opened, read or changed, in sentences that say what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// SQLite's code for "the database file was moved or deleted": `SQLITE_READONLY_DBMOVED`.
const READONLY_DBMOVED: i32 = 8 | (4 << 8);

/// Why the library could not be opened, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A newer version of Tunescape wrote the file. It is not changed.
    #[error(
        "the library was written by a newer version of Tunescape (format {found}, this version reads up to {known}) and was not changed; install the newer version to use it: {}", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its `user_version`.
        found: i32,
        /// The newest format of this version.
        known: i32,
    },
    /// No space left.
    #[error("the disk is full; free some space and try again: {}", path.display())]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// The file or its folder cannot be written to.
    #[error("the library cannot be written to; allow writing to the file and its folder and try again: {}", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// Another process held the lock for longer than the timeout.
    #[error("another program is using the library; close it and try again: {}", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The folder is not there and could not be created.
    #[error("the folder of the library could not be created ({source}); allow writing to the folder above it and try again: {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no readable database of kept melodies.
    #[error("the library is damaged ({reason}); start Tunescape again to back it up and start a new one: {}", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A damaged library could not be renamed, so nothing was changed.
    #[error("the library is damaged and could not be renamed ({source}); close other windows of Tunescape, move the file yourself and try again: {}", path.display())]
    NotMoved {
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file was moved or deleted while it was open.
    #[error("the library was moved or deleted while it was open; try again: {}", path.display())]
    Moved {
        /// Where it was.
        path: PathBuf,
    },
    /// Anything else that SQLite reports.
    #[error("the library could not be used ({source}); check the disk and try again: {}", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl LibraryError {
    /// The error for a failed call on the database `path`.
    pub(super) fn new(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let rusqlite::Error::SqliteFailure(failure, _) = &source else {
            return Self::Sqlite { path, source };
        };
        match failure.code {
            _ if failure.extended_code == READONLY_DBMOVED => Self::Moved { path },
            ErrorCode::DiskFull => Self::DiskFull { path },
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::ReadOnly { path }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { path },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged {
                path,
                reason: source.to_string(),
            },
            _ => Self::Sqlite { path, source },
        }
    }

    /// Whether the open library is of no more use and opening it again may help.
    #[must_use]
    pub fn needs_reopening(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Moved { .. })
    }
}
