//! The channel and the instrument that a MIDI port is played with.

use serde::{Deserialize, Serialize};

use super::short_message::ShortMessage;

const CONTROL_CHANGE: u8 = 0xB0;
const PROGRAM_CHANGE: u8 = 0xC0;
const BANK_MSB: u8 = 0;
const BANK_LSB: u8 = 32;

/// Number of MIDI channels.
pub const MIDI_CHANNEL_COUNT: u8 = 16;
/// Highest program.
pub const MAX_PROGRAM: u8 = 128;
/// Highest bank.
pub const MAX_BANK: u16 = 16_383;

/// Channel, program and bank of a MIDI port, as a musician counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MidiPatch {
    /// Channel of the notes, `1..=16`.
    pub channel: u8,
    /// General MIDI program, `1..=128`; `None` leaves the instrument as it is.
    pub program: Option<u8>,
    /// Bank of the program, `0..=16383` (128 times the first controller plus the second); `None` sends none. Not sent
    /// without a program, as instruments change the bank only with the next program.
    pub bank: Option<u16>,
}

impl Default for MidiPatch {
    fn default() -> Self {
        Self {
            channel: 1,
            program: None,
            bank: None,
        }
    }
}

impl MidiPatch {
    /// The patch with every number clamped to its range.
    pub fn clamped(self) -> Self {
        Self {
            channel: self.channel.clamp(1, MIDI_CHANNEL_COUNT),
            program: self.program.map(|program| program.clamp(1, MAX_PROGRAM)),
            bank: self.bank.map(|bank| bank.min(MAX_BANK)),
        }
    }

    /// The channel counted from 0, as in MIDI messages, `0..=15`.
    pub(super) fn zero_based_channel(self) -> u8 {
        self.clamped().channel - 1
    }

    /// The messages that choose bank and program, in order. Empty without a program.
    ///
    /// Bank select is controllers 0 and 32, then a program change (MIDI 1.0 detailed specification, page 13).
    pub(super) fn bank_and_program_messages(self) -> impl Iterator<Item = ShortMessage> {
        let patch = self.clamped();
        let channel = patch.zero_based_channel();
        let program = patch
            .program
            .map(|program| ShortMessage::new([PROGRAM_CHANGE | channel, program - 1, 0], 2));
        let bank = patch.bank.filter(|_| program.is_some());
        let control = move |controller, value: u16| {
            ShortMessage::new(
                [CONTROL_CHANGE | channel, controller, (value & 0x7F) as u8],
                3,
            )
        };
        let banks = bank.map(|bank| [control(BANK_MSB, bank >> 7), control(BANK_LSB, bank)]);
        banks.into_iter().flatten().chain(program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(patch: MidiPatch) -> Vec<Vec<u8>> {
        patch
            .bank_and_program_messages()
            .map(|message| message.bytes().to_vec())
            .collect()
    }

    #[test]
    fn a_program_is_one_message_on_its_channel_counted_from_zero() {
        let patch = MidiPatch {
            channel: 10,
            program: Some(1),
            bank: None,
        };
        assert_eq!(bytes(patch), [[0xC9, 0]]);
    }

    #[test]
    fn a_bank_comes_before_its_program_and_never_alone() {
        let patch = MidiPatch {
            channel: 1,
            program: Some(128),
            bank: Some(129),
        };
        assert_eq!(
            bytes(patch),
            [vec![0xB0, 0, 1], vec![0xB0, 32, 1], vec![0xC0, 127]]
        );
        let without_program = MidiPatch {
            program: None,
            ..patch
        };
        assert_eq!(bytes(without_program), [[0_u8; 0]; 0]);
        assert_eq!(bytes(MidiPatch::default()), [[0_u8; 0]; 0]);
    }

    #[test]
    fn numbers_of_a_damaged_file_stay_in_range() {
        let patch = MidiPatch {
            channel: 0,
            program: Some(255),
            bank: Some(u16::MAX),
        };
        for message in patch.bank_and_program_messages() {
            assert!(message.bytes()[1..].iter().all(|byte| *byte < 128));
        }
        assert_eq!(patch.zero_based_channel(), 0);
    }
}
