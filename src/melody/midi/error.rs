//! Errors of reading MIDI files, in sentences for users.

use std::io;
use std::path::PathBuf;

use super::song::MAX_MIDI_FILE_BYTES;

/// A MIDI file that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MidiFileError {
    /// The file does not exist or may not be read.
    #[error("could not read the MIDI file {}: {source}; check that it is there and may be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Larger than [`MAX_MIDI_FILE_BYTES`].
    #[error(
        "{} is larger than {} MiB, far more than any song needs; leave it out or save it again from a music program",
        path.display(), MAX_MIDI_FILE_BYTES >> 20
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// More notes than any song has; limits memory.
    #[error("{} holds more than {limit} notes, far more than any song needs; leave it out", path.display())]
    TooManyNotes {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// Not a standard MIDI file, or one without a usable header or track.
    #[error("{} is not a MIDI file that can be read: {reason}; save it again as a standard MIDI file", path.display())]
    NotMidi {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file of another kind.
    #[error("{} is {kind}, not a MIDI file; choose a MIDI file", path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is, such as "a PNG image".
        kind: &'static str,
    },
    /// A model where a MIDI file is needed.
    #[error(
        "{} is a model, not a MIDI file; give it with --model, or choose \"Open a model…\" in the window",
        path.display()
    )]
    Model {
        /// The file.
        path: PathBuf,
    },
}
