//! MIDI messages and OSC commands that arrive.

/// A message from an input. MIDI channels are `0..=15`, all other numbers of MIDI `0..=127` unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
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
    /// A command by OSC.
    Osc(OscCommand),
}

/// A command that another program sends by OSC. Numbers are finite.
#[derive(Clone, Debug, PartialEq)]
pub enum OscCommand {
    /// Select the melody with this id and play it, such as `r041_s12`.
    Select(String),
    /// Play a position on the map, address `/tunescape/puck`: fractions of its width from the left and of its height from the bottom, 0 to 1.
    PlayPosition([f64; 2]),
    /// Play, or stop.
    Play(bool),
    /// Keep the melody that is shown.
    Keep,
    /// Want a value of an attribute, and make melodies with it.
    Steer {
        /// Id of the attribute, such as `note_density`.
        attribute: String,
        /// The value in the attribute's unit.
        value: f64,
    },
    /// Set the tempo, quarter notes per minute.
    Tempo(f64),
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
