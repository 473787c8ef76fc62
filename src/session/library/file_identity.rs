//! Which file the database is, and which state of it was read.

use std::path::Path;

use rusqlite::Connection;

/// Device and inode of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity(u64, u64);

impl FileIdentity {
    /// Which file has this name now; `None` where there is none, or the system cannot tell.
    #[cfg(unix)]
    pub(super) fn read(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }

    /// Which file has this name now. Open files cannot be moved on this system, so that nothing has to be compared.
    #[cfg(not(unix))]
    pub(super) fn read(_path: &Path) -> Option<Self> {
        None
    }
}

/// Changes whenever another connection commits.
pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}
