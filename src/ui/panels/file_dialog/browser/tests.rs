//! Tests of which path is chosen after typing and clicking.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use super::*;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Zeta", "alpha"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for name in ["b.mid", "A.KAR", "notes.txt", ".hidden.mid", "alpha/in.mid"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    folder
}

fn names(browser: &Browser) -> Vec<&str> {
    browser.entries().iter().map(|e| e.name.as_str()).collect()
}

fn save_purpose() -> DialogPurpose {
    DialogPurpose::SaveMidi {
        suggestion: "tune.mid".to_owned(),
    }
}

#[test]
fn folders_come_first_and_files_of_other_kinds_only_on_request() {
    let folder = folder();
    let mut browser = Browser::new(DialogPurpose::Song, folder.path());
    assert_eq!(names(&browser), ["alpha", "Zeta", "A.KAR", "b.mid"]);
    browser.all_files = true;
    browser.refresh();
    assert_eq!(
        names(&browser),
        ["alpha", "Zeta", "A.KAR", "b.mid", "notes.txt"]
    );
    assert_eq!(
        names(&Browser::new(DialogPurpose::ExportFolder, folder.path())),
        ["alpha", "Zeta"]
    );
}

#[test]
fn a_typed_folder_counts_without_enter() {
    let folder = folder();
    let inner = folder.path().join("alpha");
    let mut browser = Browser::new(save_purpose(), folder.path());
    browser.location = inner.display().to_string();
    assert_eq!(browser.submit(), Some(inner.join("tune.mid")));

    let mut browser = Browser::new(DialogPurpose::ExportFolder, folder.path());
    browser.location = "alpha".to_owned();
    assert_eq!(browser.submit(), Some(inner));
}

#[test]
fn a_typed_folder_that_is_missing_is_told_and_nothing_is_chosen() {
    let folder = folder();
    for purpose in [
        save_purpose(),
        DialogPurpose::ExportFolder,
        DialogPurpose::Song,
    ] {
        let mut browser = Browser::new(purpose, folder.path());
        browser.location = "missing".to_owned();
        assert_eq!(browser.submit(), None);
        assert!(browser.message.unwrap().contains("There is no folder"));
    }
}

#[test]
fn a_typed_name_wins_over_the_file_that_was_clicked() {
    let folder = folder();
    let mut browser = Browser::new(DialogPurpose::Song, folder.path());
    browser.select(3);
    assert_eq!(browser.name, "b.mid");
    browser.name = "A.KAR".to_owned();
    assert_eq!(browser.submit(), Some(folder.path().join("A.KAR")));
    browser.name = "missing.mid".to_owned();
    assert_eq!(browser.submit(), None);
    assert!(browser.message.as_ref().unwrap().contains("missing.mid"));
    browser.name = "alpha/in.mid".to_owned();
    assert_eq!(browser.submit(), Some(folder.path().join("alpha/in.mid")));
}

#[test]
fn the_name_of_a_folder_opens_it() {
    let folder = folder();
    let mut browser = Browser::new(DialogPurpose::Song, folder.path());
    browser.name = "alpha".to_owned();
    assert_eq!(browser.submit(), None);
    assert_eq!(browser.folder, folder.path().join("alpha"));
    assert_eq!(names(&browser), ["in.mid"]);
    browser.name = "..".to_owned();
    assert_eq!(browser.submit(), None);
    assert_eq!(browser.folder, folder.path());
    browser.select_next(true);
    assert_eq!(browser.submit(), None);
    assert_eq!(browser.folder, folder.path().join("alpha"));
}

#[test]
fn a_new_folder_is_opened_and_a_failure_is_told() {
    let folder = folder();
    let mut browser = Browser::new(DialogPurpose::ExportFolder, folder.path());
    browser.new_folder = Some("b.mid/inner".to_owned());
    browser.make_new_folder();
    assert!(browser.message.as_ref().unwrap().contains("b.mid"));
    assert_eq!(browser.folder, folder.path());
    browser.new_folder = Some("Zeta".to_owned());
    browser.make_new_folder();
    assert!(browser.message.as_ref().unwrap().contains("already there"));
    browser.new_folder = Some("ideas".to_owned());
    browser.make_new_folder();
    assert_eq!(browser.message, None);
    assert_eq!(browser.submit(), Some(folder.path().join("ideas")));
}

#[test]
fn a_folder_that_is_selected_is_exported_into() {
    let folder = folder();
    let mut browser = Browser::new(DialogPurpose::ExportFolder, folder.path());
    browser.select(1);
    assert_eq!(
        browser.location,
        folder.path().join("Zeta").display().to_string()
    );
    assert_eq!(browser.submit(), Some(folder.path().join("Zeta")));
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_chosen_as_they_are() {
    use std::os::unix::ffi::OsStrExt as _;

    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join(std::ffi::OsStr::from_bytes(b"f\xff"));
    let song = inner.join(std::ffi::OsStr::from_bytes(b"\xfe.mid"));
    fs::create_dir(&inner).unwrap();
    fs::write(&song, "").unwrap();
    let mut browser = Browser::new(DialogPurpose::Song, folder.path());
    assert_eq!(browser.activate(0), None);
    browser.select(0);
    assert_eq!(browser.submit(), Some(song));
    let mut browser = Browser::new(DialogPurpose::ExportFolder, folder.path());
    browser.select(0);
    assert_eq!(browser.submit(), Some(inner));
}

#[test]
fn an_empty_name_asks_for_one() {
    let folder = folder();
    let mut browser = Browser::new(save_purpose(), folder.path());
    browser.name = "  ".to_owned();
    assert_eq!(browser.submit(), None);
    assert!(browser.message.unwrap().contains("name"));
}
