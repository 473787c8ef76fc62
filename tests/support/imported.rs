//! A song as the window imports it.

use std::path::Path;

use tunescape::melody::{
    ImportOptions, ImportedPart, MidiSong, import_part, import_parts, most_melodic_index,
};

/// The part most like a tune, in two-bar windows.
pub fn imported(song: &MidiSong) -> ImportedPart {
    let parts = import_parts(song, Path::new("song.mid")).unwrap();
    let part = &parts[most_melodic_index(&parts).unwrap()];
    let imported = import_part(song, part, &ImportOptions::song(32));
    assert_eq!(imported.report.notes.all(), part.notes.len());
    imported
}
