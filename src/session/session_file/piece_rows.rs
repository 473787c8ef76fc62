//! Rows of the blocks of the timeline; their melodies have the columns of the library.

use std::sync::Arc;

use rusqlite::{Connection, named_params};

use super::melody_blobs::invalid_row_error;
use crate::session::database::latent_bytes;
use crate::session::library::rows;
use crate::session::piece::{Block, Piece};

const INSERT: &str = "INSERT INTO piece_block \
    (position, repeats, transposition, label, letter, loop_end, name, tokens, latent, weights_hash, seed, melody_id, \
    app_version, marked, kept_at_ms, origin) \
    VALUES (:position, :repeats, :transposition, :label, :letter, :loop_end, :name, :tokens, :latent, :weights_hash, \
    :seed, :melody_id, :app_version, 0, :kept_at_ms, :origin)";

/// Reads the piece, and the number of blocks that could not be read. The piece is empty for a write-protected file of an earlier
/// version, which has no table for it.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<(Piece, usize)> {
    let count_tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'piece_block'";
    if connection.query_row(count_tables, [], |row| row.get::<_, u32>(0))? == 0 {
        return Ok((Piece::default(), 0));
    }
    let mut statement = connection.prepare("SELECT * FROM piece_block ORDER BY position")?;
    let mut rows = statement.query([])?;
    let (mut blocks, mut loop_end_ids, mut unreadable_count) = (Vec::new(), Vec::new(), 0);
    while let Some(row) = rows.next()? {
        match read_block(row) {
            Ok((block, is_end)) => {
                loop_end_ids.extend(is_end.then_some(block.id()));
                blocks.push(block);
            }
            Err(error) => {
                tracing::warn!("a block of the timeline could not be read: {error}");
                unreadable_count += 1;
            }
        }
    }
    let loop_ends = match loop_end_ids.as_slice() {
        [] => None,
        [only] => Some((*only, *only)),
        [first, .., last] => Some((*first, *last)),
    };
    Ok((Piece::new(blocks, loop_ends), unreadable_count))
}

/// Reads a block, and whether it is an end of the loop.
fn read_block(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Block, bool)> {
    let entry = rows::entry(row)?;
    let mut block = Block::new(entry.number, Arc::new(entry.melody)).map_err(invalid_row_error)?;
    block.set_repeats(row.get("repeats")?);
    let transposed = block.set_transposition(row.get("transposition")?);
    transposed.map_err(invalid_row_error)?;
    block.set_label(row.get::<_, Option<String>>("label")?.as_deref());
    let letter: Option<String> = rows::optional_column(row, "letter")?;
    block.set_letter(letter.unwrap_or_default());
    Ok((block, row.get("loop_end")?))
}

/// Replaces the piece. Blocks that cannot be read stay in the file.
pub(super) fn write(connection: &Connection, piece: &Piece) -> rusqlite::Result<()> {
    remove_readable(connection)?;
    let range = piece.loop_range();
    for (position, block) in piece.blocks().iter().enumerate() {
        let melody = block.source();
        let identity = &melody.identity;
        let is_end = |range: &std::ops::RangeInclusive<usize>| {
            *range.start() == position || *range.end() == position
        };
        connection.execute(
            INSERT,
            named_params! {
                ":position": i64::try_from(position).unwrap_or(i64::MAX),
                ":repeats": block.repeats(),
                ":transposition": block.transposition(),
                ":label": block.user_label(),
                ":letter": (!block.letter().is_empty()).then(|| block.letter()),
                ":loop_end": range.as_ref().is_some_and(is_end),
                ":name": melody.name,
                ":tokens": identity.tokens.as_slice(),
                ":latent": melody.latent.as_ref().map(latent_bytes),
                ":weights_hash": identity.weights_hash,
                ":seed": identity.seed.to_string(),
                ":melody_id": rows::id_text(identity)?,
                ":app_version": melody.app_version,
                ":kept_at_ms": melody.kept_at_ms,
                ":origin": melody.annotations.origin,
            },
        )?;
    }
    Ok(())
}

fn remove_readable(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT * FROM piece_block")?;
    let mut rows = statement.query([])?;
    let mut numbers: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        if read_block(row).is_ok() {
            numbers.push(row.get("number")?);
        }
    }
    for number in numbers {
        connection.execute("DELETE FROM piece_block WHERE number = ?1", [number])?;
    }
    Ok(())
}
