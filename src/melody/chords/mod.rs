//! Chords under a melody, as typed text.
//!
//! - [`Progression`] reads `Am F C G`; `chord` has the symbols and their notes.
//! - [`Backing`] is a progression with its velocity and channel; [`Backing::notes`] gives its notes in an exported file.
//! - [`chord_fit`] measures how much of a melody lies on the notes of the chords.

mod backing;
mod chord;
mod fit;
mod progression;

pub use backing::{Backing, ChordNote, DEFAULT_CHORD_CHANNEL, DEFAULT_CHORD_VELOCITY};
pub use chord::Chord;
pub use fit::chord_fit;
pub use progression::{ChordError, ChordSpan, MAX_CHORD_BARS, Progression};
