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
    Access, DatabaseSubject, FileIdentity, Lock, OPEN_TIMEOUT, data_version, is_other_schema, lock,
    make_folder, migrate, open, sqlite_reason, with_suffix,
};

/// Files that SQLite may keep beside a database, by what follows its name.
const SIDE_FILES: [&str; 3] = ["-journal", "-wal", "-shm"];

/// An open library.
pub struct OpenedLibrary {
    /// The library.
    pub library: Library,
    /// The damaged file that was there before, renamed, if there was one.
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
    /// Opens the library `path`, and makes it and its folder if they are not there.
    ///
    /// A damaged file is renamed to the first free `<name>.broken-<n>.<extension>` beside it, and a new library is
    /// started. Only one process at a time opens a library (`<path>.lock`), so two never rename the same file.
    ///
    /// # Errors
    /// [`LibraryError::Newer`] for the file of a newer version, which is not changed; others if it cannot be opened.
    pub fn open(path: &Path) -> Result<OpenedLibrary, LibraryError> {
        make_folder(DatabaseSubject::Library, path)?;
        // Where lock files cannot be made, there is nothing to wait for.
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
                let moved = move_aside(path).map_err(|source| LibraryError::NotMoved {
                    subject: DatabaseSubject::Library,
                    path: path.to_path_buf(),
                    source,
                })?;
                Ok(OpenedLibrary {
                    library: open_library(path)?,
                    damaged_copy: Some(MovedLibrary {
                        path: moved,
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

    /// A library that lasts as long as this value, for tests and for systems without a data folder.
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
    let failed = |error| library_error(path, error);
    let connection = open(DatabaseSubject::Library, &SCHEMA, path, Access::Create)?;
    rows::check(&connection).map_err(|error| {
        if is_other_schema(&error) {
            LibraryError::Damaged {
                subject: DatabaseSubject::Library,
                path: path.to_path_buf(),
                reason: sqlite_reason(&error),
            }
        } else {
            failed(error)
        }
    })?;
    Ok(Library {
        data_version: data_version(&connection).map_err(failed)?,
        connection,
        path: path.to_path_buf(),
        file: FileIdentity::read(path),
    })
}

/// Renames a damaged library and the files beside it. Nothing is overwritten.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let target = (1..)
        .map(|number: u32| broken_name(path, number))
        .find(|target| {
            let names = SIDE_FILES.map(|suffix| with_suffix(target, suffix));
            target.symlink_metadata().is_err() && names.iter().all(|name| !name.exists())
        })
        .ok_or(io::ErrorKind::AlreadyExists)?;
    // The journal goes first: one that stayed behind would be played back into the new library.
    for suffix in SIDE_FILES {
        let side = with_suffix(path, suffix);
        if side.exists() {
            fs::rename(side, with_suffix(&target, suffix))?;
        }
    }
    fs::rename(path, &target)?;
    sync_folder(path);
    Ok(target)
}

/// `library.sqlite` becomes `library.broken-1.sqlite`.
fn broken_name(path: &Path, number: u32) -> PathBuf {
    let mut extension = format!("broken-{number}");
    if let Some(old) = path.extension() {
        extension.push('.');
        extension.push_str(&old.to_string_lossy());
    }
    path.with_extension(extension)
}
