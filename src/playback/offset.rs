//! The latency offset: notes later or earlier than the clock.

use std::{collections::VecDeque, time::Duration};

use super::message::{Event, Message};

/// Maximum offset in either direction, milliseconds.
pub const MAX_OFFSET_MS: i32 = 250;

/// Maximum number of waiting events: a quarter of a second at the highest tempo has about fifty.
const CAPACITY: usize = 256;

/// Holds back the notes by a positive offset, or the clock by a negative one, so that notes come later or earlier than the
/// pulses. Allocates only when it is made.
#[derive(Debug)]
pub(super) struct OffsetQueue {
    /// Milliseconds from the clock to the notes.
    offset_ms: i32,
    /// Events held back, with the times at which they are sent, soonest first.
    waiting: VecDeque<Event>,
}

impl Default for OffsetQueue {
    fn default() -> Self {
        Self {
            offset_ms: 0,
            waiting: VecDeque::with_capacity(CAPACITY),
        }
    }
}

impl OffsetQueue {
    /// Sets the offset, milliseconds. [`Self::flush`] has to be called before.
    pub fn set(&mut self, milliseconds: i32) {
        self.offset_ms = milliseconds.clamp(-MAX_OFFSET_MS, MAX_OFFSET_MS);
    }

    /// Time by which estimates of a followed clock are moved earlier, so that notes can come before the clock's beat.
    pub fn lead_time(&self) -> Duration {
        Duration::from_millis(u64::from(self.offset_ms.min(0).unsigned_abs()))
    }

    /// Queues an event that has to wait. Returns an event to be sent now: this one, or the oldest if the queue is full.
    pub fn hold_back(&mut self, event: Event) -> Option<Event> {
        let has_to_wait = match self.offset_ms {
            0 => false,
            1.. => !event.message.is_clock(),
            _ => event.message.is_clock(),
        };
        if !has_to_wait {
            return Some(event);
        }
        let delay = Duration::from_millis(u64::from(self.offset_ms.unsigned_abs()));
        let oldest = (self.waiting.len() == CAPACITY).then(|| self.waiting.pop_front());
        self.waiting.push_back(Event {
            time: event.time + delay,
            ..event
        });
        oldest.flatten()
    }

    /// When the next event is to be sent.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.waiting.front().map(|event| event.time)
    }

    /// The next event that is to be sent at `now`.
    pub fn take_due(&mut self, now: Duration) -> Option<Event> {
        let due = self.next_deadline().is_some_and(|time| time <= now);
        due.then(|| self.waiting.pop_front()).flatten()
    }

    /// Empties the queue. Events that must not be lost are sent as of `now`: ends of notes that have started, and starts without an
    /// end in the queue. Pairs of start and end in the queue are left out, and so are pulses.
    pub fn flush(&mut self, now: Duration, mut send: impl FnMut(Event)) {
        for (index, event) in self.waiting.iter().enumerate() {
            let has_to_be_sent = match start_or_end(event.message) {
                Some((id, true)) => !self.has_start_or_end(index + 1.., id),
                Some((id, false)) => !self.has_start_or_end(..index, id),
                None => matches!(event.message, Message::Patch(_)),
            };
            if has_to_be_sent {
                send(Event {
                    time: event.time.min(now),
                    ..*event
                });
            }
        }
        self.waiting.clear();
    }

    /// Whether an event in a range of the queue starts or ends the note, click or clock with this id of [`start_or_end`].
    fn has_start_or_end(&self, range: impl std::ops::RangeBounds<usize>, id: u16) -> bool {
        let mut events = self.waiting.range(range);
        events.any(|event| start_or_end(event.message).is_some_and(|(other, _)| other == id))
    }
}

/// An id of what a message starts (true) or ends (false): a pitch, a note of a chord, a click, or the clock of receivers.
fn start_or_end(message: Message) -> Option<(u16, bool)> {
    const CLICK: u16 = 256;
    const CLOCK: u16 = 258;
    const CHORDS: u16 = 512;
    let chord = |channel: u8, pitch: u8| CHORDS + 128 * u16::from(channel) + u16::from(pitch);
    match message {
        Message::NoteOn { pitch, .. } => Some((u16::from(pitch), true)),
        Message::NoteOff { pitch } => Some((u16::from(pitch), false)),
        Message::ChordOn { channel, pitch, .. } => Some((chord(channel, pitch), true)),
        Message::ChordOff { channel, pitch } => Some((chord(channel, pitch), false)),
        Message::ClickOn { accent } => Some((CLICK + u16::from(accent), true)),
        Message::ClickOff { accent } => Some((CLICK + u16::from(accent), false)),
        Message::Start | Message::Continue => Some((CLOCK, true)),
        Message::Stop => Some((CLOCK, false)),
        Message::Patch(_) | Message::Panic | Message::Clock | Message::SongPosition(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(milliseconds: u64, message: Message) -> Event {
        let time = Duration::from_millis(milliseconds);
        Event { time, message }
    }

    fn on(milliseconds: u64, pitch: u8) -> Event {
        Event::note_on(Duration::from_millis(milliseconds), pitch, 80)
    }

    fn off(milliseconds: u64, pitch: u8) -> Event {
        Event::note_off(Duration::from_millis(milliseconds), pitch)
    }

    fn filled_queue(offset: i32, events: &[Event]) -> (OffsetQueue, Vec<Event>) {
        let mut queue = OffsetQueue::default();
        queue.set(offset);
        let sent_now = events.iter().filter_map(|event| queue.hold_back(*event));
        let sent_now = sent_now.collect();
        (queue, sent_now)
    }

    fn flush(queue: &mut OffsetQueue) -> Vec<Event> {
        let mut sent = Vec::new();
        queue.flush(Duration::from_millis(500), |event| sent.push(event));
        sent
    }

    #[test]
    fn a_positive_offset_holds_back_notes_and_a_negative_one_the_clock() {
        let pulse = event(100, Message::Clock);
        let (mut note_queue, sent_now) = filled_queue(30, &[pulse, on(100, 60)]);
        assert_eq!(
            (sent_now, note_queue.lead_time()),
            (vec![pulse], Duration::ZERO)
        );
        assert_eq!(note_queue.take_due(Duration::from_millis(129)), None);
        let due = Duration::from_millis(130);
        assert_eq!(note_queue.next_deadline(), Some(due));
        assert_eq!(note_queue.take_due(due), Some(on(130, 60)));

        let (mut clock_queue, sent_now) = filled_queue(-30, &[pulse, on(100, 60)]);
        assert_eq!(sent_now, vec![on(100, 60)]);
        assert_eq!(clock_queue.lead_time(), Duration::from_millis(30));
        assert_eq!(clock_queue.take_due(due), Some(event(130, Message::Clock)));
        assert_eq!(filled_queue(0, &[pulse, on(100, 60)]).1.len(), 2);
    }

    #[test]
    fn flushing_sends_unpaired_starts_and_ends_and_leaves_out_pairs() {
        let events = [off(100, 60), on(100, 62), off(110, 62), on(120, 64)];
        let (mut notes, _) = filled_queue(250, &events);
        assert_eq!(flush(&mut notes), [off(350, 60), on(370, 64)]);
        assert_eq!(notes.next_deadline(), None);

        let clock = [
            event(100, Message::Start),
            event(100, Message::Clock),
            event(150, Message::Stop),
        ];
        let (mut with_start, _) = filled_queue(-250, &clock);
        assert_eq!(flush(&mut with_start), []);
        let (mut without_start, _) = filled_queue(-250, &clock[1..]);
        assert_eq!(flush(&mut without_start), [event(400, Message::Stop)]);
    }

    #[test]
    fn too_many_waiting_events_are_sent_early_and_none_is_lost() {
        let events: Vec<Event> = (0..600)
            .map(|milliseconds| on(milliseconds, (milliseconds % 128) as u8))
            .collect();
        let (mut queue, sent_now) = filled_queue(250, &events);
        let mut remaining = 0;
        while queue.take_due(Duration::from_secs(9)).is_some() {
            remaining += 1;
        }
        assert_eq!((sent_now.len(), remaining), (600 - CAPACITY, CAPACITY));
    }
}
