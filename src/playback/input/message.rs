//! MIDI messages that arrive.

/// A message from a MIDI input. Channels are `0..=15`, all other numbers `0..=127` unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputMessage {
    /// A key was pressed.
    NoteOn {
        /// Its channel.
        channel: u8,
        /// MIDI pitch.
        pitch: u8,
        /// How hard, `1..=127`.
        velocity: u8,
    },
    /// A key was released.
    NoteOff {
        /// Its channel.
        channel: u8,
        /// MIDI pitch.
        pitch: u8,
    },
    /// A knob, slider or pedal was moved.
    Control {
        /// Its channel.
        channel: u8,
        /// Number of the controller.
        controller: u8,
        /// Where it is now.
        value: u8,
    },
    /// A program was chosen.
    Program {
        /// Its channel.
        channel: u8,
        /// The program, counted from 0.
        program: u8,
    },
    /// Of the clock of another program or device.
    Clock(ClockSignal),
}

/// What a MIDI clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSignal {
    /// A pulse: there are 24 in a quarter note.
    Pulse,
    /// Play from the beginning, which is at the next pulse.
    Start,
    /// Play from the song position, which is at the next pulse.
    Continue,
    /// Stop.
    Stop,
    /// The position to continue from, in 16th notes from the beginning, `0..=16383`.
    SongPosition(u16),
}
