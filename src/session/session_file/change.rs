//! Changes of a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, TransactionBehavior, named_params};

use super::contents::{HeardMelody, KeptCopies, SetKey, StoredMap, StoredSet, SweptMelodies};
use super::open::{SessionFile, lock_path};
use super::{heard_rows, kept_rows, map_rows, piece_rows, set_rows};
use crate::files::{TEMPORARY_PREFIX, entry_exists, sync_folder};
use crate::session::database::{DatabaseError, DatabaseSubject, Lock, lock};
use crate::session::piece::Piece;
use crate::sweep::LayoutKind;

/// A change of a session. Maps are given by their numbers; a change of a map that is not there does nothing.
#[derive(Clone, Debug)]
pub enum SessionChange {
    /// How the window was left.
    View(String),
    /// A map with its melodies, in place of an earlier state of it. Its sets and its view are kept.
    Map(Box<StoredMap>),
    /// How a map was left.
    MapView(u32, String),
    /// The positions of all melodies in [`SweptMelodies`], in that order.
    Positions {
        /// The map.
        map: u32,
        /// The layout.
        layout: LayoutKind,
        /// The positions.
        positions: Vec<[f64; 2]>,
    },
    /// A set of a map, in place of an earlier state of it.
    Set(u32, Box<StoredSet>),
    /// Remove a set.
    RemoveSet(u32, SetKey),
    /// Remove a map with everything on it.
    RemoveMap(u32),
    /// The kept melodies.
    Kept(KeptCopies),
    /// Melodies that were heard since, after those that are there; the oldest beyond [`MAX_HEARD`](super::MAX_HEARD) are removed.
    Heard(Vec<HeardMelody>),
    /// Remove a melody that was heard, by its number.
    RemoveHeard(u64),
    /// The timeline, in place of an earlier state of it.
    Piece(Arc<Piece>),
}

impl SessionFile {
    /// Makes changes, all in one transaction. They are on the disk when this returns `Ok`.
    ///
    /// # Errors
    /// [`DatabaseError`]; none of them was made.
    pub fn apply(&mut self, changes: &[SessionChange]) -> Result<(), DatabaseError> {
        let result = (|| {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            for change in changes {
                apply(&transaction, change)?;
            }
            transaction.commit()
        })();
        result.map_err(|error| DatabaseError::new(DatabaseSubject::Session, &self.path, error))
    }

    /// Writes a session file whole, from changes of a new session. An existing file is replaced only if it may be.
    ///
    /// # Errors
    /// [`DatabaseError`]; an existing file was not changed.
    pub fn write_new(
        path: &Path,
        changes: &[SessionChange],
        may_replace: bool,
    ) -> Result<(), DatabaseError> {
        let unwritten = |source| DatabaseError::not_written(path, source);
        if !may_replace && entry_exists(path) {
            return Err(DatabaseError::AlreadyExists {
                path: path.to_path_buf(),
            });
        }
        check_name(path)?;
        let _held = match lock(&lock_path(path), Duration::ZERO) {
            Lock::Held(file) => Some(file),
            Lock::Unavailable => None,
            Lock::Taken => {
                return Err(DatabaseError::OpenElsewhere {
                    path: path.to_path_buf(),
                });
            }
        };
        let temporary = temporary_path(path);
        let written = Self::create(&temporary)
            .and_then(|mut file| file.apply(changes))
            .map_err(|error| error.of_file(path));
        let moved = written.and_then(|()| {
            std::fs::rename(&temporary, path).map_err(unwritten)?;
            sync_folder(path);
            Ok(())
        });
        if moved.is_err() {
            // What is left of it; it may never have been made.
            std::fs::remove_file(&temporary).ok();
        }
        super::open::remove_lock(&temporary);
        moved
    }
}

/// Longest name of a file, in bytes, on the usual file systems.
const MAX_FILE_NAME: usize = 255;
/// What SQLite adds to the name of the file that it keeps beside a database while it writes.
const JOURNAL_SUFFIX: &str = "-journal";

/// An error if the name is too long: the session could be saved, and never be written to again.
fn check_name(path: &Path) -> Result<(), DatabaseError> {
    let most = MAX_FILE_NAME - JOURNAL_SUFFIX.len();
    let length = path
        .file_name()
        .map_or(0, |name| name.as_encoded_bytes().len());
    if length > most {
        return Err(DatabaseError::NameTooLong {
            path: path.to_path_buf(),
            length,
            most,
        });
    }
    Ok(())
}

/// A short hidden name beside `path` that no other process and no other call uses.
fn temporary_path(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let call = COUNTER.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |time| time.as_nanos());
    let process = std::process::id();
    path.with_file_name(format!("{TEMPORARY_PREFIX}{process}-{now:x}-{call}"))
}

fn apply(connection: &Connection, change: &SessionChange) -> rusqlite::Result<()> {
    match change {
        SessionChange::View(view) => set_view(connection, view),
        SessionChange::Map(map) => map_rows::write(connection, map),
        SessionChange::MapView(map, view) => map_rows::write_view(connection, *map, view),
        SessionChange::Positions {
            map,
            layout,
            positions,
        } => map_rows::write_positions(connection, *map, *layout, positions),
        SessionChange::Set(map, set) => set_rows::write(connection, *map, set),
        SessionChange::RemoveSet(map, key) => set_rows::remove(connection, *map, *key),
        SessionChange::RemoveMap(map) => map_rows::remove(connection, *map),
        SessionChange::Heard(heard) => heard_rows::write(connection, heard),
        SessionChange::RemoveHeard(number) => heard_rows::remove(connection, *number),
        SessionChange::Piece(piece) => piece_rows::write(connection, piece),
        SessionChange::Kept(copies) => kept_rows::write(connection, copies),
    }
}

fn set_view(connection: &Connection, view: &str) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO window (one, view, app_version) VALUES (1, :view, :app_version) \
         ON CONFLICT (one) DO UPDATE SET view = :view, app_version = :app_version",
        named_params! { ":view": view, ":app_version": env!("CARGO_PKG_VERSION") },
    )?;
    Ok(())
}

impl SweptMelodies {
    /// The positions, in order.
    #[must_use]
    pub fn positions(&self) -> Vec<[f64; 2]> {
        self.entries.iter().map(|entry| entry.position).collect()
    }
}
