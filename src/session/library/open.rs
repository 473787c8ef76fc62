//! Opening the library, and starting a new one where the file is damaged.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::database::Library;
use super::error::{LibraryError, library_error};
use super::rows;
use super::schema::SCHEMA;
use crate::files::sync_folder;
use crate::session::database::{
    Access, DatabaseSubject, FileIdentity, Lock, OPEN_TIMEOUT, data_version, is_schema_mismatch,
    lock, make_folder, migrate, open, sqlite_reason, with_suffix,
};

/// Suffixes of the files that SQLite may keep beside a database.
const COMPANION_SUFFIXES: [&str; 3] = ["-journal", "-wal", "-shm"];

/// An open library.
pub struct OpenedLibrary {
    /// The library.
    pub library: Library,
    /// The renamed file, if the library file was damaged.
    pub damaged_copy: Option<MovedLibrary>,
}

/// A damaged library that was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedLibrary {
    /// Its new name.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl Library {
    /// Opens the library at `path`; it and its folder are created if they do not exist.
    ///
    /// A damaged file is renamed to the first free `<name>.broken-<n>.<extension>` beside it, and a new library is
    /// started. Only one process at a time opens a library (`<path>.lock`), so two never rename the same file.
    ///
    /// # Errors
    /// [`LibraryError::Newer`] for the file of a newer version, which is not changed; others if it cannot be opened.
    pub fn open(path: &Path) -> Result<OpenedLibrary, LibraryError> {
        make_folder(DatabaseSubject::Library, path)?;
        // If locking is not possible, the library is opened without a lock.
        let _lock = match lock(&with_suffix(path, ".lock"), OPEN_TIMEOUT) {
            Lock::Taken => {
                return Err(LibraryError::Busy {
                    subject: DatabaseSubject::Library,
                    path: path.to_path_buf(),
                });
            }
            lock => lock,
        };
        match open_library(path) {
            Err(LibraryError::Damaged { reason, .. }) => {
                let moved_to = move_aside(path).map_err(|source| LibraryError::NotMoved {
                    subject: DatabaseSubject::Library,
                    path: path.to_path_buf(),
                    source,
                })?;
                Ok(OpenedLibrary {
                    library: open_library(path)?,
                    damaged_copy: Some(MovedLibrary {
                        path: moved_to,
                        reason,
                    }),
                })
            }
            opened => Ok(OpenedLibrary {
                library: opened?,
                damaged_copy: None,
            }),
        }
    }

    /// Creates a library in memory, for tests and for systems without a data folder.
    ///
    /// # Errors
    /// [`LibraryError`] if SQLite cannot make one.
    pub fn in_memory() -> Result<Self, LibraryError> {
        let path = Path::new("memory");
        let open = || {
            let mut connection = Connection::open_in_memory()?;
            migrate(&mut connection, &SCHEMA)?;
            let data_version = data_version(&connection)?;
            Ok((connection, data_version))
        };
        let (connection, data_version) = open().map_err(|error| library_error(path, error))?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            file: None,
            data_version,
        })
    }
}

fn open_library(path: &Path) -> Result<Library, LibraryError> {
    let to_library_error = |error| library_error(path, error);
    let connection = open(DatabaseSubject::Library, &SCHEMA, path, Access::Create)?;
    rows::check(&connection).map_err(|error| {
        if is_schema_mismatch(&error) {
            LibraryError::Damaged {
                subject: DatabaseSubject::Library,
                path: path.to_path_buf(),
                reason: sqlite_reason(&error),
            }
        } else {
            to_library_error(error)
        }
    })?;
    Ok(Library {
        data_version: data_version(&connection).map_err(to_library_error)?,
        connection,
        path: path.to_path_buf(),
        file: FileIdentity::read(path),
    })
}

/// Renames a damaged library and its companion files. Nothing is overwritten. Returns the new path.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let target = (1..)
        .map(|number: u32| broken_path(path, number))
        .find(|target| {
            let companions = COMPANION_SUFFIXES.map(|suffix| with_suffix(target, suffix));
            target.symlink_metadata().is_err() && companions.iter().all(|path| !path.exists())
        })
        .ok_or(io::ErrorKind::AlreadyExists)?;
    // The journal is renamed first: if it stayed, SQLite would roll it back into the new library.
    for suffix in COMPANION_SUFFIXES {
        let companion = with_suffix(path, suffix);
        if companion.exists() {
            fs::rename(companion, with_suffix(&target, suffix))?;
        }
    }
    fs::rename(path, &target)?;
    sync_folder(path);
    Ok(target)
}

/// `library.sqlite` becomes `library.broken-1.sqlite`.
fn broken_path(path: &Path, number: u32) -> PathBuf {
    let mut extension = format!("broken-{number}");
    if let Some(original) = path.extension() {
        extension.push('.');
        extension.push_str(&original.to_string_lossy());
    }
    path.with_extension(extension)
}
