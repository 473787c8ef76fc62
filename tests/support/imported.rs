//! A song as the app imports it.

use std::path::Path;

use tunescape::melody::{
    ImportOptions, ImportedPart, MidiSong, import_part, importable_parts, most_melodic_index,
};

/// Imports the part most like a tune, cut into excerpts of two bars.
pub fn import_most_melodic_part(song: &MidiSong) -> ImportedPart {
    let parts = importable_parts(song, Path::new("song.mid")).unwrap();
    let part = &parts[most_melodic_index(&parts).unwrap()];
    let imported = import_part(song, part, &ImportOptions::song(32));
    assert_eq!(imported.report.notes.total(), part.notes.len());
    imported
}
