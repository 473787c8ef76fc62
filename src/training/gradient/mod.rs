//! The gradient of the MusicVAE objective on the CPU, written out by hand.
//!
//! Automatic differentiation pays for every small operation of 32 unrolled steps with an allocation
//! and a pass over memory. Here one-hot inputs are table look-ups, all products of a sequence that
//! can be one product are one product, and each step of an LSTM is a single pass. A test holds the
//! result to burn's automatic differentiation of the same model.

#[cfg(test)]
mod agreement;
mod decode;
mod encode;
mod layout;
mod lstm;
mod objective;
mod pass;
mod profile;

pub use layout::Layout;
pub use objective::{Objective, StepLosses, accumulate_gradient, every_token_before};
pub use profile::products_alone;
