//! Export of chosen melodies as MIDI files or a score: one file each, or all in one. The window and the command line share it.
//!
//! `item` has a melody with its names and origin, `piece` the same for the blocks of a timeline,  `files` makes the bytes of
//! every file without touching the disk, `write` writes files to the disk.

mod files;
mod item;
mod on_existing;
mod piece;
mod write;

pub use files::{
    ExportFile, ExportGrouping, SCORE_EXTENSION, export_files, midi_path, replace_if_confirmed,
};
pub use item::ExportItem;
pub use on_existing::OnExisting;
pub use piece::piece_items;
pub use write::write_files;
