//! Melodies: tokens, notes, and MIDI files in and out.
//!
//! Time here is counted in sixteenth-note steps, or in the ticks of a MIDI file; seconds, tensors, threads and the
//! screen are unknown to this module. Nothing assumes how many steps a melody has: its tokens say so.
//!
//! - [`Tokens`] is what a model reads and writes, one id per step; [`Melody`] adds the notes these tokens mean.
//! - `midi` reads and writes MIDI files: [`read_midi_file`], [`single_track_bytes`], [`multi_track_bytes`].
//! - `import` makes melodies of a song: [`import_part`] of a user's own, [`training_windows`] to learn from.
//! - [`Reconstruction`] compares a melody with what a model makes of it; [`edit_distance`] counts how many notes differ.
//! - [`PlayOrder`] and [`Melody::in_order`] make a piece of a row of melodies.
//! - [`transposition_key`] and [`transpose`] compare and move melodies in pitch.

mod edit_distance;
mod import;
mod melody_type;
mod midi;
mod play_order;
mod reconstruction;
mod tokens;
mod transposition;

pub use edit_distance::edit_distance;
pub use import::{
    DropReason, ImportError, ImportOptions, ImportReport, ImportedPart, ImportedWindow,
    MOST_WINDOWS, MetreSpan, NoteCount, SongPart, Timing, TrainingWindows, WindowOptions,
    import_part, import_parts, most_melodic, song_parts, training_windows,
};
pub use melody_type::{Melody, Note};
pub use midi::{
    MAX_MIDI_FILE_BYTES, MidiFileError, MidiSong, MidiWriteOptions, ReadReport, SongNote,
    SongTrack, TICKS_PER_QUARTER, TICKS_PER_STEP, Track, multi_track_bytes, parse_midi,
    read_midi_file, single_track_bytes,
};
pub use play_order::PlayOrder;
pub use reconstruction::Reconstruction;
pub use tokens::{
    HIGHEST_PITCH, HOLD, LOWEST_PITCH, NOTE_OFF, STEPS_PER_BAR, STEPS_PER_QUARTER, TokenError,
    Tokens, VOCABULARY,
};
pub use transposition::{transpose, transposition_key};
