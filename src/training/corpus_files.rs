//! The files of a corpus: those of a split table, or every MIDI file below a folder.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::TrainingError;
use crate::files::{FileKind, folder_entries, has_midi_extension};
use crate::melody::MidiFileError;

/// The reason why a file is unreadable, with a special case for empty files.
pub(super) fn unreadable_reason(path: &Path, error: &MidiFileError) -> String {
    match FileKind::detect(path) {
        Ok(FileKind::Empty) => format!("{} is empty", path.display()),
        _ => error.to_string(),
    }
}

/// Every MIDI file below a folder, detected by its first bytes, sorted. Includes files with a MIDI extension and unreadable ones,
/// so that they are reported. Links to folders are not followed; files that operating systems add are skipped.
pub(super) fn midi_files_below(folder: &Path) -> Result<Vec<PathBuf>, TrainingError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = match folder_entries(&current) {
            Ok(entries) => entries,
            Err(source) if current == folder => {
                return Err(TrainingError::Read {
                    path: current,
                    source,
                });
            }
            Err(_) => {
                files.push(current);
                continue;
            }
        };
        for entry in entries {
            let entry = entry.map_err(|source| TrainingError::Read {
                path: current.clone(),
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
        .filter(|path| match FileKind::detect(path) {
            Ok(FileKind::Midi) | Err(_) => true,
            // Folders behind a link are skipped.
            Ok(FileKind::Folder) => !path.is_symlink(),
            Ok(_) => has_midi_extension(path),
        })
        .collect();
    files.sort();
    Ok(files)
}

/// The files of a split table with the given split name, sorted; they need not exist.
///
/// The table is CSV in UTF-8 with a header line; the columns `path` and `split` are used.
pub(super) fn listed_files(
    folder: &Path,
    table_file: &Path,
    split_name: &str,
) -> Result<Vec<PathBuf>, TrainingError> {
    let table_error = |reason: String| TrainingError::Split {
        path: table_file.to_owned(),
        reason,
    };
    let csv_error = |error: csv::Error| table_error(error.to_string());
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .from_path(table_file)
        .map_err(csv_error)?;
    let headers = reader.headers().map_err(csv_error)?.clone();
    let header_line = headers.position().map_or(1, csv::Position::line);
    let column_index = |name: &str| {
        let mut indices = (0..headers.len()).filter(|k| headers.get(*k) == Some(name));
        let names: Vec<&str> = headers.iter().collect();
        match (indices.next(), indices.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(table_error(format!(
                "line {header_line}: the column {name} is there twice"
            ))),
            (None, _) => Err(table_error(format!(
                "line {header_line}: the column {name} is missing, the columns are {}",
                names.join(",")
            ))),
        }
    };
    let (path_column, split_column) = (column_index("path")?, column_index("split")?);
    let mut files = Vec::new();
    for row in reader.records() {
        let row = row.map_err(csv_error)?;
        let line = row.position().map_or(0, csv::Position::line);
        let path = row.get(path_column).unwrap_or_default();
        if path.trim().is_empty() {
            return Err(table_error(format!("line {line}: the path is empty")));
        }
        if row.get(split_column) == Some(split_name) {
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
    use crate::melody::TrainingWindowOptions;
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

    fn found_files(folder: &Path) -> Vec<String> {
        let files = midi_files_below(folder).unwrap();
        let relative = |path: &PathBuf| {
            path.strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        files.iter().map(relative).collect()
    }

    #[test]
    fn midi_files_are_found_by_their_bytes_and_system_files_are_skipped() {
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
            found_files(folder.path()),
            ["a/tune", "a/x.rmi", "b/SONG.KAR", "c.mid", "c.smf"]
        );
    }

    /// The files that a split table of these bytes lists under `train`, or the error message.
    fn listed_in(table: &[u8]) -> Result<Vec<PathBuf>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("split.csv");
        fs::write(&path, table).unwrap();
        listed_files(Path::new(""), &path, "train").map_err(|error| {
            let message = error.to_string();
            assert!(message.contains("split.csv"), "{message}");
            message
        })
    }

    #[test]
    fn a_split_table_is_read_by_the_names_of_its_columns() {
        let expected = [PathBuf::from("a/x.mid"), PathBuf::from("b, c.mid")];
        for table in [
            "path,split\na/x.mid,train\nq.mid,test\n\"b, c.mid\",train\n",
            "split,path\ntrain,a/x.mid\ntest,q.mid\ntrain,\"b, c.mid\"\n",
            "composer,split,year,path\nBach,train,1723,a/x.mid\ntrain,test,1,q.mid\n,train,,\"b, c.mid\"\n",
            "\u{feff}path, split \r\na/x.mid,train\r\nq.mid,test\r\n\"b, c.mid\",train\r\n",
        ] {
            assert_eq!(listed_in(table.as_bytes()).unwrap(), expected, "{table}");
        }
        // A table that is not sorted, and a column whose name only contains another's.
        let table = "path,split_of_2020,split\nb, train,test\nz,test,train\na,test,train\n";
        assert_eq!(
            listed_in(table.as_bytes()).unwrap(),
            [PathBuf::from("a"), PathBuf::from("z")]
        );
    }

    #[test]
    fn an_error_in_a_split_table_is_reported_with_its_line() {
        for (table, expected) in [
            ("path,set\nx,train\n", "line 1: the column split is missing"),
            (
                "file,split\nx,train\n",
                "line 1: the column path is missing",
            ),
            ("x.mid,train\n", "the columns are x.mid,train"),
            ("", "the column path is missing"),
            (
                "path,split,split\nx,train,test\n",
                "the column split is there twice",
            ),
            ("path,split\nx,train\ny\n", "line: 3"),
            (
                "path,split\nx,train\n ,train\n",
                "line 3: the path is empty",
            ),
        ] {
            let message = listed_in(table.as_bytes()).unwrap_err();
            assert!(message.contains(expected), "{table:?}: {message}");
        }
        let message = listed_in(b"path,split\nx,train\n\xff,train\n").unwrap_err();
        assert!(message.contains("line 3"), "{message}");
    }

    #[test]
    fn an_empty_file_is_reported_as_empty_and_another_format_as_unreadable() {
        let folder = folder(&["empty.mid"]);
        fs::write(folder.path().join("cover.MID"), b"\x89PNG\r\n\x1a\n").unwrap();
        fs::write(folder.path().join("tune.mid"), tune()).unwrap();
        let options = TrainingWindowOptions::default();
        let corpus = Corpus::read(folder.path(), &Split::All, &options).unwrap();
        assert_eq!((corpus.file_count, corpus.len()), (3, 1));
        let reasons: Vec<&str> = corpus
            .skipped_files
            .iter()
            .map(|(_, reason)| reason.as_str())
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
        assert_eq!(found_files(folder.path()), ["a.mid", "gone.kar", "near"]);
        let error = read_error(&folder.path().join("gone.kar"));
        assert!(error.starts_with("could not read the MIDI file"), "{error}");
    }

    #[cfg(unix)]
    fn read_error(path: &Path) -> String {
        let error = crate::melody::read_midi_file(path).unwrap_err();
        unreadable_reason(path, &error)
    }
}
