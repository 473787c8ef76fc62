//! The model on the CPU, over plain slices.
//!
//! burn runs the same model on every device. The decoder is implemented again here because users wait for it: `kernel` has its
//! matrix products, whose sums stay in registers until an LSTM's gates are known (`stack`), `blocks` the order of rows in memory,
//! `instructions` the vector instructions. A row's numbers do not depend on the other rows. The gradient in `training` uses the
//! same LSTM step ([`lstm_step`]) and the products of `matmul_format`.

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
