//! Changes of a session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, TransactionBehavior, named_params};

use super::contents::{HeardMelody, KeptCopies, SetKey, StoredMap, StoredSet, SweptMelodies};
use super::open::{SessionFile, lock_path};
use super::{heard_rows, kept_rows, map_rows, piece_rows, set_rows};
use crate::files::{TEMPORARY_PREFIX, entry_exists, rename_to_free, sync_folder};
use crate::session::database::{DatabaseError, DatabaseSubject, Lock, lock};
use crate::session::piece::Piece;
use crate::sweep::LayoutKind;

/// A change of a session. Maps are given by their numbers; a change of a map that is not there does nothing.
#[derive(Clone, Debug)]
pub enum SessionChange {
    /// Sets the view of the window, as JSON text.
    SetView(String),
    /// Adds a map with its melodies, or replaces the map of the same number. Its sets and its view are kept.
    PutMap(Box<StoredMap>),
    /// Sets the view of a map, as JSON text.
    SetMapView(u32, String),
    /// Sets the positions of all melodies in [`SweptMelodies`], in that order.
    SetPositions {
        /// The map.
        map: u32,
        /// The layout.
        layout: LayoutKind,
        /// The positions.
        positions: Vec<[f64; 2]>,
    },
    /// Adds a set to a map, or replaces the set of the same key.
    PutSet(u32, Box<StoredSet>),
    /// Removes a set from a map.
    RemoveSet(u32, SetKey),
    /// Removes a map with everything on it.
    RemoveMap(u32),
    /// Replaces the copies of the kept melodies.
    ReplaceKept(KeptCopies),
    /// Appends melodies to the play history; the oldest beyond [`MAX_HEARD`](super::MAX_HEARD) are removed.
    AppendHeard(Vec<HeardMelody>),
    /// Removes a melody from the play history, by its number.
    RemoveHeard(u64),
    /// Replaces the piece on the timeline.
    ReplacePiece(Arc<Piece>),
}

impl SessionFile {
    /// Applies changes, all in one transaction. They are on the disk when this returns `Ok`.
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

    /// Writes a complete new session file, the result of `changes` of an empty session. An existing file is replaced only if
    /// `may_replace`.
    ///
    /// # Errors
    /// [`DatabaseError`]; an existing file was not changed.
    pub fn write_new(
        path: &Path,
        changes: &[SessionChange],
        may_replace: bool,
    ) -> Result<(), DatabaseError> {
        let write_error = |source| DatabaseError::for_new_file(path, source);
        if !may_replace && entry_exists(path) {
            return Err(DatabaseError::AlreadyExists {
                path: path.to_path_buf(),
            });
        }
        check_name(path)?;
        let _lock_file = match lock(&lock_path(path), Duration::ZERO) {
            Lock::Held(file) => Some(file),
            Lock::Unavailable => None,
            Lock::Taken => {
                return Err(DatabaseError::OpenElsewhere {
                    path: path.to_path_buf(),
                });
            }
        };
        let temporary_file = temporary_path(path);
        let write_result = Self::create(&temporary_file)
            .and_then(|mut file| file.apply(changes))
            .map_err(|error| error.with_path(path));
        let result = write_result.and_then(|()| {
            let renamed = match may_replace {
                true => std::fs::rename(&temporary_file, path),
                false => rename_to_free(&temporary_file, path),
            };
            renamed.map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => DatabaseError::AlreadyExists {
                    path: path.to_path_buf(),
                },
                _ => write_error(error),
            })?;
            sync_folder(path);
            Ok(())
        });
        if result.is_err() {
            // The temporary file may not exist.
            std::fs::remove_file(&temporary_file).ok();
        }
        super::open::remove_lock(&temporary_file);
        result
    }
}

/// Maximum length of a file name in bytes on the usual file systems.
const MAX_FILE_NAME_BYTES: usize = 255;
/// Suffix of the rollback journal that SQLite keeps beside a database while it writes.
const JOURNAL_SUFFIX: &str = "-journal";

/// Returns an error if the name is so long that SQLite could not create its journal when the session is changed later.
fn check_name(path: &Path) -> Result<(), DatabaseError> {
    let max_length = MAX_FILE_NAME_BYTES - JOURNAL_SUFFIX.len();
    let length = path
        .file_name()
        .map_or(0, |name| name.as_encoded_bytes().len());
    if length > max_length {
        return Err(DatabaseError::NameTooLong {
            path: path.to_path_buf(),
            length,
            max_length,
        });
    }
    Ok(())
}

/// A short hidden file name in the folder of `path` that no other process and no other call uses.
fn temporary_path(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let call_index = COUNTER.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |time| time.as_nanos());
    let process = std::process::id();
    path.with_file_name(format!("{TEMPORARY_PREFIX}{process}-{now:x}-{call_index}"))
}

fn apply(connection: &Connection, change: &SessionChange) -> rusqlite::Result<()> {
    match change {
        SessionChange::SetView(view) => set_view(connection, view),
        SessionChange::PutMap(map) => map_rows::write(connection, map),
        SessionChange::SetMapView(map, view) => map_rows::write_view(connection, *map, view),
        SessionChange::SetPositions {
            map,
            layout,
            positions,
        } => map_rows::write_positions(connection, *map, *layout, positions),
        SessionChange::PutSet(map, set) => set_rows::write(connection, *map, set),
        SessionChange::RemoveSet(map, key) => set_rows::remove(connection, *map, *key),
        SessionChange::RemoveMap(map) => map_rows::remove(connection, *map),
        SessionChange::AppendHeard(heard) => heard_rows::write(connection, heard),
        SessionChange::RemoveHeard(number) => heard_rows::remove(connection, *number),
        SessionChange::ReplacePiece(piece) => piece_rows::write(connection, piece),
        SessionChange::ReplaceKept(copies) => kept_rows::write(connection, copies),
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
