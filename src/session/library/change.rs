//! Changes of the library: one transaction each.

use rusqlite::{Connection, TransactionBehavior};

use super::database::Library;
use super::edit::KeptEdit;
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
    /// Edit the melody of this identity, if it is there.
    Edit {
        /// The melody.
        identity: Box<MelodyIdentity>,
        /// The new value.
        edit: KeptEdit,
    },
    /// Several changes in one transaction: all of them are made, or none.
    Several(Vec<LibraryChange>),
}

impl LibraryChange {
    /// The changes that it consists of, in order.
    pub fn each(&self, f: &mut impl FnMut(&Self)) {
        match self {
            Self::Several(changes) => changes.iter().for_each(|change| change.each(f)),
            one => f(one),
        }
    }

    fn make(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Keep { melody, number } => rows::insert(connection, melody, *number).map(drop),
            Self::Remove(identity) => rows::delete(connection, identity),
            Self::Mark { number, marked } => rows::mark(connection, *number, *marked),
            Self::Edit { identity, edit } => rows::edit(connection, identity, edit),
            Self::Several(changes) => changes
                .iter()
                .try_for_each(|change| change.make(connection)),
        }
    }
}

impl Library {
    /// Makes a change in a transaction of its own. It is on the disk when this returns `Ok`.
    ///
    /// # Errors
    /// [`LibraryError`] if it was not made. After an I/O error it may have been made all the same; making it again
    /// does no harm.
    pub fn apply(&mut self, change: &LibraryChange) -> Result<(), LibraryError> {
        self.transaction(|transaction| change.make(transaction))
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
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
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
