//! Tests of names, stars, tags and sort keys in the library, and of files of versions without these.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use rusqlite::Connection;

use super::tests::{keep, melody, open, remove, temporary_library};
use super::*;

#[test]
fn edits_are_on_the_disk_and_removal_and_return_keep_them() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    for region in 1..=3 {
        library.apply(&keep(region)).unwrap();
    }
    let long_name = "ä".repeat(100_000);
    let tags = vec![
        "bridge".to_owned(),
        "a \"quoted\" one".to_owned(),
        String::new(),
    ];
    for edit in [
        KeptEdit::Name(long_name.clone()),
        KeptEdit::Stars(5),
        KeptEdit::Tags(tags.clone()),
        KeptEdit::SortKey(Some(2.5)),
    ] {
        let identity = Box::new(melody(2).identity);
        library
            .apply(&LibraryChange::Edit { identity, edit })
            .unwrap();
    }
    // One that is not there changes nothing.
    let identity = Box::new(melody(9).identity);
    let edit = KeptEdit::Stars(1);
    library
        .apply(&LibraryChange::Edit { identity, edit })
        .unwrap();
    drop(library);

    let mut library = open(&temporary.path);
    let edited = library.list().unwrap().entries[1].clone();
    assert_eq!((edited.number, &edited.melody.name), (2, &long_name));
    let annotations = Annotations {
        stars: 5,
        tags,
        sort_key: Some(2.5),
        origin: None,
    };
    assert_eq!(edited.melody.annotations, annotations);
    library.apply(&remove(2)).unwrap();
    let restore = LibraryChange::Keep {
        melody: Box::new(edited.melody.clone()),
        number: Some(edited.number),
    };
    library.apply(&restore).unwrap();
    assert_eq!(library.list().unwrap().entries[1], edited);
    let names: Vec<String> = library
        .list()
        .unwrap()
        .entries
        .into_iter()
        .map(|e| e.melody.name)
        .collect();
    assert_eq!(names[0], "Region 1, centre");
}

/// Turns a library into one of version 2: removes the columns that later versions added and sets the version.
fn downgrade_to_version_2(path: &Path) {
    let connection = Connection::open(path).unwrap();
    for column in ["stars", "tags", "place", "origin"] {
        connection
            .execute_batch(&format!("ALTER TABLE kept_melody DROP COLUMN {column}"))
            .unwrap();
    }
    connection.pragma_update(None, "user_version", 2).unwrap();
}

#[test]
fn a_library_of_version_2_gets_stars_tags_and_sort_keys_and_keeps_its_melodies() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    for region in 1..=2 {
        library.apply(&keep(region)).unwrap();
    }
    let before = library.list().unwrap();
    drop(library);
    downgrade_to_version_2(&temporary.path);

    let mut library = open(&temporary.path);
    assert_eq!(library.list().unwrap(), before);
    let version: u32 = library
        .connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 4);
    let identity = Box::new(melody(2).identity);
    let edit = KeptEdit::Stars(4);
    library
        .apply(&LibraryChange::Edit { identity, edit })
        .unwrap();
    assert_eq!(
        library.list().unwrap().entries[1].melody.annotations.stars,
        4
    );
}

#[test]
fn melodies_of_version_2_that_cannot_be_migrated_are_read_without_stars() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    library.apply(&keep(1)).unwrap();
    drop(library);
    downgrade_to_version_2(&temporary.path);
    let connection =
        Connection::open_with_flags(&temporary.path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .unwrap();
    rows::check(&connection).unwrap();
    let entries = rows::list(&connection).unwrap().entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].melody, melody(1));
}

#[test]
fn a_library_of_version_3_gets_the_origins_of_edited_melodies_and_keeps_its_melodies() {
    let temporary = temporary_library();
    let mut library = open(&temporary.path);
    library.apply(&keep(1)).unwrap();
    let before = library.list().unwrap();
    drop(library);
    let connection = Connection::open(&temporary.path).unwrap();
    connection
        .execute_batch("ALTER TABLE kept_melody DROP COLUMN origin; PRAGMA user_version = 3")
        .unwrap();
    drop(connection);

    let mut library = open(&temporary.path);
    assert_eq!(library.list().unwrap(), before);
    let mut edited = melody(2);
    edited.annotations.origin = Some("edited from Region 2, centre".to_owned());
    let change = LibraryChange::Keep {
        melody: Box::new(edited.clone()),
        number: None,
    };
    library.apply(&change).unwrap();
    drop(library);
    let entries = open(&temporary.path).list().unwrap().entries;
    assert_eq!(entries[0].melody.annotations.origin, None);
    assert_eq!(entries[1].melody, edited);
}
