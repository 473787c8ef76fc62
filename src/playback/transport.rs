//! The transport of other programs, read while it rolls: JACK's, in a program that is built with the feature `jack`.

use std::time::Duration;

/// What a transport says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TransportReading {
    /// A time, at most a few milliseconds ago.
    pub at: Duration,
    /// Whether it rolls.
    pub rolling: bool,
    /// Its position at this time, seconds.
    pub seconds: f64,
    /// Position in bars and tempo, where another program says them.
    pub song: Option<SongPosition>,
}

/// A position in a song, and the tempo there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SongPosition {
    /// 16th steps from the first bar.
    pub step: f64,
    /// Quarter notes per minute.
    pub tempo: f64,
}

/// A transport that can be asked where it is.
pub(super) trait Transport: Send + std::fmt::Debug {
    /// Where it is, without waiting or allocating; `None` once it is gone.
    fn read(&mut self) -> Option<TransportReading>;
}

/// Whether this build can follow JACK's transport.
pub const HAS_JACK: bool = cfg!(feature = "jack");
