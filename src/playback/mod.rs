//! Playing melodies: one clock, one output.
//!
//! A [`Player`] owns two threads. The *clock* thread turns a melody into timed notes and sleeps until absolute deadlines; it
//! never opens a device, so nothing can make it late. The *device* thread opens, watches and closes outputs, lists the MIDI
//! ports about once a second and hands finished outputs to the clock.
//!
//! The musical logic is a plain struct without threads or devices ([`Sequencer`]), and so is the synth ([`synth::Synth`]).
//! Time in this module is a [`std::time::Duration`] since the player started; melodies know only 16th steps.

mod board;
mod clock;
mod conductor;
mod devices;
mod ledger;
mod message;
mod midi_port;
mod output;
mod player;
mod playhead;
mod sequencer;
pub mod synth;

pub use ledger::NoteLedger;
pub use message::{CHANNEL, Event, Message, VELOCITY};
pub use output::{OutputChoice, OutputState};
pub use player::{DEFAULT_VOLUME, Player};
pub use playhead::Playhead;
pub use sequencer::{
    Command, DEFAULT_TEMPO, Entry, FASTEST_TEMPO, SLOWEST_TEMPO, Sequencer, TEST_PITCH,
};
pub use synth::Instrument;
