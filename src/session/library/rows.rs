//! Rows of the library: how a melody is stored, and reading all of them.

use rusqlite::types::{FromSql, Type, Value};
use rusqlite::{Connection, Row, named_params};

use super::database::Library;
use super::edit::KeptEdit;
use super::error::{LibraryError, library_error};
use super::melody::{Annotations, KeptMelody, LibraryEntry, MAX_STARS, MelodyIdentity};
use crate::melody::Tokens;
use crate::session::database::{latent_bytes, latent_point};

/// All kept melodies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LibraryContents {
    /// The melodies, in the order they were kept.
    pub entries: Vec<LibraryEntry>,
    /// Number of rows that cannot be read as a melody; they stay in the file.
    pub unreadable_count: usize,
    /// Identifier of this library; `None` for a write-protected one of an earlier version.
    pub library_id: Option<String>,
}

/// `*` instead of names, because a write-protected file of an earlier version has fewer columns.
const SELECT: &str = "SELECT * FROM kept_melody ORDER BY number";

/// Names the columns that every version has.
const SELECT_VERSION_1: &str = "SELECT number, name, tokens, latent, weights_hash, seed, melody_id, \
    app_version, marked, kept_at_ms FROM kept_melody";

/// A number that is taken is replaced by the next free one; a melody that is in the library already stays as it is.
const INSERT: &str = "INSERT INTO kept_melody \
    (number, name, tokens, latent, weights_hash, seed, melody_id, app_version, marked, kept_at_ms, \
    stars, tags, place, origin) VALUES (\
        CASE WHEN EXISTS (SELECT 1 FROM kept_melody WHERE number = :number) THEN NULL ELSE :number END, \
        :name, :tokens, :latent, :weights_hash, :seed, :melody_id, :app_version, :marked, :kept_at_ms, \
        :stars, :tags, :place, :origin) \
    ON CONFLICT (weights_hash, seed, melody_id, tokens) DO NOTHING";

const DELETE: &str = "DELETE FROM kept_melody WHERE weights_hash = :weights_hash \
    AND seed = :seed AND melody_id = :melody_id AND tokens = :tokens";

impl Library {
    /// Reads all kept melodies.
    ///
    /// # Errors
    /// [`LibraryError`] if the database cannot be read.
    pub fn list(&self) -> Result<LibraryContents, LibraryError> {
        let read = || {
            Ok(LibraryContents {
                library_id: library_id(&self.connection),
                ..list(&self.connection)?
            })
        };
        read().map_err(|error| library_error(&self.path, error))
    }
}

fn library_id(connection: &Connection) -> Option<String> {
    let id = connection.query_row("SELECT id FROM library_identity", [], |row| row.get(0));
    id.ok()
}

/// Reads all melodies of the table `kept_melody`, of a library or of a session file.
pub(in crate::session) fn list(connection: &Connection) -> rusqlite::Result<LibraryContents> {
    let mut statement = connection.prepare(SELECT)?;
    let mut rows = statement.query([])?;
    let mut contents = LibraryContents::default();
    while let Some(row) = rows.next()? {
        match entry(row) {
            Ok(entry) => contents.entries.push(entry),
            Err(error) => {
                tracing::warn!("a row of the library holds no melody: {error}");
                contents.unreadable_count += 1;
            }
        }
    }
    Ok(contents)
}

/// Checks that the tables can be read as this version writes them.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare(SELECT_VERSION_1)?;
    if !connection.is_readonly("main")? {
        connection.prepare(INSERT)?;
    }
    connection.prepare("SELECT text_sha256, taken_at_ms, melodies, unreadable FROM takeover")?;
    Ok(())
}

/// Inserts a melody unless one of the same identity is there. Returns whether it was inserted.
pub(in crate::session) fn insert(
    connection: &Connection,
    melody: &KeptMelody,
    number: Option<u64>,
) -> rusqlite::Result<bool> {
    let identity = &melody.identity;
    let latent = melody.latent.as_ref().map(latent_bytes);
    let number = number.and_then(|number| i64::try_from(number).ok());
    let rows = connection.execute(
        INSERT,
        named_params! {
            ":number": number,
            ":name": melody.name,
            ":tokens": identity.tokens.as_slice(),
            ":latent": latent,
            ":weights_hash": identity.weights_hash,
            ":seed": identity.seed.to_string(),
            ":melody_id": id_text(identity)?,
            ":app_version": melody.app_version,
            ":marked": melody.marked,
            ":kept_at_ms": melody.kept_at_ms,
            ":stars": melody.annotations.stars.min(MAX_STARS),
            ":tags": tags_text(&melody.annotations.tags)?,
            ":place": melody.annotations.sort_key,
            ":origin": melody.annotations.origin,
        },
    )?;
    Ok(rows > 0)
}

/// Deletes the melody of this identity, if it is there.
pub(super) fn delete(connection: &Connection, identity: &MelodyIdentity) -> rusqlite::Result<()> {
    connection.execute(
        DELETE,
        named_params! {
            ":tokens": identity.tokens.as_slice(),
            ":weights_hash": identity.weights_hash,
            ":seed": identity.seed.to_string(),
            ":melody_id": id_text(identity)?,
        },
    )?;
    Ok(())
}

/// Marks a melody for export, or unmarks it.
pub(super) fn mark(connection: &Connection, number: u64, marked: bool) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE kept_melody SET marked = :marked WHERE number = :number",
        named_params! { ":marked": marked, ":number": i64::try_from(number).unwrap_or(i64::MAX) },
    )?;
    Ok(())
}

/// Edits the melody of this identity, if it is there.
pub(super) fn edit(
    connection: &Connection,
    identity: &MelodyIdentity,
    edit: &KeptEdit,
) -> rusqlite::Result<()> {
    let (column, value) = match edit {
        KeptEdit::Name(name) => ("name", Value::Text(name.clone())),
        KeptEdit::Stars(stars) => ("stars", Value::Integer((*stars).min(MAX_STARS).into())),
        KeptEdit::Tags(tags) => ("tags", Value::Text(tags_text(tags)?)),
        KeptEdit::SortKey(key) => ("place", key.map_or(Value::Null, Value::Real)),
    };
    let update = format!(
        "UPDATE kept_melody SET {column} = :value WHERE weights_hash = :weights_hash \
         AND seed = :seed AND melody_id = :melody_id AND tokens = :tokens"
    );
    connection.execute(
        &update,
        named_params! {
            ":value": value,
            ":tokens": identity.tokens.as_slice(),
            ":weights_hash": identity.weights_hash,
            ":seed": identity.seed.to_string(),
            ":melody_id": id_text(identity)?,
        },
    )?;
    Ok(())
}

fn tags_text(tags: &[String]) -> rusqlite::Result<String> {
    serde_json::to_string(tags)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The annotations of a row: default values for columns that earlier versions lack, and no tags if their JSON is invalid.
fn annotations(row: &Row<'_>) -> rusqlite::Result<Annotations> {
    let tags: Option<String> = optional_column(row, "tags")?;
    let stars: Option<u8> = optional_column(row, "stars")?;
    let sort_key: Option<f64> = optional_column(row, "place")?;
    Ok(Annotations {
        stars: stars.unwrap_or(0).min(MAX_STARS),
        tags: tags
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default(),
        sort_key: sort_key.filter(|key| key.is_finite()),
        origin: optional_column(row, "origin")?,
    })
}

/// The value of a column that earlier versions lack; `None` if it is missing or NULL.
pub(in crate::session) fn optional_column<T: FromSql>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    match row.get(column) {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        value => value,
    }
}

/// The id of a melody as JSON text.
pub(in crate::session) fn id_text(identity: &MelodyIdentity) -> rusqlite::Result<String> {
    serde_json::to_string(&identity.id)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Reads a row of a table with the columns of `kept_melody`.
pub(in crate::session) fn entry(row: &Row<'_>) -> rusqlite::Result<LibraryEntry> {
    let conversion_error = |column, kind, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, kind, error)
    };
    let tokens =
        Tokens::new(row.get("tokens")?).map_err(|e| conversion_error(2, Type::Blob, e.into()))?;
    let latent: Option<Vec<u8>> = row.get("latent")?;
    let seed: String = row.get("seed")?;
    let id: String = row.get("melody_id")?;
    Ok(LibraryEntry {
        number: row.get::<_, i64>("number")?.unsigned_abs(),
        melody: KeptMelody {
            identity: MelodyIdentity {
                weights_hash: row.get("weights_hash")?,
                seed: seed
                    .parse()
                    .map_err(|e| conversion_error(5, Type::Text, Box::new(e)))?,
                id: serde_json::from_str(&id)
                    .map_err(|e| conversion_error(6, Type::Text, Box::new(e)))?,
                tokens,
            },
            name: row.get("name")?,
            latent: latent.map(|bytes| latent_point(&bytes)),
            app_version: row.get("app_version")?,
            marked: row.get("marked")?,
            kept_at_ms: row.get("kept_at_ms")?,
            annotations: annotations(row)?,
        },
    })
}
