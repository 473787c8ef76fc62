//! Why a database could not be opened, read or changed, in sentences that say what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// SQLite's code for "the database file was moved or deleted": `SQLITE_READONLY_DBMOVED`.
const READONLY_DBMOVED: i32 = 8 | (4 << 8);

/// What a database holds, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseSubject {
    /// The kept melodies.
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
        "{subject} was written by a newer version of Tunescape (format {found}, this version reads up to {known}) and was not changed; install the newer version to use it: {}", path.display()
    )]
    Newer {
        /// What it holds.
        subject: DatabaseSubject,
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
    #[error("{subject} cannot be written to; allow writing to the file and its folder and try again: {}", path.display())]
    ReadOnly {
        /// What it holds.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
    },
    /// Another process held the lock for longer than the timeout.
    #[error("another program is using {subject}; close it and try again: {}", path.display())]
    Busy {
        /// What it holds.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
    },
    /// The session to write over is open in another window.
    #[error("the session is open in another window, so it was not replaced; close it there, or choose another name: {}", path.display())]
    OpenElsewhere {
        /// Its file.
        path: PathBuf,
    },
    /// The folder is not there and could not be created.
    #[error("the folder of {subject} could not be created ({source}); allow writing to the folder above it and try again: {}", path.display())]
    Folder {
        /// What it holds.
        subject: DatabaseSubject,
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no readable database of its kind.
    #[error("{subject} is damaged ({reason}); {}: {}", subject.damaged_advice(), path.display())]
    Damaged {
        /// What it holds.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A damaged file could not be renamed, so nothing was changed.
    #[error("{subject} is damaged and could not be renamed ({source}); close other windows of Tunescape, move the file yourself and try again: {}", path.display())]
    NotMoved {
        /// What it holds.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file was moved or deleted while it was open.
    #[error("{subject} was moved or deleted while it was open; put it back, or save it as another file: {}", path.display())]
    Moved {
        /// What it holds.
        subject: DatabaseSubject,
        /// Where it was.
        path: PathBuf,
    },
    /// The file is not there, or cannot be read or made.
    #[error("{subject} could not be opened ({source}): {}", path.display())]
    Unreadable {
        /// What it holds.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder is where the file should be.
    #[error("{} is a folder, not a file that {subject} could be in; choose a file", path.display())]
    IsFolder {
        /// What it holds.
        subject: DatabaseSubject,
        /// The folder.
        path: PathBuf,
    },
    /// A file has the name of a new session. It was not replaced.
    #[error("a file of this name is already there and was not replaced; choose another name: {}", path.display())]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// The name of a new session is too long for the files that are written beside it.
    #[error("the session was not saved because its name has {length} bytes and {most} are possible; choose a shorter name: {}", path.display())]
    NameTooLong {
        /// The file.
        path: PathBuf,
        /// Bytes of its name.
        length: usize,
        /// Bytes that a name may have.
        most: usize,
    },
    /// A new file could not be put in its place; nothing was replaced.
    #[error("the session was not saved as {} ({source}); choose another name or folder", path.display())]
    NotWritten {
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else that SQLite reports.
    #[error("{subject} could not be used ({}); check the disk and try again: {}", sqlite_reason(source), path.display())]
    Sqlite {
        /// What it holds.
        subject: DatabaseSubject,
        /// The database.
        path: PathBuf,
        /// What SQLite said.
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

    /// The error of writing a temporary file, as one of the file `path` that was asked for.
    pub(in crate::session) fn of_file(mut self, path: &Path) -> Self {
        match &mut self {
            Self::Newer { path: own, .. }
            | Self::DiskFull { path: own }
            | Self::ReadOnly { path: own, .. }
            | Self::Busy { path: own, .. }
            | Self::Damaged { path: own, .. }
            | Self::NotMoved { path: own, .. }
            | Self::Moved { path: own, .. }
            | Self::Unreadable { path: own, .. }
            | Self::IsFolder { path: own, .. }
            | Self::AlreadyExists { path: own }
            | Self::OpenElsewhere { path: own }
            | Self::NameTooLong { path: own, .. }
            | Self::NotWritten { path: own, .. }
            | Self::Sqlite { path: own, .. } => *own = path.to_path_buf(),
            // It names the folder.
            Self::Folder { .. } => {}
        }
        self
    }

    /// The error for a new session that could not be made at `path`.
    pub(in crate::session) fn not_written(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        if source.kind() == io::ErrorKind::AlreadyExists {
            Self::AlreadyExists { path }
        } else {
            Self::NotWritten { path, source }
        }
    }

    /// Whether the open database is of no more use and opening it again may help.
    #[must_use]
    pub fn needs_reopening(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Moved { .. })
    }
}

/// What SQLite said, in one line and without the statement.
pub(in crate::session) fn sqlite_reason(error: &rusqlite::Error) -> String {
    let text = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        error => error.to_string(),
    };
    text.lines().next().unwrap_or_default().to_owned()
}

/// Whether a statement does not fit the tables: one of them, or a column, is missing or is there already.
pub(in crate::session) fn is_other_schema(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqlInputError { .. } => true,
        error => error.sqlite_error_code() == Some(ErrorCode::Unknown),
    }
}
