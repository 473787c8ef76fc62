//! Standard MIDI files: a tolerant reader, and a writer.
//!
//! - [`parse_midi`] and [`read_midi_file`] read: `chunks` finds the tracks, `event` decodes an event, `events` iterates over
//!   them, `track` builds notes, `text` decodes names, `song` is the result.
//! - [`single_track_bytes`], [`marked_track_bytes`] and [`multi_track_bytes`] write, into memory; `session` writes files to disk.

mod chunks;
mod error;
mod event;
mod events;
mod read;
mod song;
mod text;
mod track;
mod write;

pub use error::MidiFileError;
pub use read::{parse_midi, read_midi_bytes, read_midi_file};
pub use song::{MAX_MIDI_FILE_BYTES, MidiSong, ReadReport, SongNote, SongTrack};
pub use write::{
    MAX_MELODY_TRACKS, Marker, MidiWriteOptions, Track, looped_track_bytes, marked_track_bytes,
    multi_track_bytes, piece_bytes, single_track_bytes,
};
