//! Tunescape: the latent space of a melody model (MusicVAE) as a map that can be played, and the engine behind it as a library.
//!
//! # Decode a checkpoint
//!
//! [`model::Weights::open`] reads every published format: safetensors files, folders of magenta-js and of model hubs, TensorFlow
//! checkpoints, `.tar` archives. An [`Engine`](model::Engine) decodes on a graphics adapter that passes a self-test, else
//! on the processor.
//!
//! ```
//! use std::path::Path;
//!
//! use tunescape::latent::LatentPoint;
//! use tunescape::melody::{Melody, MidiWriteOptions, Track, notes_text, single_track_bytes};
//! use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let weights = Weights::open(Path::new("weights/default.safetensors"))?;
//! let mut engine = Engine::open(weights.into(), &DeviceChoice::Cpu)?;
//! // A point of the latent space, in standard deviations of the prior: the origin.
//! let point = LatentPoint::new(vec![0.0; engine.latent_size()]);
//! let tokens = engine.decode(&[point], &Sampling::Greedy)?.remove(0);
//! let melody = Melody::from_tokens(tokens);
//! println!("{} bars: {}", melody.bars(), notes_text(&melody));
//! let track = Track { melody: &melody, name: "Origin".into(), text: String::new() };
//! let midi_file = single_track_bytes(&track, &MidiWriteOptions::default());
//! assert!(midi_file.starts_with(b"MThd"));
//! # Ok(())
//! # }
//! ```
//!
//! # Sweep and lay out
//!
//! A sweep decodes the points of a Latin hypercube and samples around each; its result depends on the config alone, never on
//! the batch size or the number of threads. A layout places the melodies so that near ones sound similar.
//!
//! ```
//! use tunescape::model::{DeviceChoice, Engine, Weights};
//! use tunescape::sweep::{self, LayoutKind, RunOptions, SweepConfig, Unobserved};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let weights = Weights::default_model()?;
//! let mut engine = Engine::open(weights.into(), &DeviceChoice::Cpu)?;
//! let config = SweepConfig { regions: 8, samples: 4, seed: 7, ..SweepConfig::default() };
//! let mut sweep = sweep::run(&config, &RunOptions::default(), &mut engine, &mut Unobserved)?;
//! sweep.lay_out(LayoutKind::MelodyDistance, &mut Unobserved)?;
//! for entry in &sweep.samples {
//!     let [x, y] = entry.position;
//!     println!("{} at {x:.2}, {y:.2}: {} notes", entry.id, entry.melody.notes().len());
//! }
//! assert_eq!(sweep.samples.len(), 32);
//! # Ok(())
//! # }
//! ```
//!
//! # Steer
//!
//! Steering searches for melodies with wanted values of attributes, starting from the melodies of a sweep.
//!
//! ```
//! use tunescape::attributes::{ATTRIBUTES, attribute_index};
//! use tunescape::model::{DeviceChoice, Engine, Weights};
//! use tunescape::sweep::{
//!     self, RunOptions, SteerBasis, SteerGoals, SteerRequest, SweepConfig, Unobserved,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let weights = Weights::default_model()?;
//! let mut engine = Engine::open(weights.into(), &DeviceChoice::Cpu)?;
//! let config = SweepConfig { regions: 16, samples: 4, ..SweepConfig::default() };
//! let sweep = sweep::run(&config, &RunOptions::default(), &mut engine, &mut Unobserved)?;
//! let mut basis = SteerBasis::from_sweep(&sweep);
//!
//! // Four melodies of five notes per bar.
//! let density = attribute_index("note_density").ok_or("no such attribute")?;
//! let value = (ATTRIBUTES[density].from_display_unit)(5.0);
//! let request = SteerRequest {
//!     goals: SteerGoals::wanted(density, value),
//!     count: 4,
//!     max_candidates_per_melody: 8,
//!     ..SteerRequest::default()
//! };
//! let steered = sweep::steer(&mut basis, &request, &mut engine, &mut Unobserved)?;
//! println!("{:.0} % within half a note per bar", 100.0 * steered.fraction_within);
//! assert_eq!(steered.entries.len(), 4);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `window`, `sound` and `gpu` (decoding and training on graphics adapters) are on by default. With `default-features = false` the
//! engine and the command line remain, which run on the processor and need neither a display nor sound libraries, as on the nodes of
//! a cluster.
//!
//! # Modules
//!
//! They are declared in dependency order: a module uses only modules above it, and `tests/architecture` checks that.
//! `CONTRIBUTING.md` has the graph, and the files that an addition of each common kind touches.
//!
//! - From the hypercube to the map: [`sweep::run`] draws points ([`latent`]), decodes them ([`model`]) to melodies
//!   ([`melody`]) and measures these ([`attributes`]); a layout ([`embedding`]) gives each a position. The command line
//!   ([`cli`]) calls it directly, the window (`ui`) through a thread of the `worker`, whose reports it draws.
//! - From a click to sound: the map (`ui::map`) turns it into a `ui::Command`, `ui::apply` executes it, and
//!   [`playback`] plays the melody on a thread of its own.

/// Lets tests count allocations on threads that must not allocate.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

pub mod panics;

pub(crate) mod multiversion;

pub mod wording;

pub mod files;

pub mod melody;

pub mod attributes;

pub mod progress;

pub mod statistics;

pub mod latent;

pub mod embedding;

pub mod model;

pub mod training;

pub mod sweep;

pub mod study;

pub mod session;

#[cfg_attr(
    not(feature = "sound"),
    expect(dead_code, reason = "what only a device needs")
)]
pub mod playback;

#[cfg(feature = "window")]
pub mod worker;

pub mod cli;

#[cfg(feature = "window")]
pub mod ui;
