//! Writes messages to a MIDI port as bytes, each on its channel.

use std::time::Duration;

use super::{
    message::{Event, Message},
    metronome_and_clock_bytes::metronome_and_clock_bytes,
    midi_patch::MidiPatch,
    paced_panic::PacedPanic,
};

const NOTE_OFF: u8 = 0x80;
const NOTE_ON: u8 = 0x90;

/// An open connection that takes MIDI messages.
pub(super) trait SendBytes {
    /// Sends one message, without blocking.
    ///
    /// # Errors
    /// The reason, if it is refused.
    fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), String>;
}

/// Writes messages to a connection as MIDI bytes.
///
/// A note ends on the channel where it began, also if another channel was chosen meanwhile. A panic is sent in small groups,
/// between the notes: see [`PacedPanic`].
#[derive(Debug)]
pub(super) struct PortWriter<C> {
    connection: C,
    patch: MidiPatch,
    /// Channel on which each pitch sounds, `0..=15`.
    sounding_channels: [Option<u8>; 128],
    panic: Option<PacedPanic>,
}

impl<C: SendBytes> PortWriter<C> {
    /// A writer on an open connection. Sends bank and program at once; an error is ignored, as the first note would fail too.
    pub fn new(connection: C, patch: MidiPatch) -> Self {
        let mut writer = Self {
            connection,
            patch,
            sounding_channels: [None; 128],
            panic: None,
        };
        let _ = writer.set_patch(patch);
        writer
    }

    /// Sends an event, without blocking. Of a panic only the first group is sent: [`Self::advance`] sends the others when they
    /// are due.
    pub fn send(&mut self, event: Event) -> Result<(), String> {
        match event.message {
            Message::NoteOn { pitch, velocity } => self.start_note(pitch & 0x7F, velocity & 0x7F),
            Message::NoteOff { pitch } => {
                let pitch = pitch & 0x7F;
                let start_channel = self.sounding_channels[usize::from(pitch)].take();
                let channel = start_channel.unwrap_or(self.patch.zero_based_channel());
                self.connection.send_bytes(&[NOTE_OFF | channel, pitch, 0])
            }
            Message::Patch(patch) => self.set_patch(patch),
            Message::Panic => {
                self.panic = Some(PacedPanic::new(event.time, self.patch.zero_based_channel()));
                self.advance(event.time)
            }
            other => match metronome_and_clock_bytes(other) {
                Some(message) => self.connection.send_bytes(message.bytes()),
                None => Ok(()),
            },
        }
    }

    /// When [`Self::advance`] has to be called next.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.panic.as_ref().map(PacedPanic::due)
    }

    /// Sends the messages of a panic that are due. Refusals are collected and returned as one error after its last message.
    pub fn advance(&mut self, now: Duration) -> Result<(), String> {
        let connection = &mut self.connection;
        let result = self
            .panic
            .as_mut()
            .and_then(|panic| panic.advance(now, |bytes| connection.send_bytes(bytes)));
        if result.is_some() {
            self.panic = None;
        }
        result.unwrap_or(Ok(()))
    }

    fn start_note(&mut self, pitch: u8, velocity: u8) -> Result<(), String> {
        let channel = self.patch.zero_based_channel();
        let connection = &mut self.connection;
        if let Some(panic) = &mut self.panic {
            panic.silence_channel_for_note(channel, pitch, |bytes| connection.send_bytes(bytes));
        }
        connection.send_bytes(&[NOTE_ON | channel, pitch, velocity])?;
        self.sounding_channels[usize::from(pitch)] = Some(channel);
        Ok(())
    }

    fn set_patch(&mut self, patch: MidiPatch) -> Result<(), String> {
        self.patch = patch;
        let connection = &mut self.connection;
        patch
            .bank_and_program_messages()
            .try_for_each(|message| connection.send_bytes(message.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that records sent messages, and may refuse everything.
    #[derive(Debug, Default)]
    struct Recorder {
        sent: Vec<Vec<u8>>,
        refuses_all: bool,
    }

    impl SendBytes for Recorder {
        fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), String> {
            if self.refuses_all {
                return Err("unplugged".to_owned());
            }
            self.sent.push(bytes.to_vec());
            Ok(())
        }
    }

    fn writer(patch: MidiPatch) -> PortWriter<Recorder> {
        PortWriter::new(Recorder::default(), patch)
    }

    fn on_channel(channel: u8) -> MidiPatch {
        MidiPatch {
            channel,
            ..MidiPatch::default()
        }
    }

    fn event(message: Message) -> Event {
        Event {
            time: Duration::ZERO,
            message,
        }
    }

    fn note_on(pitch: u8) -> Event {
        event(Message::NoteOn {
            pitch,
            velocity: 80,
        })
    }

    fn note_off(pitch: u8) -> Event {
        event(Message::NoteOff { pitch })
    }

    // Status bytes: MIDI 1.0 detailed specification, table 1.
    #[test]
    fn a_note_is_the_three_bytes_every_midi_device_expects() {
        let mut writer = writer(MidiPatch::default());
        assert_eq!(writer.send(note_on(60)), Ok(()));
        assert_eq!(writer.send(note_off(60)), Ok(()));
        assert_eq!(writer.connection.sent, [[0x90, 60, 80], [0x80, 60, 0]]);
    }

    #[test]
    fn clock_and_clicks_leave_as_they_are_whatever_the_channel_is() {
        let mut writer = writer(on_channel(3));
        for message in [
            Message::Start,
            Message::Clock,
            Message::ClickOn { accent: true },
            Message::ClickOff { accent: true },
            Message::Stop,
        ] {
            assert_eq!(writer.send(event(message)), Ok(()));
        }
        let expected = [
            vec![0xFA],
            vec![0xF8],
            vec![0x99, 76, 110],
            vec![0x89, 76, 0],
            vec![0xFC],
        ];
        assert_eq!(writer.connection.sent, expected);
    }

    #[test]
    fn bank_and_program_are_sent_on_connecting_and_on_every_change() {
        let patch = MidiPatch {
            channel: 3,
            program: Some(5),
            bank: Some(128),
        };
        let mut writer = writer(patch);
        let selection = [vec![0xB2, 0, 1], vec![0xB2, 32, 0], vec![0xC2, 4]];
        assert_eq!(writer.connection.sent, selection);
        let other = MidiPatch {
            bank: None,
            program: Some(1),
            channel: 3,
        };
        assert_eq!(writer.send(event(Message::Patch(other))), Ok(()));
        assert_eq!(writer.connection.sent[3..], [[0xC2, 0]]);
    }

    #[test]
    fn a_note_that_sounds_while_the_channel_changes_ends_on_its_old_channel() {
        let mut writer = writer(on_channel(2));
        for event in [
            note_on(60),
            event(Message::Patch(on_channel(16))),
            note_on(64),
            note_off(60),
            note_off(64),
        ] {
            assert_eq!(writer.send(event), Ok(()));
        }
        assert_eq!(
            writer.connection.sent,
            [[0x91, 60, 80], [0x9F, 64, 80], [0x81, 60, 0], [0x8F, 64, 0]]
        );
    }

    #[test]
    fn a_panic_goes_on_between_notes_and_leaves_them_sounding() {
        let mut writer = writer(MidiPatch::default());
        assert_eq!(writer.send(event(Message::Panic)), Ok(()));
        assert_eq!(writer.connection.sent.len(), 3);
        assert_eq!(writer.send(note_on(60)), Ok(()));
        while let Some(due) = writer.next_deadline() {
            assert_eq!(writer.advance(due), Ok(()));
        }
        assert_eq!(
            writer.connection.sent.len(),
            136,
            "one note-off became a note-on"
        );
        assert!(!writer.connection.sent.contains(&vec![0x80, 60, 0]));
        for channel in 0..16 {
            assert!(
                writer
                    .connection
                    .sent
                    .contains(&vec![0xB0 | channel, 123, 0])
            );
        }
    }

    #[test]
    fn a_panic_that_is_refused_is_reported_once_at_its_end() {
        let mut writer = writer(MidiPatch::default());
        writer.connection.refuses_all = true;
        let mut results = vec![writer.send(event(Message::Panic))];
        while let Some(due) = writer.next_deadline() {
            results.push(writer.advance(due));
        }
        let (last, previous) = results.split_last().unwrap_or((&Ok(()), &[]));
        assert!(last.is_err());
        assert!(previous.iter().all(Result::is_ok));
        assert_eq!(writer.advance(Duration::from_secs(9)), Ok(()));
    }
}
