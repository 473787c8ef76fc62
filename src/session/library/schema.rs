//! Tables of the library and their versions.
//!
//! `PRAGMA user_version` is the number of migrations that a database has been through.

use rusqlite::{Connection, TransactionBehavior};

/// `PRAGMA application_id` of a library: "TScp" in ASCII.
const APPLICATION_ID: i32 = 0x5453_6370;

/// One script per version, in order. Released scripts are never edited; changes are new scripts at the end.
pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE kept_melody (
        -- Never used twice, so that a number in one window never means another melody in the next.
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        -- One byte per sixteenth step: 0 hold, 1 note-off, p - 19 the note-on of MIDI pitch p.
        tokens BLOB NOT NULL,
        -- Little-endian f32, in prior standard deviations.
        latent BLOB,
        weights_hash TEXT NOT NULL,
        -- Decimal: seeds are unsigned 64-bit numbers, which SQLite has not.
        seed TEXT NOT NULL,
        -- JSON.
        melody_id TEXT NOT NULL,
        app_version TEXT NOT NULL,
        marked INTEGER NOT NULL CHECK (marked IN (0, 1)),
        -- Milliseconds since 1970 UTC.
        kept_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX kept_melody_identity
        ON kept_melody (weights_hash, seed, melody_id, tokens);
    -- Kept melodies of the settings file of earlier versions that were taken over.
    CREATE TABLE takeover (
        text_sha256 TEXT PRIMARY KEY,
        taken_at_ms INTEGER NOT NULL,
        melodies INTEGER NOT NULL,
        unreadable INTEGER NOT NULL
    ) STRICT;
    "];

/// What kind of database a file holds, by its header and tables.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DatabaseKind {
    /// No tables yet.
    New,
    /// A library of this or an earlier version.
    Known,
    /// A library of a later version: its `user_version`.
    Newer(i32),
    /// A database of another program.
    Foreign,
}

/// Reads what kind of database this is. Changes nothing.
pub(super) fn kind(connection: &Connection, known: i32) -> rusqlite::Result<DatabaseKind> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version) {
        (0, 0) if tables == 0 => DatabaseKind::New,
        (APPLICATION_ID, found) if found > known => DatabaseKind::Newer(found),
        (APPLICATION_ID, found) if found > 0 => DatabaseKind::Known,
        _ => DatabaseKind::Foreign,
    })
}

/// Runs the migrations that the database has not been through, all in one transaction.
///
/// The version is read inside the transaction: two processes may open a new library at the same time.
pub(super) fn migrate(connection: &mut Connection, scripts: &[&str]) -> rusqlite::Result<()> {
    if version(connection)? >= scripts.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    for script in scripts.iter().skip(version) {
        transaction.execute_batch(script)?;
    }
    if version < scripts.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", scripts.len() as u32)?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version as usize)
}

/// The newest version that these scripts lead to.
pub(super) fn newest(scripts: &[&str]) -> i32 {
    i32::try_from(scripts.len()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_later_migration_keeps_the_rows_of_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(kind(&connection, 1).unwrap(), DatabaseKind::New);
        migrate(&mut connection, MIGRATIONS).unwrap();
        assert_eq!(kind(&connection, 1).unwrap(), DatabaseKind::Known);
        connection
            .execute("INSERT INTO takeover VALUES ('a', 1, 2, 3)", [])
            .unwrap();
        let mut scripts = MIGRATIONS.to_vec();
        scripts.push("ALTER TABLE takeover ADD COLUMN told INTEGER NOT NULL DEFAULT 7");
        for _ in 0..2 {
            migrate(&mut connection, &scripts).unwrap();
        }
        let told: i64 = connection
            .query_row("SELECT told FROM takeover", [], |row| row.get(0))
            .unwrap();
        assert_eq!(told, 7);
        // The version before refuses what it does not know.
        let found = newest(&scripts);
        assert_eq!(
            kind(&connection, found - 1).unwrap(),
            DatabaseKind::Newer(found)
        );
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, MIGRATIONS).unwrap();
        let mut scripts = MIGRATIONS.to_vec();
        scripts.extend(["DROP TABLE takeover", "no SQL"]);
        assert!(migrate(&mut connection, &scripts).is_err());
        assert_eq!(kind(&connection, 1).unwrap(), DatabaseKind::Known);
        connection
            .execute("INSERT INTO takeover VALUES ('a', 1, 2, 3)", [])
            .unwrap();
    }

    #[test]
    fn a_database_of_another_program_is_told_from_a_library() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(kind(&connection, 1).unwrap(), DatabaseKind::Foreign);
    }
}
