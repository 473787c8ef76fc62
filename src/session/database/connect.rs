//! Opening a database: its lock file, its kind, its pragmas and its migrations.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::error::{DatabaseError, DatabaseSubject, is_other_schema, sqlite_reason};
use super::schema::{DatabaseKind, Schema, kind, migrate};

/// Maximum time to wait for the lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes the folder of a database, if it is not there.
pub(in crate::session) fn make_folder(
    subject: DatabaseSubject,
    path: &Path,
) -> Result<(), DatabaseError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let Some(folder) = folder else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|source| DatabaseError::Folder {
        subject,
        path: folder.to_path_buf(),
        source,
    })
}

/// Whether a lock file was locked.
pub(in crate::session) enum Lock {
    /// Until the file is dropped.
    Held(File),
    /// Another process holds it.
    Taken,
    /// There are no locks here: the file cannot be made, or the file system has none.
    Unavailable,
}

/// Locks `<path><suffix>` for this process, waiting at most so long.
pub(in crate::session) fn lock(path: &Path, patience: Duration) -> Lock {
    let Ok(file) = File::create(path) else {
        return Lock::Unavailable;
    };
    let deadline = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Lock::Held(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => return Lock::Taken,
            // Some file systems have no locks.
            Err(TryLockError::Error(error)) => {
                tracing::warn!("no lock on {}: {error}", path.display());
                return Lock::Unavailable;
            }
        }
    }
}

/// Maximum time to wait for another process that opens the same database.
pub(in crate::session) const OPEN_TIMEOUT: Duration = BUSY_TIMEOUT.saturating_mul(2);

/// How a database is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Access {
    /// To read and write, and made if it is not there.
    Create,
    /// To read and write.
    Write,
    /// To read.
    Read,
}

/// Opens a database and brings it to this version, unless it cannot be written to.
///
/// # Errors
/// [`DatabaseError`]: newer, damaged, of another program, or as SQLite says.
pub(in crate::session) fn open(
    subject: DatabaseSubject,
    schema: &Schema,
    path: &Path,
    access: Access,
) -> Result<Connection, DatabaseError> {
    let failed = |error| DatabaseError::new(subject, path, error);
    let damaged = |reason: String| DatabaseError::Damaged {
        subject,
        path: path.to_path_buf(),
        reason,
    };
    refuse_folder(subject, path)?;
    let flags = match access {
        Access::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    match kind(&connection, schema).map_err(failed)? {
        DatabaseKind::New if access == Access::Create => {}
        DatabaseKind::New => return Err(damaged("it is empty".to_owned())),
        DatabaseKind::Known => {
            // The first fault is enough.
            let found: String = connection
                .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
                .map_err(failed)?;
            if found != "ok" {
                return Err(damaged(first_fault(&found)));
            }
        }
        DatabaseKind::Newer(found) => {
            return Err(DatabaseError::Newer {
                subject,
                path: path.to_path_buf(),
                found,
                known: schema.newest(),
            });
        }
        DatabaseKind::Foreign => {
            return Err(damaged("it is a database of another program".to_owned()));
        }
    }
    set_pragmas(&connection).map_err(failed)?;
    // What is write-protected can still be read.
    if !connection.is_readonly("main").map_err(failed)? {
        migrate(&mut connection, schema).map_err(|error| {
            if is_other_schema(&error) {
                damaged(sqlite_reason(&error))
            } else {
                failed(error)
            }
        })?;
    }
    Ok(connection)
}

/// An error if a folder has the path of a database.
pub(in crate::session) fn refuse_folder(
    subject: DatabaseSubject,
    path: &Path,
) -> Result<(), DatabaseError> {
    if path.is_dir() {
        return Err(DatabaseError::IsFolder {
            subject,
            path: path.to_path_buf(),
        });
    }
    Ok(())
}

/// The first line of what `integrity_check` found that says what is wrong, without the heading of the database.
fn first_fault(found: &str) -> String {
    let mut lines = found.lines().map(str::trim);
    let fault = lines.find(|line| !line.is_empty() && !line.starts_with("***"));
    fault.unwrap_or("its pages do not fit together").to_owned()
}

/// See the documentation of `library` for why these.
fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    // Where fsync alone does not reach the disk (macOS).
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// The path with this after its name.
pub(in crate::session) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
