//! Which files a corpus consists of: by a table, or every MIDI file below a folder by its first bytes.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::TrainingError;
use crate::files::{FileKind, folder_entries, has_midi_ending};
use crate::melody::MidiFileError;

/// Why a file of the corpus gives nothing; an empty file is not damaged.
pub(super) fn unreadable_because(path: &Path, error: &MidiFileError) -> String {
    match FileKind::of(path) {
        Ok(FileKind::Empty) => format!("{} is empty", path.display()),
        _ => error.to_string(),
    }
}

/// Every file below a folder that is a MIDI file by its first bytes, sorted; also what ends like one or cannot be opened, so
/// that it is reported as unreadable. Links to folders are not followed, and what an operating system left is passed over.
pub(super) fn midi_files_below(folder: &Path) -> Result<Vec<PathBuf>, TrainingError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = match folder_entries(&next) {
            Ok(entries) => entries,
            Err(source) if next == folder => {
                return Err(TrainingError::Read { path: next, source });
            }
            Err(_) => {
                files.push(next);
                continue;
            }
        };
        for entry in entries {
            let entry = entry.map_err(|source| TrainingError::Read {
                path: next.clone(),
                source,
            })?;
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                _ => files.push(entry.path()),
            }
        }
    }
    let mut files: Vec<PathBuf> = files
        .into_par_iter()
        .filter(|path| match FileKind::of(path) {
            Ok(FileKind::Midi) | Err(_) => true,
            // Not the folder behind a link.
            Ok(FileKind::Folder) => !path.is_symlink(),
            Ok(_) => has_midi_ending(path),
        })
        .collect();
    files.sort();
    Ok(files)
}

/// The files that a split table lists under a name, sorted; they need not exist.
pub(super) fn listed_files(
    folder: &Path,
    table: &Path,
    name: &str,
) -> Result<Vec<PathBuf>, TrainingError> {
    let failed = |error: csv::Error| TrainingError::Split {
        path: table.to_owned(),
        reason: error.to_string(),
    };
    let mut reader = csv::Reader::from_path(table).map_err(failed)?;
    let mut files = Vec::new();
    for row in reader.deserialize() {
        let (path, split): (String, String) = row.map_err(failed)?;
        if split == name {
            files.push(folder.join(path));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;
    use crate::melody::WindowOptions;
    use crate::training::{Corpus, Split};

    const MIDI: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60";

    /// A folder of files that are empty where their name says so, else begin like a MIDI file.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if name.contains("empty") { b"" } else { MIDI }).unwrap();
        }
        folder
    }

    fn found(folder: &Path) -> Vec<String> {
        let files = midi_files_below(folder).unwrap();
        let inside = |path: &PathBuf| {
            path.strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        files.iter().map(inside).collect()
    }

    #[test]
    fn midi_files_are_found_by_their_bytes_and_system_files_are_passed_over() {
        let folder = folder(&[
            "b/SONG.KAR",
            "a/tune",
            "a/x.rmi",
            "c.smf",
            "c.mid",
            "._c.mid",
            "__MACOSX/d.mid",
            ".DS_Store",
            "empty.txt",
        ]);
        fs::write(folder.path().join("notes.txt"), "to do").unwrap();
        assert_eq!(
            found(folder.path()),
            ["a/tune", "a/x.rmi", "b/SONG.KAR", "c.mid", "c.smf"]
        );
    }

    #[test]
    fn an_empty_file_is_named_as_empty_and_a_foreign_one_as_unreadable() {
        let folder = folder(&["empty.mid"]);
        fs::write(folder.path().join("cover.MID"), b"\x89PNG\r\n\x1a\n").unwrap();
        fs::write(folder.path().join("tune.mid"), tune()).unwrap();
        let options = WindowOptions::default();
        let corpus = Corpus::read(folder.path(), &Split::All, &options).unwrap();
        assert_eq!((corpus.files, corpus.len()), (3, 1));
        let reasons: Vec<&str> = corpus
            .unreadable
            .iter()
            .map(|(_, why)| why.as_str())
            .collect();
        assert!(reasons[0].contains("not a MIDI file"), "{reasons:?}");
        assert!(reasons[1].ends_with("empty.mid is empty"), "{reasons:?}");
    }

    /// Two bars of quarters.
    fn tune() -> Vec<u8> {
        use crate::melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes};
        let note = |k: u32| Note {
            pitch: 60 + 2 * k as u8,
            start: 4 * k,
            end: 4 * k + 4,
        };
        let notes: Vec<Note> = (0..8).map(note).collect();
        let track = Track {
            melody: &Melody::from_notes(&notes, 32).unwrap(),
            name: String::new(),
            text: String::new(),
        };
        single_track_bytes(&track, &MidiWriteOptions::default())
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_are_not_followed_and_broken_links_are_listed() {
        use std::os::unix::fs::symlink;
        let other = folder(&["far.mid"]);
        let folder = folder(&["a.mid"]);
        symlink(other.path(), folder.path().join("loop.mid")).unwrap();
        symlink(other.path().join("far.mid"), folder.path().join("near")).unwrap();
        symlink(other.path().join("gone"), folder.path().join("gone.kar")).unwrap();
        assert_eq!(found(folder.path()), ["a.mid", "gone.kar", "near"]);
        let error = read_error(&folder.path().join("gone.kar"));
        assert!(error.starts_with("could not read the MIDI file"), "{error}");
    }

    #[cfg(unix)]
    fn read_error(path: &Path) -> String {
        let error = crate::melody::read_midi_file(path).unwrap_err();
        unreadable_because(path, &error)
    }
}
