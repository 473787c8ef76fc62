//! Imports a song: its parts, bars, and the melody of a part on the sixteenth grid, cut into excerpts.
//!
//! One pipeline serves the window and training; [`ImportOptions`] has the differences. From a song that a user imports, all
//! excerpts with a note are kept, since the user chooses; for training only those that a model can learn from ("training windows").
//!
//! ```text
//! MidiSong ─ song_parts ─► SongPart ─ place_notes ─► notes in sections ─ Timing::correct ─► straight notes
//!                  bar_grid, sections ─┘                                  extract_voice ─┘
//!                                         ImportedPart { excerpts, report } ◄─ cut ─ one voice
//! ```
//!
//! Every note is in an excerpt or counted with the reason why not ([`NoteCount`], `omitted`); `report` is for users.

mod bar_grid;
mod excerpts;
mod import_part;
mod omitted;
mod place;
mod report;
mod sections;
mod song_parts;
mod timing;
mod voice;

pub use excerpts::TrainingWindowOptions;
pub use import_part::{
    ImportError, ImportOptions, ImportedExcerpt, ImportedPart, MAX_EXCERPTS, TrainingWindows,
    bars_text, import_part, importable_parts, training_windows,
};
pub use omitted::{NoteCount, OmissionReason};
pub use report::{ImportReport, MetreSpan};
pub use song_parts::{SongPart, most_melodic_index, song_parts};
pub use timing::Timing;
