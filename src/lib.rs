//! Tunescape: the latent space of a melody model as a map that can be played.
//!
//! The modules below stand in dependency order: a module uses only modules above it, and
//! `tests/architecture.rs` holds that. Data flows one way,
//! Latin hypercube, latent points, melodies, attributes, map, inside [`sweep`]; two hand-overs cross
//! threads: reports from the [`worker`] to the window, and melodies from a click to [`playback`].

pub mod panics;

pub mod files;

pub mod melody;

pub mod attributes;

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
