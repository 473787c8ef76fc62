//! A panic, sent in small groups so that no receiver's buffer overflows.

use std::time::Duration;

use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};

const NOTE_OFF: u8 = 0x80;
const CONTROL_CHANGE: u8 = 0xB0;
/// Sustain pedal up, *all notes off*, *all sound off*.
const CONTROLLERS: [u8; 3] = [64, 123, 120];
const CHANNEL_COUNT: usize = 16;
const CONTROL_MESSAGE_COUNT: usize = CHANNEL_COUNT * CONTROLLERS.len();
const PITCH_COUNT: usize = (HIGHEST_PITCH - LOWEST_PITCH) as usize + 1;
const MESSAGE_COUNT: usize = CONTROL_MESSAGE_COUNT + PITCH_COUNT;

/// Number of messages of a group.
const GROUP_SIZE: usize = CONTROLLERS.len();
/// Time between two groups: a cable of the MIDI 1.0 standard takes this long for one message.
const GROUP_INTERVAL: Duration = Duration::from_millis(1);
/// Number of passes over the messages: a refused one is sent once more, after all others.
const MAX_PASSES: u8 = 2;

/// A panic that is being sent: sustain pedal up, *all notes off* and *all sound off* on all sixteen channels, then an explicit
/// note-off for every pitch of a melody, because some instruments ignore the controllers.
///
/// A refused message does not end it: the others follow, the refused one is sent again at the end, and only a second refusal is
/// reported. Allocates nothing.
#[derive(Clone, Debug)]
pub(super) struct PacedPanic {
    /// The channel of the notes, `0..=15`, which is silenced first.
    channel: u8,
    /// Whether each message has still to be sent.
    is_waiting: [bool; MESSAGE_COUNT],
    /// Index of the next message to try.
    next: usize,
    /// Number of the current pass, from 0.
    pass: u8,
    /// When the next group has to be sent.
    due: Duration,
    /// Why the last refused message was refused.
    refusal: Option<String>,
}

impl PacedPanic {
    /// A panic that begins now, with the channel of the notes (`0..=15`).
    pub fn new(now: Duration, channel: u8) -> Self {
        Self {
            channel: channel & 0x0F,
            is_waiting: [true; MESSAGE_COUNT],
            next: 0,
            pass: 0,
            due: now,
            refusal: None,
        }
    }

    /// When [`Self::advance`] has to be called next.
    pub fn due(&self) -> Duration {
        self.due
    }

    /// Sends the next group if it is due. Returns the result once nothing is left to be sent: an error if messages were
    /// refused.
    pub fn advance(
        &mut self,
        now: Duration,
        mut send: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Option<Result<(), String>> {
        if now < self.due {
            return None;
        }
        self.due = now + GROUP_INTERVAL;
        for _ in 0..GROUP_SIZE {
            let Some(index) = self.take_next() else { break };
            match send(&self.message(index)) {
                Ok(()) => self.is_waiting[index] = false,
                Err(error) => self.refusal = Some(error),
            }
        }
        if self.find_next() {
            return None;
        }
        let refused_count = self.is_waiting.iter().filter(|waiting| **waiting).count();
        if refused_count == 0 {
            return Some(Ok(()));
        }
        let reason = self.refusal.take();
        let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
        Some(Err(format!(
            "it refused {refused_count} of the {MESSAGE_COUNT} messages that silence it: {reason}"
        )))
    }

    /// Prepares for a note that starts on a channel (`0..=15`) during the panic: silences its channel now, and leaves out the
    /// messages that would end the note later.
    pub fn silence_channel_for_note(
        &mut self,
        channel: u8,
        pitch: u8,
        mut send: impl FnMut(&[u8]) -> Result<(), String>,
    ) {
        for index in 0..MESSAGE_COUNT {
            let message = self.message(index);
            let same_channel = message[0] & 0x0F == channel & 0x0F;
            if !self.is_waiting[index] || !same_channel {
                continue;
            }
            if index < CONTROL_MESSAGE_COUNT {
                // Refused or not, it would end the note if it came later.
                let _ = send(&message);
                self.is_waiting[index] = false;
            } else if message[1] == pitch {
                self.is_waiting[index] = false;
            }
        }
    }

    /// Index of the next waiting message.
    fn take_next(&mut self) -> Option<usize> {
        if !self.find_next() {
            return None;
        }
        let index = self.next;
        self.next += 1;
        Some(index)
    }

    /// Moves `next` to the next waiting message; false if there is none.
    fn find_next(&mut self) -> bool {
        loop {
            let offset = self.is_waiting[self.next..]
                .iter()
                .position(|waiting| *waiting);
            if let Some(offset) = offset {
                self.next += offset;
                return true;
            }
            if self.pass + 1 >= MAX_PASSES || self.is_waiting.iter().all(|waiting| !waiting) {
                self.next = MESSAGE_COUNT;
                return false;
            }
            self.pass += 1;
            self.next = 0;
        }
    }

    fn message(&self, index: usize) -> [u8; 3] {
        if index < CONTROL_MESSAGE_COUNT {
            let channel = (usize::from(self.channel) + index / CONTROLLERS.len()) % CHANNEL_COUNT;
            let controller = CONTROLLERS[index % CONTROLLERS.len()];
            [CONTROL_CHANGE | channel as u8, controller, 0]
        } else {
            let pitch = LOWEST_PITCH + (index - CONTROL_MESSAGE_COUNT) as u8;
            [NOTE_OFF | self.channel, pitch, 0]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages by the time at which they were sent.
    type SentMessages = Vec<(Duration, [u8; 3])>;

    /// Runs a panic to its end on a port that refuses the attempts with these numbers, counted from 0.
    fn run(refuses: impl Fn(usize) -> bool) -> (SentMessages, Result<(), String>) {
        let mut panic = PacedPanic::new(Duration::ZERO, 4);
        let mut sent = Vec::new();
        let mut attempts = 0;
        loop {
            let now = panic.due();
            let result = panic.advance(now, |bytes| {
                attempts += 1;
                if refuses(attempts - 1) {
                    return Err("buffer full".to_owned());
                }
                sent.push((now, [bytes[0], bytes[1], bytes[2]]));
                Ok(())
            });
            if let Some(result) = result {
                return (sent, result);
            }
        }
    }

    // Status bytes and controller numbers: MIDI 1.0 detailed specification, tables 1 and 3.
    #[test]
    fn every_channel_and_every_pitch_is_silenced_the_notes_channel_first() {
        let (sent, result) = run(|_| false);
        assert_eq!(result, Ok(()));
        let messages: Vec<_> = sent.iter().map(|(_, bytes)| *bytes).collect();
        assert_eq!(
            messages[..3],
            [[0xB4, 64, 0], [0xB4, 123, 0], [0xB4, 120, 0]]
        );
        for channel in 0..16 {
            for controller in [64, 123, 120] {
                assert!(messages.contains(&[0xB0 | channel, controller, 0]));
            }
        }
        for pitch in 21..=108 {
            assert!(messages.contains(&[0x84, pitch, 0]), "pitch {pitch}");
        }
        assert_eq!(messages.len(), MESSAGE_COUNT, "each once");
    }

    #[test]
    fn no_more_than_three_messages_leave_in_a_millisecond() {
        let (sent, _) = run(|_| false);
        for group in sent.windows(4) {
            assert!(group[3].0 - group[0].0 >= GROUP_INTERVAL, "{group:?}");
        }
        let duration = sent.last().map(|(time, _)| *time);
        assert!(duration < Some(Duration::from_millis(60)), "{duration:?}");
    }

    #[test]
    fn a_late_call_sends_one_group_and_no_burst() {
        let mut panic = PacedPanic::new(Duration::ZERO, 0);
        let mut sent = 0;
        panic.advance(Duration::from_secs(1), |_| {
            sent += 1;
            Ok(())
        });
        assert_eq!(sent, 3);
    }

    #[test]
    fn a_refused_message_is_sent_again_after_the_others() {
        let (sent, result) = run(|number| number == 0 || number == 50);
        assert_eq!(result, Ok(()));
        assert_eq!(sent.len(), MESSAGE_COUNT);
        assert_eq!(
            sent[MESSAGE_COUNT - 2].1,
            [0xB4, 64, 0],
            "the first refused one"
        );
    }

    #[test]
    fn a_port_that_refuses_everything_is_asked_for_everything_and_reported_once() {
        let (sent, result) = run(|_| true);
        assert!(sent.is_empty());
        let reason = result.err().unwrap_or_default();
        assert!(
            reason.contains("136 of the 136") && reason.contains("buffer full"),
            "{reason}"
        );
    }

    #[test]
    fn the_reason_of_a_refusal_is_said_also_if_later_messages_were_accepted() {
        // The first message is refused both times; of the second pass three more messages follow it, in two groups.
        let (sent, result) = run(|number| number < 4 || number == MESSAGE_COUNT);
        assert_eq!(sent.len(), MESSAGE_COUNT - 1);
        let reason = result.err().unwrap_or_default();
        assert!(
            reason.contains("1 of the 136") && reason.contains("buffer full"),
            "{reason}"
        );
    }

    #[test]
    fn a_note_that_starts_meanwhile_is_neither_ended_nor_its_channel_silenced_after_it() {
        let mut panic = PacedPanic::new(Duration::ZERO, 0);
        let mut silencing_messages = Vec::new();
        panic.silence_channel_for_note(7, 60, |bytes| {
            silencing_messages.push(bytes.to_vec());
            Ok(())
        });
        assert_eq!(silencing_messages.len(), 3);
        panic.silence_channel_for_note(0, 60, |_| Ok(()));
        let mut other_messages = Vec::new();
        while panic
            .advance(panic.due(), |bytes| {
                other_messages.push(bytes.to_vec());
                Ok(())
            })
            .is_none()
        {}
        assert!(other_messages.iter().all(|message| message[0] != 0xB7));
        assert!(!other_messages.contains(&vec![0x80, 60, 0]));
        assert!(other_messages.contains(&vec![0x80, 61, 0]));
    }
}
