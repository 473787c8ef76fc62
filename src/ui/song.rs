//! Reads a song for the window, on the thread that waits for dialogs.

use std::path::PathBuf;
use std::sync::Arc;

use crate::files::printable;
use crate::melody::{
    ImportOptions, ImportedPart, MidiSong, SongPart, import_part, import_parts, most_melodic,
    read_midi_file,
};

/// What to read.
pub enum SongRequest {
    /// A file, and of it the part most like a tune.
    File(PathBuf),
    /// Another part of a song that was read.
    Part(PathBuf, Arc<MidiSong>, Arc<Vec<SongPart>>, usize),
}

impl SongRequest {
    /// The file's name, for the window.
    pub fn name(&self) -> String {
        let (Self::File(path) | Self::Part(path, ..)) = self;
        path.file_name()
            .map(|name| printable(&name.to_string_lossy()).into_owned())
            .unwrap_or_default()
    }
}

/// A song with the windows of one of its parts.
pub struct SongRead {
    /// The file.
    pub path: PathBuf,
    /// What was read.
    pub song: Arc<MidiSong>,
    /// Its parts.
    pub parts: Arc<Vec<SongPart>>,
    /// Which part.
    pub part: usize,
    /// Its windows, and what was found and left out.
    pub imported: ImportedPart,
}

/// Reads a song. The error is a sentence for the user.
pub(super) fn read(request: &SongRequest, steps: usize) -> Result<SongRead, String> {
    let (path, song, parts, part) = match request {
        SongRequest::File(path) => {
            let song = read_midi_file(path).map_err(|error| error.to_string())?;
            let parts = import_parts(&song, path).map_err(|error| error.to_string())?;
            let part = most_melodic(&parts).unwrap_or(0);
            (path.clone(), Arc::new(song), Arc::new(parts), part)
        }
        SongRequest::Part(path, song, parts, part) => {
            (path.clone(), Arc::clone(song), Arc::clone(parts), *part)
        }
    };
    let chosen = parts.get(part).ok_or("there is no such track")?;
    let imported = import_part(&song, chosen, &ImportOptions::song(steps));
    Ok(SongRead {
        path,
        song,
        part,
        imported,
        parts,
    })
}
