//! From a song to melodies: its parts, the bars of its metres, one voice on the grid of sixteenths, windows of it.
//!
//! One pipeline serves both uses; [`ImportOptions`] says what differs. A user's own song keeps everything that has a
//! note, since the user chooses; what a model learns from keeps only what it can learn well.
//!
//! ```text
//! MidiSong ─ song_parts ─► SongPart ─ place ─► notes in sections ─ Timing::correct ─► straight notes
//!                  bar_grid, sections ─┘                                  extract_voice ─┘
//!                                         ImportedPart { windows, report } ◄─ cut ─ one voice
//! ```
//!
//! No note is left out in silence: each is in a window or counted with its reason ([`NoteCount`]).

mod bar_grid;
mod dropped;
mod part;
mod parts;
mod place;
mod report;
mod sections;
mod timing;
mod voice;
mod windows;

pub use dropped::{DropReason, NoteCount};
pub use part::{
    ImportError, ImportOptions, ImportedPart, ImportedWindow, MOST_WINDOWS, TrainingWindows,
    import_part, import_parts, training_windows,
};
pub use parts::{SongPart, most_melodic, song_parts};
pub use report::{ImportReport, MetreSpan};
pub use timing::Timing;
pub use windows::WindowOptions;
