//! Tests of session files on disk: full disks, protected folders, copies, the list of recent sessions.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use super::tests::{map, open, temporary_session, write};
use super::*;
use crate::files::folder_entries;
use crate::session::database::DatabaseError;

#[test]
fn on_a_full_disk_a_batch_is_not_written_and_can_be_written_later() {
    let (_folder, path) = temporary_session();
    write(&path);
    let mut opened = open(&path);
    let limit = |pages: u32| {
        let connection = &opened.file.connection;
        connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
    };
    limit(1);
    let changes = [
        SessionChange::SetView("later".to_owned()),
        SessionChange::PutMap(Box::new(map(4, 0))),
    ];
    let error = opened.file.apply(&changes).unwrap_err();
    assert!(matches!(error, DatabaseError::DiskFull { .. }), "{error}");
    let connection = &opened.file.connection;
    connection
        .pragma_update(None, "max_page_count", 1_000_000)
        .unwrap();
    opened.file.apply(&changes).unwrap();
    drop(opened);
    let contents = open(&path).contents;
    assert_eq!((contents.maps.len(), contents.view.as_str()), (2, "later"));
}

#[cfg(unix)]
#[test]
fn a_session_in_a_write_protected_folder_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = temporary_session();
    write(&path);
    let protect = |mode| {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    protect(0o555);
    // The superuser may write everywhere.
    let may_write = fs::write(folder.path().join("probe"), "").is_ok();
    let opened = open(&path);
    if !may_write {
        assert_eq!(opened.access, WriteAccess::Protected);
    }
    assert_eq!(opened.contents.maps.len(), 1);
    protect(0o755);
}

#[test]
fn saving_as_another_file_replaces_it_only_if_allowed() {
    let (folder, path) = temporary_session();
    let (map, _) = write(&path);
    let before = fs::read(&path).unwrap();
    let changes = [SessionChange::PutMap(Box::new(map))];
    let error = SessionFile::write_new(&path, &changes, false).unwrap_err();
    assert!(error.to_string().contains("choose another name"), "{error}");
    assert!(error.to_string().contains("was not replaced"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let copy = folder.path().join("copy.tunescape");
    SessionFile::write_new(&copy, &changes, false).unwrap();
    SessionFile::write_new(&path, &changes, true).unwrap();
    for path in [&copy, &path] {
        let contents = open(path).contents;
        assert_eq!((contents.maps.len(), contents.view.as_str()), (1, ""));
    }
    let in_new_folder = folder.path().join("no folder/copy.tunescape");
    let inside_a_file = copy.join("copy.tunescape");
    SessionFile::write_new(&in_new_folder, &changes, false).unwrap();
    assert!(SessionFile::write_new(&inside_a_file, &changes, false).is_err());
    // No temporary files are left.
    let names: Vec<String> = folder_entries(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".tunescape"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn the_list_of_sessions_has_the_latest_first_and_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.json");
    assert_eq!(SessionList::read(&file), SessionList::default());
    let mut list = SessionList::default();
    for name in ["a", "b", "a"] {
        list.add(&folder.path().join(name));
    }
    list.write(&file).unwrap();
    let expected = ["a", "b"].map(|name| folder.path().join(name));
    assert_eq!(SessionList::read(&file).0, expected);
    fs::write(&file, "no list").unwrap();
    assert_eq!(SessionList::read(&file), SessionList::default());
}

#[test]
fn a_session_is_saved_under_names_short_enough_for_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path_of = |length: usize| {
        let ending = ".tunescape";
        let name = "n".repeat(length - ending.len()) + ending;
        folder.path().join(name)
    };
    let change = |text: &str| [SessionChange::SetView(text.to_owned())];
    // Linux, macOS and Windows have names of 255; SQLite adds "-journal".
    let longest = path_of(247);
    SessionFile::write_new(&longest, &change("first"), false).unwrap();
    let mut opened = open(&longest);
    assert_eq!(opened.access, WriteAccess::Writable);
    opened.file.apply(&change("second")).unwrap();
    drop(opened);
    assert_eq!(open(&longest).contents.view, "second");
    let error = SessionFile::write_new(&path_of(248), &change(""), false).unwrap_err();
    assert!(
        error.to_string().contains("choose a shorter name"),
        "{error}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_of_saving_names_the_requested_file() {
    let path = std::path::Path::new("/proc/x.tunescape");
    let error = SessionFile::write_new(path, &[], false).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("was not saved as /proc/x.tunescape ("),
        "{error}"
    );
    assert!(!error.contains("opened"), "{error}");
    assert!(!error.contains(crate::files::TEMPORARY_PREFIX), "{error}");
}

#[test]
fn opening_a_folder_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tunescape");
    fs::create_dir(&path).unwrap();
    let error = SessionFile::open(&path).map(drop).unwrap_err().to_string();
    assert!(error.contains("is a folder"), "{error}");
    assert_eq!(folder_entries(folder.path()).unwrap().count(), 1);
}

#[test]
fn damage_is_reported_in_one_short_sentence() {
    let (_folder, path) = temporary_session();
    write(&path);
    let damage_message = |path: &std::path::Path| {
        let error = SessionFile::open(path).map(drop).unwrap_err();
        assert!(matches!(error, DatabaseError::Damaged { .. }), "{error}");
        let error = error.to_string();
        assert_eq!(error.lines().count(), 1, "{error}");
        for word in ["CREATE", "ALTER", "SELECT", "***"] {
            assert!(!error.contains(word), "{error}");
        }
        error.replace(path.to_str().unwrap(), "")
    };
    // Many damaged pages.
    let mut bytes = fs::read(&path).unwrap();
    let mut damaged = Vec::new();
    for offset in (4_096 + 1..bytes.len()).step_by(1_021) {
        bytes[offset] ^= 0x5a;
        damaged.push(offset);
    }
    let broken = path.with_file_name("broken.tunescape");
    fs::write(&broken, bytes).unwrap();
    assert!(damaged.len() > 5);
    let error = damage_message(&broken);
    assert!(error.len() < 300, "{error}");
    // The version in the file does not agree with its tables.
    for script in [
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 2; DROP TABLE kept_melody",
        "DROP TABLE window",
    ] {
        let copy = path.with_file_name("copy.tunescape");
        fs::copy(&path, &copy).unwrap();
        let connection = rusqlite::Connection::open(&copy).unwrap();
        connection.execute_batch(script).unwrap();
        drop(connection);
        let error = damage_message(&copy);
        assert!(error.len() < 300, "{error}");
    }
}
