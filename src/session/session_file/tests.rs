//! Tests of session files: round trips, invalid files, two windows.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::session::database::DatabaseError;
use crate::session::library::{Annotations, KeptMelody, LibraryEntry};
use crate::sweep::testing::sweep_of;
use crate::sweep::{GenerateMethod, LayoutKind, MelodyEntry};

pub(super) fn temporary_session() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ideas.tunescape");
    (folder, path)
}

/// A map of a sweep of 12 regions of 5 samples, of which the last `missing` were not decoded.
pub(super) fn map(number: u32, missing: usize) -> StoredMap {
    let (sweep, _) = sweep_of(12, 5);
    let mut entries = sweep.entries();
    entries.truncate(entries.len() - missing);
    for (index, entry) in entries.iter_mut().enumerate() {
        // Numbers that a short decimal text would not restore exactly.
        entry.position = [(index as f64).sqrt(), -1.0 / (index as f64 + 3.0)];
    }
    StoredMap {
        number,
        model: StoredModel {
            name: "Toy".to_owned(),
            weights_hash: "0123456789ab".to_owned(),
            latent_size: sweep.plan.latent_size(),
            steps: entries[0].melody.steps(),
            path: Some("/models/toy.safetensors".to_owned()),
        },
        plan: Arc::clone(&sweep.plan),
        swept: SweptMelodies {
            layout: LayoutKind::Decoder,
            entries,
        },
        sets: Vec::new(),
        view: String::new(),
    }
}

/// A set of three melodies of a map.
fn set(map: &StoredMap, method: Option<GenerateMethod>, number: u32) -> StoredSet {
    let key = SetKey { method, number };
    let entries: Vec<MelodyEntry> = (0..3)
        .map(|index| MelodyEntry {
            id: key.melody_id(index),
            ..map.swept.entries[7 * index as usize].clone()
        })
        .collect();
    let is_imported = method == Some(GenerateMethod::Imported);
    StoredSet {
        key,
        details: format!("{{\"name\":\"set {number}\"}}"),
        latents: (0..3)
            .map(|index| LatentPoint::new(vec![0.1 + index as f32 / 3.0; map.model.latent_size]))
            .collect(),
        reconstructions: if is_imported {
            let melodies = map.swept.entries.iter().rev();
            melodies
                .take(3)
                .map(|entry| Arc::clone(&entry.melody))
                .collect()
        } else {
            Vec::new()
        },
        entries,
    }
}

fn kept_copies(numbers: &[u32]) -> KeptCopies {
    let entry = |number: &u32| LibraryEntry {
        number: u64::from(*number),
        melody: KeptMelody {
            annotations: Annotations {
                stars: (*number % 6) as u8,
                tags: vec![format!("tag {number}")],
                sort_key: (*number == 5).then_some(1.5),
                origin: number
                    .is_multiple_of(2)
                    .then(|| format!("edited from Region {number}")),
            },
            ..KeptMelody::for_test(*number)
        },
    };
    KeptCopies {
        library_id: Some("of this machine".to_owned()),
        entries: Arc::new(numbers.iter().map(entry).collect()),
    }
}

/// Writes a session with a map and sets of every kind; returns the map and the sets.
pub(super) fn write(path: &Path) -> (StoredMap, Vec<StoredSet>) {
    let map = map(3, 0);
    let methods = [
        None,
        Some(GenerateMethod::Imported),
        Some(GenerateMethod::Explored),
        Some(GenerateMethod::Blended),
        Some(GenerateMethod::Path),
    ];
    let sets: Vec<StoredSet> = methods
        .into_iter()
        .zip(0..)
        .map(|(method, number)| set(&map, method, number))
        .collect();
    let mut changes = vec![
        SessionChange::SetView("the window".to_owned()),
        SessionChange::PutMap(Box::new(map.clone())),
        SessionChange::SetMapView(3, "the map".to_owned()),
        SessionChange::ReplaceKept(kept_copies(&[1, 2, 5])),
    ];
    changes.extend(
        sets.iter()
            .map(|set| SessionChange::PutSet(3, Box::new(set.clone()))),
    );
    SessionFile::create(path).unwrap().apply(&changes).unwrap();
    (map, sets)
}

pub(super) fn open(path: &Path) -> OpenedSession {
    SessionFile::open(path).unwrap()
}

fn assert_same_entries(stored: &[MelodyEntry], expected: &[MelodyEntry]) {
    assert_eq!(stored.len(), expected.len());
    for (stored, expected) in stored.iter().zip(expected) {
        assert_eq!(stored.id, expected.id);
        assert_eq!(stored.melody.tokens(), expected.melody.tokens());
        assert_eq!(stored.melody.notes(), expected.melody.notes());
        assert_eq!(stored.attributes, expected.attributes);
        assert_eq!(
            stored.position.map(f64::to_bits),
            expected.position.map(f64::to_bits)
        );
    }
}

#[test]
fn a_session_is_read_as_it_was_written_to_the_last_bit() {
    let (_folder, path) = temporary_session();
    let (map, mut sets) = write(&path);
    let OpenedSession {
        contents, access, ..
    } = open(&path);
    assert_eq!(access, WriteAccess::Writable);
    assert_eq!(
        (contents.view.as_str(), contents.unreadable_count),
        ("the window", 0)
    );
    assert_eq!(contents.kept, kept_copies(&[1, 2, 5]));
    let stored = &contents.maps[0];
    assert_eq!((stored.number, stored.view.as_str()), (3, "the map"));
    assert_eq!((&stored.model, &stored.plan), (&map.model, &map.plan));
    assert_eq!(stored.swept.layout, LayoutKind::Decoder);
    assert_same_entries(&stored.swept.entries, &map.swept.entries);
    // The latent points of the sweep follow from the plan.
    for entry in &stored.swept.entries {
        assert_eq!(stored.plan.latent(entry.id), map.plan.latent(entry.id));
    }
    sets.sort_by_key(|set| set.key);
    let mut stored: Vec<&StoredSet> = stored.sets.iter().collect();
    stored.sort_by_key(|set| set.key);
    assert_eq!(stored.len(), sets.len());
    for (stored, expected) in stored.into_iter().zip(&sets) {
        assert_eq!(
            (stored.key, &stored.details),
            (expected.key, &expected.details)
        );
        assert_same_entries(&stored.entries, &expected.entries);
        assert_eq!(stored.latents, expected.latents);
        assert_eq!(stored.reconstructions, expected.reconstructions);
    }
}

#[test]
fn an_unfinished_sweep_lacks_the_melodies_that_were_not_decoded_and_no_others() {
    let (_folder, path) = temporary_session();
    let unfinished = map(1, 17);
    let mut file = SessionFile::create(&path).unwrap();
    let change = SessionChange::PutMap(Box::new(unfinished.clone()));
    file.apply(&[change]).unwrap();
    drop(file);
    let contents = open(&path).contents;
    assert_same_entries(&contents.maps[0].swept.entries, &unfinished.swept.entries);
}

#[test]
fn changes_replace_what_they_name_and_nothing_else() {
    let (_folder, path) = temporary_session();
    let (map, sets) = write(&path);
    let mut opened = open(&path);
    let positions: Vec<[f64; 2]> = (0..map.swept.entries.len())
        .map(|index| [index as f64, 0.25])
        .collect();
    let changes = [
        SessionChange::SetPositions {
            map: 3,
            layout: LayoutKind::Latent,
            positions: positions.clone(),
        },
        SessionChange::RemoveSet(3, sets[2].key),
        SessionChange::ReplaceKept(kept_copies(&[2, 5, 6])),
        // Changes of a map that does not exist.
        SessionChange::SetMapView(9, "nowhere".to_owned()),
        SessionChange::PutSet(9, Box::new(sets[0].clone())),
    ];
    opened.file.apply(&changes).unwrap();
    drop(opened);
    let contents = open(&path).contents;
    let stored = &contents.maps[0];
    assert_eq!(stored.swept.positions(), positions);
    assert_eq!(stored.swept.layout, LayoutKind::Latent);
    assert_eq!((stored.sets.len(), stored.view.as_str()), (4, "the map"));
    assert!(stored.sets.iter().all(|set| set.key != sets[2].key));
    assert_eq!(contents.kept, kept_copies(&[2, 5, 6]));
    let mut opened = open(&path);
    opened.file.apply(&[SessionChange::RemoveMap(3)]).unwrap();
    drop(opened);
    let contents = open(&path).contents;
    assert_eq!(
        (contents.maps.len(), contents.view.as_str()),
        (0, "the window")
    );
}

#[test]
fn a_batch_is_written_whole_or_not_at_all() {
    let (_folder, path) = temporary_session();
    let (map, sets) = write(&path);
    let mut opened = open(&path);
    let mut broken = sets[0].clone();
    broken.latents.pop();
    let changes = [
        SessionChange::SetView("half".to_owned()),
        SessionChange::PutSet(map.number, Box::new(broken)),
    ];
    assert!(opened.file.apply(&changes).is_err());
    drop(opened);
    assert_eq!(open(&path).contents.view, "the window");
}

#[test]
fn a_second_window_reads_and_does_not_write() {
    let (_folder, path) = temporary_session();
    write(&path);
    let first = open(&path);
    let second = open(&path);
    assert_eq!(second.access, WriteAccess::OtherWindow);
    assert_eq!(second.contents.maps.len(), 1);
    let mut file = second.file;
    let change = SessionChange::SetView("of the second".to_owned());
    let error = file.apply(&[change]).unwrap_err();
    assert!(matches!(error, DatabaseError::ReadOnly { .. }), "{error}");
    drop((first, file));
    let third = open(&path);
    assert_eq!(third.access, WriteAccess::Writable);
    assert_eq!(third.contents.view, "the window");
}

#[test]
fn a_file_that_is_not_a_session_is_refused_and_not_changed() {
    let (folder, path) = temporary_session();
    write(&path);
    let session_bytes = fs::read(&path).unwrap();
    let other_path = folder.path().join("other.tunescape");
    let open_error = |bytes: &[u8]| {
        fs::write(&other_path, bytes).unwrap();
        let error = SessionFile::open(&other_path)
            .map(drop)
            .unwrap_err()
            .to_string();
        assert_eq!(fs::read(&other_path).unwrap(), bytes, "{error}");
        error
    };
    assert!(open_error(b"").contains("it is empty"));
    assert!(open_error(b"Dear diary, today I wrote a melody").contains("the session is damaged"));
    for length in [
        17,
        100,
        1_000,
        4_096,
        session_bytes.len() / 2,
        session_bytes.len() - 1,
    ] {
        let error = open_error(&session_bytes[..length]);
        assert!(
            error.contains("the session is damaged"),
            "{length}: {error}"
        );
    }
    // Another program's database.
    let foreign = folder.path().join("foreign.sqlite");
    let connection = rusqlite::Connection::open(&foreign).unwrap();
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(connection);
    assert!(open_error(&fs::read(&foreign).unwrap()).contains("another program"));
    // The library is one of another kind.
    let library = folder.path().join("library.sqlite");
    drop(crate::session::library::Library::open(&library).unwrap());
    assert!(open_error(&fs::read(&library).unwrap()).contains("another program"));
    let error = SessionFile::open(&folder.path().join("none.tunescape"));
    let error = error.map(drop).unwrap_err().to_string();
    assert!(error.contains("could not be opened"), "{error}");
}

#[test]
fn damage_anywhere_in_the_file_never_causes_a_panic() {
    let (folder, path) = temporary_session();
    write(&path);
    let session_bytes = fs::read(&path).unwrap();
    let other_path = folder.path().join("other.tunescape");
    for (round, offset) in (0..session_bytes.len())
        .step_by(session_bytes.len() / 150)
        .enumerate()
    {
        let mut bytes = session_bytes.clone();
        for byte in bytes.iter_mut().skip(offset).take(1 + round % 24) {
            *byte ^= 0x5a;
        }
        fs::write(&other_path, &bytes).unwrap();
        // It returns contents or an error.
        drop(SessionFile::open(&other_path));
    }
}

#[test]
fn a_session_of_a_newer_version_is_refused_and_not_changed() {
    let (_folder, path) = temporary_session();
    write(&path);
    let opened = open(&path);
    opened
        .file
        .connection
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(opened);
    let before = fs::read(&path).unwrap();
    let error = SessionFile::open(&path).map(drop).unwrap_err();
    assert!(matches!(
        error,
        DatabaseError::Newer {
            file_version: 99,
            ..
        }
    ));
    let text = error.to_string();
    assert!(text.contains("install the newer version"), "{text}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn values_of_a_version_with_other_attributes_are_measured_again() {
    let (_folder, path) = temporary_session();
    let (map, _) = write(&path);
    let opened = open(&path);
    let change_attributes =
        "UPDATE swept SET attribute_ids = 'note_density', attributes = x'0000000000000000'";
    opened
        .file
        .connection
        .execute_batch(change_attributes)
        .unwrap();
    drop(opened);
    let contents = open(&path).contents;
    assert_same_entries(&contents.maps[0].swept.entries, &map.swept.entries);
    let entry = &contents.maps[0].swept.entries[0];
    assert_eq!(entry.attributes, AttributeRow::measure(&entry.melody));
}

#[test]
fn a_map_that_cannot_be_read_is_counted_and_stays_in_the_file() {
    let (_folder, path) = temporary_session();
    write(&path);
    let mut opened = open(&path);
    opened
        .file
        .apply(&[SessionChange::PutMap(Box::new(map(4, 0)))])
        .unwrap();
    opened
        .file
        .connection
        .execute_batch("UPDATE map SET centres = x'00' WHERE number = 3; UPDATE swept SET tokens = zeroblob(length(tokens)) WHERE map = 4")
        .unwrap();
    drop(opened);
    let opened = open(&path);
    let numbers: Vec<u32> = opened.contents.maps.iter().map(|map| map.number).collect();
    assert_eq!((numbers, opened.contents.unreadable_count), (vec![4], 1));
    let rows: u32 = opened
        .file
        .connection
        .query_row("SELECT count(*) FROM map", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 2);
}

#[test]
fn a_session_of_version_2_keeps_its_kept_melodies_and_gets_their_stars() {
    let (_folder, path) = temporary_session();
    write(&path);
    let connection = rusqlite::Connection::open(&path).unwrap();
    for column in ["stars", "tags", "place", "origin"] {
        let drop = format!("ALTER TABLE kept_melody DROP COLUMN {column}");
        connection.execute_batch(&drop).unwrap();
    }
    connection
        .execute_batch("DROP TABLE piece_block; ALTER TABLE heard_melody DROP COLUMN origin")
        .unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    drop(connection);
    let mut opened = SessionFile::open(&path).unwrap();
    let stars: Vec<u8> = opened
        .contents
        .kept
        .entries
        .iter()
        .map(|entry| entry.melody.annotations.stars)
        .collect();
    assert_eq!(stars, [0, 0, 0]);
    opened
        .file
        .apply(&[SessionChange::ReplaceKept(kept_copies(&[1, 2, 5]))])
        .unwrap();
    drop(opened);
    let contents = SessionFile::open(&path).unwrap().contents;
    assert_eq!(contents.kept, kept_copies(&[1, 2, 5]));
}
