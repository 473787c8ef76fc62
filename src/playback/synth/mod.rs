//! The built-in synth.
//!
//! - `engine`: [`Synth`], which renders into memory without allocations or locks; `frame`: its output
//! - `instrument`, `voice`: the notes of the built-in instruments; `tone`, `fm`, `additive`, `tone_partials`, `sine`,
//!   `oscillator`: their oscillators; `effects`: chorus, reverb and limiter
//! - `sound_font`: SoundFont files; `sound_font_player`: plays one; `sound_choice`: the chosen sound
//! - `sound_device`: the sound devices; `stream`: the synth on a device; `renderer`: its audio callback; `block_clock`: the time
//!   of each block; `overload`: whether blocks are too small
//! - `queue`: events to the callback; `controls`: volume and sound

mod additive;
#[cfg(feature = "sound")]
mod block_clock;
#[cfg(feature = "sound")]
pub(super) mod controls;
mod effects;
mod engine;
mod fm;
mod frame;
pub(super) mod instrument;
mod oscillator;
#[cfg(feature = "sound")]
mod overload;
#[cfg(feature = "sound")]
pub(super) mod queue;
#[cfg(feature = "sound")]
mod renderer;
mod sine;
pub(super) mod sound_choice;
#[cfg(feature = "sound")]
pub(super) mod sound_device;
pub(super) mod sound_font;
mod sound_font_player;
#[cfg(feature = "sound")]
pub(super) mod stream;
mod tone;
mod tone_partials;
mod voice;

pub use engine::Synth;
pub use frame::{Frame, MAX_CHUNK_FRAMES};
pub use instrument::Instrument;
pub use sound_choice::{SoundChoice, SynthSound};
#[cfg(feature = "sound")]
pub use sound_device::{SoundDevice, SoundDeviceSettings};
pub use sound_font::{Preset, SoundFontError, SoundFontFile, system_sound_fonts};
pub use sound_font_player::SoundFontSynth;
