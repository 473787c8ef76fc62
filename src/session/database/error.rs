//! Errors of opening, reading and changing a database, as sentences that tell the user what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// SQLite's code for "the database file was moved or deleted": `SQLITE_READONLY_DBMOVED`.
const READONLY_DBMOVED: i32 = 8 | (4 << 8);

/// The kind of a database, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseSubject {
    /// The library of kept melodies.
    Library,
    /// A session.
    Session,
}

impl fmt::Display for DatabaseSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Library => "the library",
            Self::Session => "the session",
        })
    }
}

impl DatabaseSubject {
    /// What to do about a damaged file.
    fn damaged_advice(self) -> &'static str {
        match self {
            Self::Library => "start Tunescape again to back it up and start a new one",
            Self::Session => {
                "open another session, or a copy of this one; the file was not changed"
            }
        }
    }
}

/// SQLite's code for "the file ends before its last page": `SQLITE_IOERR_SHORT_READ`.
const IOERR_SHORT_READ: i32 = 10 | (2 << 8);

/// Why a database could not be opened, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A newer version of Tunescape wrote the file. It is not changed.
    #[error(
        "{subject} was written by a newer version of Tunescape (format {file_version}, this version reads up to {max_version}) and was not changed; install the newer version to use it: {}", path.display()
    )]
    Newer {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// Its `user_version`.
        file_version: i32,
        /// The newest format that this version of Tunescape reads.
        max_version: i32,
    },
    /// No space left.
    #[error("the disk is full; free some space and try again: {}", path.display())]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// The file or its folder cannot be written to.
    #[error("{subject} cannot be written to; allow writing to the file and its folder and try again: {}", path.display())]
    ReadOnly {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
    },
    /// Another process held the lock for longer than the timeout.
    #[error("another program is using {subject}; close it and try again: {}", path.display())]
    Busy {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
    },
    /// The session file to replace is open in another window.
    #[error("the session is open in another window, so it was not replaced; close it there, or choose another name: {}", path.display())]
    OpenElsewhere {
        /// Its file.
        path: PathBuf,
    },
    /// The folder is not there and could not be created.
    #[error("the folder of {subject} could not be created ({source}); allow writing to the folder above it and try again: {}", path.display())]
    Folder {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file is no readable database of its kind.
    #[error("{subject} is damaged ({reason}); {}: {}", subject.damaged_advice(), path.display())]
    Damaged {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A damaged file could not be renamed, so nothing was changed.
    #[error("{subject} is damaged and could not be renamed ({source}); close other windows of Tunescape, move the file yourself and try again: {}", path.display())]
    NotMoved {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file was moved or deleted while it was open.
    #[error("{subject} was moved or deleted while it was open; put it back, or save it as another file: {}", path.display())]
    Moved {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The path where it was.
        path: PathBuf,
    },
    /// The file is not there, or cannot be read or made.
    #[error("{subject} could not be opened ({source}): {}", path.display())]
    Unreadable {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The path is that of a folder.
    #[error("{} is a folder, not a file that {subject} could be in; choose a file", path.display())]
    IsFolder {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The folder.
        path: PathBuf,
    },
    /// A file with the name of a new session exists. It was not replaced.
    #[error("a file of this name is already there and was not replaced; choose another name: {}", path.display())]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// The name of a new session is too long: SQLite appends a suffix to it for its journal.
    #[error("the session was not saved because its name has {length} bytes and {max_length} are possible; choose a shorter name: {}", path.display())]
    NameTooLong {
        /// The file.
        path: PathBuf,
        /// Length of its name in bytes.
        length: usize,
        /// Maximum length of a name in bytes.
        max_length: usize,
    },
    /// A new file could not be moved to its path; nothing was replaced.
    #[error("the session was not saved as {} ({source}); choose another name or folder", path.display())]
    NotWritten {
        /// The database.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Any other error of SQLite.
    #[error("{subject} could not be used ({}); check the disk and try again: {}", sqlite_reason(source), path.display())]
    Sqlite {
        /// The kind of the database.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// The error of SQLite.
        source: rusqlite::Error,
    },
}

impl DatabaseError {
    /// The error for a failed call on the database `path`.
    pub(in crate::session) fn new(
        subject: DatabaseSubject,
        path: &Path,
        source: rusqlite::Error,
    ) -> Self {
        let path = path.to_path_buf();
        let rusqlite::Error::SqliteFailure(failure, _) = &source else {
            return Self::Sqlite {
                subject,
                path,
                source,
            };
        };
        match failure.code {
            _ if failure.extended_code == READONLY_DBMOVED => Self::Moved { subject, path },
            _ if failure.extended_code == IOERR_SHORT_READ => Self::Damaged {
                subject,
                path,
                reason: "its end is missing".to_owned(),
            },
            ErrorCode::DiskFull => Self::DiskFull { path },
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::ReadOnly { subject, path }
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { subject, path },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged {
                subject,
                path,
                reason: sqlite_reason(&source),
            },
            _ => Self::Sqlite {
                subject,
                path,
                source,
            },
        }
    }

    /// The same error with the path in it replaced by `path`: for a temporary file that would have become the file `path`.
    pub(in crate::session) fn with_path(mut self, path: &Path) -> Self {
        match &mut self {
            Self::Newer {
                path: error_path, ..
            }
            | Self::DiskFull { path: error_path }
            | Self::ReadOnly {
                path: error_path, ..
            }
            | Self::Busy {
                path: error_path, ..
            }
            | Self::Damaged {
                path: error_path, ..
            }
            | Self::NotMoved {
                path: error_path, ..
            }
            | Self::Moved {
                path: error_path, ..
            }
            | Self::Unreadable {
                path: error_path, ..
            }
            | Self::IsFolder {
                path: error_path, ..
            }
            | Self::AlreadyExists { path: error_path }
            | Self::OpenElsewhere { path: error_path }
            | Self::NameTooLong {
                path: error_path, ..
            }
            | Self::NotWritten {
                path: error_path, ..
            }
            | Self::Sqlite {
                path: error_path, ..
            } => *error_path = path.to_path_buf(),
            // Its path is the folder's, which stays right.
            Self::Folder { .. } => {}
        }
        self
    }

    /// The error for a new session file that could not be created at `path`.
    pub(in crate::session) fn for_new_file(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::AlreadyExists { path }
        } else {
            Self::NotWritten { path, source }
        }
    }

    /// Whether the open connection can no longer be used, so that the database has to be opened again.
    #[must_use]
    pub fn needs_reopening(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Moved { .. })
    }
}

/// The message of SQLite, in one line and without the SQL statement.
pub(in crate::session) fn sqlite_reason(error: &rusqlite::Error) -> String {
    let text = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        error => error.to_string(),
    };
    text.lines().next().unwrap_or_default().to_owned()
}

/// Whether a statement does not fit the tables: a table or column that it names is missing, or exists already.
pub(in crate::session) fn is_schema_mismatch(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqlInputError { .. } => true,
        error => error.sqlite_error_code() == Some(ErrorCode::Unknown),
    }
}
