//! Raised priority of the clock thread and the sound thread, where the system lets them.

use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(target_os = "linux")]
use super::rtkit::{self, RaisedPriority};

#[cfg(target_os = "linux")]
const NO_PERMISSION_TEXT: &str = "your user has no right to it, and the service rtkit gave none";

/// How the system runs a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Not known yet.
    #[default]
    Unknown,
    /// In real time: ahead of all threads of normal priority.
    RealTime,
    /// Ahead of threads of normal priority, though not in real time.
    High,
    /// As threads of other programs, and the reason.
    Normal(String),
}

/// Priorities of the two threads whose timing is audible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Priorities {
    /// Priority of the clock thread.
    pub clock: Priority,
    /// Priority of the thread that fills the sound device.
    pub sound: Priority,
}

/// The priority of one thread. The thread raises itself; where the system refuses, the device thread asks again, as that may
/// take long.
#[derive(Debug, Default)]
pub(super) struct PriorityCell(Mutex<PriorityState>);

#[derive(Debug)]
enum PriorityState {
    Known(Priority),
    /// The threads of the sound device are to be raised.
    #[cfg(target_os = "linux")]
    SoundThreadsToRaise,
    /// The system refused the thread of this id.
    #[cfg(target_os = "linux")]
    Refused {
        thread_id: u32,
        reason: String,
    },
}

impl Default for PriorityState {
    fn default() -> Self {
        Self::Known(Priority::Unknown)
    }
}

impl PriorityCell {
    /// Raises the calling thread, which handles blocks of `frames` at `sample_rate` Hz. Once per thread, as it allocates.
    ///
    /// Windows: the multimedia class *Audio*. macOS: a time constraint. Linux: `SCHED_FIFO`, which needs the right to it.
    pub fn raise_current(&self, frames: u32, sample_rate: u32) {
        *self.lock() = raise_current(frames, sample_rate);
    }

    /// Raises the calling thread, which is the sound device's callback thread for blocks of `frames`.
    ///
    /// macOS made it a real-time thread already. On Linux the device thread raises it together with the thread of the sound
    /// library that it waits for: a real-time thread that waits for one of normal priority, as with PulseAudio, leaves more gaps
    /// in the sound than one of normal priority.
    pub fn raise_callback(&self, frames: usize, sample_rate: u32) {
        *self.lock() = if cfg!(target_os = "macos") {
            PriorityState::Known(Priority::RealTime)
        } else {
            raise_callback(u32::try_from(frames).unwrap_or(0), sample_rate)
        };
    }

    /// Forgets a thread that has ended.
    pub fn reset(&self) {
        *self.lock() = PriorityState::default();
    }

    /// Asks again for a thread that the system refused. For the device thread, about once a second.
    pub fn retry(&self) {
        #[cfg(target_os = "linux")]
        {
            if matches!(*self.lock(), PriorityState::SoundThreadsToRaise) {
                let priority = raise_sound_threads();
                *self.lock() = PriorityState::Known(priority);
                return;
            }
            let Some((thread_id, reason)) = self.refused_thread() else {
                return;
            };
            let priority = match rtkit::raise(thread_id) {
                Ok(RaisedPriority::RealTime) => Priority::RealTime,
                Ok(RaisedPriority::High) => Priority::High,
                Err(error) => {
                    tracing::info!("a thread keeps its normal priority: {reason}; {error}");
                    Priority::Normal(NO_PERMISSION_TEXT.to_owned())
                }
            };
            let mut state = self.lock();
            // The cell may belong to another thread by now.
            if matches!(*state, PriorityState::Refused { thread_id: refused_id, .. } if refused_id == thread_id)
            {
                *state = PriorityState::Known(priority);
            }
        }
    }

    /// The priority as far as it is known.
    pub fn get(&self) -> Priority {
        match &*self.lock() {
            PriorityState::Known(priority) => priority.clone(),
            #[cfg(target_os = "linux")]
            PriorityState::Refused { .. } | PriorityState::SoundThreadsToRaise => Priority::Unknown,
        }
    }

    /// Id of the thread if the system refused it, and why.
    #[cfg(target_os = "linux")]
    fn refused_thread(&self) -> Option<(u32, String)> {
        match &*self.lock() {
            PriorityState::Refused { thread_id, reason } => Some((*thread_id, reason.clone())),
            PriorityState::Known(_) | PriorityState::SoundThreadsToRaise => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, PriorityState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(any(target_os = "linux", target_os = "windows", target_os = "macos"))]
fn raise_current(frames: u32, sample_rate: u32) -> PriorityState {
    match audio_thread_priority::promote_current_thread_to_real_time(frames, sample_rate) {
        Ok(_handle) => PriorityState::Known(Priority::RealTime),
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.trim_start_matches("AudioThreadPriorityError: ");
            refused_state(reason.to_owned())
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "windows", target_os = "macos")))]
fn raise_current(_frames: u32, _sample_rate: u32) -> PriorityState {
    let reason = "the program knows no way to it on this system";
    PriorityState::Known(Priority::Normal(reason.to_owned()))
}

#[cfg(any(target_os = "windows", target_os = "macos"))]
fn refused_state(reason: String) -> PriorityState {
    PriorityState::Known(Priority::Normal(format!(
        "the system refused it ({reason})"
    )))
}

#[cfg(target_os = "linux")]
fn refused_state(reason: String) -> PriorityState {
    match current_thread_id() {
        Some(thread_id) => PriorityState::Refused { thread_id, reason },
        None => PriorityState::Known(Priority::Normal(format!(
            "the system refused it ({reason})"
        ))),
    }
}

#[cfg(target_os = "linux")]
fn raise_callback(_frames: u32, _sample_rate: u32) -> PriorityState {
    PriorityState::SoundThreadsToRaise
}

#[cfg(not(target_os = "linux"))]
fn raise_callback(frames: u32, sample_rate: u32) -> PriorityState {
    raise_current(frames, sample_rate)
}

/// Raises the threads of this program that sound passes through.
#[cfg(target_os = "linux")]
fn raise_sound_threads() -> Priority {
    let raised = sound_thread_ids()
        .into_iter()
        .map(rtkit::raise_without_real_time);
    match raised.collect::<Result<Vec<()>, String>>() {
        Ok(threads) if !threads.is_empty() => Priority::High,
        Ok(_) => Priority::Normal("the system hides its thread".to_owned()),
        Err(error) => {
            tracing::info!("the sound thread keeps its normal priority: {error}");
            Priority::Normal(NO_PERMISSION_TEXT.to_owned())
        }
    }
}

/// Ids of the threads of this program with the names that cpal and the client of PulseAudio give to theirs.
#[cfg(target_os = "linux")]
fn sound_thread_ids() -> Vec<u32> {
    const NAMES: [&str; 2] = ["cpal_alsa_out", "threaded-ml"];
    let tasks = std::path::Path::new("/proc/self/task");
    let Ok(entries) = crate::files::folder_entries(tasks) else {
        return Vec::new();
    };
    let is_sound_thread = |task: &std::path::Path| {
        let name = std::fs::read_to_string(task.join("comm"));
        name.is_ok_and(|name| NAMES.contains(&name.trim()))
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| is_sound_thread(&entry.path()))
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// Id of the calling thread: the last component of this link's target (proc(5)).
#[cfg(target_os = "linux")]
fn current_thread_id() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Policy (field 41) and niceness (field 19) of the calling thread in its `stat` file (proc(5)).
    fn scheduling() -> Option<(u32, i32)> {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        Some((fields.get(38)?.parse().ok()?, fields.get(16)?.parse().ok()?))
    }

    #[test]
    fn the_reported_priority_is_that_of_the_system() {
        const SCHED_FIFO: u32 = 1;
        let test = std::thread::spawn(|| {
            let cell = PriorityCell::default();
            assert_eq!(cell.get(), Priority::Unknown);
            cell.raise_current(512, 48_000);
            cell.retry();
            let (policy, niceness) = scheduling().unwrap_or_default();
            match cell.get() {
                Priority::RealTime => assert!(policy > 0, "{policy}"),
                Priority::High => assert!(niceness < 0, "{niceness}"),
                Priority::Normal(reason) => {
                    assert_eq!((policy, niceness), (0, 0), "{reason}");
                    assert!(reason.contains("no right"), "{reason}");
                }
                Priority::Unknown => panic!("asked and not answered"),
            }
            assert!(policy <= SCHED_FIFO + 1, "{policy}");
        });
        assert!(test.join().is_ok());
    }
}
