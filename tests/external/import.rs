//! The import on MIDI files from outside: those whose right notes are known, and all of the corpus.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use tunescape::melody::{OmissionReason, TrainingWindowOptions, read_midi_file, training_windows};

use crate::harness::{Missing, tests};
use crate::imported::import_most_melodic_part;
use crate::requirements::{corpus, trials};

tests![
    the_files_of_the_trials_come_in_right,
    every_note_of_the_corpus_is_accounted_for,
];

/// The right notes of each file were worked out by hand.
fn the_files_of_the_trials_come_in_right() -> Result<(), Missing> {
    let folder = trials()?;
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    for (name, want) in expected {
        let imported =
            import_most_melodic_part(&read_midi_file(&folder.join("inputs").join(&name)).unwrap());
        let found: Vec<Vec<Vec<u32>>> = imported
            .excerpts
            .iter()
            .map(|excerpt| {
                excerpt
                    .melody
                    .notes()
                    .iter()
                    .map(|n| vec![n.pitch.into(), n.start, n.end])
                    .collect()
            })
            .collect();
        let listed = |width: usize| -> Vec<Vec<Vec<u32>>> {
            let windows: Vec<Vec<Vec<u32>>> =
                serde_json::from_value(want["windows"].clone()).unwrap();
            assert!(windows.iter().flatten().all(|note| note.len() == width));
            windows
        };
        match want["mode"].as_str().unwrap() {
            "equal" => assert_eq!(found, listed(3), "{name}"),
            "onsets" => {
                for (window, notes) in found.iter().zip(listed(2)) {
                    let onsets: BTreeSet<&[u32]> = window.iter().map(|note| &note[..2]).collect();
                    assert!(
                        notes.iter().all(|note| onsets.contains(&note[..])),
                        "{name}: {window:?}"
                    );
                }
                assert!(found.len() >= listed(2).len(), "{name}");
            }
            "anywhere" => {
                let pitches: Vec<Vec<u32>> =
                    serde_json::from_value(want["windows"].clone()).unwrap();
                let all: Vec<u32> = found.iter().flatten().map(|note| note[0]).collect();
                let places: Vec<Option<usize>> = pitches[0]
                    .iter()
                    .map(|p| all.iter().position(|q| q == p))
                    .collect();
                assert!(
                    places.is_sorted() && places.iter().all(Option::is_some),
                    "{name}: {all:?}"
                );
            }
            _ => assert!(!imported.report.user_messages().is_empty(), "{name}"),
        }
    }
    Ok(())
}

/// Notes in are notes out and notes.omitted.
fn every_note_of_the_corpus_is_accounted_for() -> Result<(), Missing> {
    let mut folders = vec![corpus()?];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(&next)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(ending) if ending == "mid" => files.push(path),
                _ => {}
            }
        }
    }
    let (mut notes, mut kept) = (0, 0);
    let mut dropped = BTreeMap::new();
    for path in &files {
        let song = read_midi_file(path).unwrap();
        let of_song: usize = song.tracks.iter().map(|track| track.notes.len()).sum();
        let found = import_most_melodic_part(&song);
        notes += of_song;
        kept += found.report.notes.kept;
        for (reason, notes) in found.report.notes.omitted {
            *dropped.entry(reason).or_insert(0) += notes;
        }
        assert_eq!(
            training_windows(&song, &TrainingWindowOptions::default())
                .notes
                .total(),
            of_song
        );
    }
    eprintln!(
        "{} files: {notes} notes, {kept} in windows, {dropped:?}",
        files.len()
    );
    // The corpus has one voice: only what is faster than the grid has to go.
    dropped.remove(&OmissionReason::FasterThanGrid);
    assert_eq!(dropped, BTreeMap::new());
    assert!(200 * kept > 199 * notes);
    Ok(())
}
