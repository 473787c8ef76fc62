//! The library: kept melodies in an SQLite database that outlives the program and is shared by all of its windows.
//!
//! [`Library`] opens the file, changes it and reads it; every [`Change`] is one transaction that is on the disk when
//! [`Library::apply`] returns. Calls may wait for the disk or for another process, so the window makes them on a thread
//! of the worker. This module knows nothing of threads or of what the window shows.
//!
//! # Durability
//! The database uses a rollback journal (`journal_mode = DELETE`) with `synchronous = EXTRA`: a committed transaction
//! survives the end of the process at any instruction and the loss of power. WAL was not chosen: it would need
//! shared memory, keep two more files beside the database, and not notice that another process has moved the file.

mod change;
mod error;
mod melody;
mod open;
mod rows;
mod schema;
mod takeover;
#[cfg(test)]
mod tests;
mod watch;

use std::path::PathBuf;

use rusqlite::Connection;

pub use change::Change;
pub use error::LibraryError;
pub use melody::{KeptMelody, LibraryEntry, MelodyIdentity, now_ms};
pub use open::{MovedLibrary, OpenedLibrary};
pub use rows::Listing;
pub use takeover::LegacyImport;
pub use watch::ExternalChange;

use watch::FileIdentity;

/// An open database of kept melodies.
pub struct Library {
    connection: Connection,
    /// The database file, for messages; a made-up name for a database in memory.
    path: PathBuf,
    /// Which file was opened, where the system can tell; another process may move it.
    file: Option<FileIdentity>,
    /// `PRAGMA data_version` when it was last read: changes with commits of other connections only.
    data_version: i64,
}
