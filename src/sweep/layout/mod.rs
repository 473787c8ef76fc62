//! Layouts of all melodies of a sweep: what near means on the map, how new melodies are placed on it, and how far it
//! can be trusted.
//!
//! [`SweepLayout::lay_out`] makes any [`Layout`] and shows what it has on the way; [`SweepLayout::place`] places melodies that
//! came later, and moves nothing; [`SweepLayout::quality`] measures. No threads and no screen.

mod axes;
#[cfg(test)]
mod cancel_tests;
mod decoder_sensitivity;
mod kind;
mod make;
mod quality;

pub use kind::{Layout, LayoutError};
pub use make::SweepLayout;
pub use quality::{AttributeSmoothness, LayoutQuality};
