//! The thread of the session file: opening and reading it, and writing changes as they come.
//!
//! Changes that wait are written together, in one transaction; a change is counted as saved when it is on the disk. What could not be
//! written is tried again, and another session is opened only when nothing of this one is unsaved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::reporter::Repaint;
use super::thread_owner::ThreadOwner;
use crate::panics::catch_panic;
use crate::session::database::DatabaseError;
use crate::session::session_file::{
    OpenedSession, SessionChange, SessionContents, SessionFile, SessionList, WriteAccess,
};

/// Time between two attempts to write what could not be written.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// Maximum time to wait on exit for changes to be written.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Where sessions are that have no name yet, and the list of the last ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlaces {
    /// The folder of sessions without a name.
    pub folder: PathBuf,
    /// The file of the list.
    pub list: PathBuf,
}

/// A message to the thread.
enum SessionMessage {
    /// Open this session.
    Open(PathBuf),
    /// Open this session, or the one that was open last, or start a new one.
    Start(Option<PathBuf>),
    /// Start a new session.
    New,
    /// Write changes; the number counts the messages of changes.
    Change(u64, Vec<SessionChange>),
    /// Write everything to a new file, and go on with that.
    SaveAs {
        path: PathBuf,
        may_replace: bool,
        number: u64,
        changes: Vec<SessionChange>,
    },
}

/// A report of the thread.
pub enum SessionReport {
    /// A session was opened and read.
    Opened {
        /// Its file.
        path: PathBuf,
        /// What it holds; nothing for a new one.
        contents: Box<SessionContents>,
        /// Whether it can be written to.
        access: WriteAccess,
        /// The sessions that were open last, the latest first.
        recent: SessionList,
    },
    /// A session could not be opened; a sentence for the user. The one that was open stays open.
    NotOpened(String),
    /// All changes up to this number are on the disk.
    Saved(u64),
    /// Changes could not be written; a sentence for the user. They are tried again.
    NotSaved(String),
    /// The session is in this file from now on; all changes up to this number are in it.
    SavedAs {
        /// The file.
        path: PathBuf,
        /// The changes.
        number: u64,
        /// Whether it can be written to.
        access: WriteAccess,
        /// The sessions that were open last, the latest first.
        recent: SessionList,
    },
    /// The session could not be saved in another file; a sentence for the user.
    NotSavedAs(String),
}

/// A handle on the thread; dropping it waits for the changes to be written.
pub struct SessionThread {
    owner: ThreadOwner<Sender<SessionMessage>, SessionReport>,
    /// Number of the last message of changes.
    submitted: u64,
}

impl SessionThread {
    /// Starts the thread, which opens `first`, or else the session that was open last, or else starts a new one.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        places: SessionPlaces,
        first: Option<PathBuf>,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let (sender, queue) = channel();
        let (report_sender, reports) = channel();
        let mut server = SessionThreadState {
            places,
            open: None,
            pending: Vec::new(),
            number: 0,
            told: false,
            reports: report_sender,
            repaint,
        };
        let run = move || server.run(&queue);
        sender.send(SessionMessage::Start(first)).ok();
        // Submitted changes are written in any case.
        let owner = ThreadOwner::start("session", sender, reports, Arc::new(|| {}), run)?;
        Ok(Self {
            owner: owner.with_timeout(SHUTDOWN_TIMEOUT),
            submitted: 0,
        })
    }

    /// Opens a session.
    pub fn open(&self, path: PathBuf) {
        self.send(SessionMessage::Open(path));
    }

    /// Starts a new session.
    pub fn open_new(&self) {
        self.send(SessionMessage::New);
    }

    /// Queues changes and returns their number. Never waits.
    pub fn submit(&mut self, changes: Vec<SessionChange>) -> u64 {
        self.submitted += 1;
        self.send(SessionMessage::Change(self.submitted, changes));
        self.submitted
    }

    /// Writes the whole session, given as changes of a new one, to another file, and goes on with that.
    pub fn save_as(&mut self, path: PathBuf, may_replace: bool, changes: Vec<SessionChange>) {
        self.submitted += 1;
        self.send(SessionMessage::SaveAs {
            path,
            may_replace,
            number: self.submitted,
            changes,
        });
    }

    fn send(&self, message: SessionMessage) {
        if let Some(sender) = self.owner.sender()
            && sender.send(message).is_err()
        {
            tracing::error!("the thread of the session has ended");
        }
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&self) -> Option<SessionReport> {
        self.owner.poll()
    }
}

/// State of the thread.
struct SessionThreadState {
    places: SessionPlaces,
    open: Option<(SessionFile, WriteAccess)>,
    /// Changes that are not written yet.
    pending: Vec<SessionChange>,
    /// Number of the last message in `pending`.
    number: u64,
    /// Whether the user was told that they cannot be written.
    told: bool,
    reports: Sender<SessionReport>,
    repaint: Repaint,
}

impl SessionThreadState {
    fn run(&mut self, queue: &Receiver<SessionMessage>) {
        loop {
            match queue.recv_timeout(RETRY_INTERVAL) {
                Ok(first) => {
                    let waiting: Vec<_> = std::iter::once(first).chain(queue.try_iter()).collect();
                    for message in waiting {
                        if let Err(panic) = catch_panic(|| self.take(message)) {
                            let text = format!(
                                "the session stopped unexpectedly ({panic}); save it as another file"
                            );
                            self.send(SessionReport::NotSaved(text));
                        }
                    }
                    self.flush();
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.flush();
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.flush();
                    return;
                }
            }
        }
    }

    fn take(&mut self, message: SessionMessage) {
        match message {
            SessionMessage::Change(number, changes) => {
                self.number = number;
                self.pending.extend(changes);
            }
            SessionMessage::Open(path) => {
                self.open(&path);
            }
            SessionMessage::New => {
                self.open_new();
            }
            SessionMessage::Start(first) => self.start_with(first),
            SessionMessage::SaveAs {
                path,
                may_replace,
                number,
                changes,
            } => self.save_as(path, may_replace, number, &changes),
        }
    }

    fn send(&self, report: SessionReport) {
        // Once the window is closed, changes are written but no longer reported.
        if self.reports.send(report).is_ok() {
            (self.repaint)();
        }
    }

    /// Writes what is pending. False if it is still pending.
    fn flush(&mut self) -> bool {
        if self.pending.is_empty() {
            return true;
        }
        let Some((file, WriteAccess::Writable)) = &mut self.open else {
            // A session that cannot be written to says so when it is opened.
            self.pending.clear();
            return true;
        };
        match catch_panic(|| file.apply(&self.pending)) {
            Ok(Ok(())) => {
                self.pending.clear();
                self.told = false;
                self.send(SessionReport::Saved(self.number));
                true
            }
            Ok(Err(error @ DatabaseError::Moved { .. })) => self.not_saved(error.to_string()),
            Ok(Err(error)) => {
                self.not_saved(format!("{error}. It is tried again every few seconds"))
            }
            Err(panic) => self.not_saved(format!("writing stopped unexpectedly ({panic})")),
        }
    }

    fn not_saved(&mut self, text: String) -> bool {
        if !std::mem::replace(&mut self.told, true) {
            self.send(SessionReport::NotSaved(text));
        }
        false
    }

    /// Opens a session at the start of the window: `first`, or the last one, or a new one.
    fn start_with(&mut self, first: Option<PathBuf>) {
        if first.is_some_and(|path| self.open(&path)) {
            return;
        }
        let last = SessionList::read(&self.places.list).0.into_iter().next();
        let last = last.filter(|path| path.exists());
        if !last.is_some_and(|path| self.open(&path)) {
            self.open_new();
        }
    }

    /// Opens a session. False if it could not be opened.
    fn open(&mut self, path: &Path) -> bool {
        if self.is_open(path) {
            let text = format!("this session is open already: {}", path.display());
            self.send(SessionReport::NotOpened(text));
            return false;
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        self.replace(|| SessionFile::open(&path))
    }

    /// Starts a new session under the first free name in the folder of sessions without a name.
    fn open_new(&mut self) -> bool {
        let folder = self.places.folder.clone();
        self.replace(|| {
            let mut number = 1;
            loop {
                let name = match number {
                    1 => "Untitled.tunescape".to_owned(),
                    _ => format!("Untitled {number}.tunescape"),
                };
                number += 1;
                let path = folder.join(name);
                if path.symlink_metadata().is_ok() {
                    continue;
                }
                return SessionFile::create(&path).map(|file| OpenedSession {
                    file,
                    contents: SessionContents::default(),
                    access: WriteAccess::Writable,
                });
            }
        })
    }

    /// Puts another session in the place of the open one.
    fn replace(&mut self, open: impl FnOnce() -> Result<OpenedSession, DatabaseError>) -> bool {
        if !self.flush() {
            let text = "the changes of the open session are not saved yet, so no other one was opened; save it as another file first".to_owned();
            self.send(SessionReport::NotOpened(text));
            return false;
        }
        match open() {
            Ok(OpenedSession {
                file,
                contents,
                access,
            }) => {
                let path = file.path().to_path_buf();
                self.open = Some((file, access));
                self.told = false;
                let recent = self.remember(&path);
                self.send(SessionReport::Opened {
                    path,
                    contents: Box::new(contents),
                    access,
                    recent,
                });
                true
            }
            Err(error) => {
                self.send(SessionReport::NotOpened(error.to_string()));
                false
            }
        }
    }

    /// Puts a session first in the list of the last ones.
    fn remember(&self, path: &Path) -> SessionList {
        // Another window may have changed it.
        let mut list = SessionList::read(&self.places.list);
        list.add(path);
        if let Err(error) = list.write(&self.places.list) {
            tracing::warn!("the list of the last sessions was not written: {error}");
        }
        list
    }

    fn is_open(&self, path: &Path) -> bool {
        self.open.as_ref().is_some_and(|(file, _)| {
            file.path() == path
                || file
                    .path()
                    .canonicalize()
                    .ok()
                    .is_some_and(|own| path.canonicalize().is_ok_and(|other| own == other))
        })
    }

    fn save_as(
        &mut self,
        path: PathBuf,
        may_replace: bool,
        number: u64,
        changes: &[SessionChange],
    ) {
        if self.is_open(&path) {
            let text = "the session is saved in this file already, with every change".to_owned();
            return self.send(SessionReport::NotSavedAs(text));
        }
        self.flush();
        let opened = SessionFile::write_new(&path, changes, may_replace)
            .and_then(|()| SessionFile::open(&path));
        match opened {
            Ok(OpenedSession { file, access, .. }) => {
                self.open = Some((file, access));
                self.pending.clear();
                self.told = false;
                self.number = number;
                let recent = self.remember(&path);
                self.send(SessionReport::SavedAs {
                    path,
                    number,
                    access,
                    recent,
                });
            }
            Err(error) => self.send(SessionReport::NotSavedAs(error.to_string())),
        }
    }
}
