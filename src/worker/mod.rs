//! The thread that owns the model, so that no frame ever waits for it.
//!
//! The window hands over a [`Job`] and goes on drawing; what the model has to
//! say comes back as [`Report`]s, the last of which is always one
//! [`Report::Done`]. Cancelling is a flag per job that the work looks at
//! between batches: a message would wait behind the very job it should stop.
//! Maps are laid out by a second thread, the [`Cartographer`], and studied by a third, the [`Analyst`]; a single answer
//! that takes longer than a frame is an [`Aside`]. The database of kept melodies has the [`LibraryThread`]. This module knows nothing of the screen, and never touches playback.

mod analyst;
mod aside;
mod cartographer;
mod execute;
mod library;
mod library_file;
mod library_thread;
mod message;
mod newest;
mod open;
mod path;
mod termination;
mod thread;
mod wish;

pub use analyst::{Analyst, Studied, StudyRequest};
pub use aside::{Aside, Gone};
pub use cartographer::{Cartographer, Later, MapReport, MapRequest};
pub use library_thread::{LibraryPlace, LibraryReport, LibraryThread};
pub use message::{Job, JobId, Message, ModelInfo, OpenRequest, Outcome, Report};
pub use newest::SHUTDOWN_TIMEOUT;
pub use open::{Opened, Opener, open_engine};
pub use path::{PathMade, PathWish};
pub use termination::on_termination;
pub(crate) use thread::panic_text;
pub use thread::{Busy, Repaint, Worker};
pub use wish::{Granted, Wish};
