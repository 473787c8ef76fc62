//! Opening a database: its lock file, header, pragmas and migrations.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::error::{DatabaseError, DatabaseSubject, is_schema_mismatch, sqlite_reason};
use super::schema::{DatabaseKind, Schema, database_kind, migrate};

/// Maximum time to wait for the lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Creates the folder of the database at `path` if it does not exist.
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

/// Result of trying to lock a file.
pub(in crate::session) enum Lock {
    /// This process holds the lock until the file is dropped.
    Held(File),
    /// Another process holds the lock.
    Taken,
    /// Locking is not possible: the file cannot be created, or the file system has no locks.
    Unavailable,
}

/// Creates the file at `path` and locks it for this process, waiting at most `timeout`.
pub(in crate::session) fn lock(path: &Path, timeout: Duration) -> Lock {
    let Ok(file) = File::create(path) else {
        return Lock::Unavailable;
    };
    let deadline = Instant::now() + timeout;
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
    /// Read and write; the file is created if it does not exist.
    Create,
    /// Read and write.
    Write,
    /// Read only.
    Read,
}

/// Opens a database and, if it can be written to, migrates it to the newest schema.
///
/// # Errors
/// [`DatabaseError`] if the file is a folder, newer, damaged or of another program, or if SQLite reports an error.
pub(in crate::session) fn open(
    subject: DatabaseSubject,
    schema: &Schema,
    path: &Path,
    access: Access,
) -> Result<Connection, DatabaseError> {
    let database_error = |error| DatabaseError::new(subject, path, error);
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
    let mut connection = Connection::open_with_flags(path, flags).map_err(database_error)?;
    connection
        .busy_timeout(BUSY_TIMEOUT)
        .map_err(database_error)?;
    match database_kind(&connection, schema).map_err(database_error)? {
        DatabaseKind::New if access == Access::Create => {}
        DatabaseKind::New => return Err(damaged("it is empty".to_owned())),
        DatabaseKind::Known => {
            // 1: stop at the first fault.
            let integrity_report: String = connection
                .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
                .map_err(database_error)?;
            if integrity_report != "ok" {
                return Err(damaged(first_fault(&integrity_report)));
            }
        }
        DatabaseKind::Newer(file_version) => {
            return Err(DatabaseError::Newer {
                subject,
                path: path.to_path_buf(),
                file_version,
                max_version: schema.newest_version(),
            });
        }
        DatabaseKind::Foreign => {
            return Err(damaged("it is a database of another program".to_owned()));
        }
    }
    set_pragmas(&connection).map_err(database_error)?;
    // A write-protected database can still be read.
    if !connection.is_readonly("main").map_err(database_error)? {
        migrate(&mut connection, schema).map_err(|error| {
            if is_schema_mismatch(&error) {
                damaged(sqlite_reason(&error))
            } else {
                database_error(error)
            }
        })?;
    }
    Ok(connection)
}

/// Returns an error if the path of a database is that of a folder.
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

/// The first line of a report of `PRAGMA integrity_check` that describes a fault; headings are skipped.
fn first_fault(integrity_report: &str) -> String {
    let mut lines = integrity_report.lines().map(str::trim);
    let fault = lines.find(|line| !line.is_empty() && !line.starts_with("***"));
    fault.unwrap_or("its pages do not fit together").to_owned()
}

/// Sets the pragmas of a connection; the documentation of `library` gives the reasons for the journal mode.
fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    // For macOS, where fsync alone does not write to the disk.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// The path with `suffix` appended to its file name.
pub(in crate::session) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
