//! Recognition of this program's databases, and migration of their tables to the newest schema.
//!
//! `PRAGMA application_id` is the kind of a database, `PRAGMA user_version` the number of migrations that have been applied to it.

use rusqlite::{Connection, TransactionBehavior};

/// The tables of one kind of database.
pub(in crate::session) struct Schema {
    /// Its `PRAGMA application_id`.
    pub application_id: i32,
    /// One script per version, in order. Released scripts are never edited; changes are new scripts at the end.
    pub migrations: &'static [&'static str],
}

impl Schema {
    /// The version after all migrations.
    pub(in crate::session) fn newest_version(&self) -> i32 {
        i32::try_from(self.migrations.len()).unwrap_or(i32::MAX)
    }
}

/// Recognised kind of a database, from its header and tables.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) enum DatabaseKind {
    /// No tables yet.
    New,
    /// A database of this kind, of this or an earlier version.
    Known,
    /// A database of this kind, of a later version: its `user_version`.
    Newer(i32),
    /// A database of another program or kind.
    Foreign,
}

/// Recognises the kind of a database. Changes nothing.
pub(in crate::session) fn database_kind(
    connection: &Connection,
    schema: &Schema,
) -> rusqlite::Result<DatabaseKind> {
    let read_pragma =
        |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (read_pragma("application_id")?, read_pragma("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version) {
        (0, 0) if tables == 0 => DatabaseKind::New,
        (id, version) if id == schema.application_id && version > schema.newest_version() => {
            DatabaseKind::Newer(version)
        }
        (id, version) if id == schema.application_id && version > 0 => DatabaseKind::Known,
        _ => DatabaseKind::Foreign,
    })
}

/// Applies the migrations that are still missing, all in one transaction.
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

    const VERSION_1: Schema = Schema {
        application_id: 0x5453_0000,
        migrations: &["CREATE TABLE example (a TEXT, b INTEGER, c INTEGER, d INTEGER)"],
    };
    const BROKEN: Schema = Schema {
        migrations: &[VERSION_1.migrations[0], "DROP TABLE example", "no SQL"],
        ..VERSION_1
    };
    const VERSION_2: Schema = Schema {
        migrations: &[
            VERSION_1.migrations[0],
            "ALTER TABLE example ADD COLUMN e INTEGER NOT NULL DEFAULT 7",
        ],
        ..VERSION_1
    };

    #[test]
    fn a_later_migration_keeps_the_rows_of_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(
            database_kind(&connection, &VERSION_1).unwrap(),
            DatabaseKind::New
        );
        migrate(&mut connection, &VERSION_1).unwrap();
        assert_eq!(
            database_kind(&connection, &VERSION_1).unwrap(),
            DatabaseKind::Known
        );
        connection
            .execute("INSERT INTO example VALUES ('a', 1, 2, 3)", [])
            .unwrap();
        for _ in 0..2 {
            migrate(&mut connection, &VERSION_2).unwrap();
        }
        let e: i64 = connection
            .query_row("SELECT e FROM example", [], |row| row.get(0))
            .unwrap();
        assert_eq!(e, 7);
        // A program of version 1 refuses the file.
        assert_eq!(
            database_kind(&connection, &VERSION_1).unwrap(),
            DatabaseKind::Newer(2)
        );
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &VERSION_1).unwrap();
        assert!(migrate(&mut connection, &BROKEN).is_err());
        assert_eq!(
            database_kind(&connection, &VERSION_1).unwrap(),
            DatabaseKind::Known
        );
        connection
            .execute("INSERT INTO example VALUES ('a', 1, 2, 3)", [])
            .unwrap();
    }

    #[test]
    fn a_database_of_another_program_is_foreign() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(
            database_kind(&connection, &VERSION_1).unwrap(),
            DatabaseKind::Foreign
        );
    }
}
