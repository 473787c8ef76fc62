//! The blocks of the timeline, their melodies in the columns of the library.

use std::sync::Arc;

use rusqlite::{Connection, named_params};

use super::melody_blobs::unreadable;
use crate::session::database::latent_bytes;
use crate::session::library::rows;
use crate::session::piece::{Block, Piece};

const INSERT: &str = "INSERT INTO piece_block \
    (position, repeats, transposition, label, loop_end, name, tokens, latent, weights_hash, seed, melody_id, \
    app_version, marked, kept_at_ms, origin) \
    VALUES (:position, :repeats, :transposition, :label, :loop_end, :name, :tokens, :latent, :weights_hash, :seed, \
    :melody_id, :app_version, 0, :kept_at_ms, :origin)";

/// Stands between a label and a letter in one column: labels have no tabs. Earlier versions stored labels alone.
const LETTER_MARK: char = '\t';

/// Reads the piece, and the number of blocks that could not be read; none from a file of an earlier version that cannot be
/// written.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<(Piece, usize)> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'piece_block'";
    if connection.query_row(tables, [], |row| row.get::<_, u32>(0))? == 0 {
        return Ok((Piece::default(), 0));
    }
    let mut statement = connection.prepare("SELECT * FROM piece_block ORDER BY position")?;
    let mut rows = statement.query([])?;
    let (mut blocks, mut ends, mut broken) = (Vec::new(), Vec::new(), 0);
    while let Some(row) = rows.next()? {
        match block(row) {
            Ok((block, is_end)) => {
                ends.extend(is_end.then_some(block.id()));
                blocks.push(block);
            }
            Err(error) => {
                tracing::warn!("a block of the timeline could not be read: {error}");
                broken += 1;
            }
        }
    }
    let looped = match ends.as_slice() {
        [] => None,
        [only] => Some((*only, *only)),
        [first, .., last] => Some((*first, *last)),
    };
    Ok((Piece::new(blocks, looped), broken))
}

/// A block, and whether a loop ends there.
fn block(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Block, bool)> {
    let entry = rows::entry(row)?;
    let mut block = Block::new(entry.number, Arc::new(entry.melody)).map_err(unreadable)?;
    block.set_repeats(row.get("repeats")?);
    let transposed = block.set_transposition(row.get("transposition")?);
    transposed.map_err(unreadable)?;
    let label: Option<String> = row.get("label")?;
    let label = label.as_deref().unwrap_or_default();
    let (own, letter) = label.split_once(LETTER_MARK).unwrap_or((label, ""));
    block.set_label(Some(own));
    block.set_letter(letter.to_owned());
    Ok((block, row.get("loop_end")?))
}

/// Replaces the piece. Blocks that cannot be read stay in the file.
pub(super) fn write(connection: &Connection, piece: &Piece) -> rusqlite::Result<()> {
    remove_readable(connection)?;
    let range = piece.loop_range();
    for (place, block) in piece.blocks().iter().enumerate() {
        let melody = block.source();
        let identity = &melody.identity;
        let is_end = |range: &std::ops::RangeInclusive<usize>| {
            *range.start() == place || *range.end() == place
        };
        connection.execute(
            INSERT,
            named_params! {
                ":position": i64::try_from(place).unwrap_or(i64::MAX),
                ":repeats": block.repeats(),
                ":transposition": block.transposition(),
                ":label": label_text(block),
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

/// The label of its own, if it has one, and its letter.
fn label_text(block: &Block) -> String {
    let own = block.own_label().unwrap_or_default();
    format!("{own}{LETTER_MARK}{}", block.letter())
}

fn remove_readable(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT * FROM piece_block")?;
    let mut rows = statement.query([])?;
    let mut numbers: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        if block(row).is_ok() {
            numbers.push(row.get("number")?);
        }
    }
    for number in numbers {
        connection.execute("DELETE FROM piece_block WHERE number = ?1", [number])?;
    }
    Ok(())
}
