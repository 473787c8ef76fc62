//! Opening and reading a session file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _};

use super::contents::{KeptCopies, SessionContents};
use super::schema::SCHEMA;
use super::{heard_rows, kept_rows, map_rows, piece_rows};
use crate::session::database::{
    Access, DatabaseError, DatabaseSubject, Lock, OPEN_TIMEOUT, is_other_schema, lock, make_folder,
    open, refuse_folder, sqlite_reason, with_suffix,
};

/// An open session file.
pub struct SessionFile {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// Held as long as this process writes to the session.
    _lock: Option<File>,
}

/// Whether a session can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteAccess {
    /// It can.
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
    /// What it holds.
    pub contents: SessionContents,
    /// Whether it can be written to.
    pub access: WriteAccess,
}

impl SessionFile {
    /// Opens a session and reads it, to write to it if no other process does. Changes nothing but the version of an earlier
    /// file.
    ///
    /// # Errors
    /// [`DatabaseError`]; a damaged or newer file is not changed.
    pub fn open(path: &Path) -> Result<OpenedSession, DatabaseError> {
        let failed = |error| DatabaseError::new(DatabaseSubject::Session, path, error);
        refuse_folder(DatabaseSubject::Session, path)?;
        // SQLite would take a file of no bytes for a new database.
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
        let (held, access) = match lock(&lock_path(path), Duration::ZERO) {
            Lock::Held(file) => (Some(file), WriteAccess::Writable),
            Lock::Taken => (None, WriteAccess::OtherWindow),
            Lock::Unavailable => (None, WriteAccess::Writable),
        };
        let open_as = |access| open(DatabaseSubject::Session, &SCHEMA, path, access);
        let (connection, access) = match access {
            WriteAccess::Writable => match open_as(Access::Write) {
                Ok(connection) => {
                    let read_only = connection.is_readonly("main").map_err(failed)?
                        || !folder_is_writable(path);
                    let access = if read_only {
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
            if is_other_schema(&error) {
                DatabaseError::Damaged {
                    subject: DatabaseSubject::Session,
                    path: path.to_path_buf(),
                    reason: sqlite_reason(&error),
                }
            } else {
                failed(error)
            }
        })?;
        Ok(OpenedSession {
            file: Self {
                connection,
                path: path.to_path_buf(),
                _lock: held,
            },
            contents,
            access,
        })
    }

    /// Makes a new session file, and its folder if that is not there. The file must not exist.
    ///
    /// # Errors
    /// [`DatabaseError`], among them one if there is a file.
    pub fn create(path: &Path) -> Result<Self, DatabaseError> {
        make_folder(DatabaseSubject::Session, path)?;
        let held = match lock(&lock_path(path), OPEN_TIMEOUT) {
            Lock::Held(file) => Some(file),
            Lock::Unavailable => None,
            Lock::Taken => {
                return Err(DatabaseError::Busy {
                    subject: DatabaseSubject::Session,
                    path: path.to_path_buf(),
                });
            }
        };
        // Claims the name: another file is never opened in its place.
        File::create_new(path).map_err(|source| DatabaseError::not_written(path, source))?;
        let connection = open(DatabaseSubject::Session, &SCHEMA, path, Access::Create)?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            _lock: held,
        })
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The lock file of a session: hidden, beside it, the same for every link to it.
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

/// Whether files can be made beside `path`, as SQLite's journal has to be.
fn folder_is_writable(path: &Path) -> bool {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile_in(folder)
}

/// Makes and removes a file of a name that nobody uses.
fn tempfile_in(folder: &Path) -> bool {
    let probe = folder.join(format!(".tunescape-{}.probe", std::process::id()));
    let made = File::create_new(&probe).is_ok();
    if made && let Err(error) = std::fs::remove_file(&probe) {
        tracing::warn!("could not remove {}: {error}", probe.display());
    }
    made
}

/// Reads everything in one transaction, while another process may write.
fn read(connection: &Connection) -> rusqlite::Result<SessionContents> {
    let transaction = connection.unchecked_transaction()?;
    let row = transaction
        .query_row("SELECT view, library_id FROM window", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (view, library_id) = row.unwrap_or_default();
    let (maps, unreadable) = map_rows::read_all(&transaction)?;
    let (piece, broken_blocks) = piece_rows::read(&transaction)?;
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
        unreadable: unreadable + broken_blocks,
    })
}
