//! Playing melodies: one clock, one output.
//!
//! A [`Player`] owns two threads. The *clock thread* converts melodies to timed notes and sleeps until absolute deadlines; it never
//! opens a device, so that nothing delays it. The *device thread* opens, watches and closes outputs, lists the MIDI ports about
//! once a second, and sends opened outputs to the clock thread.
//!
//! - `player`: the interface; `thread_messages`, `clock_thread`, `device_thread`, `closing_outputs`: its threads;
//!   `priority`, `rtkit`: how the system runs them; `status`: notices to the window
//! - `sequencer`: [`Sequencer`], the musical logic without threads; `driver`: a sequencer with its output; `offset`: notes
//!   later or earlier than the clock; `playhead`: its position
//! - `message`, `active_notes`: messages to an output, and the notes that sound; `metronome_and_clock_bytes`,
//!   `short_message`: clock and metronome as MIDI bytes
//! - `output`, `midi_port`, `synth`: the outputs; `synth_output`: the stream of the synth
//! - `midi_server`: whether it runs; `port_names`, `port_directory`, `port_writer`, `midi_patch`, `paced_panic`: MIDI ports by name, and what they are sent
//! - `input`: MIDI that arrives; `input_routes`: where it goes; `followed_clock`: playing in step with its clock;
//!   `transport`, `jack_transport`, `transport_link`, `followed_transport`: the same with JACK's transport;
//!   `ports`: [`Ports`], all ports of the system
//! - `render`, `audio_file`: sound without a device, and into a file
//!
//! Time is a [`std::time::Duration`] since the player was started; melodies use only 16th steps.

mod active_notes;
mod alsa_errors;
mod audio_file;
mod clock_thread;
mod closing_outputs;
mod device_thread;
mod driver;
mod followed_clock;
mod followed_transport;
pub mod input;
mod input_routes;
#[cfg(feature = "jack")]
mod jack_transport;
mod message;
mod metronome_and_clock_bytes;
mod midi_patch;
mod midi_port;
mod midi_server;
mod offset;
mod output;
mod paced_panic;
mod player;
mod playhead;
mod port_directory;
mod port_names;
mod port_writer;
mod ports;
mod priority;
mod render;
#[cfg(target_os = "linux")]
mod rtkit;
mod sequencer;
mod short_message;
mod status;
pub mod synth;
mod synth_output;
#[cfg(test)]
mod testing;
mod thread_messages;
mod transport;
mod transport_link;

pub use active_notes::ActiveNotes;
pub use audio_file::{AudioFileError, AudioFormat, write_audio_file};
pub use message::{Event, Message, VELOCITY};
pub use midi_patch::{CHANNELS, MAX_BANK, MAX_PROGRAM, MidiPatch};
pub use offset::MAX_OFFSET;
pub use output::{OutputChoice, OutputState};
pub use player::{DEFAULT_VOLUME, Player};
pub use playhead::Playhead;
pub use ports::{PortInfo, Ports};
pub use priority::{Priorities, Priority};
pub use render::{RenderError, RenderSettings, render};
pub use sequencer::{
    Command, DEFAULT_TEMPO, LaunchQuantization, MAX_TEMPO, MIN_TEMPO, MetronomeAndClock, Sequencer,
    StartPosition, TEST_PITCH,
};
pub use synth::{
    Instrument, Preset, SoundChoice, SoundDevice, SoundDeviceSettings, SoundFontError,
    SoundFontFile, system_sound_fonts,
};
pub use transport::HAS_JACK;
pub use transport_link::TransportState;
