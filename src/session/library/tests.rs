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

pub(super) struct Folder {
    pub(super) folder: tempfile::TempDir,
    pub(super) path: PathBuf,
}

/// A folder in which the library's own folder is still to be made.
pub(super) fn folder() -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tunescape").join("library.sqlite");
    Folder { folder, path }
}

#[test]
fn a_kept_melody_comes_back_with_everything_that_was_stored_of_it() {
    let home = folder();
    let mut library = open(&home.path);
    for region in [3, 1, 3] {
        library.apply(&keep(region)).unwrap();
    }
    let mark = LibraryChange::Mark {
        number: 2,
        marked: true,
    };
    library.apply(&mark).unwrap();
    drop(library);
    let listing = open(&home.path).list().unwrap();
    let expected = [(1, melody(3), false), (2, melody(1), true)];
    assert_eq!(listing.unreadable, 0);
    assert_eq!(listing.entries.len(), expected.len());
    for (entry, (number, melody, marked)) in listing.entries.iter().zip(expected) {
        assert_eq!(entry.number, number);
        assert_eq!(entry.melody, KeptMelody { marked, ..melody });
    }
}

#[test]
fn a_commit_is_on_the_disk_and_in_one_file() {
    let home = folder();
    let library = open(&home.path);
    let connection = &library.connection;
    let journal: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(journal, "delete");
    // EXTRA: the folder is synced too, so that no journal comes back and rolls a commit back.
    let synchronous: i64 = connection
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .unwrap();
    assert_eq!(synchronous, 3);
}

#[test]
fn a_melody_that_is_brought_back_takes_its_place_again_and_no_number_is_used_twice() {
    let home = folder();
    let mut library = open(&home.path);
    for region in 1..=3 {
        library.apply(&keep(region)).unwrap();
    }
    for region in [2, 3] {
        library.apply(&remove(region)).unwrap();
    }
    library.apply(&keep(4)).unwrap();
    assert_eq!(numbers(&library), [1, 4]);
    let back = |region, number| LibraryChange::Keep {
        melody: Box::new(melody(region)),
        number: Some(number),
    };
    library.apply(&back(2, 2)).unwrap();
    // A number that another melody has is no reason to lose this one.
    library.apply(&back(5, 4)).unwrap();
    library.apply(&back(5, 4)).unwrap();
    assert_eq!(numbers(&library), [1, 2, 4, 5]);
}

#[test]
fn two_handles_on_one_file_see_each_other_s_changes_and_not_their_own() {
    let home = folder();
    let (mut one, mut two) = (open(&home.path), open(&home.path));
    assert_eq!(two.external_changes().unwrap(), ExternalChange::Unchanged);
    one.apply(&keep(1)).unwrap();
    assert_eq!(one.external_changes().unwrap(), ExternalChange::Unchanged);
    assert_eq!(two.external_changes().unwrap(), ExternalChange::Changed);
    assert_eq!(two.external_changes().unwrap(), ExternalChange::Unchanged);
    assert_eq!(two.list().unwrap(), one.list().unwrap());
    two.apply(&remove(1)).unwrap();
    assert_eq!(one.external_changes().unwrap(), ExternalChange::Changed);
    assert!(numbers(&one).is_empty());
}

#[test]
fn two_writers_at_once_lose_nothing() {
    const EACH: u32 = 40;
    let home = folder();
    let barrier = Arc::new(Barrier::new(2));
    let writers: Vec<_> = [0, 1000]
        .into_iter()
        .map(|first| {
            let (path, barrier) = (home.path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                let mut library = open(&path);
                for region in first..first + EACH {
                    library.apply(&keep(region)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(numbers(&open(&home.path)).len(), 2 * EACH as usize);
}

#[test]
fn a_damaged_file_is_renamed_and_nothing_of_it_is_lost() {
    let home = folder();
    let beside = |name: &str| home.path.with_file_name(name);
    let mut library = open(&home.path);
    library.apply(&keep(1)).unwrap();
    drop(library);
    // A page overwritten in the middle, a file that is no database, and a database of another program.
    let mut bytes = fs::read(&home.path).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle..middle + 3000].fill(0xa5);
    let foreign = {
        let path = beside("foreign.sqlite");
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
        fs::write(&home.path, content).unwrap();
        // A journal that does not belong to the new library must not stay beside it.
        let journal = beside("library.sqlite-journal");
        fs::write(&journal, b"what was left of a transaction").unwrap();
        let opened = Library::open(&home.path).unwrap();
        let moved = opened.damaged_copy.unwrap();
        assert_eq!(
            moved.path,
            beside(&format!("library.broken-{number}.sqlite"))
        );
        assert!(!moved.reason.is_empty());
        assert_eq!(fs::read(&moved.path).unwrap(), *content);
        assert!(numbers(&opened.library).is_empty() && !journal.exists());
        drop(opened.library);
        assert!(numbers(&open(&home.path)).is_empty());
    }
    assert!(home.folder.path().exists());
}

#[test]
fn a_library_of_a_newer_version_is_refused_and_not_changed() {
    let home = folder();
    let mut library = open(&home.path);
    library.apply(&keep(1)).unwrap();
    library
        .connection
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(library);
    let before = fs::read(&home.path).unwrap();
    let error = Library::open(&home.path).map(drop).unwrap_err();
    assert!(
        matches!(error, LibraryError::Newer { found: 99, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("install the newer version"),
        "{error}"
    );
    assert_eq!(fs::read(&home.path).unwrap(), before);
}

#[test]
fn on_a_full_disk_a_change_fails_with_advice_and_works_once_there_is_space() {
    let home = folder();
    let mut library = open(&home.path);
    library.apply(&keep(1)).unwrap();
    let pages: u32 = library
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    library
        .connection
        .pragma_update(None, "max_page_count", pages)
        .unwrap();
    let big = LibraryChange::Keep {
        melody: Box::new(KeptMelody {
            latent: Some(LatentPoint::new(vec![1.0; 20_000])),
            ..melody(2)
        }),
        number: None,
    };
    let error = library.apply(&big).unwrap_err();
    assert!(matches!(error, LibraryError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(numbers(&library), [1]);
    library
        .connection
        .pragma_update(None, "max_page_count", 10_000)
        .unwrap();
    library.apply(&big).unwrap();
    assert_eq!(numbers(&library), [1, 2]);
}

#[test]
fn a_lock_that_lasts_too_long_and_a_folder_that_cannot_be_made_are_told_of() {
    let home = folder();
    let mut library = open(&home.path);
    let other = Connection::open(&home.path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    library
        .connection
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    let error = library.apply(&keep(1)).unwrap_err();
    assert!(matches!(error, LibraryError::Busy { .. }), "{error}");
    other.execute_batch("COMMIT").unwrap();
    library.apply(&keep(1)).unwrap();

    let error = Library::open(&home.path.join("below a file.sqlite"));
    let error = error.map(drop).unwrap_err();
    assert!(matches!(error, LibraryError::Folder { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_was_moved_while_open_takes_no_more_changes() {
    let home = folder();
    let mut library = open(&home.path);
    library.apply(&keep(1)).unwrap();
    fs::rename(&home.path, home.path.with_file_name("elsewhere.sqlite")).unwrap();
    assert_eq!(
        library.external_changes().unwrap(),
        ExternalChange::Replaced
    );
    let error = library.apply(&keep(2)).unwrap_err();
    assert!(error.needs_reopening(), "{error}");
    let mut fresh = open(&home.path);
    fresh.restore(&library.list().unwrap().entries).unwrap();
    fresh.apply(&keep(2)).unwrap();
    assert_eq!(numbers(&fresh), [1, 2]);
}

#[test]
fn melodies_of_an_earlier_version_are_taken_over_once_also_by_two_windows() {
    let text = r#"[
        {"tokens":[41,0,0,1],"id":{"centre":{"region":1}},"name":"One","seed":18446744073709551615,"weights_hash":"ab","marked":true},
        {"tokens":[41,0,0,1],"id":{"centre":{"region":1}},"name":"One","seed":18446744073709551615,"weights_hash":"ab"},
        {"tokens":[200],"id":{"centre":{"region":1}},"name":"","seed":1,"weights_hash":""},
        {"tokens":[0,43],"id":{"made":{"by":"own","set":1,"index":0}},"name":"Two","seed":2,"weights_hash":"ab"}
    ]"#;
    let home = folder();
    let barrier = Arc::new(Barrier::new(2));
    let windows: Vec<_> = (0..2)
        .map(|_| {
            let (path, barrier) = (home.path.clone(), Arc::clone(&barrier));
            std::thread::spawn(move || {
                barrier.wait();
                open(&path).import_legacy(text).unwrap()
            })
        })
        .collect();
    let mut came: Vec<LegacyImport> = windows.into_iter().map(|w| w.join().unwrap()).collect();
    came.sort_by_key(|one| *one == LegacyImport::AlreadyImported);
    let now = LegacyImport::Imported {
        melodies: 3,
        unreadable: 1,
    };
    assert_eq!(came, [now, LegacyImport::AlreadyImported]);

    let mut library = open(&home.path);
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
    let left = library.list().unwrap().entries;
    assert_eq!((left.len(), left[0].melody.name.as_str()), (1, "Two"));
    for text in ["", "[{]", "{}"] {
        let none = LegacyImport::Imported {
            melodies: 0,
            unreadable: 1,
        };
        assert_eq!(library.import_legacy(text).unwrap(), none, "{text}");
    }
    assert_eq!(
        library.import_legacy("[]").unwrap(),
        LegacyImport::Imported {
            melodies: 0,
            unreadable: 0
        }
    );
}

#[test]
fn a_row_that_holds_no_melody_is_counted_and_stays_in_the_file() {
    let home = folder();
    let mut library = open(&home.path);
    for region in 1..=2 {
        library.apply(&keep(region)).unwrap();
    }
    let spoil = "UPDATE kept_melody SET tokens = x'ff' WHERE number = 1";
    library.connection.execute(spoil, []).unwrap();
    let listing = library.list().unwrap();
    assert_eq!((listing.entries.len(), listing.unreadable), (1, 1));
    drop(library);
    assert_eq!(open(&home.path).list().unwrap(), listing);
}
