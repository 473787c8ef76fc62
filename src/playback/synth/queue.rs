//! The wait-free queue of events to the audio callback, and the state that both sides share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
};

use crate::playback::message::Event;

/// Length of the queue; a melody has about twenty events per second.
pub(super) const LENGTH: usize = 512;

/// Fonts that may wait to be taken or dropped.
pub(super) const SOUND_FONTS: usize = 4;

/// State of a stream, shared by the device thread and the audio callback.
#[derive(Debug, Default)]
pub(super) struct StreamState {
    pub callbacks: AtomicU64,
    /// Underruns that the device reported.
    pub underruns: AtomicU32,
    /// Underruns by the times of the callbacks: not every device reports them.
    pub late_callbacks: AtomicU32,
    pub failed: AtomicBool,
    /// The stream is about to be closed and fades out.
    pub fading: AtomicBool,
    /// An event was lost, so that all notes have to end.
    pub overflow: AtomicBool,
}

/// The sending end of the queue.
#[derive(Debug)]
pub(in crate::playback) struct SynthQueue {
    /// Number of the stream.
    pub(super) number: u64,
    pub(super) producer: rtrb::Producer<Event>,
    pub(super) state: Arc<StreamState>,
}

impl SynthQueue {
    /// Sends an event. Never blocks; if the queue is full because the device has stalled, all notes end.
    pub fn push(&mut self, event: Event) {
        if self.producer.push(event).is_err() {
            self.state.overflow.store(true, Relaxed);
        }
    }

    /// Number of the stream.
    pub fn stream_number(&self) -> u64 {
        self.number
    }
}
