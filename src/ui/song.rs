//! Reading somebody's song for the window, on the thread that waits for dialogs.

use std::path::PathBuf;
use std::sync::Arc;

use crate::melody::{
    MidiSong, OwnWindows, SongPart, most_melodic, own_parts, own_windows, read_midi_file,
};

/// What to read.
pub enum SongWish {
    /// A file, and of it the part most like a tune.
    File(PathBuf),
    /// Another part of a song that was read.
    Part(PathBuf, Arc<MidiSong>, Arc<Vec<SongPart>>, usize),
}

/// A song with the windows of one of its parts.
pub struct SongRead {
    /// The file.
    pub path: PathBuf,
    /// What was read.
    pub song: Arc<MidiSong>,
    /// Its parts, without drums.
    pub parts: Arc<Vec<SongPart>>,
    /// Which part.
    pub part: usize,
    /// Its windows.
    pub windows: OwnWindows,
}

/// Reads a song. The error is a sentence for the user.
pub(super) fn read(wish: &SongWish, steps: usize) -> Result<SongRead, String> {
    let (path, song, parts, part) = match wish {
        SongWish::File(path) => {
            let song = read_midi_file(path).map_err(|error| error.to_string())?;
            let parts = own_parts(&song, path).map_err(|error| error.to_string())?;
            let part = most_melodic(&parts).unwrap_or(0);
            (path.clone(), Arc::new(song), Arc::new(parts), part)
        }
        SongWish::Part(path, song, parts, part) => {
            (path.clone(), Arc::clone(song), Arc::clone(parts), *part)
        }
    };
    let chosen = parts.get(part).ok_or("there is no such track")?;
    let windows = own_windows(&song, chosen, steps);
    Ok(SongRead {
        path,
        song,
        part,
        windows,
        parts,
    })
}
