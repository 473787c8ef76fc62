//! The MIDI bytes of messages other than notes of the melody: clock, transport, metronome and chords.

use super::{message::Message, short_message::ShortMessage};

const NOTE_OFF: u8 = 0x80;
const NOTE_ON: u8 = 0x90;
/// The drum channel of General MIDI, channel 10 for users.
const DRUM_CHANNEL: u8 = 9;
/// High and low wood block (General MIDI level 1, percussion key map).
const HIGH_WOOD_BLOCK: u8 = 76;
const LOW_WOOD_BLOCK: u8 = 77;
/// Velocities of a click, on the first beat of a bar and on others.
const CLICK_VELOCITIES: [u8; 2] = [110, 80];

/// The MIDI message of a clock, transport, metronome or chord message; `None` for others.
///
/// Status bytes: MIDI 1.0 detailed specification, tables 1 and 5. A song position is in sixteenths, 14 bits, the low seven first.
pub(super) fn metronome_and_clock_bytes(message: Message) -> Option<ShortMessage> {
    let single_byte = |status| ([status, 0, 0], 1);
    let (bytes, length) = match message {
        Message::Clock => single_byte(0xF8),
        Message::Start => single_byte(0xFA),
        Message::Continue => single_byte(0xFB),
        Message::Stop => single_byte(0xFC),
        Message::SongPosition(steps) => {
            let [low, high] = [steps & 0x7F, (steps >> 7) & 0x7F];
            ([0xF2, low as u8, high as u8], 3)
        }
        Message::ClickOn { accent } => {
            let [accented, other] = CLICK_VELOCITIES;
            let velocity = if accent { accented } else { other };
            ([NOTE_ON | DRUM_CHANNEL, wood_block(accent), velocity], 3)
        }
        Message::ClickOff { accent } => ([NOTE_OFF | DRUM_CHANNEL, wood_block(accent), 0], 3),
        Message::ChordOn {
            channel,
            pitch,
            velocity,
        } => ([NOTE_ON | channel & 15, pitch & 0x7F, velocity & 0x7F], 3),
        Message::ChordOff { channel, pitch } => ([NOTE_OFF | channel & 15, pitch & 0x7F, 0], 3),
        _ => return None,
    };
    Some(ShortMessage::new(bytes, length))
}

fn wood_block(accent: bool) -> u8 {
    if accent {
        HIGH_WOOD_BLOCK
    } else {
        LOW_WOOD_BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(message: Message) -> Vec<u8> {
        metronome_and_clock_bytes(message).map_or(Vec::new(), |short| short.bytes().to_vec())
    }

    #[test]
    fn clock_and_transport_are_the_bytes_of_the_specification() {
        assert_eq!(bytes(Message::Clock), [0xF8]);
        assert_eq!(bytes(Message::Start), [0xFA]);
        assert_eq!(bytes(Message::Continue), [0xFB]);
        assert_eq!(bytes(Message::Stop), [0xFC]);
        assert_eq!(bytes(Message::SongPosition(0)), [0xF2, 0, 0]);
        assert_eq!(bytes(Message::SongPosition(300)), [0xF2, 44, 2]);
        assert_eq!(bytes(Message::SongPosition(16_383)), [0xF2, 127, 127]);
    }

    #[test]
    fn a_click_is_a_wood_block_of_the_drum_channel() {
        let accent = true;
        assert_eq!(bytes(Message::ClickOn { accent }), [0x99, 76, 110]);
        assert_eq!(bytes(Message::ClickOff { accent }), [0x89, 76, 0]);
        let accent = false;
        assert_eq!(bytes(Message::ClickOn { accent }), [0x99, 77, 80]);
        assert_eq!(bytes(Message::ClickOff { accent }), [0x89, 77, 0]);
    }

    #[test]
    fn notes_and_panic_belong_to_the_channel_of_the_melody() {
        assert_eq!(bytes(Message::NoteOff { pitch: 60 }), [0_u8; 0]);
        assert_eq!(bytes(Message::Panic), [0_u8; 0]);
    }
}
