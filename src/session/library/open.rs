//! Opening the library, and starting a new one where the file is damaged.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::database::Library;
use super::error::LibraryError;
use super::file_identity::{FileIdentity, data_version};
use super::rows;
use super::schema::{self, DatabaseKind, MIGRATIONS};

/// Maximum time to wait for the lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Files that SQLite may keep beside a database, by what follows its name.
const SIDE_FILES: [&str; 3] = ["-journal", "-wal", "-shm"];

/// An open library.
pub struct OpenedLibrary {
    /// The library.
    pub library: Library,
    /// The damaged file that was there before, if there was one.
    pub moved: Option<MovedLibrary>,
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
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(|source| LibraryError::Folder {
                path: folder.to_path_buf(),
                source,
            })?;
        }
        let _lock = lock(path)?;
        match open_library(path) {
            Err(LibraryError::Damaged { reason, .. }) => {
                let moved = move_aside(path).map_err(|source| LibraryError::NotMoved {
                    path: path.to_path_buf(),
                    source,
                })?;
                Ok(OpenedLibrary {
                    library: open_library(path)?,
                    moved: Some(MovedLibrary {
                        path: moved,
                        reason,
                    }),
                })
            }
            opened => Ok(OpenedLibrary {
                library: opened?,
                moved: None,
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
            schema::migrate(&mut connection, MIGRATIONS)?;
            let data_version = data_version(&connection)?;
            Ok((connection, data_version))
        };
        let (connection, data_version) = open().map_err(|error| LibraryError::new(path, error))?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            file: None,
            data_version,
        })
    }
}

/// Waits for its turn to open the library. Where lock files cannot be made, there is nothing to wait for.
fn lock(path: &Path) -> Result<Option<File>, LibraryError> {
    let Ok(file) = File::create(with_suffix(path, ".lock")) else {
        return Ok(None);
    };
    let deadline = Instant::now() + 2 * BUSY_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(LibraryError::Busy {
                    path: path.to_path_buf(),
                });
            }
            // Some file systems have no locks.
            Err(TryLockError::Error(error)) => {
                tracing::warn!("no lock on the library: {error}");
                return Ok(None);
            }
        }
    }
}

fn open_library(path: &Path) -> Result<Library, LibraryError> {
    let library_error = |error| LibraryError::new(path, error);
    let damaged = |reason: String| LibraryError::Damaged {
        path: path.to_path_buf(),
        reason,
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(library_error)?;
    connection
        .busy_timeout(BUSY_TIMEOUT)
        .map_err(library_error)?;
    let known = schema::newest(MIGRATIONS);
    match schema::kind(&connection, known).map_err(library_error)? {
        DatabaseKind::New => {}
        DatabaseKind::Known => {
            let found: String = connection
                .pragma_query_value(None, "integrity_check", |row| row.get(0))
                .map_err(library_error)?;
            if found != "ok" {
                return Err(damaged(found));
            }
        }
        DatabaseKind::Newer(found) => {
            return Err(LibraryError::Newer {
                path: path.to_path_buf(),
                found,
                known,
            });
        }
        DatabaseKind::Foreign => {
            return Err(damaged("it is a database of another program".to_owned()));
        }
    }
    set_pragmas(&connection).map_err(library_error)?;
    // A write-protected library can still be read.
    if !connection.is_readonly("main").map_err(library_error)? {
        schema::migrate(&mut connection, MIGRATIONS).map_err(library_error)?;
    }
    rows::check(&connection).map_err(|error| match error.sqlite_error_code() {
        // No such table, no such column.
        Some(ErrorCode::Unknown) => damaged(error.to_string()),
        _ => library_error(error),
    })?;
    Ok(Library {
        data_version: data_version(&connection).map_err(library_error)?,
        connection,
        path: path.to_path_buf(),
        file: FileIdentity::read(path),
    })
}

/// See the module's documentation for why these.
fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    // Where fsync alone does not reach the disk (macOS).
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "trusted_schema", false)
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

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes renames in the folder of `path` survive a loss of power, where the system can.
fn sync_folder(path: &Path) {
    #[cfg(unix)]
    if let Some(folder) = path.parent()
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::warn!("could not sync {}: {error}", folder.display());
    }
    #[cfg(not(unix))]
    let _ = path;
}
