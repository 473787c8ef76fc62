//! MIDI input: what arrives from a keyboard, a controller or the clock of a DAW.
//!
//! - `port`: the input ports of the system; `watched_port`: the chosen one; `status`: its state and messages for the window
//! - `message`, `parser`: bytes to messages
//! - `clock_follower`: tempo and position from the pulses of a clock; `clock_fit`: the line through them

mod clock_fit;
mod clock_follower;
mod message;
mod parser;

#[cfg(feature = "sound")]
mod port;
#[cfg(feature = "sound")]
mod status;
#[cfg(feature = "sound")]
mod watched_port;

pub use clock_follower::{ClockEstimate, ClockFollower};
pub use message::{ClockSignal, InputMessage};
pub use parser::MidiParser;

#[cfg(feature = "sound")]
pub(super) use self::{
    port::{InputHandler, SystemInputs},
    status::{SharedInputState, lock},
    watched_port::WatchedInput,
};
#[cfg(feature = "sound")]
pub use status::InputState;
