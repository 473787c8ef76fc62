//! A sequencer and its output, without a thread.

use std::{sync::Arc, time::Duration};

use super::{
    message::{Event, Message, Sink},
    midi_patch::MidiPatch,
    offset::OffsetQueue,
    osc_output::OscOutbox,
    sequencer::{Command, Sequencer},
};

/// Plays a [`Sequencer`] on a [`Sink`]. Notes always end on the output they began on.
#[derive(Debug)]
pub(super) struct SequencerDriver<S> {
    sequencer: Sequencer,
    sink: S,
    /// Buffer of events, to avoid allocations.
    events: Vec<Event>,
    /// Buffer of the last events of an old output.
    old_output_events: Vec<Event>,
    /// Events that the latency offset holds back.
    offset: OffsetQueue,
    log: SendLog,
    /// Receives every note that is sent to the output.
    listener: Option<Arc<OscOutbox>>,
}

impl<S: Sink> SequencerDriver<S> {
    pub fn new(sink: S) -> Self {
        Self {
            sequencer: Sequencer::default(),
            sink,
            events: Vec::with_capacity(64),
            old_output_events: Vec::new(),
            offset: OffsetQueue::default(),
            log: SendLog::default(),
            listener: None,
        }
    }

    /// Adds a listener that receives every note that is sent to the output.
    pub fn with_listener(mut self, listener: Arc<OscOutbox>) -> Self {
        self.listener = Some(listener);
        self
    }

    pub fn sequencer(&self) -> &Sequencer {
        &self.sequencer
    }

    /// When [`Self::advance`] has to be called next.
    pub fn next_deadline(&self) -> Option<Duration> {
        let deadlines = [
            self.sequencer.next_deadline(),
            self.offset.next_deadline(),
            self.sink.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// The output.
    #[cfg(test)]
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Whether a melody plays.
    pub fn is_playing(&self) -> bool {
        self.sequencer.position().is_some()
    }

    /// Number of messages that the outputs took since the start.
    pub fn sent_count(&self) -> u64 {
        self.log.sent_count
    }

    /// Plays everything that is due at `now`.
    pub fn advance(&mut self, now: Duration) {
        self.sequencer.advance(now, &mut self.events);
        self.deliver(now);
        while let Some(event) = self.offset.take_due(now) {
            self.send(event);
        }
        if let Err(reason) = self.sink.advance(now) {
            self.log.failure.get_or_insert(reason);
        }
    }

    /// Sends channel, program and bank to the output.
    pub fn set_patch(&mut self, now: Duration, patch: MidiPatch) {
        self.events.push(Event {
            time: now,
            message: Message::Patch(patch),
        });
        self.deliver(now);
    }

    /// Sets the latency offset: milliseconds by which notes come later than the clock, or earlier if below 0. Events that
    /// the previous offset holds back are sent, except notes that would start and end at once.
    pub fn set_offset(&mut self, now: Duration, milliseconds: i32) {
        self.flush(now);
        self.offset.set(milliseconds);
    }

    /// Time by which estimates of a followed clock are moved earlier for the latency offset.
    pub fn lead_time(&self) -> Duration {
        self.offset.lead_time()
    }

    /// Executes a command at `now`.
    pub fn apply(&mut self, now: Duration, command: Command) {
        self.sequencer.apply(now, command, &mut self.events);
        self.deliver(now);
    }

    /// Changes the output and returns the old one. Sounding notes end there and start again here, so that a note that started
    /// while a device was opening is heard.
    pub fn connect(&mut self, now: Duration, sink: S) -> S {
        self.advance(now);
        let mut old = std::mem::replace(&mut self.sink, sink);
        self.log.failure = None;
        let (old_output_events, events) = (&mut self.old_output_events, &mut self.events);
        self.sequencer.switch_output(now, old_output_events, events);
        // A failed output may fail here too.
        let listener = &self.listener;
        let mut send_to_old = |event| {
            notify(listener, event);
            let _ = old.send(event);
        };
        for event in self.old_output_events.drain(..) {
            if let Some(event) = self.offset.hold_back(event) {
                send_to_old(event);
            }
        }
        self.offset.flush(now, send_to_old);
        self.deliver(now);
        old
    }

    /// Stops, ends every note and gives the output back.
    pub fn finish(mut self, now: Duration) -> S {
        self.apply(now, Command::Stop);
        self.flush(now);
        self.sink
    }

    /// Why the output failed, once per failure.
    pub fn take_failure(&mut self) -> Option<String> {
        self.log.failure.take()
    }

    /// Sends the events of the sequencer, or holds them back.
    fn deliver(&mut self, now: Duration) {
        for index in 0..self.events.len() {
            let event = self.events[index];
            if event.message == Message::Panic {
                self.flush(now);
                self.send(event);
            } else if let Some(event) = self.offset.hold_back(event) {
                self.send(event);
            }
        }
        self.events.clear();
    }

    /// Sends the held-back events that must not be lost: see [`OffsetQueue::flush`].
    fn flush(&mut self, now: Duration) {
        let (sink, log, listener) = (&mut self.sink, &mut self.log, &self.listener);
        self.offset.flush(now, |event| {
            notify(listener, event);
            log.record(sink.send(event));
        });
    }

    fn send(&mut self, event: Event) {
        notify(&self.listener, event);
        self.log.record(self.sink.send(event));
    }
}

fn notify(listener: &Option<Arc<OscOutbox>>, event: Event) {
    if let Some(listener) = listener {
        listener.send_note(event.message);
    }
}

/// Counts the sent messages and stores the first failure.
#[derive(Debug, Default)]
struct SendLog {
    /// Number of messages that the outputs took.
    sent_count: u64,
    /// Why the output failed.
    failure: Option<String>,
}

impl SendLog {
    /// Records the result of sending a message. Sending goes on after a failure, as a note-off may still arrive.
    fn record(&mut self, result: Result<(), String>) {
        match result {
            Ok(()) => self.sent_count += 1,
            Err(reason) => {
                self.failure.get_or_insert(reason);
            }
        }
    }
}

#[cfg(test)]
mod tests;
