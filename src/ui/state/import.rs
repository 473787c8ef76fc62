//! A song that is open to import melodies from.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::files::sanitise;
use crate::melody::{ImportedPart, MidiSong, SongPart};
use crate::sweep::Generated;
use crate::worker::JobId;

/// An open song, with one of its parts cut into excerpts.
pub struct ImportedSong {
    /// The file.
    pub path: PathBuf,
    /// The contents of the file.
    pub midi: Arc<MidiSong>,
    /// Its parts.
    pub parts: Arc<Vec<SongPart>>,
    /// Index of the chosen part.
    pub part: usize,
    /// The excerpts of that part, with a report of what was corrected and left out.
    pub imported: ImportedPart,
    /// Indices of the excerpts to place on the map.
    pub chosen: BTreeSet<usize>,
    /// Index of the excerpt that is drawn large.
    pub shown: usize,
    /// All excerpts encoded, once the job is done.
    pub encoded: Option<Generated>,
    /// The job that encodes them.
    pub job: Option<JobId>,
    /// Progress of the job, 0 to 1.
    pub progress: f32,
    /// Why the job failed, for the user.
    pub error: Option<String>,
}

impl ImportedSong {
    /// The file's name without its extension.
    pub fn name(&self) -> String {
        self.path
            .file_stem()
            .map(|name| sanitise(&name.to_string_lossy()).into_owned())
            .unwrap_or_default()
    }
}

/// A song that is being read.
pub struct SongReading {
    /// Number of the request.
    pub request: u64,
    /// The file's name.
    pub name: String,
}
