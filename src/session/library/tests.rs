//! Tests of the library on real files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};

use rusqlite::Connection;

use super::*;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::sweep::MelodyId;

pub(super) fn melody(region: u32) -> KeptMelody {
    let mut tokens = vec![0; 32];
    tokens[region as usize % 32] = 41;
    KeptMelody {
        identity: MelodyIdentity {
            weights_hash: "0123456789ab".to_owned(),
            seed: u64::MAX,
            id: MelodyId::Centre { region },
            tokens: Tokens::new(tokens).unwrap(),
        },
        name: format!("Region {region}, centre"),
        latent: Some(LatentPoint::new(vec![0.5, -1.25, f32::MIN_POSITIVE])),
        app_version: "0.1.0".to_owned(),
        marked: false,
        kept_at_ms: 1_700_000_000_000,
        annotations: Annotations::default(),
    }
}

pub(super) fn keep(region: u32) -> LibraryChange {
    LibraryChange::Keep {
        melody: Box::new(melody(region)),
        number: None,
    }
}

pub(super) fn remove(region: u32) -> LibraryChange {
    LibraryChange::Remove(Box::new(melody(region).identity))
}

pub(super) fn open(path: &Path) -> Library {
    let opened = Library::open(path).unwrap();
    assert_eq!(opened.damaged_copy, None);
    opened.library
}

fn numbers(library: &Library) -> Vec<u64> {
    let listing = library.list().unwrap();
    listing.entries.iter().map(|entry| entry.number).collect()
}

pub(super) struct TemporaryLibrary {
    pub(super) folder: tempfile::TempDir,
    pub(super) path: PathBuf,
}

/// A path in a temporary folder; neither the library nor its own folder exists yet.
pub(super) fn temporary_library() -> TemporaryLibrary {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tunescape").join("library.sqlite");
    TemporaryLibrary { folder, path }
}

#[test]
fn a_kept_melody_is_read_as_it_was_stored() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    for region in [3, 1, 3] {
        library.apply(&keep(region)).unwrap();
    }
    let mark = LibraryChange::Mark {
        number: 2,
        marked: true,
    };
    library.apply(&mark).unwrap();
    drop(library);
    let listing = open(&temporary.path).list().unwrap();
    let expected = [(1, melody(3), false), (2, melody(1), true)];
    assert_eq!(listing.unreadable_count, 0);
    assert_eq!(listing.entries.len(), expected.len());
    for (entry, (number, melody, marked)) in listing.entries.iter().zip(expected) {
        assert_eq!(entry.number, number);
        assert_eq!(entry.melody, KeptMelody { marked, ..melody });
    }
}

#[test]
fn a_commit_is_on_the_disk_and_in_one_file() {
    let temporary = temporary_library();
    let library = open(&temporary.path);
    let connection = &library.connection;
    let journal: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(journal, "delete");
    // EXTRA: the folder is synced too, so that no deleted journal reappears after a power loss and rolls a commit back.
    let synchronous: i64 = connection
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .unwrap();
    assert_eq!(synchronous, 3);
}

#[test]
fn a_restored_melody_has_its_number_again_and_no_number_is_used_twice() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    for region in 1..=3 {
        library.apply(&keep(region)).unwrap();
    }
    for region in [2, 3] {
        library.apply(&remove(region)).unwrap();
    }
    library.apply(&keep(4)).unwrap();
    assert_eq!(numbers(&library), [1, 4]);
    let restore = |region, number| LibraryChange::Keep {
        melody: Box::new(melody(region)),
        number: Some(number),
    };
    library.apply(&restore(2, 2)).unwrap();
    // A melody whose number is taken gets another one.
    library.apply(&restore(5, 4)).unwrap();
    library.apply(&restore(5, 4)).unwrap();
    assert_eq!(numbers(&library), [1, 2, 4, 5]);
}

#[test]
fn external_changes_are_those_of_other_handles_only() {
    let temporary = temporary_library();
    let (mut first_window, mut second_window) = (open(&temporary.path), open(&temporary.path));
    assert_eq!(
        second_window.external_changes().unwrap(),
        ExternalChange::Unchanged
    );
    first_window.apply(&keep(1)).unwrap();
    assert_eq!(
        first_window.external_changes().unwrap(),
        ExternalChange::Unchanged
    );
    assert_eq!(
        second_window.external_changes().unwrap(),
        ExternalChange::Changed
    );
    assert_eq!(
        second_window.external_changes().unwrap(),
        ExternalChange::Unchanged
    );
    assert_eq!(second_window.list().unwrap(), first_window.list().unwrap());
    second_window.apply(&remove(1)).unwrap();
    assert_eq!(
        first_window.external_changes().unwrap(),
        ExternalChange::Changed
    );
    assert!(numbers(&first_window).is_empty());
}

#[test]
fn two_writers_at_once_lose_nothing() {
    const MELODIES_PER_WRITER: u32 = 40;
    let temporary = temporary_library();
    let barrier = Arc::new(Barrier::new(2));
    let writers: Vec<_> = [0, 1000]
        .into_iter()
        .map(|first| {
            let (path, barrier) = (temporary.path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                let mut library = open(&path);
                for region in first..first + MELODIES_PER_WRITER {
                    library.apply(&keep(region)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(
        numbers(&open(&temporary.path)).len(),
        2 * MELODIES_PER_WRITER as usize
    );
}

#[test]
fn a_damaged_file_is_renamed_and_nothing_of_it_is_lost() {
    let temporary = temporary_library();
    let sibling = |name: &str| temporary.path.with_file_name(name);
    let mut library = open(&temporary.path);
    library.apply(&keep(1)).unwrap();
    drop(library);
    // A page overwritten in the middle, a file that is not a database, and a database of another program.
    let mut bytes = fs::read(&temporary.path).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..middle + 3000].fill(0xa5);
    let foreign = {
        let path = sibling("foreign.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        fs::read(path).unwrap()
    };
    let files = [
        bytes,
        b"no database at all, but sixteen bytes".to_vec(),
        foreign,
    ];
    for (content, number) in files.iter().zip(1..) {
        fs::write(&temporary.path, content).unwrap();
        // A journal that does not belong to the new library must not stay beside it.
        let journal = sibling("library.sqlite-journal");
        fs::write(&journal, b"what was left of a transaction").unwrap();
        let opened = Library::open(&temporary.path).unwrap();
        let moved = opened.damaged_copy.unwrap();
        assert_eq!(
            moved.path,
            sibling(&format!("library.broken-{number}.sqlite"))
        );
        assert!(!moved.reason.is_empty());
        assert_eq!(fs::read(&moved.path).unwrap(), *content);
        assert!(numbers(&opened.library).is_empty() && !journal.exists());
        drop(opened.library);
        assert!(numbers(&open(&temporary.path)).is_empty());
    }
    assert!(temporary.folder.path().exists());
}

#[test]
fn a_library_of_a_newer_version_is_refused_and_not_changed() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    library.apply(&keep(1)).unwrap();
    library
        .connection
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(library);
    let before = fs::read(&temporary.path).unwrap();
    let error = Library::open(&temporary.path).map(drop).unwrap_err();
    assert!(
        matches!(
            error,
            LibraryError::Newer {
                file_version: 99,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("install the newer version"),
        "{error}"
    );
    assert_eq!(fs::read(&temporary.path).unwrap(), before);
}

#[test]
fn on_a_full_disk_a_change_fails_with_advice_and_works_once_there_is_space() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    library.apply(&keep(1)).unwrap();
    let pages: u32 = library
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    library
        .connection
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let large_change = LibraryChange::Keep {
        melody: Box::new(KeptMelody {
            latent: Some(LatentPoint::new(vec![1.0; 20_000])),
            ..melody(2)
        }),
        number: None,
    };
    let error = library.apply(&large_change).unwrap_err();
    assert!(matches!(error, LibraryError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(numbers(&library), [1]);
    library
        .connection
        .pragma_update(None, "max_page_count", 10_000)
        .unwrap();
    library.apply(&large_change).unwrap();
    assert_eq!(numbers(&library), [1, 2]);
}

#[test]
fn a_lock_held_too_long_and_a_folder_that_cannot_be_created_are_reported() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    let other_connection = Connection::open(&temporary.path).unwrap();
    other_connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    library
        .connection
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    let error = library.apply(&keep(1)).unwrap_err();
    assert!(matches!(error, LibraryError::Busy { .. }), "{error}");
    other_connection.execute_batch("COMMIT").unwrap();
    library.apply(&keep(1)).unwrap();

    let error = Library::open(&temporary.path.join("below a file.sqlite"));
    let error = error.map(drop).unwrap_err();
    assert!(matches!(error, LibraryError::Folder { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn changes_of_a_file_that_was_moved_while_open_fail() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    library.apply(&keep(1)).unwrap();
    fs::rename(
        &temporary.path,
        temporary.path.with_file_name("elsewhere.sqlite"),
    )
    .unwrap();
    assert_eq!(
        library.external_changes().unwrap(),
        ExternalChange::Replaced
    );
    let error = library.apply(&keep(2)).unwrap_err();
    assert!(error.needs_reopening(), "{error}");
    let mut new_library = open(&temporary.path);
    new_library
        .restore(&library.list().unwrap().entries)
        .unwrap();
    new_library.apply(&keep(2)).unwrap();
    assert_eq!(numbers(&new_library), [1, 2]);
}

#[test]
fn two_windows_import_the_melodies_of_an_earlier_version_once() {
    let text = r#"[
        {"tokens":[41,0,0,1],"id":{"centre":{"region":1}},"name":"One","seed":18446744073709551615,"weights_hash":"ab","marked":true},
        {"tokens":[41,0,0,1],"id":{"centre":{"region":1}},"name":"One","seed":18446744073709551615,"weights_hash":"ab"},
        {"tokens":[200],"id":{"centre":{"region":1}},"name":"","seed":1,"weights_hash":""},
        {"tokens":[0,43],"id":{"made":{"by":"own","set":1,"index":0}},"name":"Two","seed":2,"weights_hash":"ab"}
    ]"#;
    let temporary = temporary_library();
    let barrier = Arc::new(Barrier::new(2));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (path, barrier) = (temporary.path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                open(&path).import_legacy(text).unwrap()
            })
        })
        .collect();
    let mut imports: Vec<LegacyImport> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    imports.sort_by_key(|import| *import == LegacyImport::AlreadyImported);
    let imported = LegacyImport::Imported {
        melody_count: 3,
        unreadable_count: 1,
    };
    assert_eq!(imports, [imported, LegacyImport::AlreadyImported]);

    let mut library = open(&temporary.path);
    let entries = library.list().unwrap().entries;
    let names: Vec<&str> = entries
        .iter()
        .map(|entry| entry.melody.name.as_str())
        .collect();
    assert_eq!(names, ["One", "Two"]);
    assert!(entries[0].melody.marked && !entries[1].melody.marked);
    assert_eq!(entries[0].melody.identity.seed, u64::MAX);
    // What is removed stays removed.
    let remove = LibraryChange::Remove(Box::new(entries[0].melody.identity.clone()));
    library.apply(&remove).unwrap();
    assert_eq!(
        library.import_legacy(text).unwrap(),
        LegacyImport::AlreadyImported
    );
    let remaining = library.list().unwrap().entries;
    assert_eq!(
        (remaining.len(), remaining[0].melody.name.as_str()),
        (1, "Two")
    );
    for text in ["", "[{]", "{}"] {
        let no_melodies = LegacyImport::Imported {
            melody_count: 0,
            unreadable_count: 1,
        };
        assert_eq!(library.import_legacy(text).unwrap(), no_melodies, "{text}");
    }
    assert_eq!(
        library.import_legacy("[]").unwrap(),
        LegacyImport::Imported {
            melody_count: 0,
            unreadable_count: 0
        }
    );
}

#[test]
fn a_row_that_holds_no_melody_is_counted_and_stays_in_the_file() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    for region in 1..=2 {
        library.apply(&keep(region)).unwrap();
    }
    let corrupt_row = "UPDATE kept_melody SET tokens = x'ff' WHERE number = 1";
    library.connection.execute(corrupt_row, []).unwrap();
    let listing = library.list().unwrap();
    assert_eq!((listing.entries.len(), listing.unreadable_count), (1, 1));
    drop(library);
    assert_eq!(open(&temporary.path).list().unwrap(), listing);
}
