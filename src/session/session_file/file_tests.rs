//! Tests of session files as files: full disks, protected folders, copies, the list of the last ones.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use super::tests::{folder, map, open, write};
use super::*;
use crate::files::folder_entries;
use crate::session::database::DatabaseError;

#[test]
fn on_a_full_disk_nothing_of_a_batch_is_written_and_later_all_of_it() {
    let (_folder, path) = folder();
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
        SessionChange::View("later".to_owned()),
        SessionChange::Map(Box::new(map(4, 0))),
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
    let (folder, path) = folder();
    write(&path);
    let protect = |mode| {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    protect(0o555);
    // The system's administrator may write everywhere.
    let may_write = fs::write(folder.path().join("probe"), "").is_ok();
    let opened = open(&path);
    if !may_write {
        assert_eq!(opened.access, WriteAccess::Protected);
    }
    assert_eq!(opened.contents.maps.len(), 1);
    protect(0o755);
}

#[test]
fn a_session_is_saved_as_another_file_which_is_replaced_only_if_it_may_be() {
    let (folder, path) = folder();
    let (map, _) = write(&path);
    let before = fs::read(&path).unwrap();
    let changes = [SessionChange::Map(Box::new(map))];
    let error = SessionFile::write_new(&path, &changes, false).unwrap_err();
    assert!(error.to_string().contains("choose another name"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let copy = folder.path().join("copy.tunescape");
    SessionFile::write_new(&copy, &changes, false).unwrap();
    SessionFile::write_new(&path, &changes, true).unwrap();
    for path in [&copy, &path] {
        let contents = open(path).contents;
        assert_eq!((contents.maps.len(), contents.view.as_str()), (1, ""));
    }
    let below = folder.path().join("no folder/copy.tunescape");
    let file_in_the_way = copy.join("copy.tunescape");
    SessionFile::write_new(&below, &changes, false).unwrap();
    assert!(SessionFile::write_new(&file_in_the_way, &changes, false).is_err());
    // Nothing is left behind but the locks of sessions that were open.
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
