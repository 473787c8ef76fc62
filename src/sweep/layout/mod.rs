//! Layouts of all melodies of a sweep: which kind of similarity the map shows, placing more melodies on it, its quality.
//!
//! - `kind`: [`LayoutKind`], the list of layouts and their names
//! - `sweep_layout`: [`SweepLayout`], computing a layout and placing melodies on it
//! - `axes`, `decoder_sensitivity`: what the axes and decoder layouts are computed from
//! - `quality`: [`LayoutQuality`], how far a layout can be trusted

mod axes;
#[cfg(test)]
mod cancel_tests;
mod decoder_sensitivity;
mod kind;
mod quality;
mod sweep_layout;

pub use axes::AxisScale;
pub use kind::{LayoutKind, ParseLayoutKindError};
pub use quality::{AttributeSmoothness, LayoutQuality};
pub use sweep_layout::SweepLayout;
