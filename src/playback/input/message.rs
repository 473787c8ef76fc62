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
        /// Velocity, `1..=127`.
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
        /// Its new value.
        value: u8,
    },
    /// A program was chosen.
    Program {
        /// Its channel.
        channel: u8,
        /// The program, counted from 0.
        program: u8,
    },
    /// A message of the clock of another program or device.
    Clock(ClockSignal),
    /// A command by OSC.
    Osc(OscCommand),
}

/// A command that another program sends by OSC. Numbers are finite.
#[derive(Clone, Debug, PartialEq)]
pub enum OscCommand {
    /// Select the melody with this id and play it, such as `r041_s12`.
    Select(String),
    /// Play a position on the map, address `/tunescape/puck`: fractions of its width from the left and of its height from the
    /// bottom, 0 to 1.
    PlayPosition([f64; 2]),
    /// Play, or stop.
    Play(bool),
    /// Keep the melody that is shown.
    Keep,
    /// Generate melodies with a wanted value of an attribute.
    Steer {
        /// Id of the attribute, such as `note_density`.
        attribute: String,
        /// The value in the attribute's unit.
        value: f64,
    },
    /// Set the tempo, quarter notes per minute.
    Tempo(f64),
}

/// A message of a MIDI clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSignal {
    /// A pulse: there are 24 in a quarter note.
    Pulse,
    /// Play from the beginning; the next pulse is at the beginning.
    Start,
    /// Play from the song position; the next pulse is at that position.
    Continue,
    /// Stop.
    Stop,
    /// The position to continue from, in 16th notes from the beginning, `0..=16383`.
    SongPosition(u16),
}
