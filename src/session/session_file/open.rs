//! Opening and reading a session file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::contents::{KeptCopies, SessionContents};
use super::schema::SCHEMA;
use super::{heard_rows, kept_rows, map_rows, piece_rows};
use crate::session::database::{
    Access, DatabaseError, DatabaseSubject, Lock, OPEN_TIMEOUT, is_schema_mismatch, lock,
    make_folder, open, refuse_folder, sqlite_reason, with_suffix,
};

/// An open session file.
pub struct SessionFile {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// The locked file, for as long as this process may write to the session.
    _lock_file: Option<File>,
}

/// Whether a session can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteAccess {
    /// This process can write to it.
    Writable,
    /// Another window has it open.
    OtherWindow,
    /// The file or its folder is write-protected.
    Protected,
}

/// A session that was opened and read.
pub struct OpenedSession {
    /// The file.
    pub file: SessionFile,
    /// Its contents.
    pub contents: SessionContents,
    /// Whether it can be written to.
    pub access: WriteAccess,
}

impl SessionFile {
    /// Opens a session and reads it, for writing unless another process writes to it. A file of an earlier version is migrated;
    /// nothing else is changed.
    ///
    /// # Errors
    /// [`DatabaseError`]; a damaged or newer file is not changed.
    pub fn open(path: &Path) -> Result<OpenedSession, DatabaseError> {
        let to_session_error = |error| DatabaseError::new(DatabaseSubject::Session, path, error);
        refuse_folder(DatabaseSubject::Session, path)?;
        // SQLite would accept an empty file as a new database.
        match path.metadata() {
            Ok(data) if data.len() == 0 && data.is_file() => {
                return Err(DatabaseError::Damaged {
                    subject: DatabaseSubject::Session,
                    path: path.to_path_buf(),
                    reason: "it is empty".to_owned(),
                });
            }
            Ok(_) => {}
            Err(source) => {
                return Err(DatabaseError::Unreadable {
                    subject: DatabaseSubject::Session,
                    path: path.to_path_buf(),
                    source,
                });
            }
        }
        let (lock_file, access) = match lock(&lock_path(path), Duration::ZERO) {
            Lock::Held(file) => (Some(file), WriteAccess::Writable),
            Lock::Taken => (None, WriteAccess::OtherWindow),
            Lock::Unavailable => (None, WriteAccess::Writable),
        };
        let open_as = |access| open(DatabaseSubject::Session, &SCHEMA, path, access);
        let (connection, access) = match access {
            WriteAccess::Writable => match open_as(Access::Write) {
                Ok(connection) => {
                    let is_read_only = connection.is_readonly("main").map_err(to_session_error)?
                        || !folder_is_writable(path);
                    let access = if is_read_only {
                        WriteAccess::Protected
                    } else {
                        WriteAccess::Writable
                    };
                    (connection, access)
                }
                Err(DatabaseError::ReadOnly { .. }) => {
                    (open_as(Access::Read)?, WriteAccess::Protected)
                }
                Err(error) => return Err(error),
            },
            access => (open_as(Access::Read)?, access),
        };
        let contents = read(&connection).map_err(|error| {
            if is_schema_mismatch(&error) {
                DatabaseError::Damaged {
                    subject: DatabaseSubject::Session,
                    path: path.to_path_buf(),
                    reason: sqlite_reason(&error),
                }
            } else {
                to_session_error(error)
            }
        })?;
        Ok(OpenedSession {
            file: Self {
                connection,
                path: path.to_path_buf(),
                _lock_file: lock_file,
            },
            contents,
            access,
        })
    }

    /// Creates a new session file, and its folder if that does not exist. The file must not exist.
    ///
    /// # Errors
    /// [`DatabaseError`]; [`DatabaseError::AlreadyExists`] if the file exists.
    pub fn create(path: &Path) -> Result<Self, DatabaseError> {
        make_folder(DatabaseSubject::Session, path)?;
        let lock_file = match lock(&lock_path(path), OPEN_TIMEOUT) {
            Lock::Held(file) => Some(file),
            Lock::Unavailable => None,
            Lock::Taken => {
                return Err(DatabaseError::Busy {
                    subject: DatabaseSubject::Session,
                    path: path.to_path_buf(),
                });
            }
        };
        // `create_new` fails if the file exists, so that no other file is opened.
        File::create_new(path).map_err(|source| DatabaseError::for_new_file(path, source))?;
        let connection = open(DatabaseSubject::Session, &SCHEMA, path, Access::Create)?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            _lock_file: lock_file,
        })
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Path of the lock file of a session: hidden, in its folder, and the same for every symbolic link to it.
pub(super) fn lock_path(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or(path.as_os_str()));
    with_suffix(&path.with_file_name(name), ".lock")
}

/// Removes the lock file of a session that has been renamed.
pub(super) fn remove_lock(path: &Path) {
    std::fs::remove_file(lock_path(path)).ok();
}

/// Whether files can be created in the folder of `path`, which SQLite's journal needs.
fn folder_is_writable(path: &Path) -> bool {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    can_create_file_in(folder)
}

/// Whether a file can be created in the folder, found by creating and removing one.
fn can_create_file_in(folder: &Path) -> bool {
    let probe = folder.join(format!(".tunescape-{}.probe", std::process::id()));
    let is_created = File::create_new(&probe).is_ok();
    if is_created && let Err(error) = std::fs::remove_file(&probe) {
        tracing::warn!("could not remove {}: {error}", probe.display());
    }
    is_created
}

/// Reads everything in one transaction, so that the contents are consistent while another process writes.
fn read(connection: &Connection) -> rusqlite::Result<SessionContents> {
    let transaction = connection.unchecked_transaction()?;
    let row = transaction
        .query_row("SELECT view, library_id FROM window", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (view, library_id) = row.unwrap_or_default();
    let (maps, unreadable_count) = map_rows::read_all(&transaction)?;
    let (piece, unreadable_blocks) = piece_rows::read(&transaction)?;
    let kept = KeptCopies {
        library_id,
        entries: kept_rows::read(&transaction)?.into(),
    };
    Ok(SessionContents {
        maps,
        view,
        kept,
        heard: heard_rows::read(&transaction)?,
        piece: piece.into(),
        unreadable_count: unreadable_count + unreadable_blocks,
    })
}
