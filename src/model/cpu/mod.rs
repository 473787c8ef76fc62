//! The model on the CPU, over plain slices.
//!
//! burn runs the same model on every device. The decoder is written out here because it is what users
//! wait for: nothing is allocated per step, each gate is computed in one pass, and all rows of a batch
//! are in one matrix product. The gradient of `training` uses the same LSTM step ([`lstm_step`]) and products.

mod activations;
mod bfloat16;
mod blocks;
mod cell;
mod decoder;
mod instructions;
mod kernel;
mod matmul_format;
mod product;
mod stack;

pub(crate) use activations::{exp, sigmoid, tanh};
pub(crate) use cell::lstm_step;
pub(super) use decoder::CpuDecoder;
pub use matmul_format::MatmulFormat;
pub(crate) use matmul_format::RightOperand;
pub(crate) use product::{Matrix, Update};
