//! Pools of computing threads, with a priority below that of drawing and sound.

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// Priority of a computing thread on the scale of 0 to 99 that `thread_priority` maps to each system; on Linux a niceness
/// of 5, which leaves about a quarter of a contended core.
const COMPUTE_PRIORITY: u8 = 35;

/// Starts the threads that sweeps, layouts and analyses compute on, one per core, below the priority of the threads that
/// draw the window and fill the sound device. To be called once, before anything computes.
///
/// Without it a layout of 30,000 melodies on two cores starves the sound device, which then has to use longer blocks.
pub fn start_compute_pool() {
    let pool = rayon::ThreadPoolBuilder::new()
        .thread_name(|number| format!("compute {number}"))
        .start_handler(|_| lower_priority());
    if let Err(error) = pool.build_global() {
        tracing::warn!("the computing threads keep their normal priority: {error}");
    }
}

/// Priority of threads that fine-tune for minutes, below the threads that the user waits for; on Linux a niceness of 15.
const LEARNING_PRIORITY: u8 = 10;

/// Creates a pool of threads for fine-tuning, one per core, with a priority below the compute threads.
///
/// # Errors
/// If the system cannot start threads.
pub(super) fn low_priority_pool() -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new()
        .thread_name(|number| format!("learning {number}"))
        .start_handler(|_| lower_priority_to(LEARNING_PRIORITY))
        .build()
}

/// Lowers the priority of the calling thread below the threads that draw and play. Does nothing on macOS, where priorities belong to
/// processes and the sound thread is a real-time thread.
fn lower_priority() {
    lower_priority_to(COMPUTE_PRIORITY);
}

fn lower_priority_to(priority: u8) {
    if cfg!(target_os = "macos") {
        return;
    }
    let lowered = ThreadPriorityValue::try_from(priority)
        .map_err(|reason| reason.to_string())
        .and_then(|value| {
            set_current_thread_priority(ThreadPriority::Crossplatform(value))
                .map_err(|error| error.to_string())
        });
    if let Err(reason) = lowered {
        tracing::debug!("a computing thread keeps its normal priority: {reason}");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    /// Niceness of the calling thread, field 19 of its `stat` file (proc(5)).
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        let after_name = stat.rsplit_once(") ").unwrap().1;
        after_name.split(' ').nth(16).unwrap().parse().unwrap()
    }

    #[test]
    fn only_the_calling_thread_is_lowered() {
        let before = niceness();
        let lowered = std::thread::spawn(|| {
            lower_priority();
            niceness()
        });
        assert_eq!(lowered.join().unwrap(), 5.max(before));
        assert_eq!(niceness(), before);
    }
}
