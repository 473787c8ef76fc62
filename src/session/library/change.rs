//! Changes of the library: one transaction each.

use rusqlite::TransactionBehavior;

use super::database::Library;
use super::error::{LibraryError, library_error};
use super::melody::{KeptMelody, LibraryEntry, MelodyIdentity};
use super::rows;

/// A change of the library. Applying one twice is the same as applying it once.
#[derive(Clone, Debug, PartialEq)]
pub enum LibraryChange {
    /// Keep a melody, unless it is kept already.
    Keep {
        /// The melody.
        melody: Box<KeptMelody>,
        /// The number it had before it was removed, to bring it back to its place; `None` for a new one.
        number: Option<u64>,
    },
    /// Remove the melody of this identity, if it is there.
    Remove(Box<MelodyIdentity>),
    /// Mark the melody with this number for export, or unmark it.
    Mark {
        /// Its number.
        number: u64,
        /// Whether it is marked from now on.
        marked: bool,
    },
}

impl Library {
    /// Makes a change in a transaction of its own. It is on the disk when this returns `Ok`.
    ///
    /// # Errors
    /// [`LibraryError`] if it was not made. After an I/O error it may have been made all the same; making it again
    /// does no harm.
    pub fn apply(&mut self, change: &LibraryChange) -> Result<(), LibraryError> {
        self.transaction(|transaction| match change {
            LibraryChange::Keep { melody, number } => {
                rows::insert(transaction, melody, *number).map(drop)
            }
            LibraryChange::Remove(identity) => rows::delete(transaction, identity),
            LibraryChange::Mark { number, marked } => rows::mark(transaction, *number, *marked),
        })
    }

    /// Adds the melodies that are not there yet, all in one transaction: after a library was replaced by a new one.
    ///
    /// # Errors
    /// [`LibraryError`]; none of them was added.
    pub fn restore(&mut self, entries: &[LibraryEntry]) -> Result<(), LibraryError> {
        self.transaction(|transaction| {
            for entry in entries {
                rows::insert(transaction, &entry.melody, Some(entry.number))?;
            }
            Ok(())
        })
    }

    /// Runs `work` in a transaction that takes the write lock at its beginning, so that two processes never wait
    /// for each other in the middle of theirs.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LibraryError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate);
        transaction
            .and_then(|transaction| {
                let done = work(&transaction)?;
                transaction.commit()?;
                Ok(done)
            })
            .map_err(|error| library_error(&self.path, error))
    }
}
