//! Sets of melodies of a map.

use std::sync::Arc;

use rusqlite::{Connection, Row, named_params};

use super::contents::{SetKey, StoredSet};
use super::melody_blobs::{conversion_error, invalid_row_error, melodies, token_bytes};
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::session::database::{latent_bytes, latent_point, position_bytes, positions};
use crate::sweep::{GenerateMethod, MelodyEntry};

/// The kind of a set in the table: the same texts as in the ids of melodies.
fn kind_text(key: SetKey) -> &'static str {
    match key.method {
        None => "steered",
        Some(GenerateMethod::Imported) => "own",
        Some(GenerateMethod::Explored) => "around",
        Some(GenerateMethod::Blended) => "between",
        Some(GenerateMethod::Probe) => "spot",
        Some(GenerateMethod::Path) => "path",
    }
}

/// The method of a kind; `None` for a kind that this version does not know.
fn method_from_kind(kind: &str) -> Option<Option<GenerateMethod>> {
    Some(match kind {
        "steered" => None,
        "own" => Some(GenerateMethod::Imported),
        "around" => Some(GenerateMethod::Explored),
        "between" => Some(GenerateMethod::Blended),
        "spot" => Some(GenerateMethod::Probe),
        "path" => Some(GenerateMethod::Path),
        _ => return None,
    })
}

/// Writes a set, if its map is there.
pub(super) fn write(connection: &Connection, map: u32, set: &StoredSet) -> rusqlite::Result<()> {
    let steps = set.entries.first().map_or(0, |entry| entry.melody.steps());
    let tokens = token_bytes(set.entries.iter().map(|entry| &entry.melody), steps)?;
    let reconstructions = match set.reconstructions.as_slice() {
        [] => None,
        melodies => Some(token_bytes(melodies, steps)?),
    };
    if set.latents.len() != set.entries.len() {
        return Err(conversion_error("a set has melodies without latent points"));
    }
    connection.execute(
        "INSERT OR REPLACE INTO melody_set \
         (map, kind, number, details, steps, tokens, reconstructions, latents, positions) \
         SELECT number, :kind, :number, :details, :steps, :tokens, :reconstructions, :latents, :positions \
         FROM map WHERE number = :map",
        named_params! {
            ":map": map,
            ":kind": kind_text(set.key),
            ":number": set.key.number,
            ":details": set.details,
            ":steps": i64::try_from(steps).unwrap_or(i64::MAX),
            ":tokens": tokens,
            ":reconstructions": reconstructions,
            ":latents": set.latents.iter().flat_map(latent_bytes).collect::<Vec<u8>>(),
            ":positions": position_bytes(set.entries.iter().map(|entry| entry.position)),
        },
    )?;
    Ok(())
}

/// Removes a set.
pub(super) fn remove(connection: &Connection, map: u32, key: SetKey) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM melody_set WHERE map = ?1 AND kind = ?2 AND number = ?3",
        (map, kind_text(key), key.number),
    )?;
    Ok(())
}

/// Reads the sets of a map, and the number of sets that could not be read.
pub(super) fn read_all(
    connection: &Connection,
    map: u32,
) -> rusqlite::Result<(Vec<StoredSet>, usize)> {
    let mut statement = connection.prepare(
        "SELECT kind, number, details, steps, tokens, reconstructions, latents, positions \
         FROM melody_set WHERE map = ?1 ORDER BY kind, number",
    )?;
    let mut rows = statement.query([map])?;
    let (mut sets, mut failed_count) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(set) => sets.push(set),
            Err(error) => {
                tracing::warn!("a set of map {map} holds no melodies: {error}");
                failed_count += 1;
            }
        }
    }
    Ok((sets, failed_count))
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredSet> {
    let kind: String = row.get("kind")?;
    let method =
        method_from_kind(&kind).ok_or_else(|| invalid_row_error("a set is of an unknown kind"))?;
    let key = SetKey {
        method,
        number: row.get("number")?,
    };
    let steps = row.get::<_, u32>("steps")? as usize;
    let melodies_in = |column| -> rusqlite::Result<Vec<Arc<Melody>>> {
        match row.get::<_, Option<Vec<u8>>>(column)? {
            None => Ok(Vec::new()),
            Some(tokens) => melodies(&tokens, steps),
        }
    };
    let set_melodies = melodies_in("tokens")?;
    let reconstructions = melodies_in("reconstructions")?;
    let latents: Vec<u8> = row.get("latents")?;
    let set_positions = positions(&row.get::<_, Vec<u8>>("positions")?);
    let bytes_per_latent = latents.len() / set_melodies.len().max(1);
    let is_consistent = set_positions.len() == set_melodies.len()
        && bytes_per_latent * set_melodies.len() == latents.len()
        && (set_melodies.is_empty()
            || (bytes_per_latent > 0 && bytes_per_latent.is_multiple_of(4)))
        && (reconstructions.is_empty() || reconstructions.len() == set_melodies.len());
    if !is_consistent {
        return Err(invalid_row_error(
            "the parts of a set do not belong together",
        ));
    }
    let entries = set_melodies.into_iter().zip(set_positions).zip(0..);
    Ok(StoredSet {
        key,
        details: row.get("details")?,
        entries: entries
            .map(|((melody, position), index)| MelodyEntry {
                id: key.melody_id(index),
                attributes: AttributeRow::measure(&melody),
                melody,
                position,
            })
            .collect(),
        latents: latents
            .chunks_exact(bytes_per_latent.max(1))
            .map(latent_point)
            .collect(),
        reconstructions,
    })
}
