//! Detects that the database file was replaced, or that another program changed it.

use std::path::Path;

use rusqlite::Connection;

/// Device and inode of a file: equal for two names exactly if they are the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// The identity of the file at `path`; `None` if it does not exist, or the system does not provide one.
    #[cfg(unix)]
    pub(in crate::session) fn read(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }

    /// Always `None`: open files cannot be moved on this system, so that nothing has to be compared.
    #[cfg(not(unix))]
    pub(in crate::session) fn read(_path: &Path) -> Option<Self> {
        None
    }
}

/// SQLite's `data_version`: a number that changes whenever another connection commits to the database.
pub(in crate::session) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}
