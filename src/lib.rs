//! Tunescape: the latent space of a melody model as a map that can be played.
//!
//! The modules below stand in dependency order: a module uses only modules above it, and `tests/architecture` checks that.
//! `CONTRIBUTING.md` has the graph, and the files that an addition of each common kind touches.
//!
//! - From the hypercube to the map: [`sweep::run`] draws points ([`latent`]), decodes them ([`model`]) to melodies
//!   ([`melody`]) and measures these ([`attributes`]); a layout ([`embedding`]) gives each a position. The command line
//!   ([`cli`]) calls it directly, the window ([`ui`]) through a thread of the [`worker`], whose reports it draws.
//! - From a click to sound: the map ([`ui::map`]) turns it into a [`ui::Command`], [`ui::apply`] executes it, and
//!   [`playback`] plays the melody on a thread of its own.

/// Tests count what threads allocate that must not.
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

pub mod playback;

pub mod worker;

pub mod cli;

pub mod ui;
