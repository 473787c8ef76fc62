//! Background threads, so that no frame waits for the model, a layout, a study or the disk.
//!
//! - `handle`: [`Worker`], the window's handle on the model thread; `message`: its jobs and reports
//! - `model_thread`: the model thread; `open`: opening a model; `steering_data`: the data of sweeps that steering needs
//! - `latest_slot`, `numbered_slot`, `probe_slot`, `path_slot`, `slice_slot`, `preemptible_decoder`: probes, paths and slices,
//!   decoded between the batches of a job
//! - `layout_thread`, `layout_scale`: layouts; `analysis_thread`: studies; both are a `request_thread`
//! - `library_thread`, `library_file`: the database of kept melodies; `session_thread`: the file of the session
//! - `fine_tune_thread`, `fine_tune_control`: the thread that fine-tunes a model, and pausing and ending it; `fine_tune`: its work;
//!   `model_mix`: mixing a fine-tuned model with the one that it was fine-tuned from
//! - `thread_owner`: starting and ending a thread; `reporter`: sending reports to the window
//! - `background_task`: a single computation; `compute_pool`: priority of computing threads; `termination`: signals
//!
//! Exactly one [`Report::Done`] ends each [`Job`]. A job is cancelled by a flag that is checked between batches, as a message
//! would wait behind the job. This module uses neither the screen nor playback.

mod analysis_thread;
mod background_task;
mod compute_pool;
mod fine_tune;
mod fine_tune_control;
mod fine_tune_thread;
mod handle;
mod latest_slot;
mod layout_scale;
mod layout_thread;
mod library_file;
mod library_thread;
mod message;
mod model_mix;
mod model_thread;
mod numbered_slot;
mod open;
mod path_slot;
mod preemptible_decoder;
mod probe_slot;
mod reporter;
mod request_thread;
mod session_message;
mod session_thread;
mod slice_slot;
mod steering_data;
mod termination;
mod thread_owner;

pub use analysis_thread::{AnalysisThread, FinishedStudy, StudyRequest};
pub use background_task::{BackgroundTask, TaskEnded};
pub use compute_pool::start_compute_pool;
pub use fine_tune::{DEFAULT_LEARN_MINUTES, fine_tune, summarise_source};
pub use fine_tune_control::FineTuneOrder;
pub use fine_tune_thread::{
    FineTuneEnd, FineTuneMonitor, FineTuneProgress, FineTuneReport, FineTuneRun, FineTuneStage,
    FineTuner,
};
pub use handle::{Busy, Worker};
pub use layout_thread::{AddedMelody, FinishedLayout, LayoutReport, LayoutRequest, LayoutThread};
pub use library_file::{LibraryLocation, LibraryStatus};
pub use library_thread::{LibraryReport, LibraryThread};
pub use message::{
    DecodedPath, DecodedProbe, DecodedSlice, Job, JobId, Message, ModelInfo, OpenRequest, Outcome,
    PathRequest, ProbeRequest, Report, RestoredSweep, SliceRequest,
};
pub use model_mix::{MixModel, MixRange, find_mix_range, write_mix};
pub use open::{ModelOpener, OpenedModel, open_engine};
pub use reporter::{Repaint, Urgency};
pub use session_message::{SessionPaths, SessionReport};
pub use session_thread::SessionThread;
pub use termination::on_termination;
pub use thread_owner::{SHUTDOWN_TIMEOUT, StopFn};
