//! The built-in synth.
//!
//! - `engine`: [`Synth`], which renders into memory without allocations or locks; `frame`: its output
//! - `instrument`, `voice`: the notes of the built-in instruments; `tone`, `fm`, `additive`, `tone_partials`, `sine`,
//!   `oscillator`: their oscillators; `effects`: chorus, reverb and limiter
//! - `sound_font`: SoundFont files; `sound_font_player`: one of them playing; `sound_choice`: the chosen sound
//! - `sound_device`: the sound devices; `stream`: the synth on one; `renderer`: its audio callback; `block_clock`: the time of each block;
//!   `overload`: whether blocks are too small
//! - `queue`: events to the callback; `controls`: volume and sound

mod additive;
mod block_clock;
pub(super) mod controls;
mod effects;
mod engine;
mod fm;
mod frame;
pub(super) mod instrument;
mod oscillator;
mod overload;
pub(super) mod queue;
mod renderer;
mod sine;
pub(super) mod sound_choice;
pub(super) mod sound_device;
pub(super) mod sound_font;
mod sound_font_player;
pub(super) mod stream;
mod tone;
mod tone_partials;
mod voice;

pub use engine::Synth;
pub use frame::{CHUNK, Frame};
pub use instrument::Instrument;
pub use sound_choice::{SoundChoice, SynthSound};
pub use sound_device::{SoundDevice, SoundDeviceSettings};
pub use sound_font::{Preset, SoundFontError, SoundFontFile, system_sound_fonts};
pub use sound_font_player::SoundFontSynth;
