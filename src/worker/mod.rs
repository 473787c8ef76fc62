//! The thread that owns the model, so that no frame ever waits for it.
//!
//! The window hands over a [`Job`] and goes on drawing; what the model has to
//! say comes back as [`Report`]s, the last of which is always one
//! [`Report::Done`]. Cancelling is a flag per job that the work looks at
//! between batches: a message would wait behind the very job it should stop.
//! Maps are laid out by a second thread, the [`LayoutThread`], and studied by a third, the [`AnalysisThread`]; a single answer
//! that takes longer than a frame is an [`BackgroundTask`]. The database of kept melodies has the [`LibraryThread`]. This module knows nothing of the screen, and never touches playback.

mod analysis_thread;
mod background_task;
mod compute_pool;
mod execute;
mod latest_request;
mod layout_thread;
mod library_file;
mod library_thread;
mod message;
mod open;
mod path_preview;
mod preview;
mod sweep_data;
mod termination;
mod thread;

pub use analysis_thread::{AnalysisThread, Studied, StudyRequest};
pub use background_task::{BackgroundTask, TaskEnded};
pub use compute_pool::start_compute_pool;
pub use latest_request::SHUTDOWN_TIMEOUT;
pub use layout_thread::{AddedMelody, FinishedLayout, LayoutReport, LayoutRequest, LayoutThread};
pub use library_thread::{LibraryPlace, LibraryReport, LibraryThread};
pub use message::{Job, JobId, Message, ModelInfo, OpenRequest, Outcome, Report};
pub use open::{Opened, Opener, open_engine};
pub use path_preview::{PathPreview, PathRequest};
pub use preview::{Preview, PreviewRequest};
pub use termination::on_termination;
pub use thread::{Busy, Repaint, Worker};
