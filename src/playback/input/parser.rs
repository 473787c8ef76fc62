//! Parser of the bytes of a MIDI input.

use super::message::{ClockSignal, InputMessage};

/// Status bytes have this bit.
const STATUS_BIT: u8 = 0x80;
const NOTE_OFF: u8 = 0x80;
const NOTE_ON: u8 = 0x90;
const CONTROL_CHANGE: u8 = 0xB0;
const PROGRAM_CHANGE: u8 = 0xC0;
const CHANNEL_PRESSURE: u8 = 0xD0;
const SYSTEM_MESSAGE: u8 = 0xF0;
const TIME_CODE: u8 = 0xF1;
const SONG_POSITION: u8 = 0xF2;
const SONG_SELECT: u8 = 0xF3;
const PULSE: u8 = 0xF8;
const START: u8 = 0xFA;
const CONTINUE: u8 = 0xFB;
const STOP: u8 = 0xFC;

/// Reads a stream of MIDI bytes, in pieces of any size.
///
/// By the MIDI 1.0 detailed specification: a status byte holds for the data bytes that follow (*running status*) until a
/// system message; real-time bytes (`F8` and above) may come between any two bytes, also inside another message, and change
/// nothing; data without a status is ignored, and so are system exclusive and all messages that the program has no use for.
#[derive(Clone, Debug, Default)]
pub struct MidiParser {
    /// The running status, or 0.
    status: u8,
    /// First data byte of a message of two.
    first_data: Option<u8>,
}

impl MidiParser {
    /// Reads one byte. Returns the message that it completes, if the program has a use for it.
    pub fn push(&mut self, byte: u8) -> Option<InputMessage> {
        if byte >= PULSE {
            return real_time(byte);
        }
        if byte >= STATUS_BIT {
            self.status = byte;
            self.first_data = None;
            return None;
        }
        let length = data_length(self.status)?;
        let (first, second) = match self.first_data.take() {
            None if length == 2 => {
                self.first_data = Some(byte);
                return None;
            }
            None => (byte, 0),
            Some(first) => (first, byte),
        };
        let message = message(self.status, first, second);
        if self.status >= SYSTEM_MESSAGE {
            // A system message has no running status.
            self.status = 0;
        }
        message
    }

    /// Reads bytes, and calls `handle` with each message.
    pub fn read(&mut self, bytes: &[u8], mut handle: impl FnMut(InputMessage)) {
        for byte in bytes {
            if let Some(message) = self.push(*byte) {
                handle(message);
            }
        }
    }
}

/// Number of data bytes of a message; `None` if data bytes after this status are ignored.
fn data_length(status: u8) -> Option<usize> {
    match status {
        SONG_POSITION => Some(2),
        TIME_CODE | SONG_SELECT => Some(1),
        SYSTEM_MESSAGE.. => None,
        _ => match status & 0xF0 {
            PROGRAM_CHANGE | CHANNEL_PRESSURE => Some(1),
            STATUS_BIT.. => Some(2),
            _ => None,
        },
    }
}

fn message(status: u8, first: u8, second: u8) -> Option<InputMessage> {
    if status == SONG_POSITION {
        let position = u16::from(second) << 7 | u16::from(first);
        return Some(InputMessage::Clock(ClockSignal::SongPosition(position)));
    }
    let channel = status & 0x0F;
    match status & 0xF0 {
        NOTE_ON if second > 0 => Some(InputMessage::NoteOn {
            channel,
            pitch: first,
            velocity: second,
        }),
        // A note-on of velocity 0 is a note-off.
        NOTE_ON | NOTE_OFF => Some(InputMessage::NoteOff {
            channel,
            pitch: first,
        }),
        CONTROL_CHANGE => Some(InputMessage::Control {
            channel,
            controller: first,
            value: second,
        }),
        PROGRAM_CHANGE => Some(InputMessage::Program {
            channel,
            program: first,
        }),
        _ => None,
    }
}

fn real_time(byte: u8) -> Option<InputMessage> {
    let message = match byte {
        PULSE => ClockSignal::Pulse,
        START => ClockSignal::Start,
        CONTINUE => ClockSignal::Continue,
        STOP => ClockSignal::Stop,
        _ => return None,
    };
    Some(InputMessage::Clock(message))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(bytes: &[u8]) -> Vec<InputMessage> {
        let mut messages = Vec::new();
        MidiParser::default().read(bytes, |message| messages.push(message));
        messages
    }

    const fn note_on(pitch: u8) -> InputMessage {
        InputMessage::NoteOn {
            channel: 2,
            pitch,
            velocity: 100,
        }
    }

    const fn note_off(pitch: u8) -> InputMessage {
        InputMessage::NoteOff { channel: 2, pitch }
    }

    const PULSE_MESSAGE: InputMessage = InputMessage::Clock(ClockSignal::Pulse);

    #[test]
    fn messages_of_all_kinds_are_read() {
        assert_eq!(parse(&[0x92, 60, 100]), [note_on(60)]);
        assert_eq!(parse(&[0x82, 60, 64]), [note_off(60)]);
        assert_eq!(parse(&[0x92, 60, 0]), [note_off(60)]);
        let control = InputMessage::Control {
            channel: 15,
            controller: 74,
            value: 127,
        };
        assert_eq!(parse(&[0xBF, 74, 127]), [control]);
        let program = InputMessage::Program {
            channel: 0,
            program: 5,
        };
        assert_eq!(parse(&[0xC0, 5]), [program]);
        let clock = [
            ClockSignal::Start,
            ClockSignal::Pulse,
            ClockSignal::Stop,
            ClockSignal::SongPosition(16_383),
            ClockSignal::Continue,
        ];
        let bytes = [0xFA, 0xF8, 0xFC, 0xF2, 0x7F, 0x7F, 0xFB];
        assert_eq!(parse(&bytes), clock.map(InputMessage::Clock));
    }

    #[test]
    fn a_status_holds_for_the_messages_after_it() {
        assert_eq!(
            parse(&[0x92, 60, 100, 60, 0, 64, 100]),
            [note_on(60), note_off(60), note_on(64)]
        );
    }

    #[test]
    fn pulses_inside_a_message_come_out_first_and_change_nothing() {
        assert_eq!(
            parse(&[0x92, 0xF8, 60, 0xF8, 100, 0xFE, 64, 0xF8, 100]),
            [
                PULSE_MESSAGE,
                PULSE_MESSAGE,
                note_on(60),
                PULSE_MESSAGE,
                note_on(64)
            ]
        );
    }

    #[test]
    fn system_exclusive_is_skipped_and_ends_running_status() {
        assert_eq!(
            parse(&[
                0x92, 60, 100, 0xF0, 1, 2, 0xF8, 3, 0xF7, 60, 0, 0x92, 62, 100
            ]),
            [note_on(60), PULSE_MESSAGE, note_on(62)]
        );
    }

    #[test]
    fn other_messages_are_skipped_whole() {
        let bytes = [
            0xD2, 9, 0xE2, 1, 2, 0xA2, 60, 5, 0xF1, 9, 0xF3, 9, 0xF6, 60, 100,
        ];
        assert_eq!(parse(&bytes), []);
    }

    /// A second implementation to compare with: parses bytes without real-time bytes by splitting them at status bytes.
    fn parse_by_splitting(bytes: &[u8]) -> Vec<InputMessage> {
        let mut messages = Vec::new();
        let mut position = 0;
        while position < bytes.len() {
            let status = bytes[position];
            let data_length = bytes[position + 1..]
                .iter()
                .take_while(|byte| **byte < 0x80)
                .count();
            let data = &bytes[position + 1..][..data_length];
            position += 1 + data_length;
            let length = match status {
                0xC0..=0xDF => 1,
                0x80..=0xEF | 0xF2 => 2,
                _ => continue,
            };
            let mut groups: Vec<&[u8]> = data.chunks_exact(length).collect();
            if status == 0xF2 {
                groups.truncate(1);
            }
            for group in groups {
                let mut message = vec![status];
                message.extend(group);
                messages.extend(parse(&message));
            }
        }
        messages
    }

    proptest! {
        #[test]
        fn any_bytes_give_only_messages_in_range(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for message in parse(&bytes) {
                let numbers = match message {
                    InputMessage::NoteOn { channel, pitch, velocity } => {
                        prop_assert!(velocity > 0);
                        [channel * 8, pitch, velocity]
                    }
                    InputMessage::NoteOff { channel, pitch } => [channel * 8, pitch, 0],
                    InputMessage::Control { channel, controller, value } => [channel * 8, controller, value],
                    InputMessage::Program { channel, program } => [channel * 8, program, 0],
                    InputMessage::Clock(ClockSignal::SongPosition(position)) => {
                        prop_assert!(position < 16_384);
                        [0; 3]
                    }
                    InputMessage::Clock(_) => [0; 3],
                    InputMessage::Osc(_) => [255; 3],
                };
                prop_assert!(numbers.iter().all(|number| *number < 128), "{message:?}");
            }
        }

        #[test]
        fn pieces_of_any_size_give_the_same_messages(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            index in any::<prop::sample::Index>(),
        ) {
            let cut = index.index(bytes.len() + 1);
            let mut parser = MidiParser::default();
            let mut messages = Vec::new();
            parser.read(&bytes[..cut], |message| messages.push(message));
            parser.read(&bytes[cut..], |message| messages.push(message));
            prop_assert_eq!(messages, parse(&bytes));
        }

        #[test]
        fn real_time_bytes_anywhere_change_no_other_message(
            bytes in prop::collection::vec(0_u8..0xF8, 0..200),
            insertions in prop::collection::vec((any::<prop::sample::Index>(), 0xF8_u8..), 0..20),
        ) {
            let mut mixed = bytes.clone();
            for (index, byte) in insertions {
                mixed.insert(index.index(mixed.len() + 1), byte);
            }
            let is_position = |message: &InputMessage| {
                matches!(message, InputMessage::Clock(ClockSignal::SongPosition(_)))
            };
            let is_clock = |message: &InputMessage| matches!(message, InputMessage::Clock(_));
            let others = |messages: Vec<InputMessage>| -> Vec<InputMessage> {
                messages.into_iter().filter(|message| !is_clock(message) || is_position(message)).collect()
            };
            prop_assert_eq!(others(parse(&mixed)), parse(&bytes));
            prop_assert_eq!(parse(&bytes), parse_by_splitting(&bytes.iter().copied().skip_while(|byte| *byte < 0x80).collect::<Vec<_>>()));
        }
    }
}
