//! The wait-free queue of events to the audio callback, and the state that both sides share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
};

use crate::playback::message::Event;

/// Capacity of the queue; a melody has about twenty events per second.
pub(super) const EVENT_CAPACITY: usize = 512;

/// Capacity of the queues of fonts to be played and fonts to be dropped.
pub(super) const FONT_CAPACITY: usize = 4;

/// State of a stream, shared by the device thread and the audio callback.
#[derive(Debug, Default)]
pub(super) struct StreamState {
    /// Number of callbacks so far.
    pub callback_count: AtomicU64,
    /// Underruns that the device reported.
    pub reported_underruns: AtomicU32,
    /// Underruns detected from the times of the callbacks, as not every device reports them.
    pub late_callbacks: AtomicU32,
    pub has_failed: AtomicBool,
    /// The stream is about to be closed and fades out.
    pub is_fading: AtomicBool,
    /// An event was lost, so that all notes have to end.
    pub has_overflowed: AtomicBool,
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
            self.state.has_overflowed.store(true, Relaxed);
        }
    }

    /// Number of the stream.
    pub fn stream_number(&self) -> u64 {
        self.number
    }
}
