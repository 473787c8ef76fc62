//! Copies of the kept melodies.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};

use super::contents::KeptCopies;
use crate::session::library::{LibraryEntry, rows};

/// Reads all copies.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Vec<LibraryEntry>> {
    Ok(rows::list(connection)?.entries)
}

/// Replaces the copies by `copies`; rows that are the same already are not written again.
pub(super) fn write(connection: &Connection, copies: &KeptCopies) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO window (one, view, library_id, app_version) VALUES (1, '', :library, :version) \
         ON CONFLICT (one) DO UPDATE SET library_id = :library",
        named_params! { ":library": copies.library_id, ":version": env!("CARGO_PKG_VERSION") },
    )?;
    let stored_entries = read(connection)?;
    let mut missing: HashMap<u64, &LibraryEntry> = copies
        .entries
        .iter()
        .map(|entry| (entry.number, entry))
        .collect();
    for entry in &stored_entries {
        if missing.get(&entry.number) == Some(&entry) {
            missing.remove(&entry.number);
        } else {
            let number = i64::try_from(entry.number).unwrap_or(i64::MAX);
            connection.execute("DELETE FROM kept_melody WHERE number = ?1", [number])?;
        }
    }
    // In the order they were kept.
    for entry in copies.entries.iter() {
        if missing.contains_key(&entry.number) {
            rows::insert(connection, &entry.melody, Some(entry.number))?;
        }
    }
    Ok(())
}
