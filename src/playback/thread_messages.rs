//! Messages to the clock thread and the device thread.

use std::time::Duration;

use super::{
    input::ClockSignal,
    midi_patch::MidiPatch,
    output::{Output, OutputChoice},
    sequencer::Command,
    synth::{SoundDeviceSettings, SoundFontFile},
};

/// A message to the clock thread.
#[derive(Debug)]
pub(super) enum ClockMessage {
    Command(Command),
    /// Play on this output from now on, and send the old one back.
    Connect {
        output: Output,
        /// Number of the output, reported with its failure.
        number: u64,
    },
    /// Play with this channel, program and bank.
    Patch(MidiPatch),
    /// A signal of the clock that is followed.
    Signal {
        /// Time of its arrival since the player started.
        at: Duration,
        /// The signal.
        signal: ClockSignal,
    },
    Quit,
    /// Panic, to test the recovery.
    #[cfg(test)]
    Fault,
}

/// A message to the device thread.
#[derive(Debug)]
pub(super) enum DeviceMessage {
    /// The user chose an output.
    Choose(OutputChoice),
    /// The user chose channel, program and bank of MIDI ports.
    Patch(MidiPatch),
    /// The user chose a MIDI input, or none.
    ChooseInput(Option<String>),
    /// No pulse of the clock that is followed arrives any more; the loop goes on at this tempo.
    ClockLost(f64),
    /// The id that a port had when it was last used.
    Remember {
        /// Name of the port.
        name: String,
        /// Its id.
        id: String,
    },
    /// Use the sound devices like this.
    SoundDevice(SoundDeviceSettings),
    /// List the sound devices.
    ListSoundDevices,
    /// The font that the synth plays from now on.
    SoundFont(SoundFontFile),
    /// The clock no longer plays on this output.
    Disconnected(Output),
    /// The output that the clock played on refused an event.
    PortFailed {
        /// Number of the output.
        number: u64,
        /// The reason, for the user.
        reason: String,
    },
    /// The sound stream with this number stopped, and why.
    StreamFailed(u64, String),
    Quit,
}
