//! The thread that owns the database of kept melodies, so that no frame waits for the disk or for another window.
//!
//! Changes are made in the order they were submitted, each in a transaction of its own, and reported only when they are
//! on the disk: what the window shows as kept is there after any crash. About once a second the thread looks whether
//! another window has changed the library.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Repaint;
use super::latest_request::join_until;
use super::library_file::LibraryFile;
pub use super::library_file::LibraryPlace;
use crate::panics::catch_panic;
use crate::session::library::{Change, LibraryEntry};

/// Time between two looks for changes of other windows.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Looks between two attempts to open a library that did not open.
const LOOKS_PER_ATTEMPT: u32 = 5;
/// Maximum time to wait on exit for changes that are not on the disk yet.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// What the thread reports.
#[derive(Debug)]
pub enum LibraryReport {
    /// The library has been read.
    Melodies {
        /// All kept melodies, in the order they were kept.
        entries: Arc<Vec<LibraryEntry>>,
        /// Number of the last submitted change that was dealt with.
        done: u64,
    },
    /// A change was not made.
    Failed {
        /// The change.
        change: Change,
        /// Why, and what to do: a sentence for the user.
        text: String,
        /// Its number.
        number: u64,
    },
    /// Something else that the user should know.
    Notice(String),
}

/// A handle on the thread; dropping it waits until the submitted changes are made.
pub struct LibraryThread {
    changes: Option<Sender<(u64, Change)>>,
    reports: Receiver<LibraryReport>,
    thread: Option<JoinHandle<()>>,
    /// Number of the last submitted change.
    submitted: u64,
}

impl LibraryThread {
    /// Starts the thread, which opens the library, takes over the melodies of an earlier version's settings (`earlier`,
    /// once), and reports what there is.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        place: LibraryPlace,
        earlier: Option<String>,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let (changes, queue) = channel();
        let (sender, reports) = channel();
        let reporter = Reporter { sender, repaint };
        let file = LibraryFile::new(place, earlier);
        let thread = std::thread::Builder::new()
            .name("library".to_owned())
            .spawn(move || work(&queue, file, &reporter))?;
        Ok(Self {
            changes: Some(changes),
            reports,
            thread: Some(thread),
            submitted: 0,
        })
    }

    /// Queues a change and returns its number. Never waits.
    ///
    /// # Errors
    /// The change itself, if the thread has ended.
    pub fn submit(&mut self, change: Change) -> Result<u64, Change> {
        self.submitted += 1;
        let Some(changes) = &self.changes else {
            return Err(change);
        };
        changes
            .send((self.submitted, change))
            .map(|()| self.submitted)
            .map_err(|error| error.0.1)
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&self) -> Option<LibraryReport> {
        self.reports.try_recv().ok()
    }
}

impl Drop for LibraryThread {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            join_until(thread, "library", Instant::now() + SHUTDOWN_TIMEOUT);
        }
    }
}

struct Reporter {
    sender: Sender<LibraryReport>,
    repaint: Repaint,
}

impl Reporter {
    /// Reports everything the file has to say, and the melodies last.
    fn melodies(&self, file: &mut LibraryFile, done: u64) {
        self.notices(file);
        self.send(LibraryReport::Melodies {
            entries: file.entries(),
            done,
        });
    }

    fn notices(&self, file: &mut LibraryFile) {
        for notice in file.take_notices() {
            self.send(LibraryReport::Notice(notice));
        }
    }

    fn send(&self, report: LibraryReport) {
        // Nobody listens once the window is closed; the changes are made all the same.
        if self.sender.send(report).is_ok() {
            (self.repaint)();
        }
    }
}

fn work(queue: &Receiver<(u64, Change)>, mut file: LibraryFile, reporter: &Reporter) {
    let mut done = 0;
    if let Err(error) = file.open() {
        reporter.send(LibraryReport::Notice(error.to_string()));
    }
    reporter.melodies(&mut file, done);
    let mut looks = 0;
    loop {
        match queue.recv_timeout(POLL_INTERVAL) {
            Ok(first) => {
                let waiting = std::iter::once(first).chain(queue.try_iter());
                for (number, change) in waiting {
                    done = number;
                    let made = catch_panic(|| file.apply(&change));
                    let failure = match made {
                        Ok(Ok(())) => continue,
                        Ok(Err(error)) => error.to_string(),
                        Err(panic) => format!("the library stopped unexpectedly ({panic})"),
                    };
                    reporter.send(LibraryReport::Failed {
                        change,
                        text: failure,
                        number,
                    });
                }
                reporter.melodies(&mut file, done);
            }
            Err(RecvTimeoutError::Timeout) => {
                looks += 1;
                if file.is_open() {
                    match file.follow() {
                        Ok(false) => {}
                        Ok(true) => reporter.melodies(&mut file, done),
                        // The next look, or the next change, tells whether it lasts.
                        Err(error) => tracing::warn!("could not look for changes: {error}"),
                    }
                    reporter.notices(&mut file);
                } else if looks % LOOKS_PER_ATTEMPT == 0 && file.open().is_ok() {
                    reporter.melodies(&mut file, done);
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

    use super::*;
    use crate::melody::Tokens;
    use crate::session::library::{KeptMelody, MelodyIdentity};
    use crate::sweep::MelodyId;

    fn start(path: &Path) -> LibraryThread {
        LibraryThread::start(LibraryPlace::File(path.to_owned()), None, Arc::new(|| {})).unwrap()
    }

    fn keep(region: u32) -> Change {
        let melody = KeptMelody {
            identity: MelodyIdentity {
                weights_hash: "0123456789ab".to_owned(),
                seed: 1,
                id: MelodyId::Centre { region },
                tokens: Tokens::new(vec![41; 32]).unwrap(),
            },
            name: format!("Region {region}, centre"),
            latent: None,
            app_version: String::new(),
            marked: false,
            kept_at_ms: 0,
        };
        Change::Keep {
            melody: Box::new(melody),
            number: None,
        }
    }

    /// Waits for a report of so many melodies, and returns the number of the last change it holds.
    fn until(thread: &LibraryThread, count: usize) -> u64 {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            match thread.poll() {
                Some(LibraryReport::Melodies { entries, done }) if entries.len() == count => {
                    return done;
                }
                Some(LibraryReport::Melodies { .. }) => {}
                Some(other) => panic!("{other:?}"),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        panic!("no report of {count} melodies came");
    }

    #[test]
    fn dropping_the_handle_waits_until_the_submitted_changes_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        let mut thread = start(&path);
        for region in 0..20 {
            thread.submit(keep(region)).unwrap();
        }
        drop(thread);
        assert_eq!(until(&start(&path), 20), 0);
    }

    #[test]
    fn a_change_of_another_window_is_reported_without_being_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        let (mut one, two) = (start(&path), start(&path));
        until(&two, 0);
        let number = one.submit(keep(1)).unwrap();
        assert_eq!(until(&one, 1), number);
        assert_eq!(until(&two, 1), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_library_that_is_deleted_while_open_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.sqlite");
        let mut thread = start(&path);
        thread.submit(keep(1)).unwrap();
        until(&thread, 1);
        std::fs::remove_file(&path).unwrap();
        thread.submit(keep(2)).unwrap();
        assert_eq!(until(&thread, 2), 2);
        drop(thread);
        until(&start(&path), 2);
    }
}
