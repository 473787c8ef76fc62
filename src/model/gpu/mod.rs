//! The decoder on a graphics adapter as a single compute kernel, an alternative to burn's network.
//!
//! burn launches some ten kernels per step; this one runs all steps of a melody in one launch, for flat models with layers
//! of up to 512 units. Wider and hierarchical models run on burn (`decoder`, `batches`).
//!
//! - `sizes`: what the kernel is compiled for, and whether it can run a model on an adapter
//! - `pack`: the weights in the order in which the kernel reads them
//! - `kernel`, with `arithmetic` and `noise`: what runs on the adapter
//! - [`GpuDecoder`]: launches it chunk by chunk (`chunk_size`) and counts the launches ([`GpuCounts`], which exists without the
//!   feature `gpu` too)

#[cfg(feature = "gpu")]
mod arithmetic;
#[cfg(feature = "gpu")]
mod chunk_size;
mod counts;
#[cfg(feature = "gpu")]
mod gpu_decoder;
#[cfg(feature = "gpu")]
mod kernel;
#[cfg(feature = "gpu")]
mod noise;
#[cfg(feature = "gpu")]
mod pack;
#[cfg(feature = "gpu")]
mod sizes;

pub use counts::GpuCounts;
#[cfg(feature = "gpu")]
pub(super) use gpu_decoder::GpuDecoder;
