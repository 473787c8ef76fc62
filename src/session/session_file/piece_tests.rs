//! Tests of the timeline in a session file, and of files of versions without one.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::schema::{SCHEMA, VERSION_1, VERSION_2, VERSION_3};
use super::tests::{open, temporary_session};
use super::*;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::session::database::{self, Access, DatabaseSubject, Schema};
use crate::session::library::KeptMelody;
use crate::session::piece::{Block, Piece};

/// A piece of blocks A, B and A' with a loop over the last two, a user label and a latent point.
fn piece() -> Piece {
    let mut piece = Piece::default();
    let first = KeptMelody {
        latent: Some(LatentPoint::new(vec![0.25, 1.0 / 3.0])),
        kept_at_ms: 77,
        app_version: "0.1.0".to_owned(),
        ..KeptMelody::for_test(3)
    };
    for melody in [first.clone(), KeptMelody::for_test(4), first] {
        piece.insert(usize::MAX, Arc::new(melody)).unwrap();
    }
    piece.set_repeats(1, 16).unwrap();
    piece.transpose(2, -7).unwrap();
    piece.rename(1, Some("Größe")).unwrap();
    piece.set_loop(Some((1, 2))).unwrap();
    piece
}

/// The blocks without their ids, which are different in each session.
fn block_values(piece: &Piece) -> Vec<(KeptMelody, u32, i8, Option<String>, String)> {
    let blocks = piece.blocks().iter();
    let values = |block: &Block| {
        (
            (**block.source()).clone(),
            block.repeats(),
            block.transposition(),
            block.user_label().map(str::to_owned),
            block.letter().to_owned(),
        )
    };
    blocks.map(values).collect()
}

fn assert_same(path: &Path, expected: &Piece) {
    let stored = open(path).contents.piece;
    assert_eq!(block_values(&stored), block_values(expected));
    assert_eq!(stored.loop_range(), expected.loop_range());
    let joined = |piece: &Piece| Piece::joined(piece.blocks());
    assert_eq!(joined(&stored), joined(expected));
}

#[test]
fn a_timeline_is_read_as_written_and_replaced_completely() {
    let (_folder, path) = temporary_session();
    let mut file = SessionFile::create(&path).unwrap();
    let mut piece = piece();
    let change = |piece: &Piece| SessionChange::ReplacePiece(Arc::new(piece.clone()));
    file.apply(&[change(&piece)]).unwrap();
    drop(file);
    assert_same(&path, &piece);

    piece.move_to(2, 0).unwrap();
    piece.remove(1).unwrap();
    piece.set_loop(Some((1, 1))).unwrap();
    let mut file = open(&path).file;
    file.apply(&[change(&piece)]).unwrap();
    drop(file);
    assert_same(&path, &piece);

    let mut file = open(&path).file;
    file.apply(&[change(&Piece::default())]).unwrap();
    drop(file);
    assert!(open(&path).contents.piece.is_empty());
}

#[test]
fn a_block_that_cannot_be_read_is_counted_and_stays_in_the_file() {
    let (_folder, path) = temporary_session();
    let mut file = SessionFile::create(&path).unwrap();
    file.apply(&[SessionChange::ReplacePiece(Arc::new(piece()))])
        .unwrap();
    drop(file);
    let connection = Connection::open(&path).unwrap();
    // Higher than the highest key of a piano.
    let transpose_too_high = "UPDATE piece_block SET transposition = 100 WHERE position = 0";
    assert_eq!(connection.execute(transpose_too_high, []).unwrap(), 1);
    drop(connection);
    let mut opened = open(&path);
    assert_eq!(
        (
            opened.contents.piece.len(),
            opened.contents.unreadable_count
        ),
        (2, 1)
    );
    opened
        .file
        .apply(&[SessionChange::ReplacePiece(Arc::clone(
            &opened.contents.piece,
        ))])
        .unwrap();
    drop(opened);
    let opened = open(&path);
    assert_eq!(
        (
            opened.contents.piece.len(),
            opened.contents.unreadable_count
        ),
        (2, 1)
    );
}

#[test]
fn letters_are_read_as_written_and_a_session_of_version_4_gets_them() {
    let (_folder, path) = temporary_session();
    let mut file = SessionFile::create(&path).unwrap();
    let mut piece = piece();
    piece.remove(0).unwrap();
    let mut other = KeptMelody::for_test(9);
    other.identity.tokens = Tokens::new([41, 45].repeat(16)).unwrap();
    piece.insert(0, Arc::new(other)).unwrap();
    assert_eq!(piece.labels(), ["B", "Größe", "A'"]);
    let change = SessionChange::ReplacePiece(Arc::new(piece.clone()));
    file.apply(&[change]).unwrap();
    drop(file);
    assert_same(&path, &piece);
    let connection = Connection::open(&path).unwrap();
    let undo_version_5 = "ALTER TABLE piece_block DROP COLUMN letter; PRAGMA user_version = 4";
    connection.execute_batch(undo_version_5).unwrap();
    // As a write-protected file is read.
    let (read_only, _) = super::piece_rows::read(&connection).unwrap();
    assert_eq!(read_only.labels(), ["A", "Größe", "B"]);
    drop(connection);
    let mut opened = open(&path);
    let mut migrated = (*opened.contents.piece).clone();
    assert_eq!(migrated.labels(), ["A", "Größe", "B"]);
    migrated.move_to(2, 0).unwrap();
    let change = SessionChange::ReplacePiece(Arc::new(migrated));
    opened.file.apply(&[change]).unwrap();
    drop(opened);
    assert_eq!(open(&path).contents.piece.labels(), ["B", "A", "Größe"]);
}

#[test]
fn a_session_of_version_2_keeps_its_contents_and_can_store_a_timeline() {
    let (_folder, path) = temporary_session();
    File::create_new(&path).unwrap();
    let schema = Schema {
        application_id: SCHEMA.application_id,
        migrations: &[VERSION_1, VERSION_2],
    };
    let subject = DatabaseSubject::Session;
    let connection = database::open(subject, &schema, &path, Access::Create).unwrap();
    let row = "INSERT INTO window (one, view, app_version) VALUES (1, 'as it was', '0.1.0')";
    connection.execute(row, []).unwrap();
    drop(connection);
    let old_connection = Connection::open(&path).unwrap();
    assert_eq!(
        super::piece_rows::read(&old_connection).unwrap(),
        (Piece::default(), 0)
    );
    drop(old_connection);
    let mut opened = open(&path);
    assert_eq!(opened.contents.view, "as it was");
    assert!(opened.contents.piece.is_empty());
    let piece = piece();
    opened
        .file
        .apply(&[SessionChange::ReplacePiece(Arc::new(piece.clone()))])
        .unwrap();
    drop(opened);
    assert_same(&path, &piece);
}

#[test]
fn a_session_of_version_3_keeps_its_contents_and_can_store_origins() {
    let (_folder, path) = temporary_session();
    File::create_new(&path).unwrap();
    let schema = Schema {
        application_id: SCHEMA.application_id,
        migrations: &[VERSION_1, VERSION_2, VERSION_3],
    };
    let subject = DatabaseSubject::Session;
    let connection = database::open(subject, &schema, &path, Access::Create).unwrap();
    // As the third version wrote them: a heard melody and a block.
    for (table, columns, values) in [
        ("heard_melody", "number", "1"),
        (
            "piece_block",
            "position, repeats, transposition, loop_end",
            "0, 2, 0, 0",
        ),
    ] {
        let row = format!(
            "INSERT INTO {table} ({columns}, name, tokens, weights_hash, seed, melody_id, app_version, marked, kept_at_ms) \
             VALUES ({values}, 'as it was', x'2900', '0123456789ab', '1', '{{\"centre\":{{\"region\":3}}}}', '0.1.0', 0, 5)"
        );
        connection.execute(&row, []).unwrap();
    }
    drop(connection);
    let mut opened = open(&path);
    assert_eq!(opened.contents.heard[0].melody.name, "as it was");
    let before = opened.contents.piece.blocks()[0].source().clone();
    assert_eq!(
        (before.name.as_str(), &before.annotations.origin),
        ("as it was", &None)
    );
    let mut edited = (*before).clone();
    edited.annotations.origin = Some("edited from Region 3, centre".to_owned());
    let mut piece = (*opened.contents.piece).clone();
    piece.insert(1, Arc::new(edited.clone())).unwrap();
    let mut heard = opened.contents.heard[0].clone();
    (heard.number, heard.melody) = (2, edited);
    opened
        .file
        .apply(&[
            SessionChange::ReplacePiece(Arc::new(piece.clone())),
            SessionChange::AppendHeard(vec![heard.clone()]),
        ])
        .unwrap();
    drop(opened);
    assert_same(&path, &piece);
    assert_eq!(open(&path).contents.heard[1], heard);
}
