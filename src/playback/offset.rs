//! The latency offset: notes later or earlier than the clock.

use std::{collections::VecDeque, time::Duration};

use super::message::{Event, Message};

/// Largest offset either way, milliseconds.
pub const MAX_OFFSET: i32 = 250;

/// Events that wait at most: a quarter of a second at the highest tempo has about fifty.
const CAPACITY: usize = 256;

/// Holds back the notes by a positive offset, or the clock by a negative one, so that notes come later or earlier than the
/// pulses. Allocates only when it is made.
#[derive(Debug)]
pub(super) struct OffsetQueue {
    /// Milliseconds from the clock to the notes.
    offset: i32,
    /// What is held back, with the times at which it is sent, soonest first.
    waiting: VecDeque<Event>,
}

impl Default for OffsetQueue {
    fn default() -> Self {
        Self {
            offset: 0,
            waiting: VecDeque::with_capacity(CAPACITY),
        }
    }
}

impl OffsetQueue {
    /// Sets the offset, milliseconds. What waits has to be flushed before.
    pub fn set(&mut self, milliseconds: i32) {
        self.offset = milliseconds.clamp(-MAX_OFFSET, MAX_OFFSET);
    }

    /// By how much a followed clock has to be early, so that notes are early although nothing can be sent before it is known.
    pub fn lead_time(&self) -> Duration {
        Duration::from_millis(u64::from(self.offset.min(0).unsigned_abs()))
    }

    /// Keeps an event that has to wait. Returns one to be sent now: this one, or the oldest if too many wait.
    pub fn hold(&mut self, event: Event) -> Option<Event> {
        let waits = match self.offset {
            0 => false,
            1.. => !event.message.is_clock(),
            _ => event.message.is_clock(),
        };
        if !waits {
            return Some(event);
        }
        let delay = Duration::from_millis(u64::from(self.offset.unsigned_abs()));
        let oldest = (self.waiting.len() == CAPACITY).then(|| self.waiting.pop_front());
        self.waiting.push_back(Event {
            at: event.at + delay,
            ..event
        });
        oldest.flatten()
    }

    /// When the next event is to be sent.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.waiting.front().map(|event| event.at)
    }

    /// The next event that is to be sent at `now`.
    pub fn take_due(&mut self, now: Duration) -> Option<Event> {
        let due = self.next_deadline().is_some_and(|at| at <= now);
        due.then(|| self.waiting.pop_front()).flatten()
    }

    /// Empties the queue and passes on what has to be sent nevertheless, as of `now`: the ends of what began before. What would
    /// begin and end together is left out, and so are pulses.
    pub fn flush(&mut self, now: Duration, mut send: impl FnMut(Event)) {
        for (index, event) in self.waiting.iter().enumerate() {
            let sent = match edge(event.message) {
                Some((what, true)) => !self.has(index + 1.., what),
                Some((what, false)) => !self.has(..index, what),
                None => matches!(event.message, Message::Patch(_)),
            };
            if sent {
                send(Event {
                    at: event.at.min(now),
                    ..*event
                });
            }
        }
        self.waiting.clear();
    }

    /// Whether a part of the queue begins or ends this.
    fn has(&self, part: impl std::ops::RangeBounds<usize>, what: u16) -> bool {
        let mut events = self.waiting.range(part);
        events.any(|event| edge(event.message).is_some_and(|(other, _)| other == what))
    }
}

/// What begins (true) or ends with a message: a pitch, a note of a chord, a click, or the clock of receivers.
fn edge(message: Message) -> Option<(u16, bool)> {
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
        let at = Duration::from_millis(milliseconds);
        Event { at, message }
    }

    fn on(milliseconds: u64, pitch: u8) -> Event {
        Event::note_on(Duration::from_millis(milliseconds), pitch, 80)
    }

    fn off(milliseconds: u64, pitch: u8) -> Event {
        Event::note_off(Duration::from_millis(milliseconds), pitch)
    }

    fn queue(offset: i32, events: &[Event]) -> (OffsetQueue, Vec<Event>) {
        let mut queue = OffsetQueue::default();
        queue.set(offset);
        let now = events.iter().filter_map(|event| queue.hold(*event));
        let now = now.collect();
        (queue, now)
    }

    fn flushed(queue: &mut OffsetQueue) -> Vec<Event> {
        let mut sent = Vec::new();
        queue.flush(Duration::from_millis(500), |event| sent.push(event));
        sent
    }

    #[test]
    fn a_positive_offset_holds_back_notes_and_a_negative_one_the_clock() {
        let pulse = event(100, Message::Clock);
        let (mut later, now) = queue(30, &[pulse, on(100, 60)]);
        assert_eq!((now, later.lead_time()), (vec![pulse], Duration::ZERO));
        assert_eq!(later.take_due(Duration::from_millis(129)), None);
        let due = Duration::from_millis(130);
        assert_eq!(later.next_deadline(), Some(due));
        assert_eq!(later.take_due(due), Some(on(130, 60)));

        let (mut earlier, now) = queue(-30, &[pulse, on(100, 60)]);
        assert_eq!(now, vec![on(100, 60)]);
        assert_eq!(earlier.lead_time(), Duration::from_millis(30));
        assert_eq!(earlier.take_due(due), Some(event(130, Message::Clock)));
        assert_eq!(queue(0, &[pulse, on(100, 60)]).1.len(), 2);
    }

    #[test]
    fn flushing_ends_what_began_and_leaves_out_what_would_begin_and_end_at_once() {
        let events = [off(100, 60), on(100, 62), off(110, 62), on(120, 64)];
        let (mut notes, _) = queue(250, &events);
        assert_eq!(flushed(&mut notes), [off(350, 60), on(370, 64)]);
        assert_eq!(notes.next_deadline(), None);

        let clock = [
            event(100, Message::Start),
            event(100, Message::Clock),
            event(150, Message::Stop),
        ];
        let (mut whole, _) = queue(-250, &clock);
        assert_eq!(flushed(&mut whole), []);
        let (mut end, _) = queue(-250, &clock[1..]);
        assert_eq!(flushed(&mut end), [event(400, Message::Stop)]);
    }

    #[test]
    fn too_many_waiting_events_are_sent_early_and_none_is_lost() {
        let events: Vec<Event> = (0..600).map(|at| on(at, (at % 128) as u8)).collect();
        let (mut queue, now) = queue(250, &events);
        let mut left = 0;
        while queue.take_due(Duration::from_secs(9)).is_some() {
            left += 1;
        }
        assert_eq!((now.len(), left), (600 - CAPACITY, CAPACITY));
    }
}
