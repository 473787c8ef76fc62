//! Standard MIDI files: a forgiving reader, and a writer that every sequencer accepts.
//!
//! - [`parse_midi`] and [`read_midi_file`] read: `read` walks the chunks, `events` decodes what is in a track, `track`
//!   makes notes of it, `text` decodes names.
//! - [`single_track_bytes`] and [`multi_track_bytes`] write, into memory; `session` puts files on disk.
//!
//! What a note or a bar means to a melody is decided in `import`.

mod error;
mod events;
mod read;
mod song;
mod text;
mod track;
mod write;

pub use error::MidiFileError;
pub use read::{parse_midi, read_midi_file};
pub(in crate::melody) use song::count;
pub use song::{LARGEST_MIDI_FILE, MidiSong, ReadReport, SongNote, SongTrack};
pub use write::{
    MidiWriteOptions, TICKS_PER_QUARTER, TICKS_PER_STEP, Track, multi_track_bytes,
    single_track_bytes,
};
