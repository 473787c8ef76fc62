//! Chosen melodies as MIDI files or a score: one, a folder of them, or all in one file. The window and the command line use this alike.
//!
//! `item` says what a melody is called and where it comes from, `piece` what the blocks of a timeline are,
//! `files` makes the bytes of every file without touching
//! the disk, `write` puts files on the disk.

mod existing;
mod files;
mod item;
mod piece;
mod write;

pub use existing::OnExisting;
pub use files::{
    ExportFile, ExportGrouping, SCORE_EXTENSION, export_files, midi_path, replace_if_confirmed,
};
pub use item::ExportItem;
pub use piece::piece_items;
pub use write::write_files;
