//! Telling databases of this program from others, and bringing their tables to this version.
//!
//! `PRAGMA application_id` says what a database holds, `PRAGMA user_version` is the number of migrations that it has been through.

use rusqlite::{Connection, TransactionBehavior};

/// The tables of one kind of database.
pub(in crate::session) struct Schema {
    /// Its `PRAGMA application_id`.
    pub application_id: i32,
    /// One script per version, in order. Released scripts are never edited; changes are new scripts at the end.
    pub migrations: &'static [&'static str],
}

impl Schema {
    /// The newest version that the scripts lead to.
    pub(in crate::session) fn newest(&self) -> i32 {
        i32::try_from(self.migrations.len()).unwrap_or(i32::MAX)
    }
}

/// What kind of database a file holds, by its header and tables.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) enum DatabaseKind {
    /// No tables yet.
    New,
    /// A database of this kind, of this or an earlier version.
    Known,
    /// One of a later version: its `user_version`.
    Newer(i32),
    /// A database of another program or kind.
    Foreign,
}

/// Reads what kind of database this is. Changes nothing.
pub(in crate::session) fn kind(
    connection: &Connection,
    schema: &Schema,
) -> rusqlite::Result<DatabaseKind> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version) {
        (0, 0) if tables == 0 => DatabaseKind::New,
        (id, found) if id == schema.application_id && found > schema.newest() => {
            DatabaseKind::Newer(found)
        }
        (id, found) if id == schema.application_id && found > 0 => DatabaseKind::Known,
        _ => DatabaseKind::Foreign,
    })
}

/// Runs the migrations that the database has not been through, all in one transaction.
///
/// The version is read inside the transaction: two processes may open a new database at the same time.
pub(in crate::session) fn migrate(
    connection: &mut Connection,
    schema: &Schema,
) -> rusqlite::Result<()> {
    let scripts = schema.migrations;
    if version(connection)? >= scripts.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    for script in scripts.iter().skip(version) {
        transaction.execute_batch(script)?;
    }
    if version < scripts.len() {
        transaction.pragma_update(None, "application_id", schema.application_id)?;
        transaction.pragma_update(None, "user_version", scripts.len() as u32)?;
    }
    transaction.commit()
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version as usize)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const FIRST: Schema = Schema {
        application_id: 0x5453_0000,
        migrations: &["CREATE TABLE takeover (a TEXT, b INTEGER, c INTEGER, d INTEGER)"],
    };
    const BROKEN: Schema = Schema {
        migrations: &[FIRST.migrations[0], "DROP TABLE takeover", "no SQL"],
        ..FIRST
    };
    const SECOND: Schema = Schema {
        migrations: &[
            FIRST.migrations[0],
            "ALTER TABLE takeover ADD COLUMN told INTEGER NOT NULL DEFAULT 7",
        ],
        ..FIRST
    };

    #[test]
    fn a_later_migration_keeps_the_rows_of_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(kind(&connection, &FIRST).unwrap(), DatabaseKind::New);
        migrate(&mut connection, &FIRST).unwrap();
        assert_eq!(kind(&connection, &FIRST).unwrap(), DatabaseKind::Known);
        connection
            .execute("INSERT INTO takeover VALUES ('a', 1, 2, 3)", [])
            .unwrap();
        for _ in 0..2 {
            migrate(&mut connection, &SECOND).unwrap();
        }
        let told: i64 = connection
            .query_row("SELECT told FROM takeover", [], |row| row.get(0))
            .unwrap();
        assert_eq!(told, 7);
        // The version before refuses what it does not know.
        assert_eq!(kind(&connection, &FIRST).unwrap(), DatabaseKind::Newer(2));
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &FIRST).unwrap();
        assert!(migrate(&mut connection, &BROKEN).is_err());
        assert_eq!(kind(&connection, &FIRST).unwrap(), DatabaseKind::Known);
        connection
            .execute("INSERT INTO takeover VALUES ('a', 1, 2, 3)", [])
            .unwrap();
    }

    #[test]
    fn a_database_of_another_program_is_told_from_our_own() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(kind(&connection, &FIRST).unwrap(), DatabaseKind::Foreign);
    }
}
