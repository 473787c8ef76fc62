//! The transport of other programs, read while it rolls: JACK's, in a program that is built with the feature `jack`.

use std::time::Duration;

/// State of a transport at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TransportReading {
    /// Time of the reading since the player started, at most a few milliseconds ago.
    pub time: Duration,
    /// Whether it rolls.
    pub rolling: bool,
    /// Its position at this time, seconds.
    pub seconds: f64,
    /// Musical position and tempo, if a program provides them.
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

/// A transport whose position can be read.
pub(super) trait Transport: Send + std::fmt::Debug {
    /// Reads the transport without waiting or allocating; `None` once it is lost.
    fn read(&mut self) -> Option<TransportReading>;
}

/// Whether this build can follow JACK's transport.
pub const HAS_JACK: bool = cfg!(feature = "jack");
