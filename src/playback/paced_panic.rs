//! A panic, sent in small groups so that no receiver's buffer overflows.

use std::time::Duration;

use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};

const NOTE_OFF: u8 = 0x80;
const CONTROL_CHANGE: u8 = 0xB0;
/// Sustain pedal up, *all notes off*, *all sound off*.
const CONTROLLERS: [u8; 3] = [64, 123, 120];
const CHANNELS: usize = 16;
const CONTROLS: usize = CHANNELS * CONTROLLERS.len();
const PITCHES: usize = (HIGHEST_PITCH - LOWEST_PITCH) as usize + 1;
const MESSAGES: usize = CONTROLS + PITCHES;

/// Messages of a group.
const GROUP: usize = CONTROLLERS.len();
/// Time between two groups: a cable of the MIDI 1.0 standard takes this long for one message.
const GAP: Duration = Duration::from_millis(1);
/// A refused message is sent once more, after all others.
const PASSES: u8 = 2;

/// A panic that is being sent: sustain pedal up, *all notes off* and *all sound off* on all sixteen channels, then an explicit
/// note-off for every pitch of a melody, because some instruments ignore the controllers.
///
/// Nothing is given up because a message was refused: the others follow, the refused one is sent again at the end, and only
/// what is refused twice is reported. Allocates nothing.
#[derive(Clone, Debug)]
pub(super) struct PacedPanic {
    /// The channel that is silenced first, `0..=15`: that of the notes.
    channel: u8,
    waiting: [bool; MESSAGES],
    next: usize,
    pass: u8,
    due: Duration,
}

impl PacedPanic {
    /// A panic that begins now, with the channel of the notes (`0..=15`).
    pub fn new(now: Duration, channel: u8) -> Self {
        Self {
            channel: channel & 0x0F,
            waiting: [true; MESSAGES],
            next: 0,
            pass: 0,
            due: now,
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
        self.due = now + GAP;
        let mut reason = None;
        for _ in 0..GROUP {
            let Some(index) = self.take_next() else { break };
            match send(&self.message(index)) {
                Ok(()) => self.waiting[index] = false,
                Err(error) => reason = Some(error),
            }
        }
        if self.has_next() {
            return None;
        }
        let refused = self.waiting.iter().filter(|waiting| **waiting).count();
        if refused == 0 {
            return Some(Ok(()));
        }
        let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
        Some(Err(format!(
            "it refused {refused} of the {MESSAGES} messages that silence it: {reason}"
        )))
    }

    /// Makes way for a note that starts on a channel (`0..=15`): silences its channel now, and does not end the note itself
    /// later.
    pub fn silence_channel_for_note(
        &mut self,
        channel: u8,
        pitch: u8,
        mut send: impl FnMut(&[u8]) -> Result<(), String>,
    ) {
        for index in 0..MESSAGES {
            let message = self.message(index);
            let same_channel = message[0] & 0x0F == channel & 0x0F;
            if !self.waiting[index] || !same_channel {
                continue;
            }
            if index < CONTROLS {
                // Refused or not, it would end the note if it came later.
                let _ = send(&message);
                self.waiting[index] = false;
            } else if message[1] == pitch {
                self.waiting[index] = false;
            }
        }
    }

    /// Index of the next waiting message.
    fn take_next(&mut self) -> Option<usize> {
        if !self.has_next() {
            return None;
        }
        let index = self.next;
        self.next += 1;
        Some(index)
    }

    /// Whether a message is left, with `next` moved to it.
    fn has_next(&mut self) -> bool {
        loop {
            let ahead = self.waiting[self.next..]
                .iter()
                .position(|waiting| *waiting);
            if let Some(ahead) = ahead {
                self.next += ahead;
                return true;
            }
            if self.pass + 1 >= PASSES || self.waiting.iter().all(|waiting| !waiting) {
                self.next = MESSAGES;
                return false;
            }
            self.pass += 1;
            self.next = 0;
        }
    }

    fn message(&self, index: usize) -> [u8; 3] {
        if index < CONTROLS {
            let channel = (usize::from(self.channel) + index / CONTROLLERS.len()) % CHANNELS;
            let controller = CONTROLLERS[index % CONTROLLERS.len()];
            [CONTROL_CHANGE | channel as u8, controller, 0]
        } else {
            let pitch = LOWEST_PITCH + (index - CONTROLS) as u8;
            [NOTE_OFF | self.channel, pitch, 0]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages by the time at which they were sent.
    type SentMessages = Vec<(Duration, [u8; 3])>;

    /// Runs a panic to its end on a port that refuses the messages with these numbers of all that are sent.
    fn run(refuses: impl Fn(usize) -> bool) -> (SentMessages, Result<(), String>) {
        let mut panic = PacedPanic::new(Duration::ZERO, 4);
        let mut sent = Vec::new();
        let mut tries = 0;
        loop {
            let now = panic.due();
            let ended = panic.advance(now, |bytes| {
                tries += 1;
                if refuses(tries - 1) {
                    return Err("buffer full".to_owned());
                }
                sent.push((now, [bytes[0], bytes[1], bytes[2]]));
                Ok(())
            });
            if let Some(result) = ended {
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
        assert_eq!(messages.len(), MESSAGES, "each once");
    }

    #[test]
    fn no_more_than_three_messages_leave_in_a_millisecond() {
        let (sent, _) = run(|_| false);
        for group in sent.windows(4) {
            assert!(group[3].0 - group[0].0 >= GAP, "{group:?}");
        }
        let took = sent.last().map(|(at, _)| *at);
        assert!(took < Some(Duration::from_millis(60)), "{took:?}");
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
        assert_eq!(sent.len(), MESSAGES);
        assert_eq!(sent[MESSAGES - 2].1, [0xB4, 64, 0], "the first refused one");
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
    fn a_note_that_starts_meanwhile_is_neither_ended_nor_its_channel_silenced_after_it() {
        let mut panic = PacedPanic::new(Duration::ZERO, 0);
        let mut first = Vec::new();
        panic.silence_channel_for_note(7, 60, |bytes| {
            first.push(bytes.to_vec());
            Ok(())
        });
        assert_eq!(first.len(), 3);
        panic.silence_channel_for_note(0, 60, |_| Ok(()));
        let mut later = Vec::new();
        while panic
            .advance(panic.due(), |bytes| {
                later.push(bytes.to_vec());
                Ok(())
            })
            .is_none()
        {}
        assert!(later.iter().all(|message| message[0] != 0xB7));
        assert!(!later.contains(&vec![0x80, 60, 0]));
        assert!(later.contains(&vec![0x80, 61, 0]));
    }
}
