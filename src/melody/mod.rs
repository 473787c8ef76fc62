//! Melodies as tokens and notes, MIDI files, and the import of songs.
//!
//! Time is in sixteenth-note steps, or in the ticks of a MIDI file. A melody may have any number of steps.
//!
//! - [`Tokens`] is what a model reads and writes, one id per step; [`Melody`] adds the notes that they encode.
//! - `midi` reads and writes MIDI files: [`read_midi_file`], [`single_track_bytes`], [`multi_track_bytes`].
//! - `import` extracts melodies from a song: [`import_part`] for users, [`training_windows`] for training.
//! - [`Reconstruction`] compares a melody with its reconstruction by a model, [`edit_distance`] counts notes that differ.
//! - [`perform`] plays a melody with the swing, lengths and velocities of a [`Feel`]: the [`Performance`] that is heard and
//!   exported.
//! - [`longest_common_run`] counts the notes in a row that two melodies share; a [`MelodyIndex`] finds the melody that a new one is too
//!   close to.
//! - [`musicxml_bytes`] writes melodies as notation.
//! - [`estimate_key`] finds the key of a melody; a [`Scale`] dims melodies on the map, or moves notes when they are played.
//! - A [`Progression`] of chords is played under melodies as a [`Backing`].
//! - [`NoteEdit`] draws, moves, stretches or erases one note.
//! - [`PlayOrder`] and [`Melody::alternate`] join several melodies into one.
//! - [`transpose`] transposes, [`transposition_key`] compares melodies up to transposition; [`pitch_name`] names a pitch.

mod chords;
mod common_run;
mod edit_distance;
mod edit_notes;
mod feel;
mod import;
mod key;
mod melody_index;
mod melody_type;
mod midi;
mod notes_text;
mod performance;
mod pitch_name;
mod play_order;
mod reconstruction;
mod scale;
mod score;
#[cfg(test)]
pub(crate) mod testing;
mod tokens;
mod transposition;

pub use chords::{
    Backing, Chord, ChordError, ChordNote, ChordSpan, DEFAULT_CHORD_CHANNEL,
    DEFAULT_CHORD_VELOCITY, MAX_CHORD_BARS, Progression, chord_fit,
};
pub use common_run::{CommonRun, MIN_CLOSE_FRACTION, MIN_CLOSE_NOTES, longest_common_run};
pub use edit_distance::edit_distance;
pub use edit_notes::NoteEdit;
pub use feel::{
    DEFAULT_VELOCITY, Feel, MAX_NOTE_LENGTH_PERCENT, MAX_TRANSPOSE, MIN_NOTE_LENGTH_PERCENT,
    SwingUnit, TICKS_PER_QUARTER, TICKS_PER_STEP,
};
pub use import::{
    ImportError, ImportOptions, ImportReport, ImportedExcerpt, ImportedPart, MAX_EXCERPTS,
    MetreSpan, NoteCount, OmissionReason, SongPart, Timing, TrainingWindowOptions, TrainingWindows,
    bars_text, import_part, importable_parts, most_melodic_index, song_parts, training_windows,
};
pub use key::{KeyEstimate, estimate_key, estimate_performed_key};
pub use melody_index::{CloseMelody, MelodyIndex};
pub use melody_type::{Melody, Note};
pub use midi::{
    MAX_MELODY_TRACKS, MAX_MIDI_FILE_BYTES, Marker, MidiFileError, MidiSong, MidiWriteOptions,
    ReadReport, SongNote, SongTrack, Track, looped_track_bytes, marked_track_bytes,
    multi_track_bytes, parse_midi, piece_bytes, read_midi_bytes, read_midi_file,
    single_track_bytes,
};
pub use notes_text::notes_text;
pub use performance::{Performance, PerformedNote, perform};
pub use pitch_name::{pitch_name, pitch_of_name};
pub use play_order::PlayOrder;
pub use reconstruction::Reconstruction;
pub use scale::{KeySignature, Scale, ScaleError, ScaleKind};
pub use score::musicxml_bytes;
pub use tokens::{
    HIGHEST_PITCH, HOLD, LOWEST_PITCH, NOTE_OFF, STEPS_PER_BAR, STEPS_PER_QUARTER, TokenError,
    Tokens, VOCAB_SIZE,
};
pub use transposition::{transpose, transposition_key};
