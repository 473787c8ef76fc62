//! Session files: the maps of a session with all their melodies, and the state of the window, in one SQLite database.
//!
//! [`SessionFile`] opens a file `name.tunescape`, reads all of it ([`SessionContents`]) and writes changes to it. A batch of
//! [`SessionChange`]s is one transaction that is on the disk when [`SessionFile::apply`] returns, by the same journal as
//! the library's ([`super::library`]). One process writes to a session at a time; it locks a file in the same folder. Others read it.
//!
//! # What belongs to a session
//! - Each map: the settings of its sweep, its plan (centres, deviation, map of the regions), the model's name and hash, and
//!   tokens, attributes and positions of its melodies. Their latent points are not stored: the plan draws each of them from
//!   centre, deviation, seed and number, as it did for the sweep.
//! - Each set of steered, explored, blended, imported or drawn melodies, with the latent points.
//! - The state of the window, as texts that only the window reads.
//! - The play history, at most [`MAX_HEARD`] melodies.
//! - The timeline: the blocks of one piece ([`super::piece`]).
//! - Copies of the kept melodies. The library is the primary store of kept melodies, for all sessions: keeping and removing changes
//!   the library, and the session copies the result. A session that is opened with another library (on another machine) adds the
//!   melodies that are missing in it; with its own library it adds none, so that melodies removed since stay removed.
//!
//! # Blobs
//! Per map: tokens as one byte per step, attributes and positions as little-endian `f64`, latent points as little-endian
//! `f32`, each as exact as in memory.

mod change;
mod contents;
#[cfg(test)]
mod file_tests;
mod heard_rows;
#[cfg(test)]
mod heard_tests;
mod kept_rows;
mod list;
mod map_rows;
mod melody_blobs;
mod open;
mod piece_rows;
#[cfg(test)]
mod piece_tests;
mod schema;
mod set_rows;
#[cfg(test)]
mod tests;

pub use change::SessionChange;
pub use contents::{
    HeardMelody, KeptCopies, MAX_HEARD, SessionContents, SetKey, StoredMap, StoredModel, StoredSet,
    SweptMelodies,
};
pub use list::SessionList;
pub use open::{OpenedSession, SessionFile, WriteAccess};
