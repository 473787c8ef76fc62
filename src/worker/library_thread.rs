//! The thread of the database of kept melodies.
//!
//! Changes are applied in the order they were submitted, each in its own transaction, and reported only when they are on the
//! disk, so that what the window shows as kept survives a crash. The thread checks for changes by other processes once a second.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::library_file::{LibraryHandle, LibraryLocation, LibraryStatus};
use super::reporter::{Repaint, Urgency};
use super::thread_owner::ThreadOwner;
use crate::panics::catch_panic;
use crate::session::library::{LibraryChange, LibraryEntry};

/// Time between two checks for changes by other processes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Number of checks between two attempts to open a library that could not be opened.
const CHECKS_PER_ATTEMPT: u32 = 5;
/// Maximum time to wait on exit for submitted changes.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A report of the thread.
#[derive(Debug)]
pub enum LibraryReport {
    /// The melodies as last read.
    Melodies {
        /// All kept melodies, in the order they were kept.
        entries: Arc<Vec<LibraryEntry>>,
        /// Number of the last processed change.
        last_change: u64,
        /// Status of the library; `None` while it has never been read.
        status: Option<LibraryStatus>,
    },
    /// A change was not applied.
    Failed {
        /// The change.
        change: LibraryChange,
        /// A sentence for the user: the reason, and what to do.
        text: String,
        /// Its number.
        number: u64,
    },
    /// A sentence for the user about anything else.
    Notice(String),
}

/// A handle on the thread; dropping it waits for the submitted changes.
pub struct LibraryThread {
    owner: ThreadOwner<Sender<(u64, LibraryChange)>, LibraryReport>,
    /// Number of the last submitted change.
    last_submitted: u64,
}

impl LibraryThread {
    /// Starts the thread, which opens the library, imports the melodies of an earlier version's settings (`legacy_text`,
    /// once), and reports the melodies in it.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        location: LibraryLocation,
        legacy_text: Option<String>,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let (changes, queue) = channel();
        let (sender, reports) = channel();
        let reporter = LibraryReporter { sender, repaint };
        let file = LibraryHandle::new(location, legacy_text);
        // Stopping does nothing, so that all submitted changes are applied.
        let stop_fn = Arc::new(|| {});
        let run = move || serve(&queue, file, &reporter);
        let owner = ThreadOwner::start("library", changes, reports, stop_fn, run)?;
        Ok(Self {
            owner: owner.with_timeout(SHUTDOWN_TIMEOUT),
            last_submitted: 0,
        })
    }

    /// Queues a change and returns its number. Never waits.
    ///
    /// # Errors
    /// The change itself, if the thread has ended.
    pub fn submit(&mut self, change: LibraryChange) -> Result<u64, LibraryChange> {
        self.last_submitted += 1;
        let Some(changes) = self.owner.sender() else {
            return Err(change);
        };
        changes
            .send((self.last_submitted, change))
            .map(|()| self.last_submitted)
            .map_err(|error| error.0.1)
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&self) -> Option<LibraryReport> {
        self.owner.poll()
    }
}

/// Sends reports; its queue is not limited, so that changes never wait for the window.
struct LibraryReporter {
    sender: Sender<LibraryReport>,
    repaint: Repaint,
}

impl LibraryReporter {
    /// Sends the notices of the file, then its melodies.
    fn send_melodies(&self, file: &mut LibraryHandle, last_change: u64) {
        self.send_notices(file);
        self.send(LibraryReport::Melodies {
            entries: file.entries(),
            last_change,
            status: file.last_status(),
        });
    }

    fn send_notices(&self, file: &mut LibraryHandle) {
        for notice in file.take_notices() {
            self.send(LibraryReport::Notice(notice));
        }
    }

    fn send(&self, report: LibraryReport) {
        // Once the window is closed, changes are applied but no longer reported.
        if self.sender.send(report).is_ok() {
            (self.repaint)(Urgency::Now);
        }
    }
}

fn serve(
    queue: &Receiver<(u64, LibraryChange)>,
    mut file: LibraryHandle,
    reporter: &LibraryReporter,
) {
    let mut last_change = 0;
    if let Err(error) = file.open() {
        reporter.send(LibraryReport::Notice(error.to_string()));
    }
    reporter.send_melodies(&mut file, last_change);
    let mut checks = 0;
    loop {
        match queue.recv_timeout(POLL_INTERVAL) {
            Ok(first) => {
                let changes = std::iter::once(first).chain(queue.try_iter());
                for (number, change) in changes {
                    last_change = number;
                    let result = catch_panic(|| file.apply(&change));
                    let text = match result {
                        Ok(Ok(())) => continue,
                        Ok(Err(error)) => error.to_string(),
                        Err(panic) => format!("the library stopped unexpectedly ({panic})"),
                    };
                    reporter.send(LibraryReport::Failed {
                        change,
                        text,
                        number,
                    });
                }
                reporter.send_melodies(&mut file, last_change);
            }
            Err(RecvTimeoutError::Timeout) => {
                checks += 1;
                if file.is_open() {
                    match file.check_for_changes() {
                        Ok(false) => {}
                        Ok(true) => reporter.send_melodies(&mut file, last_change),
                        // If the error persists, the next change reports it.
                        Err(error) => tracing::warn!("could not check for changes: {error}"),
                    }
                    reporter.send_notices(&mut file);
                } else if checks % CHECKS_PER_ATTEMPT == 0 && file.open().is_ok() {
                    reporter.send_melodies(&mut file, last_change);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::path::Path;
    use std::time::Instant;

    use super::*;
    use crate::session::library::KeptMelody;

    fn start(path: &Path) -> LibraryThread {
        LibraryThread::start(
            LibraryLocation::File(path.to_owned()),
            None,
            Arc::new(|_| {}),
        )
        .unwrap()
    }

    fn keep(region: u32) -> LibraryChange {
        LibraryChange::Keep {
            melody: Box::new(KeptMelody::for_test(region)),
            number: None,
        }
    }

    /// Waits for a report of `count` melodies. Returns the number of the last processed change.
    fn wait_for_melodies(thread: &LibraryThread, count: usize) -> u64 {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            match thread.poll() {
                Some(LibraryReport::Melodies {
                    entries,
                    last_change,
                    ..
                }) if entries.len() == count => {
                    return last_change;
                }
                Some(LibraryReport::Melodies { .. }) => {}
                Some(other) => panic!("{other:?}"),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        panic!("no report of {count} melodies came");
    }

    #[test]
    fn dropping_the_handle_waits_for_the_submitted_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        let mut thread = start(&path);
        for region in 0..20 {
            thread.submit(keep(region)).unwrap();
        }
        drop(thread);
        assert_eq!(wait_for_melodies(&start(&path), 20), 0);
    }

    #[test]
    fn a_change_by_another_window_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        let (mut first_thread, second_thread) = (start(&path), start(&path));
        wait_for_melodies(&second_thread, 0);
        let number = first_thread.submit(keep(1)).unwrap();
        assert_eq!(wait_for_melodies(&first_thread, 1), number);
        assert_eq!(wait_for_melodies(&second_thread, 1), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_library_that_is_deleted_while_open_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        let mut thread = start(&path);
        thread.submit(keep(1)).unwrap();
        wait_for_melodies(&thread, 1);
        std::fs::remove_file(&path).unwrap();
        thread.submit(keep(2)).unwrap();
        assert_eq!(wait_for_melodies(&thread, 2), 2);
        drop(thread);
        wait_for_melodies(&start(&path), 2);
    }
}
