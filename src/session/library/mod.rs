//! The library: an SQLite database of kept melodies, shared by all windows of the program.
//!
//! [`Library`] opens the file, changes it and reads it; every [`LibraryChange`] is one transaction that is on the disk when
//! [`Library::apply`] returns. Calls may wait for the disk or for another process, so the window makes them on a background
//! thread of `worker`. This module uses no threads and does not depend on the window.
//!
//! # Durability
//! The database uses a rollback journal (`journal_mode = DELETE`) with `synchronous = EXTRA`: a committed transaction
//! survives the end of the process at any instruction and the loss of power. WAL was not chosen: it would need
//! shared memory, keep two more files beside the database, and not notice that another process has moved the file.

mod change;
mod database;
mod edit;
#[cfg(test)]
mod edit_tests;
mod error;
mod legacy_import;
mod melody;
mod open;
pub(in crate::session) mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod watch;

pub use change::LibraryChange;
pub use database::Library;
pub use edit::KeptEdit;
pub use error::LibraryError;
pub use legacy_import::LegacyImport;
pub use melody::{
    Annotations, KeptMelody, LibraryEntry, MAX_NAME_LETTERS, MAX_STARS, MelodyIdentity, now_ms,
};
pub use open::{MovedLibrary, OpenedLibrary};
pub use rows::LibraryContents;
pub use watch::ExternalChange;
