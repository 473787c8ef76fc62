//! The messages to the thread of the session file, and its reports.

use std::path::PathBuf;

use crate::session::session_file::{SessionChange, SessionContents, SessionList, WriteAccess};

/// Number of a session among those that the thread has opened, from 1. It tells changes of a session from those of the next one:
/// the window changes the former one until it receives the report that the next one is open.
pub(super) type SessionNumber = u64;

/// Paths of the folder of unnamed sessions and of the list of recent sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPaths {
    /// The folder of unnamed sessions.
    pub folder: PathBuf,
    /// The file with the list of recent sessions.
    pub list: PathBuf,
}

/// A message to the thread.
pub(super) enum SessionMessage {
    /// Open this session.
    Open(PathBuf),
    /// Open this session, or else the most recent one, or else start a new one.
    Start(Option<PathBuf>),
    /// Start a new session.
    New,
    /// Write changes. The number is that of `SessionThread::submit`.
    Change {
        session: SessionNumber,
        number: u64,
        changes: Vec<SessionChange>,
    },
    /// Write the whole session to a new file, and continue with that file.
    SaveAs {
        session: SessionNumber,
        path: PathBuf,
        may_replace: bool,
        number: u64,
        changes: Vec<SessionChange>,
    },
    /// The window has received the report that this session was opened: all later changes are changes of it.
    Received(SessionNumber),
}

/// A report of the thread.
pub enum SessionReport {
    /// A session was opened and read.
    Opened {
        /// Its file.
        path: PathBuf,
        /// Its contents; empty for a new one.
        contents: Box<SessionContents>,
        /// Whether it can be written to.
        access: WriteAccess,
        /// The recent sessions, most recent first.
        recent: SessionList,
    },
    /// A session could not be opened; a sentence for the user. The open session stays open.
    NotOpened(String),
    /// At the start of the window neither a session could be opened nor a new one started: there is no session file.
    NoSession,
    /// All changes up to this number are on the disk.
    Saved(u64),
    /// Changes could not be written; a sentence for the user. They are tried again.
    NotSaved(String),
    /// The session was saved in another file, which is open from now on; all changes up to this number are in it.
    SavedAs {
        /// The file.
        path: PathBuf,
        /// Number of the last change in it.
        number: u64,
        /// Whether it can be written to.
        access: WriteAccess,
        /// The recent sessions, most recent first.
        recent: SessionList,
    },
    /// The session could not be saved in another file; a sentence for the user.
    NotSavedAs(String),
}
