//! The open database.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::session::database::FileIdentity;

/// An open database of kept melodies.
pub struct Library {
    pub(super) connection: Connection,
    /// The database file, for messages; a placeholder for a database in memory.
    pub(super) path: PathBuf,
    /// Identity of the opened file, where the system can tell; another process may move the file.
    pub(super) file: Option<FileIdentity>,
    /// `PRAGMA data_version` when it was last read: changes with commits of other connections only.
    pub(super) data_version: i64,
}
