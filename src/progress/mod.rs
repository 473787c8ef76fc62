//! Progress reports and cancellation of long-running work.
//!
//! - `observer`: [`Observer`], which receives progress by phase and notices, and may cancel
//! - `parallel`: [`ProgressFn`], a plain callback, and [`par_map`], which spreads work over all threads and reports to one

mod observer;
mod parallel;

pub use observer::{Cancelled, Observer, Phase, PhaseProgress, Progress, RateMeter, Unobserved};
pub use parallel::{
    ProgressFn, no_progress, par_map, par_map_init, steps_per_report, subrange, work_chunks,
};
