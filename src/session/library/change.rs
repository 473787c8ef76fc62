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
    /// Adds a melody, unless it is in the library already.
    Keep {
        /// The melody.
        melody: Box<KeptMelody>,
        /// The number that it had before it was removed, to restore its position; `None` for a new melody.
        number: Option<u64>,
    },
    /// Removes the melody of this identity, if it is there.
    Remove(Box<MelodyIdentity>),
    /// Marks the melody with this number for export, or unmarks it.
    Mark {
        /// Its number.
        number: u64,
        /// Whether it is marked from now on.
        marked: bool,
    },
    /// Edits the melody of this identity, if it is there.
    Edit {
        /// The melody.
        identity: Box<MelodyIdentity>,
        /// The new value.
        edit: KeptEdit,
    },
    /// Several changes in one transaction: all of them are applied, or none.
    Several(Vec<LibraryChange>),
}

impl LibraryChange {
    /// Calls `f` with each single change that it consists of, in order.
    pub fn for_each(&self, f: &mut impl FnMut(&Self)) {
        match self {
            Self::Several(changes) => changes.iter().for_each(|change| change.for_each(f)),
            single => f(single),
        }
    }

    fn execute(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Keep { melody, number } => rows::insert(connection, melody, *number).map(drop),
            Self::Remove(identity) => rows::delete(connection, identity),
            Self::Mark { number, marked } => rows::mark(connection, *number, *marked),
            Self::Edit { identity, edit } => rows::edit(connection, identity, edit),
            Self::Several(changes) => changes
                .iter()
                .try_for_each(|change| change.execute(connection)),
        }
    }
}

impl Library {
    /// Applies a change in its own transaction. It is on the disk when this returns `Ok`.
    ///
    /// # Errors
    /// [`LibraryError`] if the change was not applied. After an I/O error it may have been applied nevertheless; applying it again
    /// does no harm.
    pub fn apply(&mut self, change: &LibraryChange) -> Result<(), LibraryError> {
        self.transaction(|transaction| change.execute(transaction))
    }

    /// Adds the melodies that are missing, all in one transaction. Used after a damaged library was replaced by a new one.
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

    /// Runs `work` in a transaction that takes the write lock at its beginning, so that transactions of two processes cannot
    /// deadlock.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LibraryError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate);
        transaction
            .and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            })
            .map_err(|error| library_error(&self.path, error))
    }
}
