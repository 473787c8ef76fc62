//! Playing melodies: one clock, one output.
//!
//! A [`Player`] owns two threads. The *clock thread* converts melodies to timed notes and sleeps until absolute deadlines; it never
//! opens a device, so that nothing delays it. The *device thread* opens, watches and closes outputs, lists the MIDI ports about
//! once a second, and sends opened outputs to the clock thread.
//!
//! - `player`: the interface; `thread_messages`, `clock_thread`, `device_thread`, `closing_outputs`: its threads;
//!   `priority`, `rtkit`: their scheduling priority; `status`: notices to the window
//! - `sequencer`: [`Sequencer`], the musical logic without threads; `driver`: a sequencer with its output; `offset`: notes
//!   later or earlier than the clock; `playhead`: its position
//! - `message`, `active_notes`: messages to an output, and the notes that sound; `metronome_and_clock_bytes`,
//!   `short_message`: clock and metronome as MIDI bytes
//! - `output`, `midi_port`, `synth`: the outputs; `synth_output`: the stream of the synth
//! - `midi_server`: whether the server of MIDI clients runs; `port_names`, `port_directory`: MIDI ports by name; `port_writer`,
//!   `midi_patch`, `paced_panic`: the bytes sent to them
//! - `input`: incoming MIDI and OSC; `input_routes`: the receivers of MIDI input; `clock_sync`: playing in step with its clock;
//!   `transport`, `jack_transport`, `transport_link`, `followed_transport`: the same with JACK's transport;
//!   `ports`: [`Ports`], all ports of the system
//! - `osc_ports`, `osc_output`: the ports of OSC, and messages to other programs
//! - `render`, `audio_file`: rendering to memory and to sound files
//!
//! Without the cargo feature `sound` only what needs no device is compiled: the sequencer, the synth in memory, and sound files.
//!
//! Time is a [`std::time::Duration`] since the player was started; melodies use only 16th steps.

mod active_notes;
mod audio_file;
pub mod input;
mod message;
mod metronome_and_clock_bytes;
mod midi_patch;
mod render;
mod sequencer;
mod short_message;
pub mod synth;
#[cfg(test)]
mod testing;

#[cfg(feature = "sound")]
mod alsa_errors;
#[cfg(feature = "sound")]
mod clock_sync;
#[cfg(feature = "sound")]
mod clock_thread;
#[cfg(feature = "sound")]
mod closing_outputs;
#[cfg(feature = "sound")]
mod device_thread;
#[cfg(feature = "sound")]
mod driver;
#[cfg(feature = "sound")]
mod followed_transport;
#[cfg(feature = "sound")]
mod input_routes;
#[cfg(feature = "jack")]
mod jack_transport;
#[cfg(feature = "sound")]
mod midi_port;
#[cfg(feature = "sound")]
mod midi_server;
#[cfg(feature = "sound")]
mod offset;
#[cfg(feature = "sound")]
mod open_schedule;
#[cfg(feature = "sound")]
mod osc_output;
#[cfg(feature = "sound")]
mod osc_ports;
#[cfg(feature = "sound")]
mod output;
#[cfg(feature = "sound")]
mod paced_panic;
#[cfg(feature = "sound")]
mod player;
#[cfg(feature = "sound")]
mod playhead;
#[cfg(feature = "sound")]
mod port_directory;
#[cfg(feature = "sound")]
mod port_names;
#[cfg(feature = "sound")]
mod port_writer;
#[cfg(feature = "sound")]
mod ports;
#[cfg(feature = "sound")]
mod priority;
#[cfg(all(feature = "sound", target_os = "linux"))]
mod rtkit;
#[cfg(feature = "sound")]
mod status;
#[cfg(feature = "sound")]
mod synth_output;
#[cfg(feature = "sound")]
mod thread_messages;
#[cfg(feature = "sound")]
mod transport;
#[cfg(feature = "sound")]
mod transport_link;

pub use active_notes::ActiveNotes;
pub use audio_file::{AudioFileError, AudioFormat, write_audio_file};
pub use message::{Event, Message, NOTE_VELOCITY};
pub use midi_patch::{MAX_BANK, MAX_PROGRAM, MIDI_CHANNEL_COUNT, MidiPatch};
pub use render::{RenderError, RenderSettings, render};
pub use sequencer::{
    Command, DEFAULT_TEMPO, LaunchQuantization, MAX_TEMPO, MIN_TEMPO, MetronomeAndClock, Sequencer,
    StartPosition, TEST_PITCH,
};
pub use synth::{
    Instrument, Preset, SoundChoice, SoundFontError, SoundFontFile, system_sound_fonts,
};

#[cfg(feature = "sound")]
pub use self::{
    offset::MAX_OFFSET_MS,
    osc_output::OscSelection,
    output::{OutputChoice, OutputState},
    player::{DEFAULT_VOLUME, Player},
    playhead::Playhead,
    ports::{PortInfo, Ports},
    priority::{Priorities, Priority},
    synth::{SoundDevice, SoundDeviceSettings},
    transport::HAS_JACK,
    transport_link::TransportState,
};
