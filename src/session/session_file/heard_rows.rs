//! Rows of the play history, with the columns of the library.

use rusqlite::{Connection, named_params};

use super::contents::{HeardMelody, MAX_HEARD};
use crate::session::database::latent_bytes;
use crate::session::library::rows;

const INSERT: &str = "INSERT OR REPLACE INTO heard_melody \
    (number, map, name, tokens, latent, weights_hash, seed, melody_id, app_version, marked, kept_at_ms, \
    origin) \
    VALUES (:number, :map, :name, :tokens, :latent, :weights_hash, :seed, :melody_id, :app_version, 0, :heard_at_ms, :origin)";

/// Reads the play history, oldest first; empty for a write-protected file of an earlier version, which has no table for it.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Vec<HeardMelody>> {
    let count_tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'heard_melody'";
    if connection.query_row(count_tables, [], |row| row.get::<_, u32>(0))? == 0 {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare("SELECT * FROM heard_melody ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut heard = Vec::new();
    while let Some(row) = rows.next()? {
        match rows::entry(row) {
            Ok(entry) => heard.push(HeardMelody {
                number: entry.number,
                map: row.get("map")?,
                melody: entry.melody,
            }),
            Err(error) => tracing::warn!("a heard melody could not be read: {error}"),
        }
    }
    Ok(heard)
}

/// Adds melodies and removes the oldest beyond [`MAX_HEARD`].
pub(super) fn write(connection: &Connection, heard: &[HeardMelody]) -> rusqlite::Result<()> {
    for HeardMelody {
        number,
        map,
        melody,
    } in heard
    {
        let identity = &melody.identity;
        connection.execute(
            INSERT,
            named_params! {
                ":number": i64::try_from(*number).unwrap_or(i64::MAX),
                ":map": map,
                ":name": melody.name,
                ":tokens": identity.tokens.as_slice(),
                ":latent": melody.latent.as_ref().map(latent_bytes),
                ":weights_hash": identity.weights_hash,
                ":seed": identity.seed.to_string(),
                ":melody_id": rows::id_text(identity)?,
                ":app_version": melody.app_version,
                ":heard_at_ms": melody.kept_at_ms,
                ":origin": melody.annotations.origin,
            },
        )?;
    }
    connection.execute(
        "DELETE FROM heard_melody WHERE number NOT IN \
         (SELECT number FROM heard_melody ORDER BY number DESC LIMIT ?1)",
        [MAX_HEARD as i64],
    )?;
    Ok(())
}

/// Removes the melody with this number, if it is there.
pub(super) fn remove(connection: &Connection, number: u64) -> rusqlite::Result<()> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    connection.execute("DELETE FROM heard_melody WHERE number = ?1", [number])?;
    Ok(())
}
