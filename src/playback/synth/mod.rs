//! The built-in synth.
//!
//! - `engine`: [`Synth`], which renders into memory without allocations or locks; `frame`: its output
//! - `voice`, `tone`, `sine`, `instrument`: the notes; `effects`: chorus, reverb and limiter
//! - `stream`: the sound device; `renderer`: its audio callback; `block_clock`: the time of each block
//! - `queue`: events to the callback; `controls`: volume and instrument

mod block_clock;
pub(super) mod controls;
mod effects;
mod engine;
mod frame;
pub(super) mod instrument;
pub(super) mod queue;
mod renderer;
mod sine;
pub(super) mod stream;
mod tone;
mod voice;

pub use engine::Synth;
pub use frame::Frame;
pub use instrument::Instrument;
