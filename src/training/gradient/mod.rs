//! The gradient of the MusicVAE objective on the CPU, hand-written.
//!
//! Automatic differentiation needs an allocation and a pass over memory for every small operation of
//! 32 unrolled steps. Here one-hot inputs are table look-ups, the input products of a sequence are a single
//! matrix product, and each step of an LSTM is a single pass. A test compares the result with burn's automatic
//! differentiation (`model/autodiff.rs`), which training on a graphics adapter uses.
//!
//! `objective` is the entry point; `encode` and `decode` are the model's halves, made of the layers in `pass`
//! and `lstm`. `weight_layout` maps tensors to one flat vector. `profile` times the matrix products alone.

mod decode;
mod encode;
mod losses;
mod lstm;
mod objective;
mod pass;
mod profile;
#[cfg(test)]
mod tests;
mod weight_layout;

pub use losses::{Objective, StepLosses};
pub use objective::{accumulate_gradient, shifted_tokens};
pub use profile::matrix_products_only;
pub use weight_layout::WeightLayout;
