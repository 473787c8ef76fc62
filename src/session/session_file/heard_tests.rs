//! Tests of the play history, and of files of versions without one.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;

use super::heard_rows;
use super::schema::{SCHEMA, VERSION_1};
use super::tests::{open, temporary_session};
use super::*;
use crate::latent::LatentPoint;
use crate::session::database::{self, Access, DatabaseSubject, Schema};
use crate::session::library::KeptMelody;

fn heard(number: u64) -> HeardMelody {
    HeardMelody {
        number,
        map: (!number.is_multiple_of(3)).then_some(number as u32 % 3),
        melody: KeptMelody {
            latent: Some(LatentPoint::new(vec![0.25, number as f32 / 3.0])),
            kept_at_ms: 1_000 * number as i64,
            ..KeptMelody::for_test(number as u32 % 5)
        },
    }
}

fn read(path: &Path) -> Vec<HeardMelody> {
    open(path).contents.heard
}

#[test]
fn the_play_history_is_read_in_order_without_the_oldest() {
    let (_folder, path) = temporary_session();
    let mut file = SessionFile::create(&path).unwrap();
    let all: Vec<HeardMelody> = (1..=MAX_HEARD as u64 + 50).map(heard).collect();
    for batch in all.chunks(700) {
        file.apply(&[SessionChange::AppendHeard(batch.to_vec())])
            .unwrap();
    }
    drop(file);
    assert_eq!(read(&path), all[50..]);
    let mut file = open(&path).file;
    file.apply(&[
        SessionChange::RemoveHeard(60),
        SessionChange::RemoveHeard(7),
    ])
    .unwrap();
    drop(file);
    let remaining = read(&path);
    assert_eq!(remaining.len(), MAX_HEARD - 1);
    assert!(remaining.iter().all(|heard| heard.number != 60));
}

/// Writes a session with the tables of version 1.
fn write_version_1(path: &Path) {
    File::create_new(path).unwrap();
    let schema = Schema {
        application_id: SCHEMA.application_id,
        migrations: &[VERSION_1],
    };
    let subject = DatabaseSubject::Session;
    let connection = database::open(subject, &schema, path, Access::Create).unwrap();
    connection
        .execute(
            "INSERT INTO window (one, view, app_version) VALUES (1, 'as it was', '0.1.0')",
            [],
        )
        .unwrap();
}

#[test]
fn a_session_of_version_1_keeps_its_contents_and_can_store_the_play_history() {
    let (_folder, path) = temporary_session();
    write_version_1(&path);
    let old_connection = Connection::open(&path).unwrap();
    assert_eq!(heard_rows::read(&old_connection).unwrap(), []);
    drop(old_connection);
    let mut opened = open(&path);
    assert_eq!(opened.contents.view, "as it was");
    assert_eq!(opened.contents.heard, []);
    opened
        .file
        .apply(&[SessionChange::AppendHeard(vec![heard(1)])])
        .unwrap();
    drop(opened);
    assert_eq!(read(&path), [heard(1)]);
    let connection = Connection::open(&path).unwrap();
    let version: i32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 5);
}
