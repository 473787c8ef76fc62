//! What can go wrong with reading a MIDI file, in sentences for its owner.

use std::io;
use std::path::PathBuf;

use super::song::LARGEST_MIDI_FILE;

/// A MIDI file that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MidiFileError {
    /// The file or its folder is not there, or may not be read.
    #[error("could not read the MIDI file {}: {source}; check that it is there and may be read", path.display())]
    Read {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Larger than [`LARGEST_MIDI_FILE`].
    #[error(
        "{} is larger than {} MiB, far more than any song needs; leave it out or save it again from a music program",
        path.display(), LARGEST_MIDI_FILE >> 20
    )]
    TooLarge {
        /// The file asked for.
        path: PathBuf,
    },
    /// More notes than any song has: the memory is needed elsewhere.
    #[error("{} holds more than {limit} notes, far more than any song needs; leave it out", path.display())]
    TooManyNotes {
        /// The file asked for.
        path: PathBuf,
        /// Notes that would have been read.
        limit: usize,
    },
    /// Not a standard MIDI file, or one without a usable header or track.
    #[error("{} is not a MIDI file that can be read: {reason}; save it again as a standard MIDI file", path.display())]
    NotMidi {
        /// The file asked for.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file of another kind.
    #[error("{} is {what}, not a MIDI file; choose a MIDI file", path.display())]
    OtherKind {
        /// The file asked for.
        path: PathBuf,
        /// What it is, such as "a PNG image".
        what: &'static str,
    },
    /// A model where a melody was asked for.
    #[error(
        "{} is a model, not a MIDI file; give it with --model, or choose \"Open a model…\" in the window",
        path.display()
    )]
    Model {
        /// The file asked for.
        path: PathBuf,
    },
}
