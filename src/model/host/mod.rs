//! The model on the processor, over plain slices: the decode path that people wait for.
//!
//! burn runs the same model on every device; here its decoder is written out so that nothing is
//! allocated per step, each gate is touched once, and all rows of a tile share one product. The
//! gradient of `training` is made of the same pieces.

mod activations;
mod arithmetic;
mod bfloat16;
mod cell;
mod decoder;
mod product;
mod stack;
mod wide;

pub(crate) use activations::{exp, sigmoid, tanh};
pub use arithmetic::Arithmetic;
pub(crate) use arithmetic::Factor;
pub(crate) use cell::cell_step;
pub(super) use decoder::HostDecoder;
pub(crate) use product::{Matrix, Update};
pub(crate) use wide::widest;
