//! MIDI input: what arrives from a keyboard, a controller or the clock of a DAW.
//!
//! - `port`: the input ports of the system; `watched_port`: the chosen one; `status`: its state and messages for the window
//! - `message`, `parser`: bytes to messages
//! - `clock_follower`: tempo and position from the pulses of a clock; `clock_fit`: the line through them

mod clock_fit;
mod clock_follower;
mod message;
mod parser;
mod port;
mod status;
mod watched_port;

pub use clock_follower::{ClockEstimate, ClockFollower};
pub use message::{ClockSignal, InputMessage};
pub use parser::MidiParser;
pub(super) use port::{InputHandler, SystemInputs};
pub use status::InputState;
pub(super) use status::{SharedInputState, lock};
pub(super) use watched_port::WatchedInput;
