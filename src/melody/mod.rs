//! Melodies: tokens, notes, and MIDI files in and out.
//!
//! Time here is counted in sixteenth-note steps, or in the ticks of a MIDI file; seconds, tensors, threads and the
//! screen are unknown to this room. Nothing assumes how many steps a melody has: its tokens say so.
//!
//! - [`Tokens`] is what a model reads and writes, one id per step; [`Melody`] adds the notes these tokens mean.
//! - [`single_track_bytes`], [`multi_track_bytes`] and [`write_new_file`] make `.mid` files.
//! - [`read_midi_file`] reads anybody's MIDI file; [`windows()`] cuts it into bars to learn from.
//! - [`own_windows()`] lists what of somebody's own song a model can encode; [`Reconstruction`] compares what came back.
//! - [`edit_distance`] says how far two melodies are apart, in notes.
//! - [`Walk`] and [`Melody::walked`] make a piece of a row of melodies.
//! - [`transposition_key`] and [`transpose`] compare and move melodies in pitch.

mod bars;
mod edit_distance;
mod melody_type;
mod midi_error;
mod midi_file;
mod midi_read;
mod midi_track;
mod midi_write;
mod own_windows;
mod parts;
mod reconstruction;
mod timing;
mod tokens;
mod transposition;
mod voice;
mod walk;
mod windows;

pub use edit_distance::edit_distance;
pub use melody_type::{Melody, Note};
pub use midi_error::MidiFileError;
pub use midi_file::write_new_file;
pub use midi_read::{LARGEST_MIDI_FILE, MidiSong, SongNote, SongTrack, parse_midi, read_midi_file};
pub use midi_write::{
    MidiWriteOptions, TICKS_PER_QUARTER, TICKS_PER_STEP, Track, multi_track_bytes,
    single_track_bytes,
};
pub use own_windows::{
    MOST_WINDOWS, Metre, OwnMelodyError, OwnWindow, OwnWindows, own_parts, own_windows,
};
pub use parts::{SongPart, most_melodic, song_parts};
pub use reconstruction::Reconstruction;
pub use timing::Timing;
pub use tokens::{
    HIGHEST_PITCH, HOLD, LOWEST_PITCH, NOTE_OFF, STEPS_PER_BAR, STEPS_PER_QUARTER, TokenError,
    Tokens, VOCABULARY,
};
pub use transposition::{transpose, transposition_key};
pub use walk::Walk;
pub use windows::{WindowOptions, windows};
