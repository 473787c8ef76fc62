//! The thread of the session file: opens and reads it, and writes submitted changes.
//!
//! Waiting changes are written together, in one transaction; a change is reported as saved when it is on the disk. Changes that could
//! not be written are tried again. Another session is opened only when all changes of the open session are written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::reporter::{Repaint, Urgency};
use super::session_message::{SessionMessage, SessionNumber, SessionPaths, SessionReport};
use super::thread_owner::ThreadOwner;
use crate::files::entry_exists;
use crate::panics::catch_panic;
use crate::session::database::DatabaseError;
use crate::session::session_file::{
    OpenedSession, SessionChange, SessionContents, SessionFile, SessionList, WriteAccess,
};

/// Time between two attempts to write changes.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// Maximum time to wait on exit for changes to be written.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle on the thread; dropping it waits for the changes to be written.
pub struct SessionThread {
    owner: ThreadOwner<Sender<SessionMessage>, SessionReport>,
    /// Number of the last submitted changes.
    last_submitted: u64,
    /// The session that the window shows: the last one that it was told to be open.
    session: SessionNumber,
}

impl SessionThread {
    /// Starts the thread, which opens `session`, or else the most recent session, or else starts a new one.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        paths: SessionPaths,
        session: Option<PathBuf>,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let (sender, queue) = channel();
        let (report_sender, reports) = channel();
        let mut server = SessionThreadState {
            paths,
            open: None,
            session: 0,
            former: None,
            is_file_lost: false,
            pending: Vec::new(),
            last_pending: 0,
            is_failure_reported: false,
            reports: report_sender,
            repaint,
        };
        let run = move || server.run(&queue);
        sender.send(SessionMessage::Start(session)).ok();
        // Stopping does nothing, so that all submitted changes are written.
        let owner = ThreadOwner::start("session", sender, reports, Arc::new(|| {}), run)?;
        Ok(Self {
            owner: owner.with_timeout(SHUTDOWN_TIMEOUT),
            last_submitted: 0,
            session: 0,
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
        self.last_submitted += 1;
        self.send(SessionMessage::Change {
            session: self.session,
            number: self.last_submitted,
            changes,
        });
        self.last_submitted
    }

    /// Writes the whole session, given as changes of an empty session, to another file, and continues with that file.
    pub fn save_as(&mut self, path: PathBuf, may_replace: bool, changes: Vec<SessionChange>) {
        self.last_submitted += 1;
        self.send(SessionMessage::SaveAs {
            session: self.session,
            path,
            may_replace,
            number: self.last_submitted,
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

    /// The next report, if there is one. Never waits. After [`SessionReport::Opened`], submitted changes are those of that session.
    pub fn poll(&mut self) -> Option<SessionReport> {
        let report = self.owner.poll()?;
        if matches!(report, SessionReport::Opened { .. }) {
            self.session += 1;
            self.send(SessionMessage::Received(self.session));
        }
        Some(report)
    }
}

/// State of the thread.
struct SessionThreadState {
    paths: SessionPaths,
    open: Option<(SessionFile, WriteAccess)>,
    /// Number of the open session.
    session: SessionNumber,
    /// The session before it, until the window has received that another one is open.
    former: Option<(SessionFile, WriteAccess)>,
    /// Whether the open session had to be closed to be saved under its own name, and that failed.
    is_file_lost: bool,
    /// Changes that are not written yet.
    pending: Vec<SessionChange>,
    /// Number of the last changes in `pending`.
    last_pending: u64,
    /// Whether the user was told that the pending changes cannot be written.
    is_failure_reported: bool,
    reports: Sender<SessionReport>,
    repaint: Repaint,
}

impl SessionThreadState {
    fn run(&mut self, queue: &Receiver<SessionMessage>) {
        loop {
            match queue.recv_timeout(RETRY_INTERVAL) {
                Ok(first) => {
                    let messages: Vec<_> = std::iter::once(first).chain(queue.try_iter()).collect();
                    for message in messages {
                        if let Err(panic) = catch_panic(|| self.handle(message)) {
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

    fn handle(&mut self, message: SessionMessage) {
        match message {
            SessionMessage::Change {
                session,
                number,
                changes,
            } if session == self.session => {
                self.last_pending = number;
                self.pending.extend(changes);
            }
            SessionMessage::Change { changes, .. } => self.change_former(&changes),
            SessionMessage::Received(session) => {
                if session == self.session {
                    self.former = None;
                }
            }
            SessionMessage::Open(path) => {
                self.open(&path);
            }
            SessionMessage::New => {
                self.open_new();
            }
            SessionMessage::Start(session) => self.open_first(session),
            SessionMessage::SaveAs {
                session,
                path,
                may_replace,
                number,
                changes,
            } => {
                if session == self.session {
                    self.save_as(path, may_replace, number, &changes);
                } else {
                    let text = "another session was opened before this one was saved; open it again, and then save it as another file";
                    self.send(SessionReport::NotSavedAs(text.to_owned()));
                }
            }
        }
    }

    fn send(&self, report: SessionReport) {
        // Once the window is closed, changes are written but no longer reported.
        if self.reports.send(report).is_ok() {
            (self.repaint)(Urgency::Now);
        }
    }

    /// Writes the pending changes. False if they are still pending.
    fn flush(&mut self) -> bool {
        if self.pending.is_empty() {
            return true;
        }
        if self.is_file_lost {
            let text = "the file of the session is gone; save the session as another file";
            return self.report_failure(text.to_owned());
        }
        let Some((file, WriteAccess::Writable)) = &mut self.open else {
            // The user was told when the session was opened that it cannot be written to.
            self.pending.clear();
            return true;
        };
        match catch_panic(|| file.apply(&self.pending)) {
            Ok(Ok(())) => {
                self.pending.clear();
                self.is_failure_reported = false;
                self.send(SessionReport::Saved(self.last_pending));
                true
            }
            Ok(Err(error @ DatabaseError::Moved { .. })) => self.report_failure(error.to_string()),
            Ok(Err(error)) => {
                self.report_failure(format!("{error}. It is tried again every few seconds"))
            }
            Err(panic) => self.report_failure(format!("writing stopped unexpectedly ({panic})")),
        }
    }

    /// Writes changes that the window has made to the former session before it was told that another one is open.
    fn change_former(&mut self, changes: &[SessionChange]) {
        let Some((file, WriteAccess::Writable)) = &mut self.former else {
            return;
        };
        if let Err(error) = file.apply(changes) {
            let text =
                format!("the last changes of the session before this one were lost: {error}");
            self.send(SessionReport::NotOpened(text));
        }
    }

    /// Reports once that the pending changes cannot be written. Returns false.
    fn report_failure(&mut self, text: String) -> bool {
        if !std::mem::replace(&mut self.is_failure_reported, true) {
            self.send(SessionReport::NotSaved(text));
        }
        false
    }

    /// Opens a session at the start of the window: `session`, or else the most recent one, or else a new one.
    fn open_first(&mut self, session: Option<PathBuf>) {
        if session.is_some_and(|path| self.open(&path)) {
            return;
        }
        let recent = SessionList::read(&self.paths.list).0.into_iter().next();
        let recent = recent.filter(|path| path.exists());
        if !recent.is_some_and(|path| self.open(&path)) && !self.open_new() {
            self.send(SessionReport::NoSession);
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

    /// Starts a new session with the first free name in the folder of unnamed sessions.
    fn open_new(&mut self) -> bool {
        let folder = self.paths.folder.clone();
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

    /// Replaces the open session by the one that `open` returns. False if the open session stays.
    fn replace(&mut self, open: impl FnOnce() -> Result<OpenedSession, DatabaseError>) -> bool {
        if !self.flush() {
            let text = "the changes of the open session are not saved yet, so no other one was opened; save it as another file first".to_owned();
            self.send(SessionReport::NotOpened(text));
            return false;
        }
        // The one before the open session, whose lock would be in the way of opening it again.
        self.former = None;
        match open() {
            Ok(OpenedSession {
                file,
                contents,
                access,
            }) => {
                let path = file.path().to_path_buf();
                self.former = self.open.replace((file, access));
                self.session += 1;
                (self.is_failure_reported, self.is_file_lost) = (false, false);
                let recent = self.add_to_recent(&path);
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

    /// Moves a session to the front of the list of recent sessions. Returns the list.
    fn add_to_recent(&self, path: &Path) -> SessionList {
        // Read again, as another window may have changed the file.
        let mut list = SessionList::read(&self.paths.list);
        list.add(path);
        if let Err(error) = list.write(&self.paths.list) {
            tracing::warn!("the list of the last sessions was not written: {error}");
        }
        list
    }

    /// Whether a path is that of the open session.
    fn is_open(&self, path: &Path) -> bool {
        self.open.as_ref().is_some_and(|(file, _)| {
            file.path() == path
                || file.path().canonicalize().ok().is_some_and(|open_path| {
                    path.canonicalize().is_ok_and(|path| path == open_path)
                })
        })
    }

    fn save_as(
        &mut self,
        path: PathBuf,
        may_replace: bool,
        number: u64,
        changes: &[SessionChange],
    ) {
        let is_written = self.flush();
        if self.is_open(&path) {
            let access = self.open.as_ref().map(|(_, access)| *access);
            if let Some(reason) = refusal_of_own_path(&path, access, is_written) {
                return self.send(SessionReport::NotSavedAs(reason.to_owned()));
            }
            // The file is gone: the one that is open under its name has no path any more, and holds the lock.
            self.open = None;
            self.is_file_lost = true;
        }
        let opened = SessionFile::write_new(&path, changes, may_replace)
            .and_then(|()| SessionFile::open(&path));
        match opened {
            Ok(OpenedSession { file, access, .. }) => {
                self.open = Some((file, access));
                self.pending.clear();
                (self.is_failure_reported, self.is_file_lost) = (false, false);
                self.last_pending = number;
                let recent = self.add_to_recent(&path);
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

/// Why the open session is not saved under its own path; `None` if no file has that path any more.
fn refusal_of_own_path(
    path: &Path,
    access: Option<WriteAccess>,
    is_written: bool,
) -> Option<&'static str> {
    match access {
        _ if !entry_exists(path) => None,
        Some(WriteAccess::Writable) if is_written => {
            Some("the session is saved in this file already, with every change")
        }
        Some(WriteAccess::Writable) => {
            Some("the last changes cannot be written to this file; choose another name")
        }
        _ => Some(
            "the session cannot be changed in this file, which is read-only here; choose another name",
        ),
    }
}

#[cfg(test)]
mod tests;
