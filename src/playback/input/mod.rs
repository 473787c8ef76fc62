//! Input from a keyboard, a controller or the clock of a DAW by MIDI, and from other programs by OSC.
//!
//! - `port`: the input ports of the system; `watched_port`: the chosen one; `status`: its state and messages for the window
//! - `message`, `parser`: bytes to messages
//! - `osc_packet`, `osc_port`, `osc_state`: commands by OSC, and the ports that they arrive on and that notes are sent to
//! - `clock_estimator`: tempo and position from the pulses of a clock; `clock_fit`: the line through them

mod clock_estimator;
mod clock_fit;
mod message;
mod parser;

#[cfg(feature = "sound")]
mod lock;
#[cfg(feature = "sound")]
mod osc_packet;
#[cfg(feature = "sound")]
mod osc_port;
#[cfg(feature = "sound")]
mod osc_state;
#[cfg(feature = "sound")]
mod port;
#[cfg(feature = "sound")]
mod status;
#[cfg(feature = "sound")]
mod watched_port;

pub use clock_estimator::{ClockEstimate, ClockEstimator};
pub use message::{ClockSignal, InputMessage, OscCommand};
pub use parser::MidiParser;

#[cfg(feature = "sound")]
pub(super) use self::{
    lock::lock,
    osc_packet::ADDRESS_PREFIX,
    osc_port::OscPort,
    port::{InputHandler, SystemInputs},
    status::SharedInputState,
    watched_port::WatchedInput,
};
#[cfg(feature = "sound")]
pub use self::{
    osc_packet::{MAX_OSC_PACKET, OscPacketError, parse_osc_packet},
    osc_state::{MIN_OSC_PORT, OscPortsError, OscSettings, OscState},
    status::InputState,
};
