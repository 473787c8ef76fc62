//! Reading a song, on a thread of the exporter.

use std::path::PathBuf;
use std::sync::Arc;

use crate::files::sanitise;
use crate::melody::{
    ImportOptions, ImportedPart, MidiSong, SongPart, import_part, importable_parts,
    most_melodic_index, read_midi_file,
};

/// A song to read.
pub enum SongRequest {
    /// A file; its most melodic part is chosen.
    File(PathBuf),
    /// Another part of a song that is open.
    Part(PathBuf, Arc<MidiSong>, Arc<Vec<SongPart>>, usize),
}

impl SongRequest {
    /// The file's name.
    pub fn name(&self) -> String {
        let (Self::File(path) | Self::Part(path, ..)) = self;
        path.file_name()
            .map(|name| sanitise(&name.to_string_lossy()).into_owned())
            .unwrap_or_default()
    }
}

/// A song that was read, with the excerpts of one of its parts.
pub struct LoadedSong {
    /// The file.
    pub path: PathBuf,
    /// The contents of the file.
    pub midi: Arc<MidiSong>,
    /// Its parts.
    pub parts: Arc<Vec<SongPart>>,
    /// Index of the chosen part.
    pub part: usize,
    /// The excerpts of the part, with a report of corrected and skipped notes.
    pub imported: ImportedPart,
}

/// Reads a song. The error is for the user.
pub(super) fn read_song(request: &SongRequest, steps: usize) -> Result<LoadedSong, String> {
    let (path, midi, parts, part) = match request {
        SongRequest::File(path) => {
            let midi = read_midi_file(path).map_err(|error| error.to_string())?;
            let parts = importable_parts(&midi, path).map_err(|error| error.to_string())?;
            let part = most_melodic_index(&parts).unwrap_or(0);
            (path.clone(), Arc::new(midi), Arc::new(parts), part)
        }
        SongRequest::Part(path, midi, parts, part) => {
            (path.clone(), Arc::clone(midi), Arc::clone(parts), *part)
        }
    };
    let song_part = parts.get(part).ok_or("there is no such track")?;
    let imported = import_part(&midi, song_part, &ImportOptions::song(steps));
    Ok(LoadedSong {
        path,
        midi,
        part,
        imported,
        parts,
    })
}
